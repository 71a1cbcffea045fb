//! Calls whose sender is silent, or whose clock is not what it should be.

use std::time::Duration;

use bytes::Bytes;
use server::packet::AudioPacket;
use server::recording::{Silence, Totals};

use super::speech::Speech;
use super::{FRAME, Vector, all_written, clean, clean_but, lost, low_bits, packet};

/// In a silence, libopus sends a byte each 400 ms.
const DTX: Option<u32> = Some(20);

pub(super) fn vectors(speech: &Speech) -> Vec<Vector> {
    let mut vectors = silences(speech);
    vectors.extend(sources(speech));
    vectors.extend(jumps(speech));
    vectors.extend(claims(speech));
    vectors
}

/// Voice but for some packets, of which only every so many-th is sent, as one byte; in a row.
fn with_silence(
    speech: &Speech,
    count: u32,
    silent: &std::ops::Range<u32>,
    every: Option<u32>,
) -> Vec<AudioPacket> {
    let is_sent =
        |n: &u32| !silent.contains(n) || every.is_some_and(|every| n.is_multiple_of(every));
    let sent = (0..count).filter(is_sent);
    sent.zip(0..)
        .map(|(n, in_a_row)| {
            let mut packet = packet(speech, n);
            packet.sequence_number = low_bits(in_a_row);
            if silent.contains(&n) {
                // The coding, and not a byte of it (RFC 7587 §3.1.3).
                packet.payload = Bytes::copy_from_slice(&[packet.payload[0] & 0xfc]);
            }
            packet
        })
        .collect()
}

fn silences(speech: &Speech) -> Vec<Vector> {
    let dtx = Silence {
        dtx: 91_200,
        ..Silence::default()
    };
    let tail = Silence {
        tail: 144_000,
        ..Silence::default()
    };
    vec![
        Vector::new(
            "2 s of DTX",
            with_silence(speech, 250, &(100..200), DTX),
            Totals {
                samples: 240_000,
                silence: dtx,
                ..all_written(155)
            },
        ),
        Vector {
            ended_at: speech.start + Duration::from_secs(8),
            ..Vector::new(
                "packets end 3 s before the call",
                clean(speech),
                Totals {
                    samples: 384_000,
                    silence: tail,
                    ..all_written(250)
                },
            )
        },
    ]
}

pub(super) fn of_twelve_hours(speech: &Speech) -> [Vector; 2] {
    [
        twelve_hours("12 h of silence, a byte each 400 ms", speech, DTX),
        twelve_hours("12 h of silence without a packet", speech, None),
    ]
}

fn twelve_hours(name: &'static str, speech: &Speech, every: Option<u32>) -> Vector {
    let silent = 100..100 + 12 * 3600 * 50;
    let count = silent.end + 100;
    let packets = with_silence(speech, count, &silent, every);
    let sent = packets.len() as u64;
    let samples = u64::from(count) * u64::from(FRAME);
    let silence = Silence {
        dtx: samples - sent * u64::from(FRAME),
        ..Silence::default()
    };
    let expected = Totals {
        samples,
        silence,
        ..all_written(sent)
    };
    Vector::new(name, packets, expected)
}

fn sources(speech: &Speech) -> Vec<Vector> {
    let hole = clean_but(speech, |n, it| {
        if n >= 125 {
            *it = AudioPacket {
                ssrc: 2,
                arrived: it.arrived + Duration::from_secs(1),
                payload: it.payload.clone(),
                ..packet(speech, n + 40_000)
            };
        }
    });
    let mut crossed = clean_but(speech, |n, it| {
        if n >= 125 {
            it.ssrc = 2;
            it.sequence_number += 40_000;
        }
    });
    let arrived = [crossed[124].arrived, crossed[125].arrived];
    crossed.swap(124, 125);
    [crossed[124].arrived, crossed[125].arrived] = arrived;
    let silence = Silence {
        reset: 48_000,
        ..Silence::default()
    };
    vec![
        Vector::new(
            "a new source after 1 s",
            hole,
            Totals {
                samples: 288_000,
                resets: 1,
                silence,
                ..all_written(250)
            },
        ),
        Vector::new(
            "a new source overtakes the old one",
            crossed,
            Totals {
                resets: 1,
                ..all_written(250)
            },
        ),
    ]
}

fn jumps(speech: &Speech) -> Vec<Vector> {
    let from_middle = |jump: i32| {
        clean_but(speech, |n, packet| {
            if n >= 125 {
                packet.timestamp_48k = packet.timestamp_48k.wrapping_add_signed(jump);
            }
        })
    };
    let one_reset = Totals {
        resets: 1,
        ..all_written(250)
    };
    vec![
        Vector::new("11 h forward", from_middle(2_000_000_000), one_reset),
        Vector::new("83 s back", from_middle(-4_000_000), one_reset),
        Vector::new(
            "100 ms back for good",
            from_middle(-4800),
            Totals {
                received: 250,
                stale: 5,
                ..all_written(245)
            },
        ),
    ]
}

fn claims(speech: &Speech) -> Vec<Vector> {
    let mut wild: Vec<_> = (0..251).map(|n| packet(speech, n)).collect();
    wild[100].sequence_number = 50_000;
    wild[100].timestamp_48k = 4_000_000_000;
    let fast = clean_but(speech, |n, packet| {
        packet.timestamp_48k = n * FRAME + n * FRAME * 300 / 1_000_000;
    });
    let lying = clean_but(speech, |n, packet| {
        packet.timestamp_48k = n * FRAME + n.saturating_sub(99) * 60 * 48_000;
    });
    vec![
        Vector::new(
            "one packet of wild numbers",
            wild,
            Totals {
                received: 251,
                written: 250,
                skipped: 1,
                samples: 240_960,
                ..lost(1)
            },
        ),
        Vector::new("a clock 300 ppm too fast", fast, all_written(250)),
        Vector::new(
            "a minute more with every packet",
            lying,
            Totals {
                resets: 150,
                ..all_written(250)
            },
        ),
    ]
}
