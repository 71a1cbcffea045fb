//! `PATCH` of a call (RFC 9725 §4.3): more addresses of the caller, or ICE begins anew.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use shared::signaling::TRICKLE_ICE_SDPFRAG;

use super::parse;
use crate::http::AppState;
use crate::http::offer::{BODY_DEADLINE, etag, is_of_type, read};
use crate::http::problem::Failure;
use crate::peer::fragment::{Fragment, FragmentError};
use crate::peer::{IceSessions, Patched};

/// Changes the way to a caller.
pub(in crate::http) async fn change(
    State(state): State<AppState>,
    secret: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, Failure> {
    let secret = parse(secret)?;
    // RFC 9110 §13.2.1: what is wrong without the precondition is told first.
    if !state.conversations.is_here(&secret) {
        return Err(Failure::NoCall);
    }
    if !is_of_type(request.headers(), TRICKLE_ICE_SDPFRAG) {
        return Err(Failure::PatchType);
    }
    let meant_for = if_match(request.headers()).ok_or(Failure::NoPrecondition)?;
    let body = read(request, BODY_DEADLINE).await?;
    let fragment = Fragment::parse(&body.ok_or(FragmentError::TooLarge)?)?;
    let patched = state.conversations.patch(&secret, meant_for, fragment);
    Ok(match patched.await? {
        // RFC 9725 §4.3.2: without a tag.
        Patched::Trickled => StatusCode::NO_CONTENT.into_response(),
        Patched::Restarted {
            ice_session,
            fragment,
        } => {
            let headers = [
                (header::CONTENT_TYPE, TRICKLE_ICE_SDPFRAG),
                (header::CACHE_CONTROL, "no-store"),
            ];
            (headers, [(header::ETAG, etag(&ice_session))], fragment).into_response()
        }
    })
}

/// RFC 9110 §13.1.1. `"*"` stands for `*`: RFC 9725 §4.3.3 has it so in its example.
fn if_match(headers: &HeaderMap) -> Option<IceSessions> {
    let values: Vec<&HeaderValue> = headers.get_all(header::IF_MATCH).iter().collect();
    if values.is_empty() {
        return None;
    }
    let texts = values.iter().filter_map(|value| value.to_str().ok());
    let tags: Vec<&str> = texts
        .flat_map(|text| text.split(','))
        .map(str::trim)
        .collect();
    if tags.iter().any(|tag| matches!(*tag, "*" | "\"*\"")) {
        return Some(IceSessions::Any);
    }
    // A weak tag is the same as no other.
    let strong = tags
        .iter()
        .filter_map(|tag| tag.strip_prefix('"')?.strip_suffix('"'));
    Some(IceSessions::OneOf(strong.map(ToOwned::to_owned).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_names_the_sessions_that_the_caller_knows() {
        let read = |values: &[&'static str]| {
            let pair = |value: &&'static str| (header::IF_MATCH, HeaderValue::from_static(value));
            if_match(&values.iter().map(pair).collect())
        };
        let one_of = |sessions: &[&str]| {
            let sessions = sessions.iter().map(|session| (*session).to_owned());
            Some(IceSessions::OneOf(sessions.collect()))
        };

        assert_eq!(read(&[]), None);
        assert_eq!(read(&["*"]), Some(IceSessions::Any));
        assert_eq!(read(&["\"*\""]), Some(IceSessions::Any));
        assert_eq!(read(&["\"a\""]), one_of(&["a"]));
        assert_eq!(
            read(&["\"a\" , W/\"b\",\"c\"", "\"d\""]),
            one_of(&["a", "c", "d"])
        );
        assert_eq!(read(&["a", "\"", ""]), one_of(&[]));
    }
}
