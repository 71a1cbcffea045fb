//! One call after another, each with the exact number of samples that its file must have.

mod clocks;
mod limits;
pub(crate) mod sample;

use std::time::Duration;

use bytes::Bytes;

use super::verify::Verifier;
use super::*;

const START_48K: u32 = 5000;

/// A packet of 20 ms (CELT, full band) in its natural place: number `n` at `n` times 20 ms.
fn packet(start: Instant, n: u32) -> AudioPacket {
    AudioPacket {
        arrived: start + Duration::from_millis(20) * n,
        ssrc: 1,
        payload_type: 111,
        sequence_number: u16::try_from(n & 0xffff).unwrap(),
        timestamp_48k: START_48K.wrapping_add(n.wrapping_mul(960)),
        is_marked: false,
        sender_report: None,
        payload: Bytes::from_static(&[0xf8, 1, 2, 3]),
    }
}

fn clean_call(start: Instant) -> Vec<AudioPacket> {
    (0..250).map(|n| packet(start, n)).collect()
}

/// Records a call that ends with its last packet.
fn record(packets: Vec<AudioPacket>) -> Totals {
    let ended_at = packets.iter().map(|packet| packet.arrived).max();
    record_until(packets, ended_at)
}

fn origin(limits: Limits) -> Origin {
    Origin {
        limits,
        ..sample::origin(ConversationId::from_nanoseconds(1))
    }
}

/// The file, read by another reader, is what is reported.
fn assert_sound(file: &[u8], report: &Report) {
    if file.is_empty() {
        assert_eq!(report.packets, 0);
        return;
    }
    let mut verifier = Verifier::default();
    verifier.push(file, &mut |_| {}).unwrap();
    let stream = verifier.finish().unwrap();
    assert_eq!(
        (stream.pages, stream.packets, stream.samples, stream.bytes),
        (
            report.pages,
            report.packets,
            report.totals.samples,
            report.bytes
        )
    );
}

fn record_until(packets: Vec<AudioPacket>, ended_at: Option<Instant>) -> Totals {
    let origin = origin(Limits::default());
    let mut recording = Recording::new(&origin, 7);
    let mut file = Vec::new();
    for packet in packets {
        recording.accept(packet);
        file.extend(recording.take_pages());
    }
    let (pages, report) = recording.finish(ended_at);
    file.extend(pages);
    assert_sound(&file, &report);
    let totals = report.totals;
    let Totals {
        written,
        late,
        duplicated,
        malformed,
        skipped,
        stale,
        ..
    } = totals;
    let accounted = written + late + duplicated + malformed + skipped + stale;
    assert_eq!(totals.received, accounted, "{totals:?}");
    totals
}

/// What a call without any trouble counts.
fn clean(received: u64) -> Totals {
    Totals {
        received,
        written: received,
        samples: received * 960,
        ..Totals::default()
    }
}

fn with_silence(totals: Totals, silence: Silence) -> Totals {
    Totals { silence, ..totals }
}

fn loss(samples: u64) -> Silence {
    Silence {
        loss: samples,
        ..Silence::default()
    }
}

#[test]
fn a_clean_call_lasts_as_long_as_its_packets() {
    assert_eq!(record(clean_call(Instant::now())), clean(250));
}

#[test]
fn lost_packets_keep_their_time() {
    for lost in [100..101, 100..150] {
        let missing = u64::try_from(lost.len()).unwrap();
        let mut packets = clean_call(Instant::now());
        packets.drain(lost);

        let totals = record(packets);

        let expected = Totals {
            samples: 240_000,
            lost: missing,
            ..clean(250 - missing)
        };
        assert_eq!(totals, with_silence(expected, loss(missing * 960)));
    }
}

#[test]
fn swapped_packets_are_put_right_from_the_first_on() {
    let mut packets = clean_call(Instant::now());
    for pair in packets.chunks_mut(2) {
        let [first, second] = pair else {
            panic!("pairs")
        };
        std::mem::swap(&mut first.arrived, &mut second.arrived);
        pair.swap(0, 1);
    }

    let totals = record(packets);

    assert_eq!(
        totals,
        Totals {
            reordered: 125,
            ..clean(250)
        }
    );
}

#[test]
fn a_retransmission_within_a_second_is_no_loss() {
    let start = Instant::now();
    let mut packets = clean_call(start);
    let mut late = packets.remove(100);
    late.arrived += Duration::from_millis(500);
    packets.insert(125, late);

    assert_eq!(
        record(packets),
        Totals {
            reordered: 1,
            ..clean(250)
        }
    );
}

#[test]
fn a_packet_two_seconds_late_is_a_loss() {
    let start = Instant::now();
    let mut packets = clean_call(start);
    let mut late = packets.remove(100);
    late.arrived += Duration::from_secs(2);
    packets.insert(200, late);

    let totals = record(packets);

    let expected = Totals {
        received: 250,
        samples: 240_000,
        lost: 1,
        late: 1,
        ..clean(249)
    };
    assert_eq!(totals, with_silence(expected, loss(960)));
}

#[test]
fn repeated_packets_are_written_once() {
    let packets = clean_call(Instant::now()).into_iter().flat_map(|packet| {
        let times = 2 + usize::from(packet.sequence_number % 10 == 0);
        std::iter::repeat_n(packet, times)
    });

    let totals = record(packets.collect());

    let expected = Totals {
        received: 525,
        duplicated: 275,
        ..clean(250)
    };
    assert_eq!(totals, expected);
}

#[test]
fn numbers_and_timestamps_wrap_even_inside_a_loss() {
    let start = Instant::now();
    for lost in [0, 50] {
        let wrapping = clean_call(start).into_iter().map(|packet| AudioPacket {
            sequence_number: packet.sequence_number.wrapping_sub(125),
            timestamp_48k: packet.timestamp_48k.wrapping_sub(START_48K + 125 * 960),
            ..packet
        });
        let mut packets: Vec<_> = wrapping.collect();
        packets.drain(100..100 + lost);

        let totals = record(packets);

        assert_eq!((totals.samples, totals.lost), (240_000, lost as u64));
    }
}

#[test]
fn what_the_sender_left_out_is_silence_and_no_loss() {
    // From 2 s to 4 s only one packet of one byte each 400 ms; numbers without holes.
    let start = Instant::now();
    let kept = clean_call(start).into_iter().filter_map(|mut packet| {
        let n = packet.sequence_number;
        let is_silent = (100..200).contains(&n);
        if is_silent && n % 20 == 0 {
            packet.payload = Bytes::from_static(&[0xf8]);
        }
        (!is_silent || n % 20 == 0).then_some(packet)
    });
    let packets: Vec<_> = kept
        .zip(0..)
        .map(|(packet, sequence_number)| AudioPacket {
            sequence_number,
            ..packet
        })
        .collect();

    let totals = record(packets);

    let silence = Silence {
        dtx: 91_200,
        ..Silence::default()
    };
    let expected = Totals {
        samples: 240_000,
        ..clean(155)
    };
    assert_eq!(totals, with_silence(expected, silence));
}

#[test]
fn one_packet_with_wild_numbers_is_left_out() {
    let start = Instant::now();
    let mut packets: Vec<_> = (0..251).map(|n| packet(start, n)).collect();
    packets[100].sequence_number = 50_000;
    packets[100].timestamp_48k = 4_000_000_000;

    let totals = record(packets);

    let expected = Totals {
        received: 251,
        samples: 240_960,
        lost: 1,
        skipped: 1,
        ..clean(250)
    };
    assert_eq!(totals, with_silence(expected, loss(960)));
}

#[test]
fn what_is_not_audio_takes_its_time_and_no_more() {
    let start = Instant::now();
    let mut packets = clean_call(start);
    for (at, packet) in packets.iter_mut().enumerate().skip(100).take(20) {
        match at % 4 {
            0 => packet.payload = Bytes::new(),
            1 => packet.payload = Bytes::from_static(&[0xfb, 0]),
            2 => packet.payload_type = 126,
            _ => packet.payload = Bytes::from_static(&[0xfb, 7]),
        }
    }

    let totals = record(packets);

    assert_eq!((totals.samples, totals.lost), (240_000, 0));
    assert_eq!((totals.skipped, totals.malformed), (10, 10));
    assert_eq!(totals.silence.loss + totals.silence.dtx, 20 * 960);
}

#[test]
fn packets_of_every_duration_are_measured() {
    // CELT 2.5, 5, 10 and 20 ms; SILK 40 and 60 ms; two of 60 ms.
    let payloads: [(&'static [u8], u32); 7] = [
        (&[0xe0, 1], 120),
        (&[0xe8, 1], 240),
        (&[0xf0, 1], 480),
        (&[0xf8, 1], 960),
        (&[0x50, 1], 1920),
        (&[0x58, 1], 2880),
        (&[0x59, 1, 1], 5760),
    ];
    let start = Instant::now();
    let mut sent = 0;
    let packets = (0..70_u16).map(|n| {
        let (payload, samples) = payloads[usize::from(n % 7)];
        let timestamp_48k = sent;
        sent += samples;
        AudioPacket {
            arrived: start + Duration::from_micros(u64::from(timestamp_48k) * 1000 / 48),
            timestamp_48k,
            payload: Bytes::from_static(payload),
            ..packet(start, n.into())
        }
    });

    let totals = record(packets.collect());

    let expected = Totals {
        samples: 123_600,
        ..clean(70)
    };
    assert_eq!(totals, expected);
}
