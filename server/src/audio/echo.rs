//! Plays the caller back to himself, at once.

use super::tee::Feed;
use crate::packet::AudioPacket;

/// One packet is 20 ms: two seconds of audio, more than an echo may ever lag.
pub const QUEUE: usize = 100;

/// The consumer that speaks.
pub struct Echo {
    feed: Feed,
}

impl Echo {
    /// Speaks what comes in by `feed`.
    #[must_use]
    pub fn new(feed: Feed) -> Self {
        Self { feed }
    }

    /// The next packet to be spoken.
    pub fn next_packet(&mut self) -> Option<AudioPacket> {
        self.feed.try_next()
    }
}
