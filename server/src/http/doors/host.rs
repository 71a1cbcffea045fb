//! By which names this server is called. A page of another site can make its own name mean our
//! address (DNS rebinding), but not make a browser call us by a name of ours.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::{Doors, Refusal};
use crate::config::doors::HostName;
use crate::http::problem::Failure;
use crate::machine;

/// The names of this server.
pub(super) struct Hosts {
    names: Vec<String>,
    is_any: bool,
}

impl Hosts {
    /// The machine's own name, and those of `configured`.
    pub(super) fn new(configured: &[HostName]) -> Self {
        let mut names: Vec<String> = configured.iter().map(|name| name.0.clone()).collect();
        let is_any = names.iter().any(|name| name == "*");
        names.extend(machine::names());
        Self { names, is_any }
    }

    /// Whether that is a name of ours. An address is nobody's to make mean another one.
    pub(super) fn has(&self, host: &str) -> bool {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        self.is_any
            || bare.parse::<IpAddr>().is_ok()
            || host == "localhost"
            || host.ends_with(".localhost")
            || self.names.contains(&host)
    }
}

/// Lets only those in who mean us.
pub(in crate::http) async fn check(
    State(doors): State<Doors>,
    request: Request,
    next: Next,
) -> Response {
    match meant(request.uri(), request.headers()) {
        Ok(host) if doors.hosts.has(&host) => next.run(request).await,
        Ok(_) => Failure::from(Refusal::WrongHost).into_response(),
        Err(refusal) => Failure::from(refusal).into_response(),
    }
}

/// The name without its port (RFC 9112 §3.2: what the target names goes before the header).
fn meant(uri: &Uri, headers: &HeaderMap) -> Result<String, Refusal> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next();
    if hosts.next().is_some() {
        return Err(Refusal::NoHost);
    }
    let host = host.and_then(|host| host.to_str().ok());
    let authority: Option<Authority> = host.and_then(|host| host.parse().ok());
    // Even then the header has to be there.
    let authority = authority.map(|named| uri.authority().cloned().unwrap_or(named));
    match authority {
        Some(authority) if !authority.as_str().contains('@') => Ok(authority.host().to_owned()),
        _ => Err(Refusal::NoHost),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_our_own_names_are_ours() {
        let hosts = Hosts::new(&["voice.example.org".parse().unwrap()]);

        for ours in [
            "127.0.0.1",
            "[::1]",
            "192.0.2.7",
            "localhost",
            "LOCALHOST",
            "localhost.",
            "a.localhost",
            "voice.example.org",
            "Voice.Example.org.",
        ] {
            assert!(hosts.has(ours), "{ours}");
        }
        for other in [
            "evil.test",
            "xlocalhost",
            "localhost.evil.test",
            "example.org",
            "1.2.3",
            "",
        ] {
            assert!(!hosts.has(other), "{other}");
        }
        assert!(Hosts::new(&["*".parse().unwrap()]).has("evil.test"));
    }
}
