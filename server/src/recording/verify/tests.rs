//! A recording is sound, in any pieces. What damage does to it, two readers tell in `tests/recording`.

use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::Timestamp;
use shared::ConversationId;

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
fn a_second_stream_of_the_same_serial_is_refused() {
    let file = file();

    let (whole, _, verdict) = verify(&[&file[..], &file].concat());

    assert!(verdict.is_err());
    assert_eq!(whole.bytes, file.len() as u64);
}
