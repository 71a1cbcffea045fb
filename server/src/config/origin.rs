//! Whose pages may call.

use std::fmt;
use std::str::FromStr;

use axum::http::{HeaderValue, Uri};

/// A web origin whose pages may call (RFC 6454 §7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedOrigin {
    Any,
    /// Exactly as a browser writes it.
    Only(HeaderValue),
}

/// The text is no origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write an origin such as https://example.org or http://localhost:8080, or *")]
pub struct ParseOriginError;

impl FromStr for AllowedOrigin {
    type Err = ParseOriginError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "*" {
            return Ok(Self::Any);
        }
        let uri: Uri = text.parse().map_err(|_| ParseOriginError)?;
        let (scheme, authority) = uri.scheme().zip(uri.authority()).ok_or(ParseOriginError)?;
        // Browsers write no path, no user and small letters, so that the texts can be compared.
        let origin = format!("{scheme}://{authority}").to_ascii_lowercase();
        let is_web = matches!(scheme.as_str(), "http" | "https");
        let is_bare = text.eq_ignore_ascii_case(&origin) && !origin.contains('@');
        match HeaderValue::try_from(origin) {
            Ok(origin) if is_web && is_bare => Ok(Self::Only(origin)),
            _ => Err(ParseOriginError),
        }
    }
}

impl fmt::Display for AllowedOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Only(origin) => f.write_str(&String::from_utf8_lossy(origin.as_bytes())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_and_an_authority() {
        for (text, origin) in [
            ("*", "*"),
            ("https://example.org", "https://example.org"),
            ("HTTPS://Example.org", "https://example.org"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ] {
            assert_eq!(text.parse::<AllowedOrigin>().unwrap().to_string(), origin);
        }
        for text in [
            "",
            "example.org",
            "https://example.org/",
            "https://example.org/page",
            "https://example.org?x",
            "https://me@example.org",
            "ftp://example.org",
            "https://",
            "null",
            "**",
            "https://exa mple.org",
        ] {
            assert_eq!(
                text.parse::<AllowedOrigin>(),
                Err(ParseOriginError),
                "{text:?}"
            );
        }
    }
}
