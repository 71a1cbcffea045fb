//! The caller's audio under our own source, in one unbroken row of numbers.

use std::time::Instant;

use super::rtp::Header;
use crate::packet::Spoken;

const SAMPLES_A_MILLISECOND: u128 = 48;

/// How the numbers of what we send follow from those of what came in.
#[derive(Debug)]
pub(super) struct Speech {
    ssrc: u32,
    /// The source and the row that are repeated now: the numbers of others need not follow on.
    source: Option<(u32, u32)>,
    sequence_offset: u16,
    timestamp_offset: u32,
    last: Option<Last>,
}

/// The newest packet that was spoken.
#[derive(Clone, Copy, Debug)]
struct Last {
    sequence_number: u16,
    timestamp: u32,
    at: Instant,
}

impl Speech {
    pub(super) fn new(ssrc: u32) -> Self {
        Self {
            ssrc,
            source: None,
            sequence_offset: 0,
            timestamp_offset: 0,
            last: None,
        }
    }

    pub(super) fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// The header under which a packet goes back. Sequence numbers and timestamps are kept, so that
    /// what was lost on the way up shows as lost on the way down; those of a new source or row
    /// continue those of the one before.
    pub(super) fn header(&mut self, spoken: &Spoken) -> Header {
        let packet = &spoken.packet;
        let is_first = self.source != Some((packet.ssrc, spoken.row));
        if is_first {
            self.continue_with(spoken);
        }
        let sequence_number = packet.sequence_number.wrapping_add(self.sequence_offset);
        let timestamp = packet.timestamp_48k.wrapping_add(self.timestamp_offset);
        let is_newest = self.last.is_none_or(|last| {
            sequence_number
                .wrapping_sub(last.sequence_number)
                .cast_signed()
                > 0
        });
        if is_newest {
            self.last = Some(Last {
                sequence_number,
                timestamp,
                at: packet.arrived,
            });
        }
        Header {
            is_marked: packet.is_marked || is_first,
            payload_type: packet.payload_type,
            sequence_number,
            timestamp,
            ssrc: self.ssrc,
        }
    }

    /// What our clock of samples says `now`; `None` before anything was spoken.
    pub(super) fn timestamp(&self, now: Instant) -> Option<u32> {
        let last = self.last?;
        Some(last.timestamp.wrapping_add(samples(last.at, now)))
    }

    fn continue_with(&mut self, Spoken { packet, row }: &Spoken) {
        self.source = Some((packet.ssrc, *row));
        if let Some(last) = self.last {
            let next = last.sequence_number.wrapping_add(1);
            let timestamp = last
                .timestamp
                .wrapping_add(samples(last.at, packet.arrived));
            self.sequence_offset = next.wrapping_sub(packet.sequence_number);
            self.timestamp_offset = timestamp.wrapping_sub(packet.timestamp_48k);
        }
    }
}

fn samples(from: Instant, to: Instant) -> u32 {
    let samples = to.saturating_duration_since(from).as_millis() * SAMPLES_A_MILLISECOND;
    // Wraps around after a day, as timestamps do.
    u32::try_from(samples % (1 << 32)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::packet::AudioPacket;

    fn packet(ssrc: u32, sequence_number: u16, timestamp_48k: u32, arrived: Instant) -> Spoken {
        let packet = AudioPacket {
            ssrc,
            sequence_number,
            timestamp_48k,
            ..AudioPacket::in_time(arrived, 0, b"")
        };
        Spoken { packet, row: 0 }
    }

    #[test]
    fn numbers_are_kept_and_gaps_with_them() {
        let now = Instant::now();
        let mut speech = Speech::new(1);

        let spoken = [(9, 100), (11, 2_020), (10, 1_060)].map(|(number, timestamp)| {
            let header = speech.header(&packet(7, number, timestamp, now));
            (header.ssrc, header.sequence_number, header.timestamp)
        });

        assert_eq!(spoken, [(1, 9, 100), (1, 11, 2_020), (1, 10, 1_060)]);
        assert_eq!(
            speech.timestamp(now + Duration::from_millis(10)),
            Some(2_500)
        );
    }

    #[test]
    fn another_source_continues_the_row_and_the_clock() {
        let now = Instant::now();
        let later = now + Duration::from_millis(40);
        let mut speech = Speech::new(1);
        speech.header(&packet(7, 65_535, u32::MAX, now));

        let spoken = [(500, 5), (501, 965)].map(|(number, timestamp)| {
            let header = speech.header(&packet(8, number, timestamp, later));
            (header.sequence_number, header.timestamp)
        });

        assert_eq!(spoken, [(0, 1_919), (1, 2_879)]);
    }

    #[test]
    fn another_row_of_the_same_source_continues_the_row_before() {
        let now = Instant::now();
        let later = now + Duration::from_secs(3);
        let mut speech = Speech::new(1);
        speech.header(&packet(7, 100, 96_000, now));

        // What came a second before is said again.
        let again = Spoken {
            row: 1,
            ..packet(7, 50, 48_000, later)
        };
        let header = speech.header(&again);

        assert_eq!(header.sequence_number, 101);
        assert_eq!(header.timestamp, 96_000 + 3 * 48_000);
        assert!(header.is_marked);
    }
}
