//! Three readings of RFC 6716 §3, the recorder's, an independent one and libopus's, agree on every
//! packet.

use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use server::recording::opus::Shape;
use server::recording::opus::frames::frames as opus_frames;

use crate::ogg_file::frames;

/// What both readers of the TOC say: samples in the packet, if it is one.
fn both(packet: &[u8]) -> (Option<u64>, Option<u64>) {
    let ours = Shape::of(packet).ok().map(|shape| shape.samples().into());
    (ours, frames(packet).map(|frames| frames.samples()))
}

#[test]
fn every_packet_of_up_to_three_bytes_is_measured_as_rfc_6716_says() {
    for toc in 0..=255 {
        let (ours, independent) = both(&[toc]);
        assert_eq!(ours, independent, "{toc}");
        for second in 0..=255 {
            let (ours, independent) = both(&[toc, second]);
            assert_eq!(ours, independent, "{toc} {second}");
            for third in 0..=255 {
                let (ours, independent) = both(&[toc, second, third]);
                assert_eq!(ours, independent, "{toc} {second} {third}");
            }
        }
    }
}

/// What a packet is: its samples, channels, frames, and frames without a byte.
type Reading = Option<(u32, u8, u32, u32)>;

fn ours(packet: &[u8]) -> Reading {
    let shape = Shape::of(packet).ok()?;
    let channels = 1 + u8::from(shape.toc.is_stereo());
    Some((shape.samples(), channels, shape.frames, shape.empty_frames))
}

fn by_libopus(packet: &[u8]) -> Reading {
    let frames = opus::packet::parse(packet).ok()?.frames;
    let frame_samples = opus::packet::get_samples_per_frame(packet, 48_000).unwrap();
    let empty = frames.iter().filter(|frame| frame.is_empty()).count();
    let [samples, frames, empty] = [frames.len() * frame_samples, frames.len(), empty]
        .map(|count| u32::try_from(count).unwrap());
    let channels = opus::packet::get_nb_channels(packet).unwrap() as u8;
    Some((samples, channels, frames, empty))
}

fn assert_read_alike(packet: &[u8]) {
    let (ours, theirs) = (ours(packet), by_libopus(packet));
    assert_eq!(ours, theirs, "{packet:?}");
    let theirs = opus::packet::parse(packet).ok().map(|packet| packet.frames);
    assert_eq!(opus_frames(packet), theirs, "{packet:?}");
}

#[test]
fn libopus_reads_every_packet_of_up_to_three_bytes_alike() {
    std::thread::scope(|scope| {
        for tocs in [0..=127_u8, 128..=255] {
            scope.spawn(move || {
                for [toc, second] in tocs.flat_map(|toc| (0..=255).map(move |second| [toc, second]))
                {
                    assert_read_alike(&[toc]);
                    assert_read_alike(&[toc, second]);
                    (0..=255).for_each(|third| assert_read_alike(&[toc, second, third]));
                }
            });
        }
    });
}

/// Most of them with a count of frames, where there is most to read (RFC 6716 §3.2.5).
#[test]
fn libopus_reads_three_million_random_packets_alike() {
    let mut random = StdRng::seed_from_u64(1);
    let mut packet = [0; 1600];
    let mut accepted = 0;
    for _ in 0..3_000_000 {
        let is_long = random.random_bool(0.1);
        let bytes = random.random_range(1..=if is_long { packet.len() } else { 40 });
        let packet = &mut packet[..bytes];
        random.fill(&mut packet[..bytes.min(60)]);
        if random.random_bool(0.75) {
            packet[0] |= 3;
        }
        // Great lengths are seldom met, so that most of them are small.
        if random.random_bool(0.7) {
            packet
                .iter_mut()
                .skip(2)
                .step_by(2)
                .for_each(|byte| *byte &= 7);
        }
        assert_read_alike(packet);
        accepted += u32::from(Shape::of(packet).is_ok());
    }
    assert!(accepted > 300_000, "{accepted}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn longer_packets_are_measured_as_rfc_6716_says(
        toc: u8,
        head: u8,
        lengths in prop::collection::vec(prop_oneof![0_u8..4, 250..=255_u8, any::<u8>()], 0..60),
        body_bytes in prop_oneof![0_usize..40, 0_usize..4000],
    ) {
        let packet = [&[toc, head], &lengths[..], &vec![0; body_bytes]].concat();

        let (ours, independent) = both(&packet);

        prop_assert_eq!(ours, independent);
    }

    /// Random bytes are seldom an Opus packet: these are, by construction.
    #[test]
    fn a_packet_made_of_frames_has_their_duration(
        config in 0_u8..32,
        is_stereo: bool,
        frame_bytes in prop::collection::vec(0_usize..1276, 1..49),
        padding in prop::option::of(0_usize..600),
    ) {
        let packet = packet_of(config << 3 | u8::from(is_stereo) << 2, &frame_bytes, padding);
        let each = frames(&[config << 3]).unwrap().samples();
        let samples = each * frame_bytes.len() as u64;

        let (ours, independent) = both(&packet);

        prop_assert_eq!(ours, (samples <= 5760).then_some(samples));
        prop_assert_eq!(independent, ours);
    }
}

/// Code 3 with given lengths (RFC 6716 §3.2.5).
fn packet_of(toc: u8, frame_bytes: &[usize], padding: Option<usize>) -> Vec<u8> {
    let count = u8::try_from(frame_bytes.len()).unwrap();
    let padded = u8::from(padding.is_some()) << 6;
    let mut packet = vec![toc | 3, 0x80 | padded | count];
    let padding = padding.unwrap_or(0);
    if padded > 0 {
        packet.extend(vec![255; padding / 254]);
        packet.push(u8::try_from(padding % 254).unwrap());
    }
    let (_, given) = frame_bytes.split_last().unwrap();
    for &bytes in given {
        if bytes < 252 {
            packet.push(u8::try_from(bytes).unwrap());
        } else {
            let low = 252 + (bytes % 4);
            packet.push(u8::try_from(low).unwrap());
            packet.push(u8::try_from((bytes - low) / 4).unwrap());
        }
    }
    let body_bytes = frame_bytes.iter().sum::<usize>() + padding;
    packet.extend(vec![0; body_bytes]);
    packet
}
