//! Callers of other shards whose datagrams come here: the kernel divides by the caller's address,
//! and that changes when he changes his network.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::directory::ShardId;

/// An address of a caller who sends no check from there for so long is not his any more. A caller
/// checks the ways he keeps at least twice a minute.
const FORGET_AFTER: Duration = Duration::from_secs(60);
/// Each took a caller who knows a password: this bounds what one shard may remember.
const MAX_STRAYS: usize = 16_384;

/// Whose datagrams are to be handed on, and to whom.
#[derive(Debug, Default)]
pub(super) struct Strays(HashMap<SocketAddr, Stray>);

#[derive(Clone, Copy, Debug)]
struct Stray {
    shard: ShardId,
    heard: Instant,
}

impl Strays {
    /// An authentic check for a conversation of `shard` came from there.
    pub(super) fn note(&mut self, remote: SocketAddr, shard: ShardId, now: Instant) {
        if self.0.len() == MAX_STRAYS && !self.0.contains_key(&remote) {
            self.0.retain(|_, stray| !stray.is_gone(now));
            if self.0.len() == MAX_STRAYS {
                return;
            }
        }
        self.0.insert(remote, Stray { shard, heard: now });
    }

    /// A conversation of this shard was heard from there.
    pub(super) fn forget(&mut self, remote: SocketAddr) {
        // Nearly always there is none.
        if !self.0.is_empty() {
            self.0.remove(&remote);
        }
    }

    /// Whose datagrams those from there are.
    pub(super) fn find(&self, remote: SocketAddr, now: Instant) -> Option<ShardId> {
        let stray = self.0.get(&remote)?;
        (!stray.is_gone(now)).then_some(stray.shard)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

impl Stray {
    fn is_gone(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.heard) >= FORGET_AFTER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(number: u32) -> SocketAddr {
        let [a, b, c, d] = number.to_be_bytes();
        SocketAddr::from(([10, b, c, d], 1_000 + u16::from(a)))
    }

    #[test]
    fn whoever_sends_no_checks_is_forgotten() {
        let now = Instant::now();
        let mut strays = Strays::default();
        strays.note(address(1), ShardId(3), now);

        let found =
            [0, 59, 60].map(|seconds| strays.find(address(1), now + Duration::from_secs(seconds)));

        assert_eq!(found, [Some(ShardId(3)), Some(ShardId(3)), None]);
        assert_eq!(strays.find(address(2), now), None);
    }

    #[test]
    fn so_many_are_remembered_and_no_more() {
        let now = Instant::now();
        let mut strays = Strays::default();
        for number in 0..20_000 {
            strays.note(address(number), ShardId(1), now);
        }
        let full = strays.len();
        strays.note(address(30_000), ShardId(1), now + FORGET_AFTER);

        assert_eq!((full, strays.len()), (MAX_STRAYS, 1));
    }
}
