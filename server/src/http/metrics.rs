//! `GET /metrics`: what an operator's monitoring reads, on a port of its own.

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::get;

use super::doors::{Doors, host};
use super::problem;
use crate::conversations::Conversations;
use crate::metrics::{MEDIA_TYPE, Metrics};

/// Where the counts are.
const PATH: &str = "/metrics";

/// The counts and nothing else, for whoever calls us by a name of ours.
pub fn router(conversations: Conversations, metrics: Metrics, doors: Doors) -> Router {
    Router::new()
        .route(PATH, get(tell))
        .method_not_allowed_fallback(problem::method_not_allowed)
        .with_state((conversations, metrics))
        .layer(from_fn_with_state(doors, host::check))
}

async fn tell(
    State((conversations, metrics)): State<(Conversations, Metrics)>,
) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, MEDIA_TYPE),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (
        headers,
        metrics.text(
            conversations.active(),
            &conversations.dropped(),
            &conversations.engine_counts(),
            &conversations.engine_tables().await,
        ),
    )
}
