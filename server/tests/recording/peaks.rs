//! The waveform against what libopus hears in the same packets.

use opus::Channels;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use server::audio::recorder::peaks::PeaksMaker;
use server::recording::PRE_SKIP;
use server::recording::opus::Shape;
use shared::peaks::{Column, Peaks};

use crate::sound::{self, Coding, codings, murmur, with_loss};

fn try_draw(packets: &[Vec<u8>], channels: Channels) -> Option<Peaks> {
    let mut maker = PeaksMaker::new(channels as u8, PRE_SKIP).unwrap();
    packets.iter().for_each(|packet| maker.push(packet));
    maker.finish()
}

fn draw(packets: &[Vec<u8>], channels: Channels) -> Vec<Column> {
    let peaks = try_draw(packets, channels).expect("nothing is wrong with these packets");
    peaks.columns().to_vec()
}

/// How many samples of each column have no byte, frame by frame as libopus finds them.
fn missing(packets: &[Vec<u8>]) -> Vec<usize> {
    let mut is_missing = Vec::new();
    for packet in packets {
        let samples = opus::packet::get_samples_per_frame(packet, 48_000).unwrap();
        for frame in opus::packet::parse(packet).unwrap().frames {
            is_missing.extend(std::iter::repeat_n(frame.is_empty(), samples));
        }
    }
    let columns = is_missing[PRE_SKIP.into()..].chunks(960);
    columns
        .map(|column| column.iter().filter(|is_missing| **is_missing).count() * 255 / column.len())
        .collect()
}

#[expect(clippy::cast_possible_truncation, reason = "it is clamped")]
fn level(sample: f32) -> i8 {
    (sample * 128.0).round().clamp(-128.0, 127.0) as i8
}

/// Draws libopus's samples all at once.
fn expected(packets: &[Vec<u8>], channels: Channels) -> Vec<Column> {
    let heard = sound::decoded(packets, channels);
    let heard = &heard[usize::from(PRE_SKIP) * channels as usize..];
    let columns = heard.chunks(960 * channels as usize);
    columns
        .zip(missing(packets))
        .map(|(samples, missing)| Column {
            min: level(samples.iter().copied().fold(0.0, f32::min)),
            max: level(samples.iter().copied().fold(0.0, f32::max)),
            missing: u8::try_from(missing).unwrap(),
        })
        .collect()
}

/// How far apart two drawings are at most, if they show the same stretches as missing.
fn distance(ours: &[Column], theirs: &[Column]) -> u8 {
    assert_eq!(ours.len(), theirs.len());
    let distances = ours.iter().zip(theirs).map(|(ours, theirs)| {
        assert_eq!(ours.missing, theirs.missing);
        ours.min
            .abs_diff(theirs.min)
            .max(ours.max.abs_diff(theirs.max))
    });
    distances.max().unwrap_or(0)
}

/// As its packets are, and as a file of the other kind holds them.
fn by_either_decoder(packets: &[Vec<u8>]) -> u8 {
    [Channels::Mono, Channels::Stereo]
        .map(|channels| distance(&draw(packets, channels), &expected(packets, channels)))
        .into_iter()
        .fold(0, u8::max)
}

#[test]
fn every_coding_is_drawn_as_libopus_hears_it() {
    for coding in codings() {
        let packets = coding.encode(4, murmur);

        let distance = by_either_decoder(&packets);

        // What is on the edge between two levels may fall to either side.
        assert!(distance <= 1, "{}: {distance}", coding.name);
    }
}

#[test]
fn a_lost_stretch_is_drawn_as_missing_and_as_libopus_conceals_it() {
    for coding in codings() {
        for lost_samples in [120, 960, 4800, 95 * 48, 4 * 48_000] {
            let packets = with_loss(&coding.encode(2, murmur), lost_samples);

            let distance = by_either_decoder(&packets);

            assert!(distance <= 1, "{}, {lost_samples}: {distance}", coding.name);
        }
    }
}

/// A frame without a byte may stand among others, and one byte is no sound either.
#[test]
fn odd_frames_are_drawn_as_libopus_hears_them() {
    for coding in codings() {
        for odd in [&[][..], &[0], &[0xff]] {
            let mut packets = coding.encode(1, murmur);
            let toc = packets[0][0];
            packets.insert(6, [&[toc], odd].concat());
            packets.insert(9, sound::joined(&packets[8], odd));

            let distance = by_either_decoder(&packets);

            assert!(distance <= 1, "{}, {odd:?}: {distance}", coding.name);
        }
    }
}

#[test]
fn a_call_that_changes_its_coding_is_drawn_as_libopus_hears_it() {
    for first in codings() {
        for second in codings() {
            let packets = [first.encode(1, murmur), second.encode(1, murmur)].concat();

            let distance = by_either_decoder(&packets);

            assert!(distance <= 1, "{} {}: {distance}", first.name, second.name);
        }
    }
}

#[test]
fn a_tone_has_its_height_and_silence_has_none() {
    for coding in codings() {
        let tone = coding.encode(2, |time| {
            [0.5 * (time * 440.0 * std::f32::consts::TAU).sin(); 2]
        });
        let silence = coding.encode(2, |_| [0.0; 2]);

        let tone = draw(&tone, coding.channels);
        let silence = draw(&silence, coding.channels);

        let samples = 2 * 48_000 / 2880 * 2880;
        let length = usize::div_ceil(samples - usize::from(PRE_SKIP), 960);
        assert!(tone.len() >= length && tone.len() == silence.len());
        for column in &tone[5..tone.len() - 1] {
            let is_high = (54..=74).contains(&column.max) && (-74..=-54).contains(&column.min);
            assert!(
                is_high && column.missing == 0,
                "{}: {column:?}",
                coding.name
            );
        }
        let flat = Column::default();
        assert!(
            silence.iter().all(|column| *column == flat),
            "{}",
            coding.name
        );
    }
}

#[test]
fn the_louder_side_is_drawn() {
    let stereo: Vec<Coding> = codings()
        .into_iter()
        .filter(|coding| coding.channels == Channels::Stereo)
        .collect();
    assert_eq!(stereo.len(), 3);
    for coding in stereo {
        let left = coding.encode(1, |time| [murmur(time)[0], 0.0]);
        let right = coding.encode(1, |time| [0.0, murmur(time)[0]]);

        for packets in [left, right] {
            let columns = draw(&packets, Channels::Stereo);

            let height = columns.iter().map(|column| column.max).max();
            assert!(height > Some(40), "{}: {height:?}", coding.name);
        }
    }
}

#[test]
fn an_empty_recording_has_an_empty_waveform() {
    assert_eq!(draw(&[], Channels::Mono), []);
}

#[test]
fn what_is_no_packet_leaves_no_waveform() {
    for channels in [0, 3, 255] {
        assert!(PeaksMaker::new(channels, PRE_SKIP).is_none());
    }
    for packet in [&[][..], &[0x03, 0], &[0x02, 9, 1]] {
        let mut packets = codings()[0].encode(1, murmur);
        packets.insert(7, packet.to_vec());

        assert_eq!(try_draw(&packets, Channels::Mono), None);
    }
}

/// A caller may send whatever he likes.
#[test]
fn mutated_packets_end_in_a_waveform_or_in_none() {
    let mut random = StdRng::seed_from_u64(1);
    let mut drawn = 0;
    for round in 0..120 {
        let channels = [Channels::Mono, Channels::Stereo][round % 2];
        let coding = &codings()[random.random_range(0..codings().len())];
        let mut packets = with_loss(&coding.encode(1, murmur), 4800);
        for packet in &mut packets {
            for _ in 0..random.random_range(0..4) {
                let place = random.random_range(0..packet.len());
                packet[place] = random.random();
            }
        }
        packets.retain(|packet| Shape::of(packet).is_ok());
        let samples: u32 = packets
            .iter()
            .map(|packet| Shape::of(packet).unwrap().samples())
            .sum();

        let peaks = try_draw(&packets, channels);

        let expected = (samples as usize - usize::from(PRE_SKIP)).div_ceil(960);
        if let Some(peaks) = peaks {
            assert_eq!(peaks.columns().len(), expected);
            drawn += 1;
        }
    }
    assert!(drawn >= 60, "only {drawn} of 120 were drawn");
}
