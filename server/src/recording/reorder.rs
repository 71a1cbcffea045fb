//! Brings packets back into the order they were sent in, and says where some are missing.
//!
//! It looks at sequence numbers only, and measures patience by the packets' arrival times. What
//! it costs in delay stays inside the recording: the echo never passes here.

mod suspects;

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use crate::packet::AudioPacket;
use suspects::Suspects;

/// How long a hole may hold up what came after it: time enough for a retransmission.
const PATIENCE: Duration = Duration::from_secs(1);
/// Held at most, whatever the hole: over 2.5 s of 20 ms packets.
const MAX_HELD: usize = 128;
/// The same in bytes: hostile packets are larger than any voice.
const MAX_HELD_BYTES: usize = 192 * 1024;
/// The first packets wait for each other, so that a swapped start is put right.
const START_PACKETS: usize = 4;
const START_PATIENCE: Duration = Duration::from_millis(60);
/// Further jumps are believed only if another packet confirms them (RFC 3550 appendix A.1).
const MAX_FORWARD: i16 = 3000;
const MAX_BACK: i16 = 1048;

/// How a packet follows the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follows {
    Directly,
    /// So many packets before it never came.
    Hole(u64),
    /// The numbers jumped; how many packets that is worth is unknown.
    Jump,
    /// It is the first one of a source: its timestamps begin anew.
    NewSource,
}

/// A packet in its turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ordered {
    pub packet: AudioPacket,
    pub follows: Follows,
}

/// What was sorted out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// Came again.
    pub duplicated: u64,
    /// Came after its turn had been given up.
    pub late: u64,
    /// Wild numbers that no other packet confirmed.
    pub unconfirmed: u64,
}

/// Packets in, the same packets in order out.
#[derive(Debug, Default)]
pub struct Reorder {
    source: Option<Source>,
    former: Option<Former>,
    suspects: Suspects,
    ready: VecDeque<Ordered>,
    newest: Option<Instant>,
    refused: Refused,
    reordered: u64,
}

impl Reorder {
    /// Takes a packet as it arrived.
    pub fn accept(&mut self, packet: AudioPacket) {
        let now = self
            .newest
            .map_or(packet.arrived, |newest| newest.max(packet.arrived));
        self.newest = Some(now);
        let Some(source) = &mut self.source else {
            self.begin(packet, Follows::NewSource);
            return;
        };
        let Some(position) = source.position(&packet) else {
            self.consider(packet);
            return;
        };
        self.refused.unconfirmed += self.suspects.contradict(packet.ssrc, now);
        self.hold(position, packet);
    }

    /// The next packet whose turn has come.
    pub fn take_next(&mut self) -> Option<Ordered> {
        self.ready.pop_front()
    }

    /// Gives up every hole: all that is held becomes ready.
    pub fn drain(&mut self) {
        if let Some(source) = &mut self.source {
            source.release(&mut self.ready, |_| true);
        }
        self.refused.unconfirmed += self.suspects.forget();
    }

    #[must_use]
    pub fn refused(&self) -> Refused {
        self.refused
    }

    /// Packets that came after one with a higher number, and still in time.
    #[must_use]
    pub fn reordered(&self) -> u64 {
        self.reordered
    }

    fn begin(&mut self, packet: AudioPacket, follows: Follows) {
        let source = Source::starting_with(&packet, follows);
        let position = source.highest;
        self.source = Some(source);
        self.hold(position, packet);
    }

    fn hold(&mut self, position: i64, packet: AudioPacket) {
        let (Some(source), Some(now)) = (&mut self.source, self.newest) else {
            return;
        };
        let is_behind = position < source.highest;
        if !source.seen.mark(position, source.highest) {
            self.refused.duplicated += 1;
        } else if source.next.is_some_and(|next| position < next) {
            self.refused.late += 1;
        } else {
            self.reordered += u64::from(is_behind);
            source.highest = source.highest.max(position);
            source.held_bytes += packet.payload.len();
            source.held.insert(position, packet);
        }
        source.release(&mut self.ready, |source| source.is_out_of_patience(now));
    }

    /// Decides on a packet with wild numbers: the start of something new, or nothing.
    fn consider(&mut self, packet: AudioPacket) {
        if self.former.as_ref().is_some_and(|it| it.sent(&packet)) {
            self.refused.late += 1;
            return;
        }
        if self.suspects.has(&packet) {
            self.refused.duplicated += 1;
            return;
        }
        if !self.suspects.are_confirmed_by(&packet) {
            self.refused.unconfirmed += self.suspects.add(packet);
            return;
        }
        let follows = match &self.source {
            Some(source) if source.ssrc == packet.ssrc => Follows::Jump,
            _ => Follows::NewSource,
        };
        let (confirmed, given_up) = self.suspects.confirm(packet);
        self.refused.unconfirmed += given_up;
        self.drain();
        self.former = match (&self.source, self.newest) {
            (Some(source), Some(replaced)) if follows == Follows::NewSource => Some(Former {
                ssrc: source.ssrc,
                replaced,
            }),
            _ => None,
        };
        let mut confirmed = confirmed.into_iter();
        if let Some(first) = confirmed.next() {
            self.begin(first, follows);
        }
        for packet in confirmed {
            match self.source.as_ref().and_then(|it| it.position(&packet)) {
                Some(position) => self.hold(position, packet),
                None => self.refused.unconfirmed += 1,
            }
        }
    }
}

/// Whether the next packet of a source may be so many numbers further.
fn is_near(step: i16) -> bool {
    (-MAX_BACK..=MAX_FORWARD).contains(&step)
}

/// One run of sequence numbers.
#[derive(Debug)]
struct Source {
    ssrc: u32,
    /// How its first packet follows what was before.
    start: Follows,
    /// The highest position seen; a position is a sequence number that does not wrap.
    highest: i64,
    /// Whose turn it is; `None` while the first packets wait for each other.
    next: Option<i64>,
    held: BTreeMap<i64, AudioPacket>,
    held_bytes: usize,
    seen: Seen,
}

impl Source {
    fn starting_with(packet: &AudioPacket, start: Follows) -> Self {
        Self {
            ssrc: packet.ssrc,
            start,
            highest: i64::from(packet.sequence_number),
            next: None,
            held: BTreeMap::new(),
            held_bytes: 0,
            seen: Seen::default(),
        }
    }

    /// Where a packet belongs; `None` if its numbers are wild.
    fn position(&self, packet: &AudioPacket) -> Option<i64> {
        // RFC 3550 §5.1: the numbers wrap, so the shorter way round is the way.
        let newest = self.highest.rem_euclid(1 << 16);
        let newest = u16::try_from(newest).ok()?;
        let step = packet.sequence_number.wrapping_sub(newest).cast_signed();
        (packet.ssrc == self.ssrc && is_near(step)).then(|| self.highest + i64::from(step))
    }

    /// Moves the packets whose turn it is, and those after a hole that `gives_up` on.
    fn release(&mut self, ready: &mut VecDeque<Ordered>, gives_up: impl Fn(&Self) -> bool) {
        while let Some((&first, _)) = self.held.first_key_value() {
            if self.next != Some(first) && !gives_up(self) {
                return;
            }
            let Some(packet) = self.held.remove(&first) else {
                return;
            };
            self.held_bytes -= packet.payload.len();
            let follows = match self.next {
                None => self.start,
                Some(next) if next == first => Follows::Directly,
                Some(next) => Follows::Hole(first.abs_diff(next)),
            };
            self.next = Some(first + 1);
            ready.push_back(Ordered { packet, follows });
        }
    }

    fn is_out_of_patience(&self, now: Instant) -> bool {
        let (packets, patience) = match self.next {
            None => (START_PACKETS, START_PATIENCE),
            Some(_) => (MAX_HELD, PATIENCE),
        };
        self.held.len() >= packets
            || self.held_bytes > MAX_HELD_BYTES
            || self
                .held
                .values()
                .any(|packet| now.saturating_duration_since(packet.arrived) >= patience)
    }
}

/// The source before this one, whose last packets may still be on their way.
#[derive(Debug)]
struct Former {
    ssrc: u32,
    replaced: Instant,
}

impl Former {
    /// Whether a packet is one of those. Later ones mean that the source is back.
    fn sent(&self, packet: &AudioPacket) -> bool {
        packet.ssrc == self.ssrc
            && packet.arrived.saturating_duration_since(self.replaced) < PATIENCE
    }
}

/// Remembers which of the last 2048 positions came.
#[derive(Debug)]
struct Seen {
    bits: [u64; Self::WORDS],
    /// The first mark has nothing to clear.
    is_empty: bool,
}

impl Default for Seen {
    fn default() -> Self {
        Self {
            bits: [0; Self::WORDS],
            is_empty: true,
        }
    }
}

impl Seen {
    const WORDS: usize = 32;
    const POSITIONS: i64 = 2048;

    /// Says whether the position is new. `highest` is the highest one marked before.
    fn mark(&mut self, position: i64, highest: i64) -> bool {
        if !self.is_empty {
            let skipped = (position - highest).min(Self::POSITIONS);
            for ahead in 0..skipped {
                self.set(position - ahead, false);
            }
        }
        self.is_empty = false;
        !self.set(position, true)
    }

    /// Says what stood there before.
    fn set(&mut self, position: i64, value: bool) -> bool {
        let bit = position.rem_euclid(Self::POSITIONS);
        let mask = 1_u64 << (bit % 64);
        let word = usize::try_from(bit / 64).ok();
        let Some(word) = word.and_then(|word| self.bits.get_mut(word)) else {
            return false;
        };
        let was_set = *word & mask != 0;
        if value {
            *word |= mask;
        } else {
            *word &= !mask;
        }
        was_set
    }
}

#[cfg(test)]
mod tests;
