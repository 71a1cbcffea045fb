//! What a caller asks of his call while it goes on.

use reqwest::{Method, Response};
use shared::call::{CallRecordingState, CallState};
use shared::signaling::TRICKLE_ICE_SDPFRAG;

use super::TestServer;
use crate::waiting::eventually;

impl TestServer {
    /// How a call is, by its own URL.
    pub async fn call_state(&self, location: &str) -> CallState {
        let response = self.get(location).await;
        assert_eq!(response.status(), 200);
        response.json().await.unwrap()
    }

    /// How a call is once its recording is in that state.
    pub async fn until_recording(&self, location: &str, state: CallRecordingState) -> CallState {
        eventually(&format!("a recording that is {state:?}"), async || {
            let told = self.call_state(location).await;
            (told.recording.state == state).then_some(told)
        })
        .await
    }

    /// `PATCH` of a call with that fragment.
    pub async fn patch(&self, location: &str, if_match: &str, fragment: String) -> Response {
        let request = self
            .request(Method::PATCH, location)
            .header("content-type", TRICKLE_ICE_SDPFRAG)
            .header("if-match", if_match)
            .body(fragment);
        self.send(request).await
    }
}
