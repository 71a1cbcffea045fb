//! Calls with the exact number of samples that their files must have, for every reader of files.
//!
//! Their packets are real Opus, so that what is true of these files is true of a caller's.

// The paths are spelled out, because the browser's tests and a proof include this file by its path.
#[path = "vectors/clocks.rs"]
mod clocks;
#[path = "vectors/network.rs"]
mod network;
#[path = "vectors/payloads.rs"]
mod payloads;
#[path = "vectors/recorded.rs"]
pub(crate) mod recorded;
#[path = "vectors/speech.rs"]
pub(crate) mod speech;

use std::time::{Duration, Instant};

use server::packet::AudioPacket;
use server::recording::{Silence, Totals};

pub(crate) use recorded::{PAYLOAD_TYPE, Recorded, record};
use speech::Speech;

/// Samples of 20 ms, which a packet lasts unless a vector says otherwise.
const FRAME: u32 = 960;

/// One call, and what must become of it.
pub(crate) struct Vector {
    pub(crate) name: &'static str,
    /// In the order of arrival.
    pub(crate) packets: Vec<AudioPacket>,
    pub(crate) ended_at: Instant,
    pub(crate) expected: Totals,
}

impl Vector {
    /// A call that ends with its last packet.
    fn new(name: &'static str, packets: Vec<AudioPacket>, expected: Totals) -> Self {
        let latest = packets.iter().map(|packet| packet.arrived).max();
        Self {
            name,
            packets,
            ended_at: latest.expect("a call has packets"),
            expected,
        }
    }

    #[must_use]
    pub(crate) fn record(&self) -> Recorded {
        record(&self.packets, self.ended_at)
    }

    /// What a decoder must give.
    #[must_use]
    pub(crate) fn playable(&self) -> u64 {
        self.expected.samples - u64::from(server::recording::PRE_SKIP)
    }
}

/// All calls but those of many hours.
#[must_use]
pub(crate) fn all() -> Vec<Vector> {
    let speech = Speech::new();
    let mut vectors = network::vectors(&speech);
    vectors.extend(clocks::vectors(&speech));
    vectors.extend(payloads::vectors(&speech));
    // None may get lost on the way.
    assert_eq!(vectors.len(), 29);
    vectors
}

/// Twelve hours in which hardly anything was said, with and without packets in them.
#[must_use]
pub(crate) fn of_twelve_hours() -> [Vector; 2] {
    clocks::of_twelve_hours(&Speech::new())
}

/// A packet of 20 ms in its natural place: number `n` at `n` times 20 ms.
fn packet(speech: &Speech, n: u32) -> AudioPacket {
    AudioPacket {
        arrived: speech.start + Duration::from_millis(20) * n,
        ssrc: 1,
        payload_type: PAYLOAD_TYPE,
        sequence_number: low_bits(n),
        timestamp_48k: 5000_u32.wrapping_add(n.wrapping_mul(FRAME)),
        is_marked: false,
        sender_report: None,
        payload: speech.packet(n),
    }
}

fn low_bits(n: u32) -> u16 {
    u16::try_from(n & 0xffff).expect("16 bits were kept")
}

/// Five seconds without any trouble.
fn clean(speech: &Speech) -> Vec<AudioPacket> {
    (0..250).map(|n| packet(speech, n)).collect()
}

/// Five seconds in which something is the matter with single packets, whose numbers are given.
fn clean_but(speech: &Speech, spoil: impl Fn(u32, &mut AudioPacket)) -> Vec<AudioPacket> {
    let mut packets = clean(speech);
    for (packet, n) in packets.iter_mut().zip(0..) {
        spoil(n, packet);
    }
    packets
}

/// What a call without any trouble counts.
fn all_written(received: u64) -> Totals {
    Totals {
        received,
        written: received,
        samples: received * u64::from(FRAME),
        ..Totals::default()
    }
}

/// What a call counts that was received but for some packets, which left silence.
fn lost(packets: u64) -> Totals {
    Totals {
        lost: packets,
        samples: 250 * u64::from(FRAME),
        silence: Silence {
            loss: packets * u64::from(FRAME),
            ..Silence::default()
        },
        ..all_written(250 - packets)
    }
}
