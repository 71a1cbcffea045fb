//! `POST /whip`: a program publishes, and is recorded without an echo (RFC 9725).

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use shared::signaling::{SDP, WHIP_PATH};

use super::AppState;
use super::asker::By;
use super::offer::{Kind, begin};
use super::problem::Failure;
use crate::config::StunServer;

/// What can be posted to a path.
pub(super) const ACCEPT_POST: HeaderName = HeaderName::from_static("accept-post");

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

/// Names what can be posted here to whoever asks by `OPTIONS` (RFC 9725 §4.2). Other layers answer
/// that, as it is what browsers ask before a request, too.
pub(super) async fn accept_post(request: Request, next: Next) -> Response {
    let is_asked = request.method() == Method::OPTIONS && request.uri().path() == WHIP_PATH;
    let mut response = next.run(request).await;
    if is_asked {
        let headers = response.headers_mut();
        headers.insert(ACCEPT_POST, HeaderValue::from_static(SDP));
    }
    response
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
