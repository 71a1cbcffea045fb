//! Calls to which the network did something.

use std::time::Duration;

use server::packet::AudioPacket;
use server::recording::Totals;

use super::speech::Speech;
use super::{FRAME, Vector, all_written, clean, clean_but, lost, packet};

pub(super) fn vectors(speech: &Speech) -> Vec<Vector> {
    let mut vectors = losses(speech);
    vectors.extend(orders(speech));
    vectors.extend(wraps(speech));
    vectors.extend(stalls(speech));
    vectors
}

fn without(mut packets: Vec<AudioPacket>, numbers: std::ops::Range<usize>) -> Vec<AudioPacket> {
    packets.drain(numbers);
    packets
}

fn losses(speech: &Speech) -> Vec<Vector> {
    let clean = || clean(speech);
    let mut scattered = clean();
    let mut dice = 1_u32;
    while scattered.len() > 250 - 72 {
        dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // The ends stay, so that it is known how long the call lasts.
        let place = 4 + (dice >> 8) as usize % (scattered.len() - 5);
        scattered.remove(place);
    }
    vec![
        Vector::new("clean", clean(), all_written(250)),
        Vector::new("one lost", without(clean(), 100..101), lost(1)),
        Vector::new("50 in a row lost", without(clean(), 100..150), lost(50)),
        Vector::new("a third lost", scattered, lost(72)),
    ]
}

fn orders(speech: &Speech) -> Vec<Vector> {
    let mut swapped = clean(speech);
    for pair in swapped.chunks_exact_mut(2) {
        let first = pair[0].arrived;
        pair[0].arrived = pair[1].arrived;
        pair[1].arrived = first;
        pair.swap(0, 1);
    }
    let repeated = clean(speech).into_iter().flat_map(|packet| {
        let times = 2 + usize::from(packet.sequence_number % 10 == 0);
        std::iter::repeat_n(packet, times)
    });
    vec![
        Vector::new(
            "every pair swapped",
            swapped,
            Totals {
                reordered: 125,
                ..all_written(250)
            },
        ),
        Vector::new(
            "one 500 ms late",
            delayed(speech, 100, Duration::from_millis(500)),
            Totals {
                reordered: 1,
                ..all_written(250)
            },
        ),
        Vector::new(
            "one 2 s late",
            delayed(speech, 100, Duration::from_secs(2)),
            Totals {
                received: 250,
                late: 1,
                ..lost(1)
            },
        ),
        Vector::new(
            "the first one 100 ms late",
            delayed(speech, 0, Duration::from_millis(100)),
            Totals {
                received: 250,
                late: 1,
                ..all_written(249)
            },
        ),
        Vector::new(
            "everything two or three times",
            repeated.collect(),
            Totals {
                received: 525,
                duplicated: 275,
                ..all_written(250)
            },
        ),
    ]
}

fn delayed(speech: &Speech, number: u32, delay: Duration) -> Vec<AudioPacket> {
    let mut packets = clean_but(speech, |n, packet| {
        if n == number {
            packet.arrived += delay;
        }
    });
    packets.sort_by_key(|packet| packet.arrived);
    packets
}

fn wraps(speech: &Speech) -> Vec<Vector> {
    let wrap_number = |packet: &mut AudioPacket| {
        packet.sequence_number = packet.sequence_number.wrapping_sub(125);
    };
    let wrap_timestamp = |packet: &mut AudioPacket| {
        packet.timestamp_48k = packet.timestamp_48k.wrapping_sub(5000 + 125 * FRAME);
    };
    let both = clean_but(speech, |_, packet| {
        wrap_number(packet);
        wrap_timestamp(packet);
    });
    vec![
        Vector::new(
            "the sequence number wraps",
            clean_but(speech, |_, packet| wrap_number(packet)),
            all_written(250),
        ),
        Vector::new(
            "the timestamp wraps",
            clean_but(speech, |_, packet| wrap_timestamp(packet)),
            all_written(250),
        ),
        Vector::new("both wrap inside a loss", without(both, 100..150), lost(50)),
    ]
}

fn stalls(speech: &Speech) -> Vec<Vector> {
    let burst = clean_but(speech, |n, packet| {
        if (100..150).contains(&n) {
            packet.arrived = speech.start + Duration::from_secs(3);
        }
    });
    let outage = (0..250).map(|n| packet(speech, if n < 125 { n } else { n + 30_000 }));
    let silence = server::recording::Silence {
        loss: 28_800_000,
        ..Default::default()
    };
    vec![
        Vector::new("1 s of stall, then a burst", burst, all_written(250)),
        Vector::new(
            "10 minutes of outage",
            outage.collect(),
            Totals {
                samples: 29_040_000,
                silence,
                ..all_written(250)
            },
        ),
    ]
}
