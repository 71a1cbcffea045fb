//! `POST /whip`: a program publishes, and is recorded without an echo (RFC 9725).

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::AppState;
use super::asker::By;
use super::offer::{Kind, begin};
use super::problem::Failure;
use crate::config::StunServer;

/// Takes an offer.
pub(super) async fn publish(
    State(state): State<AppState>,
    By(asker): By,
    request: Request,
) -> Result<Response, Failure> {
    let links = links(&state.rules.stun);
    let answer = begin(state, &asker, Kind::Publish, request).await?;
    Ok((StatusCode::CREATED, links, answer).into_response())
}

/// The servers that tell a client his public address (RFC 9725 §4.6).
fn links(servers: &[StunServer]) -> HeaderMap {
    let links = servers.iter().filter_map(|server| {
        let link = format!("<stun:{server}>; rel=\"ice-server\"");
        Some((header::LINK, HeaderValue::try_from(link).ok()?))
    });
    let mut headers = HeaderMap::new();
    headers.extend(links.map(|(name, value)| (Some(name), value)));
    headers
}
