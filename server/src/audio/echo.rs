//! Plays the caller back to himself, as fast as his network takes it.

use super::tee::Feed;
use crate::packet::AudioPacket;

/// The consumer that speaks.
pub struct Echo {
    feed: Feed,
}

impl Echo {
    /// What its queue is called.
    pub const NAME: &'static str = "echo";

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
