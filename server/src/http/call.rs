//! One call, under the path that only its caller knows: `GET` tells how it is, `PATCH` changes the
//! way to the caller, `DELETE` hangs up.

mod change;
mod echo;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use shared::ConversationId;
use shared::call::{CallRecording, CallRecordingState, CallState, Phase};
use shared::signaling::conversation_path;
use tracing::Instrument;

use super::AppState;
use super::offer::etag;
use super::problem::Failure;
use crate::conversations::{CallReport, CallSecret};
use crate::recording::Course;

pub(super) use change::change;
pub(super) use echo::{JSON, MAX_ECHO_BYTES, set_echo};

/// Tells how a call is.
pub(super) async fn tell(
    State(state): State<AppState>,
    secret: Result<Path<String>, PathRejection>,
) -> Result<Response, Failure> {
    let CallReport {
        id,
        phase,
        since,
        traffic,
        echo,
        ice_session,
        recording: course,
    } = state.conversations.report(&parse(secret)?).await?;
    let state = CallState {
        conversation_id: id,
        phase,
        since: since.to_string(),
        traffic,
        echo,
        recording: recording(&state, id, phase, course),
    };
    let headers = [(header::CACHE_CONTROL, "no-store")];
    Ok(match ice_session {
        Some(session) => {
            let tag = [(header::ETAG, etag(&session))];
            (headers, tag, Json(state)).into_response()
        }
        None => (headers, Json(state)).into_response(),
    })
}

/// Whether a call is there, or was not long ago (RFC 9725 §4.2).
pub(super) async fn is_there(
    State(state): State<AppState>,
    secret: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Failure> {
    if state.conversations.is_known(&parse(secret)?) {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Failure::NoCall)
    }
}

/// What the caller is told of his recording, with the key that opens it.
fn recording(
    state: &AppState,
    id: ConversationId,
    phase: Phase,
    course: Option<Course>,
) -> CallRecording {
    let path = conversation_path(id);
    let url = match state.rules.access.callers_key(id) {
        Some(key) => format!("{path}?key={key}"),
        None => path,
    };
    CallRecording {
        state: match (course, phase) {
            (None, _) => CallRecordingState::Off,
            (Some(Course::Refused), _) => CallRecordingState::Refused,
            (Some(Course::CutShort), _) => CallRecordingState::CutShort,
            (Some(Course::Whole), Phase::Ended) => CallRecordingState::Ended,
            (Some(Course::Whole), Phase::Connecting | Phase::Connected) => CallRecordingState::On,
        },
        // One that was refused is described, too, where the disk had room for that.
        url: course.is_some().then_some(url),
    }
}

/// Ends a call, and answers once its recording is final.
pub(super) async fn end(
    State(state): State<AppState>,
    secret: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Failure> {
    let secret = parse(secret)?;
    let conversations = state.conversations.clone();
    // A task of its own, as a page that goes away hangs up without waiting for the answer.
    let ending = async move { conversations.end(&secret).await };
    let ended = state.tasks.spawn(ending.in_current_span()).await;
    ended.map_err(|_| Failure::Panic)??;
    Ok(StatusCode::NO_CONTENT)
}

fn parse(secret: Result<Path<String>, PathRejection>) -> Result<CallSecret, Failure> {
    let Path(secret) = secret.map_err(|_| Failure::NoCall)?;
    secret.parse().map_err(|_| Failure::NoCall)
}
