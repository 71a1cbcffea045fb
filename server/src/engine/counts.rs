//! What the shards count: what reached nobody, could not be sent, or came too late. None of it is
//! counted on the way of a packet that does well.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use tracing::warn;

use super::drops;
use crate::rate::Seldom;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A datagram for nobody who is here.
    Unknown,
    /// A check for somebody here by somebody who does not know the password.
    NotAuthentic,
    /// An authentic check that asks for what no honest caller needs.
    NotAllowed,
    /// A datagram that the kernel did not take.
    NotSent,
    /// A datagram of a caller who sends more than any voice needs.
    Flooded,
    /// RTP at a caller's address that no keys of his have sealed, or that was here before.
    NotOpened,
    /// A datagram that another shard's caller sent here.
    HandedOver,
    /// One that the other shard had no room for.
    NotHandedOver,
    /// A round of work that took longer than a packet of audio lasts.
    Late,
    /// A datagram that the kernel's queue had no room for: the kernel itself counts these.
    KernelFull,
}

impl Event {
    /// All of them, in the order they are told.
    pub const ALL: [Self; 10] = [
        Self::Unknown,
        Self::NotAuthentic,
        Self::NotAllowed,
        Self::NotSent,
        Self::Flooded,
        Self::NotOpened,
        Self::HandedOver,
        Self::NotHandedOver,
        Self::Late,
        Self::KernelFull,
    ];

    /// What it is called where it is told.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::NotAuthentic => "not_authentic",
            Self::NotAllowed => "not_allowed",
            Self::NotSent => "not_sent",
            Self::Flooded => "flooded",
            Self::NotOpened => "not_opened",
            Self::HandedOver => "handed_over",
            Self::NotHandedOver => "not_handed_over",
            Self::Late => "late",
            Self::KernelFull => "kernel_full",
        }
    }
}

/// The counts of all shards. A clone counts on in the same place.
#[derive(Clone, Debug, Default)]
pub struct Counts(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    counts: [AtomicU64; Event::ALL.len()],
    /// That datagrams cannot be sent.
    not_sent: Seldom,
    /// The port of the sockets, once they are there.
    port: OnceLock<u16>,
}

impl Counts {
    pub(super) fn note(&self, event: Event) {
        // In the order of `ALL`.
        if let Some(count) = self.0.counts.get(event as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The same for what the kernel did not take, which the log tells, too.
    pub(super) fn note_not_sent(&self, now: Instant) {
        self.note(Event::NotSent);
        if self.0.not_sent.may_tell(now) {
            warn!(
                in_all = self.of(Event::NotSent),
                "a datagram could not be sent"
            );
        }
    }

    /// The sockets have this port.
    pub(super) fn set_port(&self, port: u16) {
        // There is one engine with one port.
        let _ = self.0.port.set(port);
    }

    /// How often that was.
    #[must_use]
    pub fn of(&self, event: Event) -> u64 {
        if event == Event::KernelFull {
            return self.0.port.get().copied().map_or(0, drops::of_port);
        }
        let count = self.0.counts.get(event as usize);
        count.map_or(0, |count| count.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_event_has_a_count_of_its_own() {
        let counts = Counts::default();
        for (times, event) in (1..).zip(Event::ALL) {
            for _ in 0..times {
                counts.note(event);
            }
        }

        assert_eq!(
            Event::ALL.map(|event| counts.of(event)),
            [1, 2, 3, 4, 5, 6, 7, 8, 9, 0],
            "the last is the kernel's to count"
        );
    }
}
