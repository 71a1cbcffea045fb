//! Whom to ask for our public address.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

/// RFC 8489 §8: the port of a server that names none.
const STUN_PORT: u16 = 3478;
/// RFC 1035 §2.3.4.
const MAX_HOST_BYTES: usize = 253;

/// An answer to "whom do we ask?".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stun {
    Nobody,
    Server(StunServer),
}

/// A STUN server as it was named; it may not resolve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StunServer {
    /// A name or an address, without brackets.
    pub host: String,
    pub port: u16,
}

impl StunServer {
    #[must_use]
    pub fn new(host: &str, port: u16) -> Self {
        let host = host.to_owned();
        Self { host, port }
    }
}

/// As host and port, the way a resolver takes it.
impl fmt::Display for StunServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') {
            write!(f, "[{host}]:{port}")
        } else {
            write!(f, "{host}:{port}")
        }
    }
}

/// The text names no STUN server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write host:port such as stun.example.org:3478, or none")]
pub struct ParseStunError;

impl FromStr for Stun {
    type Err = ParseStunError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "none" {
            return Ok(Self::Nobody);
        }
        // As browsers are told: RFC 7064 §3.1.
        let text = text.strip_prefix("stun:").unwrap_or(text);
        let (host, port) = split(text).ok_or(ParseStunError)?;
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        let is_host = host.parse::<Ipv6Addr>().is_ok() || host.bytes().all(is_name);
        if !is_host || !(1..=MAX_HOST_BYTES).contains(&host.len()) || port == 0 {
            return Err(ParseStunError);
        }
        Ok(Self::Server(StunServer::new(host, port)))
    }
}

fn split(text: &str) -> Option<(&str, u16)> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        let host = host.parse::<Ipv6Addr>().is_ok().then_some(host)?;
        return match rest.strip_prefix(':') {
            Some(port) => Some((host, port.parse().ok()?)),
            None => rest.is_empty().then_some((host, STUN_PORT)),
        };
    }
    match text.split_once(':') {
        Some((host, port)) => Some((host, port.parse().ok()?)),
        None => Some((text, STUN_PORT)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_a_host_and_perhaps_a_port() {
        for (text, server) in [
            ("stun.l.google.com:19302", "stun.l.google.com:19302"),
            ("stun.example.org", "stun.example.org:3478"),
            ("stun:stun.example.org:5000", "stun.example.org:5000"),
            ("192.0.2.1:3478", "192.0.2.1:3478"),
            ("[2001:db8::1]:5000", "[2001:db8::1]:5000"),
            ("[2001:db8::1]", "[2001:db8::1]:3478"),
        ] {
            match text.parse::<Stun>() {
                Ok(Stun::Server(parsed)) => assert_eq!(parsed.to_string(), server),
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn what_names_no_server_is_refused() {
        let long = "a".repeat(254);
        for text in [
            "",
            ":3478",
            "host:",
            "host:0",
            "host:65536",
            "host:port",
            "ho st",
            "host:1:2",
            "[::1",
            "[x]:1",
            "::1",
            "[::1]x",
            "stun:",
            "turn:host:1:2",
            "hö.example",
            long.as_str(),
        ] {
            assert_eq!(text.parse::<Stun>(), Err(ParseStunError), "{text:?}");
        }
        assert_eq!("none".parse(), Ok(Stun::Nobody));
    }
}
