//! Our addresses as the answer announces them (RFC 8839 §5.1), and which of the caller's we check.

use std::fmt::Write;
use std::net::SocketAddr;

use super::offer::is_private;

/// One address at which our port can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Candidate {
    /// An address of this machine, or one that its operator announces.
    Host(SocketAddr),
    /// Where a STUN server saw `base` (RFC 8445 §5.1.1.2).
    Reflexive {
        address: SocketAddr,
        base: SocketAddr,
    },
}

/// Whether a check may be sent to an address that a caller merely names. Into this machine or a
/// private network only a server goes that is there itself.
pub(super) fn may_check(remote: SocketAddr, ours: &[Candidate]) -> bool {
    let mut hosts = ours.iter().filter_map(|candidate| match candidate {
        Candidate::Host(address) => Some(address.ip()),
        Candidate::Reflexive { .. } => None,
    });
    let ip = remote.ip();
    if ip.is_loopback() {
        hosts.any(|host| host.is_loopback())
    } else if is_private(ip) {
        hosts.any(|host| is_private(host) && !host.is_loopback())
    } else {
        true
    }
}

/// Adds exactly these to a section. Earlier ones are preferred.
pub(super) fn append(sdp: &mut String, candidates: &[Candidate]) {
    for (index, candidate) in candidates.iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = write!(sdp, "a=candidate:{}\r\n", value(index, candidate));
    }
    sdp.push_str("a=end-of-candidates\r\n");
}

fn value(index: usize, candidate: &Candidate) -> String {
    let foundation = index + 1;
    match candidate {
        Candidate::Host(address) => {
            let priority = priority(126, index);
            format!(
                "{foundation} 1 udp {priority} {} {} typ host",
                address.ip(),
                address.port()
            )
        }
        Candidate::Reflexive { address, base } => {
            let priority = priority(100, index);
            format!(
                "{foundation} 1 udp {priority} {} {} typ srflx raddr {} rport {}",
                address.ip(),
                address.port(),
                base.ip(),
                base.port()
            )
        }
    }
}

/// RFC 8445 §5.1.2.1, for component 1.
fn priority(type_preference: u32, index: usize) -> u32 {
    let local_preference = u32::from(u16::MAX - u16::try_from(index).unwrap_or(u16::MAX));
    (type_preference << 24) | (local_preference << 8) | 255
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_server_in_a_private_network_checks_addresses_there() {
        let host = |address: &str| [Candidate::Host(address.parse().unwrap())];
        let may = |remote: &str, ours: &str| may_check(remote.parse().unwrap(), &host(ours));

        assert!(may("203.0.113.5:9", "192.0.2.7:1"));
        assert!(may("192.168.1.5:9", "10.0.0.1:1"));
        assert!(may("127.0.0.1:9", "127.0.0.1:1"));
        assert!(!may("192.168.1.5:9", "203.0.113.7:1"));
        assert!(!may("192.168.1.5:9", "127.0.0.1:1"));
        assert!(!may("127.0.0.1:9", "10.0.0.1:1"));
    }
}
