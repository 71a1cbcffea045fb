//! Damage of every kind to a recording: two readers find it, and a repair keeps what was sound.

use std::time::{Duration, Instant};

use bytes::Bytes;
use server::fuzzing::{mended, repair, seal};
use server::packet::AudioPacket;
use server::recording::verify::{Stream, Verifier};

use crate::calls::{PAYLOAD_TYPE, record};
use crate::ogg_file::OggFile;

/// Half a second: four pages.
fn recorded() -> Vec<u8> {
    let start = Instant::now();
    let packet = |n: u8| AudioPacket {
        arrived: start + Duration::from_millis(20) * n.into(),
        ssrc: 1,
        payload_type: PAYLOAD_TYPE,
        sequence_number: n.into(),
        timestamp_48k: u32::from(n) * 960,
        is_marked: false,
        sender_report: None,
        payload: Bytes::from([&[0xf8][..], &[n; 60]].concat()),
    };
    let packets: Vec<_> = (0..25).map(packet).collect();
    record(&packets, packets[24].arrived).0
}

fn pages(mut file: &[u8]) -> Vec<&[u8]> {
    let mut pages = Vec::new();
    while !file.is_empty() {
        let lacing = &file[27..27 + usize::from(file[26])];
        let body_bytes: usize = lacing.iter().map(|&bytes| usize::from(bytes)).sum();
        let (page, rest) = file.split_at(27 + lacing.len() + body_bytes);
        pages.push(page);
        file = rest;
    }
    pages
}

fn verify(file: &[u8]) -> Option<(Stream, Vec<Vec<u8>>)> {
    let mut verifier = Verifier::default();
    let mut packets = Vec::new();
    verifier
        .push(file, &mut |packet| packets.push(packet.to_vec()))
        .ok()?;
    Some((verifier.finish().ok()?, packets))
}

/// The packets of a sound file, about which both readers say the same.
fn read(file: &[u8]) -> Option<Vec<Vec<u8>>> {
    let ours = verify(file);
    let theirs = OggFile::read(file).ok();

    let ours_told = ours.as_ref().map(|(stream, packets)| {
        (
            (stream.serial, stream.channels, stream.pre_skip),
            (stream.pages, stream.samples, stream.concealed_samples),
            packets,
        )
    });
    let theirs_told = theirs.as_ref().map(|file| {
        (
            (file.serial, file.channels, file.pre_skip),
            (file.pages as u64, file.samples, file.concealed_samples),
            &file.packets,
        )
    });
    assert_eq!(ours_told, theirs_told);
    ours.map(|(_, packets)| packets)
}

/// How many packets of audio lie in pages of a sound file that are whole before the damage.
fn undamaged(file: &[u8], damaged: &[u8]) -> usize {
    let mut same = file.iter().zip(damaged);
    let before_damage = same.position(|(a, b)| a != b);
    let before_damage = before_damage.unwrap_or(file.len().min(damaged.len()));
    let mut page_end = 0;
    let whole = pages(file).into_iter().take_while(|page| {
        page_end += page.len();
        page_end <= before_damage
    });
    whole.skip(2).map(packets_in).sum()
}

/// No packet of ours spans two pages.
fn packets_in(page: &[u8]) -> usize {
    let lacing = &page[27..27 + usize::from(page[26])];
    lacing.iter().filter(|&&bytes| bytes < 255).count()
}

/// The damage is found by both, and the repair keeps all that is before it and invents nothing.
fn assert_found_and_mended(file: &[u8], damaged: &[u8]) {
    assert_eq!(read(damaged), None, "the damage was not found");
    let packets = read(file).unwrap();
    let undamaged = undamaged(file, damaged);
    let Some(mended_file) = mended(damaged) else {
        assert_eq!(undamaged, 0, "audio was given up");
        return;
    };
    let kept = read(&mended_file).expect("what is mended is sound");
    assert_eq!(kept, packets[..undamaged]);
    assert_eq!(mended(&mended_file), Some(mended_file));
}

#[test]
fn a_cut_at_any_length_is_found_and_mended() {
    let file = recorded();

    for length in 0..file.len() {
        assert_found_and_mended(&file, &file[..length]);
    }
}

#[test]
fn any_flipped_bit_is_found_and_mended() {
    let file = recorded();

    for at in 0..file.len() {
        for bit in 0..8 {
            let mut damaged = file.clone();
            damaged[at] ^= 1 << bit;
            assert_found_and_mended(&file, &damaged);
        }
    }
}

#[test]
fn any_flipped_bit_under_a_right_checksum_is_judged_alike_by_both_readers() {
    let file = recorded();

    for at in 0..file.len() {
        for bit in 0..8 {
            let mut changed = file.clone();
            changed[at] ^= 1 << bit;
            seal(&mut changed);
            read(&changed);
            repair(&[&[0][..], &changed].concat());
        }
    }
}

#[test]
fn a_page_dropped_doubled_or_swapped_is_found_and_mended() {
    let file = recorded();
    let pages = pages(&file);

    for at in 0..pages.len() {
        let mut dropped = pages.clone();
        dropped.remove(at);
        assert_found_and_mended(&file, &dropped.concat());

        let mut doubled = pages.clone();
        doubled.insert(at, pages[at]);
        assert_found_and_mended(&file, &doubled.concat());

        for other in at + 1..pages.len() {
            let mut swapped = pages.clone();
            swapped.swap(at, other);
            assert_found_and_mended(&file, &swapped.concat());
        }
    }
}

#[test]
fn a_second_stream_of_the_same_or_another_serial_is_found_and_cut_off() {
    let file = recorded();
    let mut other = pages(&file)
        .into_iter()
        .map(<[u8]>::to_vec)
        .collect::<Vec<_>>();
    for page in &mut other {
        page[14..18].fill(9);
        seal(page);
    }
    let other = other.concat();
    assert!(read(&other).is_some());

    for chained in [[&file[..], &file].concat(), [&file[..], &other].concat()] {
        assert_found_and_mended(&file, &chained);
        assert_eq!(mended(&chained).as_ref(), Some(&file));
    }
}
