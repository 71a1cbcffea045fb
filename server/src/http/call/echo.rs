//! `PUT` of a call's echo: how the caller hears himself from now on.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderName, header};
use shared::call::{EchoMode, MAX_ECHO_DELAY_MS};

use super::parse;
use crate::http::AppState;
use crate::http::offer::{BODY_DEADLINE, is_of_type, read};
use crate::http::problem::Failure;

/// The longest body that says something has 35 bytes.
pub(in crate::http) const MAX_ECHO_BYTES: usize = 1024;
pub(in crate::http) const JSON: &str = "application/json";

/// Has the echo come in another way, and answers with what is in force.
pub(in crate::http) async fn set_echo(
    State(state): State<AppState>,
    secret: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<([(HeaderName, &'static str); 1], Json<EchoMode>), Failure> {
    let secret = parse(secret)?;
    if !state.conversations.is_here(&secret) {
        return Err(Failure::NoCall);
    }
    if !is_of_type(request.headers(), JSON) {
        return Err(Failure::EchoType);
    }
    let body = read(request, BODY_DEADLINE).await?;
    let body = body.ok_or(Failure::LargeEcho)?;
    let mode = match serde_json::from_slice(&body) {
        Ok(EchoMode::Delayed { delay_ms }) if delay_ms > MAX_ECHO_DELAY_MS => {
            return Err(Failure::LongEcho);
        }
        Ok(mode) => mode,
        Err(_) => return Err(Failure::NotAnEcho),
    };
    let mode = state.conversations.set_echo(&secret, mode).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(mode)))
}
