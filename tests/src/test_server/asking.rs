//! What a test asks its server by HTTP.

use reqwest::{Method, RequestBuilder, Response};
use shared::ConversationId;
use shared::signaling::{OFFER_PATH, SDP, recording_path};

use super::TestServer;
use crate::waiting::soon;

impl TestServer {
    /// A request that can be added to; [`send`](Self::send) sends it.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    /// Waits for the answer.
    pub async fn send(&self, request: RequestBuilder) -> Response {
        soon("an answer", request.send()).await.unwrap()
    }

    pub async fn get(&self, path: &str) -> Response {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn delete(&self, path: &str) -> Response {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// `POST /webrtc` with that body.
    pub async fn post_offer(&self, offer: impl Into<reqwest::Body>) -> Response {
        self.post_offer_to(OFFER_PATH, offer).await
    }

    /// The same to another path, or with a query.
    pub async fn post_offer_to(&self, path: &str, offer: impl Into<reqwest::Body>) -> Response {
        let request = self.request(Method::POST, path);
        self.send(request.header("content-type", SDP).body(offer))
            .await
    }

    /// The conversation's audio as the server hands it out.
    pub async fn fetch_recording(&self, id: ConversationId) -> Response {
        self.get(&recording_path(id)).await
    }
}
