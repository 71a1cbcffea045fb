//! Calls whose packets are not all one frame of 20 ms.

use std::time::Duration;

use bytes::Bytes;
use server::packet::AudioPacket;
use server::recording::{Silence, Totals};

use super::speech::{Speech, encoded};
use super::{FRAME, Vector, all_written, clean_but, packet};

pub(super) fn vectors(speech: &Speech) -> Vec<Vector> {
    vec![
        no_audio(speech),
        redundant(speech),
        Vector::new(
            "packets of 700 bytes, mostly padding",
            clean_but(speech, |_, packet| packet.payload = padded(&packet.payload)),
            all_written(250),
        ),
        durations(speech),
        two_hundred_a_second(speech),
    ]
}

/// Every way to be no packet of audio, in a row.
fn no_audio(speech: &Speech) -> Vector {
    let packets = clean_but(speech, |n, packet| match (n, n % 4) {
        (..100 | 120.., _) => {}
        (_, 0) => packet.payload = Bytes::new(),
        // No frame at all; and seven of 20 ms, which is more than 120 ms.
        (_, 1) => packet.payload = Bytes::from_static(&[0xfb, 0]),
        (_, 2) => packet.payload_type = 126,
        _ => packet.payload = Bytes::from_static(&[0xfb, 7]),
    });
    let silence = Silence {
        loss: 20 * u64::from(FRAME),
        ..Silence::default()
    };
    let expected = Totals {
        received: 250,
        skipped: 10,
        malformed: 10,
        samples: 240_000,
        silence,
        ..all_written(230)
    };
    Vector::new("no audio", packets, expected)
}

/// RED (RFC 2198), which is never answered: its packets are of another payload type.
fn redundant(speech: &Speech) -> Vector {
    let packets = clean_but(speech, |n, packet| {
        if n % 10 == 5 {
            packet.payload_type = 63;
            packet.payload = [&[111][..], &packet.payload].concat().into();
        }
    });
    let silence = Silence {
        dtx: 25 * u64::from(FRAME),
        ..Silence::default()
    };
    let expected = Totals {
        received: 250,
        skipped: 25,
        samples: 240_000,
        silence,
        ..all_written(225)
    };
    Vector::new("RED now and then", packets, expected)
}

/// A frame in a packet of 700 bytes (RFC 6716 §3.2.5).
fn padded(packet: &[u8]) -> Bytes {
    let (toc, frame) = packet.split_first().expect("a packet has a TOC byte");
    assert_eq!(toc & 0x03, 0, "one frame");
    let mut lengths = Vec::new();
    let mut padding = 700 - 2 - frame.len();
    while padding > 254 {
        // One byte says 255 and takes the place of a byte of padding.
        lengths.push(255);
        padding -= 255;
    }
    lengths.push(u8::try_from(padding - 1).expect("it was divided"));
    let head = [&[toc | 0x03, 0x41][..], &lengths, frame].concat();
    let mut packet = head;
    packet.resize(700, 0);
    packet.into()
}

fn durations(speech: &Speech) -> Vector {
    // In milliseconds, and in samples.
    let codings = [
        ("2.5", 120),
        ("5", 240),
        ("10", 480),
        ("20", 960),
        ("40", 1920),
        ("60", 2880),
        ("120", 5760),
    ];
    let coded = codings.map(|(duration, samples)| {
        let options = ["-ac", "1", "-b:a", "32k", "-frame_duration", duration];
        (encoded(&options), samples)
    });
    let kinds = (0..10).flat_map(|round| coded.iter().map(move |(all, it)| (&all[round], *it)));
    let expected = Totals {
        samples: 123_600,
        ..all_written(70)
    };
    let packets = in_a_row(speech, kinds);
    Vector::new("2.5 ms to 120 ms", packets, expected)
}

fn two_hundred_a_second(speech: &Speech) -> Vector {
    let coded = encoded(&[
        "-ac",
        "1",
        "-application",
        "lowdelay",
        "-frame_duration",
        "5",
    ]);
    let packets = in_a_row(
        speech,
        coded.iter().take(1000).map(|payload| (payload, 240)),
    );
    let expected = Totals {
        samples: 240_000,
        ..all_written(1000)
    };
    Vector::new("200 packets a second", packets, expected)
}

/// One packet after the other, with the samples that each lasts.
fn in_a_row<'a>(
    speech: &Speech,
    payloads: impl Iterator<Item = (&'a Bytes, u32)>,
) -> Vec<AudioPacket> {
    let mut sent_48k = 0;
    payloads
        .zip(0..)
        .map(|((payload, samples), n)| {
            let timestamp_48k = sent_48k;
            sent_48k += samples;
            AudioPacket {
                arrived: speech.start + Duration::from_micros(u64::from(timestamp_48k) * 1000 / 48),
                timestamp_48k,
                payload: payload.clone(),
                ..packet(speech, n)
            }
        })
        .collect()
}
