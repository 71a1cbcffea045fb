//! Plays the caller back to himself: at once, as fast as his network takes it, some time later, or
//! what he said last, when he pauses. Knows no clock and no decoder.

mod delay_line;
mod parrot;

use std::time::{Duration, Instant};

use shared::call::{EchoMode, MAX_ECHO_DELAY_MS};

use super::tee::Feed;
use super::voice::Voice;
use crate::packet::{AudioPacket, Spoken};
use delay_line::DelayLine;
use parrot::Parrot;

/// The consumer that speaks.
pub struct Echo {
    feed: Feed,
    mode: Mode,
    /// Of what is spoken now: packets of one row follow each other as they came in.
    row: u32,
}

enum Mode {
    AtOnce,
    Delayed { delay_ms: u32, line: DelayLine },
    Parrot(Box<Parrot>),
}

impl Echo {
    /// What its queue is called.
    pub const NAME: &'static str = "echo";

    /// Speaks at once what comes in by `feed`.
    #[must_use]
    pub fn new(feed: Feed) -> Self {
        Self {
            feed,
            mode: Mode::AtOnce,
            row: 0,
        }
    }

    /// How it speaks.
    #[must_use]
    pub fn mode(&self) -> EchoMode {
        match self.mode {
            Mode::AtOnce => EchoMode::AtOnce,
            Mode::Delayed { delay_ms, .. } => EchoMode::Delayed { delay_ms },
            Mode::Parrot(_) => EchoMode::Parrot,
        }
    }

    /// Whether time alone never has it speak.
    #[must_use]
    pub fn is_at_once(&self) -> bool {
        matches!(self.mode, Mode::AtOnce)
    }

    /// Speaks in another way from now on; what waited is not spoken any more. The parrot is told by
    /// `voice` when the caller speaks.
    pub fn set(&mut self, mode: EchoMode, voice: Voice, now: Instant) {
        // What came before now belongs to the mode before.
        while self.feed.try_next().is_some() {}
        self.row = self.row.wrapping_add(1);
        self.mode = match mode {
            EchoMode::AtOnce | EchoMode::Delayed { delay_ms: 0 } => Mode::AtOnce,
            EchoMode::Delayed { delay_ms } => Mode::Delayed {
                delay_ms: delay_ms.min(MAX_ECHO_DELAY_MS),
                line: DelayLine::default(),
            },
            EchoMode::Parrot => Mode::Parrot(Box::new(Parrot::new(voice, now))),
        };
    }

    /// The next packet to be spoken now.
    pub fn next_packet(&mut self, now: Instant) -> Option<Spoken> {
        let packet = match &mut self.mode {
            Mode::AtOnce => self.feed.try_next(),
            Mode::Delayed { delay_ms, line } => {
                let delay = Duration::from_millis((*delay_ms).into());
                while let Some(packet) = self.feed.try_next() {
                    let at = packet.arrived + delay;
                    line.push(at, packet);
                }
                line.pop(now)
            }
            Mode::Parrot(parrot) => {
                while let Some(packet) = self.feed.try_next() {
                    parrot.hear(packet);
                }
                if parrot.turn(now) {
                    self.row = self.row.wrapping_add(1);
                }
                parrot.say(now)
            }
        };
        packet.map(|packet| Spoken {
            packet,
            row: self.row,
        })
    }

    /// When [`Self::next_packet`] may have something though nothing came in.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        match &self.mode {
            Mode::AtOnce => None,
            Mode::Delayed { line, .. } => line.next(),
            Mode::Parrot(parrot) => parrot.poll_timeout(),
        }
    }
}

/// The same packet, as if it came at that time: what is spoken is timed by that.
fn at_time(at: Instant, packet: AudioPacket) -> AudioPacket {
    AudioPacket {
        arrived: at,
        ..packet
    }
}

#[cfg(test)]
mod tests;
