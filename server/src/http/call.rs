//! One call, under the path that only its caller knows: `DELETE` hangs up.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use tracing::Instrument;

use super::AppState;
use super::problem::Failure;
use crate::conversations::CallSecret;

/// Ends a call, and answers once its recording is final.
pub(super) async fn end(
    State(state): State<AppState>,
    secret: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Failure> {
    let Path(secret) = secret.map_err(|_| Failure::NoCall)?;
    let secret: CallSecret = secret.parse().map_err(|_| Failure::NoCall)?;
    let conversations = state.conversations.clone();
    // A task of its own, as a page that goes away hangs up without waiting for the answer.
    let ending = async move { conversations.end(&secret).await };
    let ended = state.tasks.spawn(ending.in_current_span()).await;
    ended.map_err(|_| Failure::Panic)??;
    Ok(StatusCode::NO_CONTENT)
}
