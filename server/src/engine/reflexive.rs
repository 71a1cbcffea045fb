//! Asks STUN servers where they see our port (RFC 8489 §2), in the background and for ever. Knows
//! no socket and no clock.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use tracing::{info, warn};

use crate::packet::Datagram;
use crate::stun::{self, Kind, Message, TransactionId};

/// RFC 8489 §6.2.1: the first repetition; each waits twice as long as the one before.
const FIRST_REPETITION: Duration = Duration::from_millis(500);
/// After this many requests a server is silent.
const REQUESTS: u32 = 5;
/// More servers than this tell nothing new.
const MAX_SERVERS: usize = 8;

/// What is known of our public address. Not all servers need to have answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Public {
    is_settled: bool,
    addresses: Vec<SocketAddr>,
}

impl Public {
    pub(super) fn new(is_settled: bool) -> Self {
        Self {
            is_settled,
            addresses: Vec::new(),
        }
    }

    /// Whether waiting is of no more use: every server has answered or is silent.
    pub(super) fn is_settled(&self) -> bool {
        self.is_settled
    }

    pub(super) fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }
}

/// The state of our questions.
#[derive(Debug)]
pub(super) struct Reflexive {
    /// A server in this world may see us at a loopback address.
    is_loopback: bool,
    servers: BTreeMap<SocketAddr, Server>,
    outgoing: VecDeque<Datagram>,
}

#[derive(Debug, Default)]
struct Server {
    question: Option<Question>,
    seen_at: Option<SocketAddr>,
    has_complained: bool,
}

#[derive(Debug)]
struct Question {
    id: TransactionId,
    requests: u32,
    repeat_at: Instant,
}

impl Reflexive {
    pub(super) fn new(is_loopback: bool) -> Self {
        Self {
            is_loopback,
            servers: BTreeMap::new(),
            outgoing: VecDeque::new(),
        }
    }

    /// Asks these servers, and forgets all others.
    pub(super) fn ask(&mut self, servers: &[SocketAddr], now: Instant) {
        self.servers.retain(|address, _| servers.contains(address));
        for address in servers.iter().take(MAX_SERVERS) {
            let server = self.servers.entry(*address).or_default();
            let question = Question {
                id: rand::random(),
                requests: 1,
                repeat_at: now + FIRST_REPETITION,
            };
            self.outgoing.push_back(request(*address, question.id));
            server.question = Some(question);
        }
    }

    /// Takes a message from `remote`; false when it answers none of our questions.
    pub(super) fn handle(&mut self, remote: SocketAddr, message: &Message<'_>) -> bool {
        let Some(server) = self.servers.get_mut(&remote) else {
            return false;
        };
        let is_answer =
            server.question.as_ref().map(|question| question.id) == message.transaction_id();
        if !is_answer || message.kind() != Kind::BindingSuccess {
            return false;
        }
        server.question = None;
        match message.mapped_address() {
            Some(address) if is_plausible(address, remote, self.is_loopback) => {
                if server.seen_at != Some(address) {
                    info!("a STUN server told our public address");
                }
                server.seen_at = Some(address);
                server.has_complained = false;
            }
            _ => server.complain(remote, "a STUN server told an address that cannot be ours"),
        }
        true
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        for (address, server) in &mut self.servers {
            let Some(question) = &mut server.question else {
                continue;
            };
            if question.repeat_at > now {
                continue;
            }
            if question.requests == REQUESTS {
                server.question = None;
                server.complain(*address, "a STUN server is silent");
                continue;
            }
            question.repeat_at = now + FIRST_REPETITION * 2_u32.pow(question.requests);
            question.requests += 1;
            self.outgoing.push_back(request(*address, question.id));
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let questions = self
            .servers
            .values()
            .filter_map(|server| server.question.as_ref());
        questions.map(|question| question.repeat_at).min()
    }

    pub(super) fn poll_transmit(&mut self) -> Option<Datagram> {
        self.outgoing.pop_front()
    }

    pub(super) fn public(&self) -> Public {
        let mut addresses: Vec<SocketAddr> = self
            .servers
            .values()
            .filter_map(|server| server.seen_at)
            .collect();
        addresses.sort_unstable();
        addresses.dedup();
        let is_settled = self
            .servers
            .values()
            .all(|server| server.question.is_none());
        Public {
            is_settled,
            addresses,
        }
    }
}

impl Server {
    /// One line a server, until it has told the truth again.
    fn complain(&mut self, address: SocketAddr, what: &str) {
        self.seen_at = None;
        if !self.has_complained {
            self.has_complained = true;
            warn!(server = %address, "{what}");
        }
    }
}

fn request(server: SocketAddr, id: TransactionId) -> Datagram {
    Datagram {
        remote: server,
        bytes: BytesMut::from(stun::binding_request(id).as_slice()),
    }
}

/// A server may err or lie; what no caller could ever reach is not announced.
fn is_plausible(address: SocketAddr, server: SocketAddr, is_loopback: bool) -> bool {
    let is_forbidden = match address.ip() {
        IpAddr::V4(ip) => ip.is_broadcast() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local() || ip.to_ipv4_mapped().is_some(),
    };
    let ip = address.ip();
    address.port() != 0
        && address.is_ipv4() == server.is_ipv4()
        && !is_forbidden
        && !ip.is_unspecified()
        && !ip.is_multicast()
        && (is_loopback || !ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: &str = "192.0.2.1:3478";

    fn server() -> SocketAddr {
        SERVER.parse().unwrap()
    }

    /// What a server answers to `request`, with `mapped` as it stands in RFC 8489 §14.2.
    fn response(request: &[u8], mapped: SocketAddr) -> Vec<u8> {
        let mut value = vec![0, 1];
        value.extend((mapped.port() ^ 0x2112).to_be_bytes());
        let IpAddr::V4(ip) = mapped.ip() else {
            panic!("only IPv4 is used here")
        };
        value.extend(
            ip.octets()
                .iter()
                .zip([0x21, 0x12, 0xa4, 0x42])
                .map(|(octet, mask)| octet ^ mask),
        );
        let mut bytes = vec![1, 1, 0, 12];
        bytes.extend(&request[4..20]);
        bytes.extend([0, 0x20, 0, 8]);
        bytes.extend(value);
        bytes
    }

    fn told(mapped: &str) -> (Reflexive, bool) {
        let mut reflexive = Reflexive::new(false);
        reflexive.ask(&[server()], Instant::now());
        let request = reflexive.poll_transmit().unwrap();
        let response = response(&request.bytes, mapped.parse().unwrap());
        let is_ours = reflexive.handle(server(), &Message::parse(&response).unwrap());
        (reflexive, is_ours)
    }

    #[test]
    fn an_answer_tells_our_public_address() {
        let (reflexive, is_ours) = told("203.0.113.9:40000");

        assert!(is_ours);
        assert_eq!(
            reflexive.public(),
            Public {
                is_settled: true,
                addresses: vec!["203.0.113.9:40000".parse().unwrap()]
            }
        );
        assert_eq!(reflexive.poll_timeout(), None);
    }

    #[test]
    fn a_lying_server_tells_nothing() {
        for lie in [
            "0.0.0.0:1",
            "203.0.113.9:0",
            "127.0.0.1:5",
            "224.0.0.1:5",
            "255.255.255.255:5",
            "169.254.169.254:80",
        ] {
            let (reflexive, _) = told(lie);

            assert_eq!(
                reflexive.public(),
                Public {
                    is_settled: true,
                    addresses: vec![]
                },
                "{lie}"
            );
        }
    }

    #[test]
    fn an_answer_to_no_question_of_ours_is_ignored() {
        let mut reflexive = Reflexive::new(false);
        reflexive.ask(&[server()], Instant::now());
        let request = reflexive.poll_transmit().unwrap();
        let right = response(&request.bytes, "203.0.113.9:40000".parse().unwrap());
        let mut wrong_id = right.clone();
        wrong_id[8] ^= 1;
        let stranger = "192.0.2.2:3478".parse().unwrap();

        let believed = [
            reflexive.handle(server(), &Message::parse(&wrong_id).unwrap()),
            reflexive.handle(stranger, &Message::parse(&right).unwrap()),
        ];

        assert_eq!(believed, [false, false]);
        assert_eq!(
            reflexive.public(),
            Public {
                is_settled: false,
                addresses: vec![]
            }
        );
    }

    #[test]
    fn a_silent_server_is_asked_a_few_times_and_given_up() {
        let mut reflexive = Reflexive::new(false);
        reflexive.ask(&[server()], Instant::now());

        let mut requests = 0;
        while let Some(at) = reflexive.poll_timeout() {
            requests += std::iter::from_fn(|| reflexive.poll_transmit()).count();
            reflexive.handle_timeout(at);
        }

        assert_eq!(requests, 5);
        assert_eq!(
            reflexive.public(),
            Public {
                is_settled: true,
                addresses: vec![]
            }
        );
    }
}
