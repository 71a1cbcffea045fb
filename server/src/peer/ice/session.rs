//! The ways to one caller under one pair of credentials.
//!
//! A choice of the caller's alone is no proof: whoever knows his own password can make it under a
//! forged address, and would so send our stream to a stranger. So every address that his checks
//! come from is checked in return; with [`IceMode::Full`](super::IceMode::Full) those that he names,
//! too.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::{Credentials, LocalSide, Name, Outgoing};
use crate::stun::{self, Check, Key, Message, Role, TransactionId};

/// Addresses of one caller that are known at once: his networks, and what NATs made of them.
pub(super) const MAX_REMOTES: usize = 24;
/// Of those, addresses that he only named: what an offer may name, twice.
const MAX_NAMED: usize = 16;
/// A check that is not answered is sent again after this, then after twice this, and so on.
const FIRST_RETRY: Duration = Duration::from_millis(100);
const LONGEST_RETRY: Duration = Duration::from_millis(1_600);
const MAX_TRIES: u32 = 7;
/// Between checks of addresses that the caller only named (RFC 8445 §14.2: 50 ms).
const PACE: Duration = Duration::from_millis(50);
/// How often the way that media takes is checked anew (RFC 7675 §5.1: 4 to 6 s).
pub(super) const CONSENT_EVERY: Duration = Duration::from_secs(5);
/// For so long an answer proves an address (RFC 7675 §5.1).
const PROOF_LASTS: Duration = Duration::from_secs(30);

pub(super) struct Session {
    ufrag: String,
    password: String,
    caller: Credentials,
    /// Makes our answers: they are signed with our password.
    ours: Key,
    /// Makes our checks, which are signed with the caller's.
    theirs: Key,
    /// `theirs:ours` (RFC 8445 §7.2.2).
    username: String,
    tie_breaker: u64,
    remotes: Vec<Remote>,
    /// How many the caller named.
    named: usize,
    wanted: Option<SocketAddr>,
    chosen: Option<SocketAddr>,
}

/// One address of the caller's.
struct Remote {
    address: SocketAddr,
    asked: Option<Asked>,
    /// When the last round of checks began.
    asked_at: Option<Instant>,
    proven_at: Option<Instant>,
}

/// A check of ours that is not answered yet.
struct Asked {
    id: TransactionId,
    tries: u32,
    again_at: Instant,
}

impl Session {
    pub(super) fn new(local: &LocalSide, caller: Credentials, tie_breaker: u64) -> Self {
        Self {
            ufrag: local.ufrag.clone(),
            password: local.password.clone(),
            ours: Key::new(&local.password),
            theirs: Key::new(&caller.password),
            username: format!("{}:{}", caller.ufrag, local.ufrag),
            caller,
            tie_breaker,
            remotes: Vec::new(),
            named: 0,
            wanted: None,
            chosen: None,
        }
    }

    pub(super) fn ufrag(&self) -> &str {
        &self.ufrag
    }

    pub(super) fn caller(&self) -> &Credentials {
        &self.caller
    }

    pub(super) fn name_of_ours(&self) -> Name {
        Name {
            ufrag: self.ufrag.clone(),
            key: self.ours.clone(),
        }
    }

    pub(super) fn local_side(&self, local: &LocalSide) -> LocalSide {
        LocalSide {
            ufrag: self.ufrag.clone(),
            password: self.password.clone(),
            ..local.clone()
        }
    }

    pub(super) fn chosen(&self) -> Option<SocketAddr> {
        self.chosen
    }

    /// Checks addresses that the caller merely names, one after the other.
    pub(super) fn name(&mut self, addresses: &[SocketAddr], now: Instant) {
        let is_known = |remotes: &[Remote], address| {
            let mut known = remotes.iter().map(|remote| remote.address);
            known.any(|known| known == address)
        };
        let mut at = now;
        for address in addresses {
            let is_full = self.named == MAX_NAMED || self.remotes.len() == MAX_REMOTES;
            if is_full || is_known(&self.remotes, *address) {
                continue;
            }
            let mut remote = Remote::new(*address);
            remote.ask(at);
            self.remotes.push(remote);
            self.named += 1;
            at += PACE;
        }
    }

    pub(super) fn answer(
        &mut self,
        request: &Message<'_>,
        from: SocketAddr,
        outgoing: &mut Outgoing,
        now: Instant,
    ) {
        let Some(id) = request.transaction_id() else {
            return;
        };
        if request.nominates() {
            self.wanted = Some(from);
        }
        let bytes = stun::binding_success(id, from, &self.ours);
        outgoing.send(from, &bytes);
        self.prove(from, outgoing, now);
    }

    /// Checks an address in return, unless that is under way or it was proven not long ago.
    fn prove(&mut self, address: SocketAddr, outgoing: &mut Outgoing, now: Instant) {
        let known = self
            .remotes
            .iter()
            .position(|remote| remote.address == address);
        let place = known.unwrap_or_else(|| self.add(address));
        if let Some(remote) = self.remotes.get_mut(place)
            && remote.asked.is_none()
            && !remote.is_proven(now + PROOF_LASTS / 2)
        {
            remote.ask(now);
            self.send_checks(outgoing, now);
        }
    }

    /// Makes room for an address, if need be in place of the one least of use.
    fn add(&mut self, address: SocketAddr) -> usize {
        if self.remotes.len() == MAX_REMOTES {
            let (chosen, wanted) = (self.chosen, self.wanted);
            let is_in_use = |remote: &Remote| [chosen, wanted].contains(&Some(remote.address));
            // In the order they came: the first ones are the oldest.
            let least = self.remotes.iter().position(|remote| !is_in_use(remote));
            self.remotes.remove(least.unwrap_or_default());
        }
        self.remotes.push(Remote::new(address));
        self.remotes.len() - 1
    }

    /// Takes an answer, if it is one to a check of this session. Whether it was.
    pub(super) fn note_answer(
        &mut self,
        answer: &Message<'_>,
        from: SocketAddr,
        now: Instant,
    ) -> bool {
        let remote = self
            .remotes
            .iter_mut()
            .find(|remote| remote.address == from);
        if let Some(remote) = remote
            && let Some(asked) = &remote.asked
            && answer.transaction_id() == Some(asked.id)
            && answer.is_signed_with(&self.theirs)
        {
            remote.asked = None;
            remote.proven_at = Some(now);
            return true;
        }
        false
    }

    pub(super) fn choose(&mut self, now: Instant) {
        if let Some(wanted) = self.wanted
            && self
                .remotes
                .iter()
                .any(|remote| remote.address == wanted && remote.is_proven(now))
        {
            self.chosen = Some(wanted);
        }
    }

    pub(super) fn handle_timeout(&mut self, outgoing: &mut Outgoing, now: Instant) {
        let chosen = self.chosen;
        let remote = self
            .remotes
            .iter_mut()
            .find(|remote| Some(remote.address) == chosen);
        if let Some(remote) = remote
            && remote.consent_at().is_some_and(|at| at <= now)
        {
            remote.ask(now);
            // Whoever has not answered for so long is not sent to, until he does (RFC 7675 §5.1).
            self.chosen = chosen.filter(|_| remote.is_proven(now));
        }
        self.send_checks(outgoing, now);
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let again = self
            .remotes
            .iter()
            .filter_map(|remote| Some(remote.asked.as_ref()?.again_at));
        let chosen = self
            .remotes
            .iter()
            .filter(|remote| Some(remote.address) == self.chosen);
        again.chain(chosen.filter_map(Remote::consent_at)).min()
    }

    #[cfg(test)]
    pub(super) fn remotes(&self) -> usize {
        self.remotes.len()
    }

    /// Sends what is due.
    fn send_checks(&mut self, outgoing: &mut Outgoing, now: Instant) {
        for remote in &mut self.remotes {
            let Some(asked) = remote.asked.as_mut().filter(|asked| asked.again_at <= now) else {
                continue;
            };
            if asked.tries == MAX_TRIES {
                remote.asked = None;
                continue;
            }
            asked.again_at = now + (FIRST_RETRY * 2_u32.pow(asked.tries)).min(LONGEST_RETRY);
            asked.tries += 1;
            let check = Check {
                id: asked.id,
                username: &self.username,
                role: Role::Controlled {
                    tie_breaker: self.tie_breaker,
                },
            };
            outgoing.send(remote.address, &check.signed_with(&self.theirs));
        }
    }
}

impl Remote {
    fn new(address: SocketAddr) -> Self {
        Self {
            address,
            asked: None,
            asked_at: None,
            proven_at: None,
        }
    }

    /// Begins a round of checks.
    fn ask(&mut self, at: Instant) {
        self.asked_at = Some(at);
        self.asked = Some(Asked {
            id: rand::random(),
            tries: 0,
            again_at: at,
        });
    }

    fn is_proven(&self, now: Instant) -> bool {
        self.proven_at.is_some_and(|at| now < at + PROOF_LASTS)
    }

    /// When it has to be asked again whether we may send there.
    fn consent_at(&self) -> Option<Instant> {
        match self.asked {
            Some(_) => None,
            None => self.asked_at.map(|at| at + CONSENT_EVERY),
        }
    }
}
