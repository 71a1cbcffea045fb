//! Where the caller says he can be reached. He chooses these addresses, so nothing is believed:
//! what no decent caller can have is left out, and the number is small.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Enough for two networks in both families, with reflexive and relayed addresses.
const MAX_CANDIDATES: usize = 8;
/// Where clouds tell a machine its own secrets, beside the link-local 169.254.169.254.
const METADATA_V4: [Ipv4Addr; 2] = [
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(192, 0, 0, 192),
];
const METADATA_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);

/// The addresses of UDP candidates that a datagram may be sent to, without repetition.
pub(in crate::peer) fn reachable<'a>(candidates: impl Iterator<Item = &'a str>) -> Vec<SocketAddr> {
    let mut addresses = Vec::with_capacity(MAX_CANDIDATES);
    for address in candidates.filter_map(parse).filter(is_decent) {
        if addresses.len() < MAX_CANDIDATES && !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    addresses
}

/// Whether an address belongs to this machine or to a network without public addresses.
#[must_use]
pub fn is_private(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let [first, second, ..] = ip.octets();
            // RFC 6598 §7: what lies behind a provider's own NAT.
            let is_shared = first == 100 && (64..128).contains(&second);
            ip.is_loopback() || ip.is_private() || is_shared
        }
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local(),
    }
}

/// RFC 8839 §5.1: foundation, component, transport, priority, address, port, "typ", type. Names
/// such as `….local` are no addresses, and what is not understood is passed over.
fn parse(candidate: &str) -> Option<SocketAddr> {
    let mut words = candidate.split(' ');
    let (_foundation, component, transport) = (words.next()?, words.next()?, words.next()?);
    let (_priority, address, port) = (words.next()?, words.next()?, words.next()?);
    let (typ, kind) = (words.next()?, words.next()?);
    let is_ours = component == "1"
        && transport.eq_ignore_ascii_case("udp")
        && typ == "typ"
        && matches!(kind, "host" | "srflx" | "prflx" | "relay");
    let ip: IpAddr = address.parse().ok()?;
    is_ours.then_some(SocketAddr::new(ip.to_canonical(), port.parse().ok()?))
}

fn is_decent(address: &SocketAddr) -> bool {
    let is_decent_ip = match address.ip() {
        IpAddr::V4(ip) => {
            let [first, ..] = ip.octets();
            // RFC 6890 §2.2: "this network", and what is reserved up to the broadcast address.
            let is_reserved = first == 0 || first >= 240;
            !is_reserved && !ip.is_multicast() && !ip.is_link_local() && !METADATA_V4.contains(&ip)
        }
        IpAddr::V6(ip) => {
            // RFC 6052 §2.1 and RFC 3056 §2: an IPv4 address in disguise.
            let is_translated = matches!(ip.segments(), [0x64, 0xff9b, ..] | [0x2002, ..]);
            !is_translated
                && !ip.is_unspecified()
                && !ip.is_multicast()
                && !ip.is_unicast_link_local()
                && ip != METADATA_V6
        }
    };
    is_decent_ip && address.port() != 0
}
