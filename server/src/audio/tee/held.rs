//! What came while a consumer was at its queue.

use std::collections::VecDeque;

use super::{Queue, Waiting};
use crate::packet::AudioPacket;

/// What came while the consumer was at the queue. It takes room only if that happens.
#[derive(Debug, Default)]
pub(super) struct Held {
    packets: VecDeque<AudioPacket>,
    /// There was no room for what came after them.
    is_torn: bool,
}

impl Held {
    pub(super) fn is_empty(&self) -> bool {
        self.packets.is_empty() && !self.is_torn
    }

    /// Up to `capacity` of them; says how many were dropped.
    pub(super) fn hold(&mut self, packet: &AudioPacket, capacity: usize) -> u64 {
        if self.packets.len() < capacity {
            self.packets.push_back(packet.clone());
            return 0;
        }
        self.is_torn = true;
        1
    }

    /// Puts them where they belong; says how many were dropped.
    pub(super) fn enter(&mut self, queue: &Queue, waiting: &mut Waiting) -> u64 {
        let packets = self.packets.drain(..);
        let dropped = packets.map(|packet| queue.enter(waiting, packet)).sum();
        if std::mem::take(&mut self.is_torn) {
            waiting.tear();
        }
        dropped
    }
}
