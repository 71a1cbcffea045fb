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
    /// It has answered since all were asked last.
    is_fresh: bool,
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

    /// Asks these servers. What others told before stands until one of these has answered. Gives
    /// back which are not asked any more and told nothing that stands.
    pub(super) fn ask(&mut self, servers: &[SocketAddr], now: Instant) -> Vec<SocketAddr> {
        let servers = servers.get(..MAX_SERVERS).unwrap_or(servers);
        let mut former = Vec::new();
        self.servers.retain(|address, server| {
            let is_kept = servers.contains(address) || server.seen_at.is_some();
            former.extend((!is_kept).then_some(*address));
            is_kept
        });
        for server in self.servers.values_mut() {
            server.is_fresh = false;
            server.question = None;
        }
        for address in servers {
            let server = self.servers.entry(*address).or_default();
            let question = Question {
                id: rand::random(),
                requests: 1,
                repeat_at: now + FIRST_REPETITION,
            };
            self.outgoing.push_back(request(*address, question.id));
            server.question = Some(question);
        }
        former
    }

    /// Takes a message from `remote`; false when it answers none of our questions.
    pub(super) fn handle(&mut self, remote: SocketAddr, message: &Message<'_>) -> bool {
        let known = self.public().addresses;
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
                if !known.contains(&address) {
                    info!("a STUN server told our public address");
                }
                server.seen_at = Some(address);
                server.is_fresh = true;
                server.has_complained = false;
            }
            _ => {
                server.seen_at = None;
                server.complain(remote, "a STUN server told an address that cannot be ours");
            }
        }
        self.drop_outdated();
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
        self.drop_outdated();
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

    /// An old answer stands in for a new one of its family, and no longer.
    fn drop_outdated(&mut self) {
        let has_fresh = |is_ipv4| {
            self.servers.iter().any(|(address, server)| {
                server.is_fresh && server.seen_at.is_some() && address.is_ipv4() == is_ipv4
            })
        };
        let (has_fresh_ipv4, has_fresh_ipv6) = (has_fresh(true), has_fresh(false));
        for (address, server) in &mut self.servers {
            let has_fresh = if address.is_ipv4() {
                has_fresh_ipv4
            } else {
                has_fresh_ipv6
            };
            // Whoever is still being asked may tell the same again.
            if has_fresh && !server.is_fresh && server.question.is_none() {
                server.seen_at = None;
            }
        }
    }
}

impl Server {
    /// One line a server, until it has told the truth again.
    fn complain(&mut self, address: SocketAddr, what: &str) {
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
mod tests;
