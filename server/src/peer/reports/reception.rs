//! How well one source is received (RFC 3550 §6.4.1, §A.3, §A.8).

use std::time::Instant;

use rtc::rtcp::reception_report::ReceptionReport;

use crate::packet::AudioPacket;

const MOST_LOST: i64 = (1 << 23) - 1;
/// The jitter is kept in sixteenths, as in RFC 3550 §A.8.
const SIXTEENTHS: u32 = 4;

/// What came of one source.
#[derive(Debug)]
pub(super) struct Reception {
    ssrc: u32,
    /// Sequence numbers with their rollovers.
    first: i64,
    highest: i64,
    received: i64,
    expected_before: i64,
    received_before: i64,
    /// Sixteenths of 1/48000 s.
    jitter: u32,
    last: (Instant, u32),
}

impl Reception {
    /// A source whose first packet this is.
    pub(super) fn new(packet: &AudioPacket) -> Self {
        let first = i64::from(packet.sequence_number);
        Self {
            ssrc: packet.ssrc,
            first,
            highest: first,
            received: 1,
            expected_before: 0,
            received_before: 0,
            jitter: 0,
            last: (packet.arrived, packet.timestamp_48k),
        }
    }

    pub(super) fn ssrc(&self) -> u32 {
        self.ssrc
    }

    pub(super) fn note(&mut self, packet: &AudioPacket) {
        let [.., high, low] = self.highest.to_be_bytes();
        let ahead = packet
            .sequence_number
            .wrapping_sub(u16::from_be_bytes([high, low]))
            .cast_signed();
        self.highest = self.highest.max(self.highest + i64::from(ahead));
        self.received += 1;
        self.note_transit(packet);
    }

    fn note_transit(&mut self, packet: &AudioPacket) {
        let (arrived, timestamp) = self.last;
        self.last = (packet.arrived, packet.timestamp_48k);
        let samples = packet
            .arrived
            .saturating_duration_since(arrived)
            .as_micros()
            * 48
            / 1_000;
        let samples = u32::try_from(samples).unwrap_or(u32::MAX);
        let difference = samples.wrapping_sub(packet.timestamp_48k.wrapping_sub(timestamp));
        let difference = difference.cast_signed().unsigned_abs();
        let decay = (self.jitter + (1 << (SIXTEENTHS - 1))) >> SIXTEENTHS;
        self.jitter = self.jitter.saturating_add(difference).saturating_sub(decay);
    }

    /// How many did not come, or not yet.
    pub(super) fn lost(&self) -> u64 {
        let expected = self.highest - self.first + 1;
        u64::try_from(expected - self.received).unwrap_or_default()
    }

    /// In units of 1/48000 s.
    pub(super) fn jitter(&self) -> u32 {
        self.jitter >> SIXTEENTHS
    }

    /// What is told of it, since the last time and in all.
    pub(super) fn report(&mut self) -> ReceptionReport {
        let expected = self.highest - self.first + 1;
        let lost = (expected - self.received).clamp(0, MOST_LOST);
        let newly_expected = expected - self.expected_before;
        let newly_lost = newly_expected - (self.received - self.received_before);
        self.expected_before = expected;
        self.received_before = self.received;
        let fraction = match newly_expected {
            ..=0 => 0,
            expected => (newly_lost.max(0) << 8) / expected,
        };
        let [.., a, b, c, d] = self.highest.to_be_bytes();
        ReceptionReport {
            ssrc: self.ssrc,
            fraction_lost: u8::try_from(fraction).unwrap_or(u8::MAX),
            total_lost: u32::try_from(lost).unwrap_or_default(),
            last_sequence_number: u32::from_be_bytes([a, b, c, d]),
            jitter: self.jitter(),
            ..ReceptionReport::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn packet(number: u16, start: Instant, delay: Duration) -> AudioPacket {
        let packet = AudioPacket::in_time(start, number, b"");
        AudioPacket {
            arrived: packet.arrived + delay,
            ..packet
        }
    }

    #[test]
    fn losses_are_told_since_the_last_report_and_in_all() {
        let start = Instant::now();
        let mut reception = Reception::new(&packet(65_533, start, Duration::ZERO));
        for number in [65_534, 0, 1] {
            reception.note(&packet(number, start, Duration::ZERO));
        }

        let first = reception.report();
        for number in 2..=5 {
            reception.note(&packet(number, start, Duration::ZERO));
        }
        let second = reception.report();

        assert_eq!((first.total_lost, first.fraction_lost), (1, 51));
        assert_eq!(first.last_sequence_number, 0x1_0001);
        assert_eq!((second.total_lost, second.fraction_lost), (1, 0));
    }

    #[test]
    fn jitter_is_that_of_the_standard() {
        let start = Instant::now();
        let late = Duration::from_millis(10);
        let mut even = Reception::new(&packet(0, start, Duration::ZERO));
        let mut uneven = Reception::new(&packet(0, start, Duration::ZERO));
        for number in 1..500 {
            even.note(&packet(number, start, Duration::ZERO));
            uneven.note(&packet(number, start, late * u32::from(number % 2)));
        }

        assert_eq!(even.report().jitter, 0);
        // Each packet is 10 ms off the one before: 480 samples.
        assert!((475..=480).contains(&uneven.report().jitter));
    }
}
