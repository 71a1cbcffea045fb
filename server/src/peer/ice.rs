//! Which way media goes (RFC 8445): to the address the caller chose last, once that address has
//! answered a check of ours.
//!
//! The caller leads and we answer. When he restarts, media goes on as it went until he has chosen
//! a way under the new credentials (RFC 8445 §9, RFC 8839 §4.4.2).

mod session;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Instant;

use super::offer::Credentials;
use super::{IceMode, LocalSide, MAX_OUTGOING};
use crate::packet::Datagram;
use crate::stun::{Key, Kind, Message};
use session::Session;

/// What the checks for one ICE session carry, and how they are signed (RFC 8445 §7.2.2).
#[derive(Clone)]
pub struct Name {
    pub ufrag: String,
    pub key: Key,
}

/// All that a caller's checks may carry.
#[derive(Clone)]
pub struct Names {
    pub current: Name,
    /// That of the session before a restart, as long as media may go that way.
    pub former: Option<Name>,
}

impl Names {
    pub fn iter(&self) -> impl Iterator<Item = &Name> {
        std::iter::once(&self.current).chain(&self.former)
    }
}

/// What credentials mean that a caller sends.
pub(super) enum Meaning {
    /// They are in force.
    InForce,
    /// RFC 8839 §4.4.1.1.1: both change, or none.
    HalfNew,
    New(Credentials),
}

/// The ways to one caller.
pub(super) struct Ice {
    mode: IceMode,
    tie_breaker: u64,
    current: Session,
    /// The one that media goes by since a restart. Invariant: absent once the current one has a
    /// way of its own; so there is no more than one.
    former: Option<Session>,
    is_restarted: bool,
    /// Whether the names changed since somebody asked.
    is_renamed: bool,
    outgoing: Outgoing,
}

/// Checks and answers that wait for the kernel.
#[derive(Default)]
pub(super) struct Outgoing(VecDeque<Datagram>);

impl Outgoing {
    /// Whoever cannot be sent to for seconds misses what is stale by then.
    fn send(&mut self, remote: SocketAddr, bytes: &[u8]) {
        if self.0.len() < MAX_OUTGOING {
            self.0.push_back(Datagram {
                remote,
                bytes: bytes.into(),
            });
        }
    }
}

impl Ice {
    pub(super) fn new(
        local: &LocalSide,
        caller: Credentials,
        named: &[SocketAddr],
        now: Instant,
    ) -> Self {
        let tie_breaker = rand::random();
        let mut ice = Self {
            mode: local.mode,
            tie_breaker,
            current: Session::new(local, caller, tie_breaker),
            former: None,
            is_restarted: false,
            is_renamed: false,
            outgoing: Outgoing::default(),
        };
        ice.name(named, now);
        ice
    }

    /// The caller names more of his addresses. With ICE-lite nothing is sent there.
    pub(super) fn name(&mut self, addresses: &[SocketAddr], now: Instant) {
        if self.mode == IceMode::Full {
            self.current.name(addresses, now);
        }
    }

    pub(super) fn meaning_of(&self, theirs: Credentials) -> Meaning {
        let in_force = self.current.caller();
        let is_same = [
            theirs.ufrag == in_force.ufrag,
            theirs.password == in_force.password,
        ];
        match is_same {
            [true, true] => Meaning::InForce,
            [false, false] => Meaning::New(theirs),
            _ => Meaning::HalfNew,
        }
    }

    /// Begins a session under new credentials of both sides. Media goes on where it goes.
    pub(super) fn restart(
        &mut self,
        local: &LocalSide,
        theirs: Credentials,
        named: &[SocketAddr],
        now: Instant,
    ) {
        let session = Session::new(local, theirs, self.tie_breaker);
        let before = std::mem::replace(&mut self.current, session);
        // Media goes by an older one if there is one, and never went by the one after it.
        self.former.get_or_insert(before);
        self.is_restarted = true;
        self.is_renamed = true;
        self.name(named, now);
    }

    /// The name of the session in force: our half of its credentials.
    pub(super) fn session(&self) -> &str {
        self.current.ufrag()
    }

    pub(super) fn is_restarted(&self) -> bool {
        self.is_restarted
    }

    /// Our side of the session in force, at the addresses of `local`.
    pub(super) fn local_side(&self, local: &LocalSide) -> LocalSide {
        self.current.local_side(local)
    }

    pub(super) fn names(&self) -> Names {
        Names {
            current: self.current.name_of_ours(),
            former: self.former.as_ref().map(Session::name_of_ours),
        }
    }

    /// The names, if they changed since this was asked.
    pub(super) fn take_new_names(&mut self) -> Option<Names> {
        std::mem::take(&mut self.is_renamed).then(|| self.names())
    }

    /// Where media goes, as soon as that is known.
    pub(super) fn chosen(&self) -> Option<SocketAddr> {
        let former = || self.former.as_ref()?.chosen();
        self.current.chosen().or_else(former)
    }

    /// Takes a message of the caller's, whose check, if it is one, is authentic. Whether it was his
    /// answer to a check of ours.
    pub(super) fn handle(&mut self, message: &Message<'_>, from: SocketAddr, now: Instant) -> bool {
        let mut is_answer = false;
        match message.kind() {
            Kind::BindingRequest => self.answer(message, from, now),
            Kind::BindingSuccess => {
                for session in std::iter::once(&mut self.current).chain(&mut self.former) {
                    is_answer |= session.note_answer(message, from, now);
                }
            }
            Kind::Other => {}
        }
        self.choose(now);
        is_answer
    }

    fn answer(&mut self, request: &Message<'_>, from: SocketAddr, now: Instant) {
        let Some(ufrag) = request.receiver_ufrag() else {
            return;
        };
        let mut sessions = std::iter::once(&mut self.current).chain(&mut self.former);
        if let Some(session) = sessions.find(|session| session.ufrag() == ufrag) {
            session.answer(request, from, &mut self.outgoing, now);
        }
    }

    fn choose(&mut self, now: Instant) {
        self.current.choose(now);
        if self.current.chosen().is_none() {
            if let Some(former) = &mut self.former {
                former.choose(now);
            }
        } else if self.former.take().is_some() {
            self.is_renamed = true;
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        for session in std::iter::once(&mut self.current).chain(&mut self.former) {
            session.handle_timeout(&mut self.outgoing, now);
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let sessions = std::iter::once(&self.current).chain(&self.former);
        sessions.filter_map(Session::poll_timeout).min()
    }

    pub(super) fn poll_transmit(&mut self) -> Option<Datagram> {
        self.outgoing.0.pop_front()
    }
}

#[cfg(test)]
mod tests;
