//! Every cut and every flipped bit of a file is found, and what is repaired is sound.

use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::Timestamp;
use shared::ConversationId;

use super::super::repair::{Remedy, ended};
use super::super::{Channels, Limits, Moment, Origin, Recording};
use super::*;
use crate::packet::AudioPacket;

fn file() -> Vec<u8> {
    let start = Instant::now();
    let origin = Origin {
        id: ConversationId::from_nanoseconds(1),
        channels: Channels::Mono,
        payload_type: 111,
        fmtp: String::new(),
        user_agent: None,
        began: Moment {
            at: start,
            time: Timestamp::UNIX_EPOCH,
        },
        limits: Limits::default(),
    };
    let mut recording = Recording::new(&origin, 7);
    for n in 0..25_u16 {
        recording.accept(AudioPacket {
            arrived: start + Duration::from_millis(20) * n.into(),
            ssrc: 1,
            payload_type: 111,
            sequence_number: n,
            timestamp_48k: u32::from(n) * 960,
            is_marked: false,
            sender_report: None,
            payload: Bytes::from_static(&[0xf8, 1, 2, 3]),
        });
    }
    recording.finish(None).0
}

fn verify(file: &[u8]) -> (Whole, Vec<Vec<u8>>, Result<Stream, Fault>) {
    let mut verifier = Verifier::default();
    let mut heard = Vec::new();
    for piece in file.chunks(7) {
        let _ = verifier.push(piece, &mut |packet| heard.push(packet.to_vec()));
    }
    (verifier.whole(), heard, verifier.finish())
}

/// `None` if there is nothing to keep.
fn repaired(file: &[u8]) -> Option<Vec<u8>> {
    let (whole, _, verdict) = verify(file);
    match Remedy::of(whole, &verdict) {
        Remedy::Nothing => Some(file.to_vec()),
        Remedy::NothingToKeep => None,
        Remedy::Cut { at, end_page_at } => {
            let mut kept = file[..usize::try_from(at).unwrap()].to_vec();
            if let Some(page_at) = end_page_at {
                let page = kept.split_off(usize::try_from(page_at).unwrap());
                kept.extend(ended(&page).unwrap());
            }
            Some(kept)
        }
    }
}

fn assert_found_and_repaired(damaged: &[u8], packets: &[Vec<u8>]) {
    assert!(verify(damaged).2.is_err(), "the damage was not found");
    if let Some(mended) = repaired(damaged) {
        let (_, heard, verdict) = verify(&mended);
        assert!(verdict.is_ok(), "{verdict:?}");
        assert!(packets.starts_with(&heard), "audio was invented");
        let again = repaired(&mended);
        assert_eq!(again, Some(mended));
    }
}

#[test]
fn a_recording_is_sound() {
    let file = file();
    let (whole, heard, stream) = verify(&file);

    let stream = stream.unwrap();
    assert_eq!(
        (heard.len(), stream.packets, stream.samples),
        (25, 25, 24_000)
    );
    assert_eq!(
        (stream.bytes, whole.bytes),
        (file.len() as u64, file.len() as u64)
    );
    assert!(whole.has_end);
}

#[test]
fn a_cut_at_any_length_is_found_and_repaired() {
    let file = file();
    let (_, packets, _) = verify(&file);

    for length in 0..file.len() {
        assert_found_and_repaired(&file[..length], &packets);
    }
}

#[test]
fn any_flipped_bit_is_found_and_repaired() {
    let file = file();
    let (_, packets, _) = verify(&file);

    for at in 0..file.len() {
        for bit in 0..8 {
            let mut damaged = file.clone();
            damaged[at] ^= 1 << bit;
            assert_found_and_repaired(&damaged, &packets);
        }
    }
}

#[test]
fn a_second_stream_of_the_same_serial_is_refused() {
    let file = file();

    let (whole, _, verdict) = verify(&[&file[..], &file].concat());

    assert!(verdict.is_err());
    assert_eq!(whole.bytes, file.len() as u64);
}
