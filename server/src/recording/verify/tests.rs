//! A recording is sound, in any pieces. What damage does to it, two readers tell in `tests/recording`.

use shared::ConversationId;

use super::*;
use crate::recording::tests::sample;

fn file() -> Vec<u8> {
    sample::record(&sample::origin(ConversationId::from_nanoseconds(1)), 25).0
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
