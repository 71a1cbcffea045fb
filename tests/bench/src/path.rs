//! The way from one caller to the server: ICE of the side that leads (RFC 8445), with every check
//! a nomination, so that the first address that answers is taken.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use server::stun::{self, Check, Key, Kind, Message, Role};

const FIRST_RETRY: Duration = Duration::from_millis(50);
const LONGEST_RETRY: Duration = Duration::from_millis(500);
/// How often the server is asked whether it is still there (RFC 7675 §5.1).
const CONSENT_EVERY: Duration = Duration::from_secs(5);
/// What waits to be sent; answers to a server that floods us are not worth more.
const MAX_OUTGOING: usize = 16;

/// The caller's half of ICE.
pub struct Path {
    ours: Key,
    theirs: Key,
    /// `theirs:ours` (RFC 8445 §7.2.2).
    username: String,
    tie_breaker: u64,
    asked: Vec<Asked>,
    chosen: Option<SocketAddr>,
    outgoing: VecDeque<(SocketAddr, Vec<u8>)>,
}

/// One address of the server's, with the check that is under way.
struct Asked {
    address: SocketAddr,
    id: stun::TransactionId,
    pause: Duration,
    again_at: Instant,
}

/// Name and password of one side.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    pub ufrag: &'a str,
    pub password: &'a str,
}

impl Path {
    #[must_use]
    pub fn new(
        ours: Credentials<'_>,
        theirs: Credentials<'_>,
        candidates: &[SocketAddr],
        now: Instant,
    ) -> Self {
        let asked = candidates.iter().map(|address| Asked {
            address: *address,
            id: rand::random(),
            pause: FIRST_RETRY,
            again_at: now,
        });
        Self {
            ours: Key::new(ours.password),
            theirs: Key::new(theirs.password),
            username: format!("{}:{}", theirs.ufrag, ours.ufrag),
            tie_breaker: rand::random(),
            asked: asked.collect(),
            chosen: None,
            outgoing: VecDeque::new(),
        }
    }

    /// Where the server answered.
    #[must_use]
    pub fn chosen(&self) -> Option<SocketAddr> {
        self.chosen
    }

    /// Takes a message of STUN.
    pub fn handle(&mut self, from: SocketAddr, datagram: &[u8], now: Instant) {
        let Some(message) = Message::parse(datagram) else {
            return;
        };
        match message.kind() {
            Kind::BindingRequest if message.is_signed_with(&self.ours) => {
                if let Some(id) = message.transaction_id() {
                    self.send(from, stun::binding_success(id, from, &self.ours));
                }
            }
            Kind::BindingSuccess if message.is_signed_with(&self.theirs) => {
                self.note_answer(from, &message, now);
            }
            _ => {}
        }
    }

    fn note_answer(&mut self, from: SocketAddr, message: &Message<'_>, now: Instant) {
        let id = message.transaction_id();
        let is_asked = |asked: &Asked| asked.address == from && Some(asked.id) == id;
        if !self.asked.iter().any(is_asked) {
            return;
        }
        // The others are not asked any more.
        self.asked.retain(|asked| asked.address == from);
        self.chosen = Some(from);
        for asked in &mut self.asked {
            asked.id = rand::random();
            asked.pause = FIRST_RETRY;
            asked.again_at = now + CONSENT_EVERY;
        }
    }

    /// Our own address is another one now: the server has to hear that at once.
    pub fn roam(&mut self, now: Instant) {
        for asked in &mut self.asked {
            asked.pause = FIRST_RETRY;
            asked.again_at = now;
        }
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        let mut due = Vec::new();
        for asked in self.asked.iter_mut().filter(|asked| asked.again_at <= now) {
            asked.again_at = now + asked.pause;
            asked.pause = (asked.pause * 2).min(LONGEST_RETRY);
            due.push((asked.address, asked.id));
        }
        for (address, id) in due {
            let check = Check {
                id,
                username: &self.username,
                role: Role::Controlling {
                    tie_breaker: self.tie_breaker,
                },
            };
            let bytes = check.signed_with(&self.theirs);
            self.send(address, bytes);
        }
    }

    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.asked.iter().map(|asked| asked.again_at).min()
    }

    pub fn poll_transmit(&mut self) -> Option<(SocketAddr, Vec<u8>)> {
        self.outgoing.pop_front()
    }

    fn send(&mut self, to: SocketAddr, bytes: Vec<u8>) {
        if self.outgoing.len() < MAX_OUTGOING {
            self.outgoing.push_back((to, bytes));
        }
    }
}
