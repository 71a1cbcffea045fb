//! Two readings of RFC 6716 §3, the recorder's and an independent one, agree on every packet.

use proptest::prelude::*;
use server::recording::opus::Shape;

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
