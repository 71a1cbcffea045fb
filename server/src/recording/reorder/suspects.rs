//! Packets with wild numbers, until others say what to think of them: the start of something new,
//! or nothing.

use std::collections::VecDeque;
use std::time::Instant;

use super::{PATIENCE, is_near};
use crate::packet::AudioPacket;

/// A new source's first packets cross the old one's last ones: so many may be on either side.
const MAX_SUSPECTS: usize = 8;

/// Packets that nothing confirmed yet, in the order of arrival.
#[derive(Debug, Default)]
pub(super) struct Suspects {
    /// Invariant: never more than [`MAX_SUSPECTS`].
    packets: VecDeque<AudioPacket>,
    /// The source that is believed spoke after the last of them.
    is_contradicted: bool,
}

impl Suspects {
    /// Whether this one is among them already.
    pub(super) fn has(&self, packet: &AudioPacket) -> bool {
        let mut known = self.packets.iter();
        known.any(|it| it.ssrc == packet.ssrc && it.sequence_number == packet.sequence_number)
    }

    /// Takes one more; says how many were given up for it.
    pub(super) fn add(&mut self, packet: AudioPacket) -> u64 {
        let is_full = self.packets.len() >= MAX_SUSPECTS;
        if is_full {
            self.packets.pop_front();
        }
        self.packets.push_back(packet);
        self.is_contradicted = false;
        u64::from(is_full)
    }

    /// Whether two packets of the new source came one right after the other, and one that is in
    /// order. Two sources that speak by turns therefore never confirm each other.
    pub(super) fn are_confirmed_by(&self, packet: &AudioPacket) -> bool {
        let is_in_a_row =
            !self.is_contradicted && self.packets.back().is_some_and(|it| it.ssrc == packet.ssrc);
        let previous = packet.sequence_number.wrapping_sub(1);
        let mut known = self.packets.iter();
        is_in_a_row && known.any(|it| it.ssrc == packet.ssrc && it.sequence_number == previous)
    }

    /// The source that is believed goes on. Its own wild numbers are refuted by that at once, and
    /// another source, which may have overtaken it, when it is old news; says how many they were.
    pub(super) fn contradict(&mut self, ssrc: u32, now: Instant) -> u64 {
        let before = self.packets.len();
        self.packets
            .retain(|it| it.ssrc != ssrc && now.saturating_duration_since(it.arrived) < PATIENCE);
        self.is_contradicted = true;
        count(before - self.packets.len())
    }

    /// Those that `packet` confirmed and itself, in the order they were sent in; and how many
    /// others are given up.
    pub(super) fn confirm(&mut self, packet: AudioPacket) -> (Vec<AudioPacket>, u64) {
        let newest = packet.sequence_number;
        let step = |it: &AudioPacket| it.sequence_number.wrapping_sub(newest).cast_signed();
        let known = self.packets.len();
        let mut confirmed: Vec<_> = self
            .packets
            .drain(..)
            .filter(|it| it.ssrc == packet.ssrc && is_near(step(it)))
            .collect();
        let given_up = count(known - confirmed.len());
        confirmed.push(packet);
        confirmed.sort_by_key(step);
        (confirmed, given_up)
    }

    /// Gives all of them up; says how many they were.
    pub(super) fn forget(&mut self) -> u64 {
        count(self.packets.drain(..).count())
    }
}

fn count(packets: usize) -> u64 {
    u64::try_from(packets).unwrap_or(u64::MAX)
}
