//! Who sends a request: the token of its `Authorization` (RFC 6750 §2.1) and the key of its query.

use std::time::SystemTime;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Version, header};
use serde::Deserialize;

use super::AppState;
use super::problem::Failure;
use crate::access::{Asker, Unauthorized};

/// What proxies add for whoever asks through them (RFC 7239 §4).
const PASSED_ON: [HeaderName; 4] = [
    header::FORWARDED,
    header::VIA,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-real-ip"),
];

/// The part of a query that opens something.
#[derive(Default, Deserialize)]
struct Shown {
    key: Option<String>,
}

/// Whoever sent the request.
pub(super) struct By(pub(super) Asker);

impl FromRequestParts<AppState> for By {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Failure> {
        let token = bearer(&parts.headers)?;
        // A query that cannot be read shows nothing.
        let shown = Query::<Shown>::try_from_uri(&parts.uri)
            .map_or_else(|_| Shown::default(), |Query(shown)| shown);
        let access = &state.rules.access;
        let asker = access.asker(token, shown.key.as_deref(), SystemTime::now())?;
        // Proxies that say nothing of themselves speak the old version to us, as nginx does.
        let is_passed_on = parts.version == Version::HTTP_10
            || PASSED_ON
                .iter()
                .any(|name| parts.headers.contains_key(name));
        Ok(Self(if is_passed_on {
            access.from_elsewhere(asker)
        } else {
            asker
        }))
    }
}

/// The token, if there is one. Another scheme shows nothing that we know.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Unauthorized> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Unauthorized::Invalid);
    }
    let text = value.to_str().map_err(|_| Unauthorized::Invalid)?;
    Ok(match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Some(token.trim()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_token_is_read_from_one_header_in_any_case() {
        let shown = |values: &[&'static str]| {
            let values = values.iter().copied().map(HeaderValue::from_static);
            let headers = HeaderMap::from_iter([]);
            let headers = values.fold(headers, |mut headers: HeaderMap, value| {
                headers.append(header::AUTHORIZATION, value);
                headers
            });
            bearer(&headers).map(|token| token.map(str::to_owned))
        };

        assert_eq!(shown(&[]), Ok(None));
        assert_eq!(shown(&["Bearer abc"]), Ok(Some("abc".to_owned())));
        assert_eq!(shown(&["bearer  abc "]), Ok(Some("abc".to_owned())));
        assert_eq!(shown(&["Basic YTpi"]), Ok(None));
        assert_eq!(shown(&["Bearer"]), Ok(None));
        assert_eq!(
            shown(&["Bearer abc", "Bearer abc"]),
            Err(Unauthorized::Invalid)
        );
    }
}
