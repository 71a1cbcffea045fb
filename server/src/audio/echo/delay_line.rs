//! Packets that wait for their time.

use std::collections::VecDeque;
use std::time::Instant;

use super::at_time;
use crate::packet::AudioPacket;

/// Half a minute in packets of 10 ms, and more than ten seconds of the most that a caller may send.
pub(super) const MAX_PACKETS: usize = 3_200;
/// Ten seconds of the most bytes that he may, and half a minute of speech.
const MAX_BYTES: usize = 768 * 1024;

/// In the order in which they are to be spoken.
#[derive(Default)]
pub(super) struct DelayLine {
    packets: VecDeque<(Instant, AudioPacket)>,
    bytes: usize,
}

impl DelayLine {
    /// Has a packet wait; without room for it, it is lost. Whether there was.
    pub(super) fn push(&mut self, at: Instant, packet: AudioPacket) -> bool {
        let has_room = self.has_room_for(&packet);
        if has_room {
            self.bytes += packet.payload.len();
            self.packets.push_back((at, packet));
        }
        has_room
    }

    pub(super) fn has_room_for(&self, packet: &AudioPacket) -> bool {
        self.packets.len() < MAX_PACKETS && self.bytes + packet.payload.len() <= MAX_BYTES
    }

    /// The next packet whose time has come.
    pub(super) fn pop(&mut self, now: Instant) -> Option<AudioPacket> {
        let (at, packet) = self.packets.pop_front_if(|(at, _)| *at <= now)?;
        self.bytes -= packet.payload.len();
        Some(at_time(at, packet))
    }

    /// When that is.
    pub(super) fn next(&self) -> Option<Instant> {
        self.packets.front().map(|(at, _)| *at)
    }
}
