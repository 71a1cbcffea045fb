//! Callers of other shards whose datagrams come here: the kernel divides by the caller's address,
//! and that changes when he changes his network.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use shared::ConversationId;

use super::directory::ShardId;
use super::routing::{HELD, MAX_ADDRESSES};
use crate::rate::{Meter, Rate};

/// An address of a caller who sends no check from there for so long is not his any more. A caller
/// checks the ways he keeps at least twice a minute.
const FORGET_AFTER: Duration = Duration::from_secs(60);
/// Each is a call of another shard: this bounds what one shard may remember.
const MAX_STRAYS: usize = 4_096;
/// The table is searched no more often for those who are gone.
const CLEAR_EVERY: Duration = Duration::from_secs(1);
/// What is handed over of one caller. His own shard, which knows what is authentic, cuts him to less.
const DATAGRAMS_A_SECOND: u32 = 400;
const BYTES_A_SECOND: u32 = 160_000;
/// Answers from addresses where nobody was heard: one for each check that another shard sent there.
const ANSWERS_A_SECOND: u32 = 500;
/// What a network has held back may come at once, as if it had been saved up for so long.
const SAVED_UP: Duration = Duration::from_secs(2);

/// Whose datagrams are to be handed on, and to whom.
#[derive(Debug, Default)]
pub(super) struct Strays {
    strays: HashMap<ConversationId, Stray>,
    /// Invariant: each is one of those of a stray.
    addresses: HashMap<SocketAddr, ConversationId>,
    answers: Option<Meter>,
    /// When somebody may be gone.
    clear_at: Option<Instant>,
}

/// One call.
#[derive(Debug)]
struct Stray {
    shard: ShardId,
    addresses: Vec<Address>,
    rate: Rate,
}

#[derive(Clone, Copy, Debug)]
struct Address {
    remote: SocketAddr,
    heard: Instant,
}

impl Strays {
    /// An authentic check for a conversation of `shard` came from there. False when the address is
    /// another caller's, or there are too many.
    pub(super) fn note(
        &mut self,
        remote: SocketAddr,
        (id, shard): (ConversationId, ShardId),
        now: Instant,
    ) -> bool {
        if self.holder(remote).is_some_and(|(holder, address)| {
            holder != id && now.saturating_duration_since(address.heard) < HELD
        }) {
            return false;
        }
        if !self.strays.contains_key(&id) && !self.has_room(now) {
            return false;
        }
        self.forget(remote);
        let stray = self
            .strays
            .entry(id)
            .or_insert_with(|| Stray::new(shard, now));
        stray.shard = shard;
        if let Some(oldest) = stray.add(remote, now) {
            self.addresses.remove(&oldest);
        }
        self.addresses.insert(remote, id);
        self.clear_at.get_or_insert(now + FORGET_AFTER);
        true
    }

    /// A conversation of this shard was heard from there.
    pub(super) fn forget(&mut self, remote: SocketAddr) {
        // Nearly always there is none.
        if self.addresses.is_empty() {
            return;
        }
        if let Some(id) = self.addresses.remove(&remote)
            && let Some(stray) = self.strays.get_mut(&id)
        {
            stray.addresses.retain(|address| address.remote != remote);
        }
    }

    /// Whose datagrams those from there are.
    pub(super) fn find(&self, remote: SocketAddr, now: Instant) -> Option<ShardId> {
        let (id, address) = self.holder(remote)?;
        let stray = self.strays.get(&id)?;
        (!address.is_gone(now)).then_some(stray.shard)
    }

    /// Whether a datagram of so many bytes from there is within what may be handed over; then it is
    /// taken from that.
    pub(super) fn admits(&mut self, remote: SocketAddr, bytes: usize, now: Instant) -> bool {
        let id = self.addresses.get(&remote);
        match id.and_then(|id| self.strays.get_mut(id)) {
            Some(stray) => stray.rate.take(bytes, now),
            None => self
                .answers
                .get_or_insert_with(|| Meter::a_second(ANSWERS_A_SECOND, SAVED_UP, now))
                .take(1, now),
        }
    }

    /// When [`Self::handle_timeout`] is wanted next; `None` while nobody is remembered.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.clear_at
    }

    /// Forgets whoever is gone.
    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if self.clear_at.is_none_or(|at| at > now) {
            return;
        }
        let addresses = &mut self.addresses;
        let mut oldest: Option<Instant> = None;
        self.strays.retain(|_, stray| {
            for gone in stray
                .addresses
                .extract_if(.., |address| address.is_gone(now))
            {
                addresses.remove(&gone.remote);
            }
            let heard = stray.addresses.iter().map(|address| address.heard);
            oldest = oldest.into_iter().chain(heard).min();
            !stray.addresses.is_empty()
        });
        self.clear_at = oldest.map(|heard| (heard + FORGET_AFTER).max(now + CLEAR_EVERY));
    }

    /// How long its tables are.
    pub(super) fn sizes(&self) -> [(&'static str, usize); 2] {
        [
            ("strays", self.strays.len()),
            ("stray_addresses", self.addresses.len()),
        ]
    }

    fn holder(&self, remote: SocketAddr) -> Option<(ConversationId, Address)> {
        let id = self.addresses.get(&remote)?;
        let mut addresses = self.strays.get(id)?.addresses.iter();
        let address = addresses.find(|address| address.remote == remote)?;
        Some((*id, *address))
    }

    fn has_room(&mut self, now: Instant) -> bool {
        self.handle_timeout(now);
        self.strays.len() < MAX_STRAYS
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.addresses.len()
    }
}

impl Stray {
    fn new(shard: ShardId, now: Instant) -> Self {
        Self {
            shard,
            addresses: Vec::new(),
            rate: Rate::new(DATAGRAMS_A_SECOND, BYTES_A_SECOND, SAVED_UP, now),
        }
    }

    /// Gives back the address that has to go for it.
    fn add(&mut self, remote: SocketAddr, now: Instant) -> Option<SocketAddr> {
        let is_full = self.addresses.len() == MAX_ADDRESSES;
        // In the order in which they were heard.
        let oldest = is_full.then(|| self.addresses.remove(0).remote);
        self.addresses.push(Address { remote, heard: now });
        oldest
    }
}

impl Address {
    fn is_gone(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.heard) >= FORGET_AFTER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARD: ShardId = ShardId(3);

    fn address(number: u32) -> SocketAddr {
        let [a, b, c, d] = number.to_be_bytes();
        SocketAddr::from(([10, b, c, d], 1_000 + u16::from(a)))
    }

    fn id(number: u32) -> ConversationId {
        ConversationId::from_nanoseconds(u64::from(number) + 1)
    }

    fn call(number: u32) -> (ConversationId, ShardId) {
        (id(number), SHARD)
    }

    #[test]
    fn whoever_sends_no_checks_is_forgotten() {
        let now = Instant::now();
        let mut strays = Strays::default();
        assert!(strays.note(address(1), call(1), now));

        let found =
            [0, 59, 60].map(|seconds| strays.find(address(1), now + Duration::from_secs(seconds)));

        assert_eq!(found, [Some(SHARD), Some(SHARD), None]);
        assert_eq!(strays.find(address(2), now), None);
    }

    #[test]
    fn whoever_is_gone_takes_no_room_though_nobody_else_comes() {
        let now = Instant::now();
        let after = |seconds| now + Duration::from_secs(seconds);
        let mut strays = Strays::default();
        assert_eq!(strays.poll_timeout(), None);
        strays.note(address(1), call(1), now);
        strays.note(address(2), call(1), after(5));
        strays.note(address(3), call(3), after(10));

        let mut sizes = Vec::new();
        while let Some(at) = strays.poll_timeout() {
            strays.handle_timeout(at);
            let [(_, calls), (_, addresses)] = strays.sizes();
            sizes.push((at, calls, addresses));
        }

        assert_eq!(
            sizes,
            [(after(60), 2, 2), (after(65), 1, 1), (after(70), 0, 0)]
        );
    }

    #[test]
    fn so_many_are_remembered_and_no_more() {
        let now = Instant::now();
        let mut strays = Strays::default();
        let noted = (0..5_000)
            .filter(|number| strays.note(address(*number), call(*number), now))
            .count();
        let full = strays.len();
        let known = strays.note(address(6_000), call(1), now);
        let is_later = strays.note(address(7_000), call(7_000), now + FORGET_AFTER);

        assert_eq!((noted, full, known), (MAX_STRAYS, MAX_STRAYS, true));
        assert_eq!((is_later, strays.len()), (true, 1));
    }

    #[test]
    fn one_caller_has_so_many_addresses_and_takes_no_room_from_others() {
        let now = Instant::now();
        let mut strays = Strays::default();
        for number in 0..1_000 {
            assert!(strays.note(address(number), call(1), now));
        }

        assert_eq!(strays.len(), MAX_ADDRESSES);
        assert_eq!(strays.find(address(999), now), Some(SHARD));
        assert_eq!(strays.find(address(0), now), None);
        assert!(strays.note(address(2_000), call(2), now));
    }

    #[test]
    fn an_address_is_his_who_is_there() {
        let now = Instant::now();
        let other = (id(2), ShardId(1));
        let mut strays = Strays::default();
        strays.note(address(1), call(1), now);
        strays.note(address(1), call(1), now + HELD / 2);

        let refused = strays.note(address(1), other, now + HELD);
        let before = strays.find(address(1), now + HELD);
        let taken = strays.note(address(1), other, now + 2 * HELD);

        assert_eq!((refused, before), (false, Some(SHARD)));
        assert!(taken);
        assert_eq!(strays.find(address(1), now + 2 * HELD), Some(ShardId(1)));
        strays.forget(address(1));
        assert_eq!((strays.find(address(1), now), strays.len()), (None, 0));
    }

    #[test]
    fn what_one_floods_with_is_not_handed_over_and_others_are_not_less() {
        let now = Instant::now();
        let mut strays = Strays::default();
        strays.note(address(1), call(1), now);
        strays.note(address(2), call(2), now);
        let handed = |strays: &mut Strays, from, bytes| {
            let admitted = (0..10_000).filter(|_| strays.admits(address(from), bytes, now));
            admitted.count()
        };

        assert_eq!(handed(&mut strays, 1, 100), 800);
        assert_eq!(handed(&mut strays, 2, 64_000), 5);
        assert_eq!(handed(&mut strays, 3, 100), 1_000);
    }
}
