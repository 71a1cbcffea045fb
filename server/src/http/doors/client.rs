//! Who sends a request: the other end of the connection, or whom a trusted proxy names.

use std::net::{IpAddr, Ipv4Addr};

use axum::http::{Extensions, HeaderMap, HeaderValue};
use ipnet::IpNet;

use crate::client::ClientKey;

/// Read from the end, where the nearest proxy wrote.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The other end of the connection that a request came by.
#[derive(Clone, Copy, Debug)]
pub(in crate::http) struct Peer(pub(in crate::http) IpAddr);

/// Whom a request counts for: nobody, if he is not limited.
#[derive(Clone, Copy, Debug)]
pub(in crate::http) struct Counted(pub(in crate::http) Option<ClientKey>);

/// Who sent a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sender {
    pub(super) ip: IpAddr,
    /// A proxy sent it for him, and so his address is what somebody says.
    pub(super) is_forwarded: bool,
}

/// Who sent a request. Only a trusted proxy is believed whom it names, and of several names the
/// last one that is no trusted proxy itself.
pub(super) fn of(extensions: &Extensions, headers: &HeaderMap, trusted: &[IpNet]) -> Sender {
    let peer = extensions
        .get::<Peer>()
        .map_or(Ipv4Addr::LOCALHOST.into(), |peer| peer.0.to_canonical());
    let is_trusted = |ip: &IpAddr| trusted.iter().any(|network| network.contains(ip));
    let is_forwarded = is_trusted(&peer) && headers.contains_key(FORWARDED_FOR);
    let ip = if is_forwarded {
        named(headers, peer, is_trusted)
    } else {
        peer
    };
    Sender { ip, is_forwarded }
}

/// Whom a trusted proxy names; itself, if that cannot be.
fn named(headers: &HeaderMap, peer: IpAddr, is_trusted: impl Fn(&IpAddr) -> bool) -> IpAddr {
    let lines: Vec<&[u8]> = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .map(HeaderValue::as_bytes)
        .collect();
    // The client wrote the beginning, in whatever bytes he liked.
    let named = lines.iter().rev();
    let named = named.flat_map(|line| line.rsplit(|byte| *byte == b','));
    let mut nearest = peer;
    for name in named {
        let text = std::str::from_utf8(name.trim_ascii()).ok();
        let Some(ip) = text.and_then(|text| text.parse::<IpAddr>().ok()) else {
            // What is before it was written by nobody knows whom.
            return nearest;
        };
        let ip = ip.to_canonical();
        if is_trusted(&ip) {
            nearest = ip;
        } else if ip.is_loopback() {
            // Nobody comes from there through a proxy that is somewhere else.
            return nearest;
        } else {
            return ip;
        }
    }
    nearest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&'static str], trusted: &[&str]) -> String {
        let mut extensions = Extensions::new();
        extensions.insert(Peer(peer.parse().unwrap()));
        let mut headers = HeaderMap::new();
        for line in forwarded {
            let line = HeaderValue::from_bytes(line.as_bytes()).unwrap();
            headers.append(FORWARDED_FOR, line);
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|text| text.parse().unwrap()).collect();
        let Sender { ip, is_forwarded } = of(&extensions, &headers, &trusted);
        format!("{ip}{}", if is_forwarded { " by a proxy" } else { "" })
    }

    #[test]
    fn only_trusted_proxies_name_others() {
        let proxies = ["10.0.0.0/8", "fd00::/8"];
        for (peer, forwarded, expected) in [
            ("192.0.2.1", &["198.51.100.1"][..], "192.0.2.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1"], "198.51.100.1 by a proxy"),
            (
                "::ffff:10.0.0.1",
                &["198.51.100.1"],
                "198.51.100.1 by a proxy",
            ),
            (
                "10.0.0.1",
                &["203.0.113.9, 198.51.100.1"],
                "198.51.100.1 by a proxy",
            ),
            (
                "10.0.0.1",
                &["198.51.100.1, 10.0.0.2"],
                "198.51.100.1 by a proxy",
            ),
            (
                "10.0.0.1",
                &["203.0.113.9", "198.51.100.1"],
                "198.51.100.1 by a proxy",
            ),
            (
                "10.0.0.1",
                &["203.0.113.9, nonsense"],
                "10.0.0.1 by a proxy",
            ),
            (
                "10.0.0.1",
                &["nonsense, 198.51.100.1"],
                "198.51.100.1 by a proxy",
            ),
            (
                "10.0.0.1",
                &["\u{e9}, 198.51.100.1"],
                "198.51.100.1 by a proxy",
            ),
            ("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3 by a proxy"),
            ("fd00::1", &["2001:db8::7"], "2001:db8::7 by a proxy"),
            ("10.0.0.1", &[""], "10.0.0.1 by a proxy"),
            // A host of the trusted network says it through the proxy.
            ("10.0.0.1", &["127.0.0.1, 10.0.0.5"], "10.0.0.5 by a proxy"),
            ("10.0.0.1", &["127.0.0.1"], "10.0.0.1 by a proxy"),
            ("fd00::1", &["::1"], "fd00::1 by a proxy"),
            ("10.0.0.1", &["::ffff:127.0.0.1"], "10.0.0.1 by a proxy"),
        ] {
            assert_eq!(
                client(peer, forwarded, &proxies),
                expected,
                "{peer} {forwarded:?}"
            );
        }
    }
}
