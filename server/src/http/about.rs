//! `GET /about`: what a page has to know before it calls.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, header};
use shared::about::About;

use super::AppState;
use super::asker::By;
use super::problem::Failure;

/// Answers everybody, and each by what he showed.
pub(super) async fn tell(
    State(state): State<AppState>,
    asker: Result<By, Failure>,
) -> ([(HeaderName, &'static str); 1], Json<About>) {
    let rules = &state.rules;
    let about = About {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        recording: rules.recording,
        auth: rules.access.mode(),
        may_list: asker.is_ok_and(|By(asker)| asker.may_list().is_ok()),
    };
    ([(header::CACHE_CONTROL, "no-store")], Json(about))
}
