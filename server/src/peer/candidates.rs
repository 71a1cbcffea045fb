//! Our addresses as the answer announces them (RFC 8839 §5.1).

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

/// The core is told of one address a family: which of ours a datagram reached is of no matter to
/// a connection, only to the port.
pub(super) fn one_host_a_family(candidates: &[Candidate]) -> Vec<SocketAddr> {
    let mut chosen: Vec<SocketAddr> = Vec::new();
    for candidate in candidates {
        if let Candidate::Host(address) = candidate
            && !chosen
                .iter()
                .any(|other| other.is_ipv4() == address.is_ipv4())
        {
            chosen.push(*address);
        }
    }
    chosen
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

/// The value of a `candidate` attribute for a host address. Earlier ones are preferred.
pub(super) fn host_value(index: usize, address: SocketAddr) -> String {
    value(index, &Candidate::Host(address))
}

/// Puts exactly `candidates` into the first section of `answer` that is not refused.
pub(super) fn announce(answer: &str, candidates: &[Candidate]) -> String {
    let mut announced = String::with_capacity(answer.len() + candidates.len() * 80);
    let mut is_pending = true;
    let mut is_inside = false;
    for line in answer.lines() {
        if line.starts_with("a=candidate:") || line.starts_with("a=end-of-candidates") {
            continue;
        }
        if let Some(section) = line.strip_prefix("m=") {
            if is_inside && is_pending {
                append(&mut announced, candidates);
                is_pending = false;
            }
            is_inside = section.split(' ').nth(1) != Some("0");
        }
        announced.push_str(line);
        announced.push_str("\r\n");
    }
    if is_inside && is_pending {
        append(&mut announced, candidates);
    }
    announced
}

fn append(sdp: &mut String, candidates: &[Candidate]) {
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

    const ANSWER: &str = "v=0\r\nm=video 0 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n\
        a=mid:0\r\na=candidate:9 1 udp 1 127.0.0.1 4 typ host\r\na=candidate:9 2 udp 1 127.0.0.1 4 typ host\r\n\
        a=end-of-candidates\r\n";

    #[test]
    fn an_answer_announces_our_addresses_in_the_accepted_section_only() {
        let candidates = [
            Candidate::Host("192.0.2.7:3001".parse().unwrap()),
            Candidate::Host("[2001:db8::7]:3001".parse().unwrap()),
            Candidate::Reflexive {
                address: "203.0.113.9:40000".parse().unwrap(),
                base: "192.0.2.7:3001".parse().unwrap(),
            },
        ];

        let announced = announce(ANSWER, &candidates);

        assert_eq!(
            announced,
            "v=0\r\nm=video 0 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n\
             a=candidate:1 1 udp 2130706431 192.0.2.7 3001 typ host\r\n\
             a=candidate:2 1 udp 2130706175 2001:db8::7 3001 typ host\r\n\
             a=candidate:3 1 udp 1694498303 203.0.113.9 40000 typ srflx raddr 192.0.2.7 rport 3001\r\n\
             a=end-of-candidates\r\n"
        );
    }

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

    #[test]
    fn the_core_hears_of_one_host_address_a_family() {
        let hosts = [
            "192.0.2.7:1",
            "192.0.2.8:1",
            "[2001:db8::7]:1",
            "[2001:db8::8]:1",
        ]
        .map(|address| Candidate::Host(address.parse().unwrap()));

        let chosen = one_host_a_family(&hosts);

        assert_eq!(
            chosen,
            [
                "192.0.2.7:1".parse::<SocketAddr>().unwrap(),
                "[2001:db8::7]:1".parse().unwrap()
            ]
        );
    }
}
