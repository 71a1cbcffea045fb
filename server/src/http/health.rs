//! `GET /health`: how the server is.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, header};
use jiff::{Timestamp, Unit};
use shared::Health;

use super::AppState;

/// Tells how the server is.
pub(super) async fn tell(
    State(state): State<AppState>,
) -> ([(HeaderName, &'static str); 1], Json<Health>) {
    let now = Timestamp::now();
    let health = Health {
        status: state.conversations.status(),
        // Whole seconds, as the contract shows them.
        timestamp: now.round(Unit::Second).unwrap_or(now).to_string(),
        active_conversations: state.conversations.active(),
    };
    ([(header::CACHE_CONTROL, "no-store")], Json(health))
}
