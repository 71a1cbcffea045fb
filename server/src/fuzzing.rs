//! What must hold whatever bytes come: each body panics where a promise is broken, of `recording`
//! or of what reads a caller's words.
//!
//! Fuzzers run the bodies by `server/fuzz`, tests over random bytes and damaged recordings.

mod history;

use std::time::{Duration, Instant};

use jiff::Timestamp;
use shared::ConversationId;
use shared::recording::{Client, RecordingEnd, RecordingStatus};

use crate::peer::fragment::{Fragment, MAX_FRAGMENT_BYTES};
use crate::recording::consistency::{self, Audio};
use crate::recording::opus::{self, MAX_PACKET_SAMPLES, Shape};
use crate::recording::repair::{Offcut, Remedy, ended};
use crate::recording::sidecar::{self, Outcome};
use crate::recording::verify::{Fault, Stream, Verifier, Whole, page};
use crate::recording::{Channels, Moment, Origin, Recording, Report};
use history::History;

/// Any bytes as a packet of Opus: what is one has a length that its file can rely on.
pub fn toc(bytes: &[u8]) {
    let Ok(shape) = Shape::of(bytes) else {
        return;
    };
    assert!((120..=MAX_PACKET_SAMPLES).contains(&shape.samples()));
    assert!(shape.empty_frames <= shape.frames);
    assert!(shape.concealed_samples() <= shape.samples());

    // A sender's own silence and ours are told by the same rule.
    let concealed: u32 = opus::concealment(shape.toc, shape.samples().into())
        .map(|packet| Shape::of(&packet).expect("silence is Opus"))
        .inspect(|silence| assert_eq!(silence.samples(), silence.concealed_samples()))
        .map(Shape::samples)
        .sum();
    assert_eq!(concealed, shape.samples());
}

/// Any bytes as a fragment of SDP: what is understood of it is small and can be used.
pub fn fragment(bytes: &[u8]) {
    let Ok(fragment) = Fragment::parse(bytes) else {
        return;
    };
    assert!(bytes.len() <= MAX_FRAGMENT_BYTES);
    for mid in ["0", "audio", ""] {
        let Ok(wish) = fragment.wish(mid) else {
            continue;
        };
        assert!(wish.candidates.len() <= 8);
        assert!(wish.candidates.iter().all(|address| address.port() != 0));
        if let Some(credentials) = wish.credentials {
            assert!((4..=256).contains(&credentials.ufrag.len()));
            assert!((22..=256).contains(&credentials.password.len()));
        }
    }
}

/// Any bytes as the history of a call: its file is sound, and every packet is accounted for.
pub fn timeline(bytes: &[u8]) {
    let history = History::read(bytes, Instant::now());
    let (origin, file, report) = record(&history);

    let totals = report.totals;
    let accounted = totals.written
        + totals.late
        + totals.duplicated
        + totals.malformed
        + totals.skipped
        + totals.stale
        + totals.refused;
    assert_eq!((totals.received, report.bytes), (accounted, length(&file)));
    assert!(report.bytes <= origin.limits.bytes);
    assert!(totals.samples <= samples_in(origin.limits.duration));
    let silence = totals.silence;
    let filled = silence.loss + silence.dtx + silence.reset + silence.tail;
    assert_eq!(totals.samples, report.written_samples + filled);
    // No sender makes more of a file than the wall clock explains.
    let wall = samples_in(history.lasted());
    let limit = wall + wall / 1000 + samples_in(Duration::from_secs(2));
    assert!(filled <= limit);
    assert!(totals.samples <= limit + samples_in(Duration::from_secs(8)));

    if totals.written == 0 {
        assert!(file.is_empty());
        return;
    }
    let stream = read(&file, file.len()).verdict.expect("the file is sound");
    let sha256 = [0; 32];
    let outcome = Outcome {
        status: RecordingStatus::Complete,
        end: RecordingEnd::ClientClosed,
        ended_at: origin.began.at + history.lasted(),
        bytes: length(&file),
        sha256,
    };
    let metadata = sidecar::finished(&origin, &report, &outcome);
    let audio = Audio { stream, sha256 };
    consistency::check(&metadata, Some(origin.id), Some(&audio)).expect("both say the same");
}

/// Any bytes as a file: in any pieces it is judged the same, and no more of it is whole than
/// there is.
///
/// The first byte says how the rest is read: see `file_of`.
pub fn verify(bytes: &[u8]) {
    let Some((file, piece_bytes)) = file_of(bytes) else {
        return;
    };

    let reading = read(&file, piece_bytes);

    assert_eq!(reading, read(&file, file.len()));
    let Whole {
        bytes,
        last_page_at,
        ..
    } = reading.whole;
    assert!(last_page_at <= bytes && bytes <= length(&file));
    if let Ok(stream) = reading.verdict {
        assert_eq!((stream.bytes, bytes), (length(&file), length(&file)));
        assert_eq!(stream.packets, length(&reading.packets));
    }
}

/// Any bytes as a file that was cut off: once mended it is sound, holds all that was sound before
/// and nothing else, and stays as it is.
///
/// The first byte says how the rest is read: see `file_of`.
pub fn repair(bytes: &[u8]) {
    let Some((file, piece_bytes)) = file_of(bytes) else {
        return;
    };
    let reading = read(&file, piece_bytes);

    let Some(mended_file) = mended(&file) else {
        assert_eq!(reading.packets, [[0; 0]; 0]);
        return;
    };

    let mended_reading = read(&mended_file, piece_bytes);
    assert!(mended_reading.verdict.is_ok());
    assert_eq!(mended_reading.packets, reading.packets);
    assert_eq!(mended(&mended_file), Some(mended_file));
    let (_, offcut) = split(&file, reading.whole.bytes);
    assert_eq!(
        is_worthless(offcut, piece_bytes),
        is_worthless(offcut, offcut.len())
    );
}

/// The file as it is after its repair; none if there is nothing to keep.
#[must_use]
pub fn mended(file: &[u8]) -> Option<Vec<u8>> {
    let reading = read(file, file.len());
    match Remedy::of(reading.whole, &reading.verdict) {
        Remedy::Nothing => Some(file.to_vec()),
        Remedy::NothingToKeep => None,
        Remedy::Cut { at, end_page_at } => {
            let (kept, _) = split(file, at);
            let (before, page) = split(kept, end_page_at.unwrap_or(at));
            let page = if page.is_empty() {
                Vec::new()
            } else {
                ended(page).expect("the last sound page is whole")
            };
            Some([before, &page].concat())
        }
    }
}

/// Gives every page the checksum that belongs to it, as far as there are pages: what a fuzzer
/// changed is then not refused for its checksum alone.
pub fn seal(mut file: &mut [u8]) {
    while let Ok(bytes) = page::bytes(file) {
        let Some((page, rest)) = file.split_at_mut_checked(bytes) else {
            return;
        };
        page::seal(page).expect("the page is whole");
        file = rest;
    }
}

/// What a verifier says of a file.
#[derive(Debug, PartialEq)]
struct Reading {
    whole: Whole,
    packets: Vec<Vec<u8>>,
    verdict: Result<Stream, Fault>,
}

fn read(file: &[u8], piece_bytes: usize) -> Reading {
    let mut verifier = Verifier::default();
    let mut packets = Vec::new();
    for piece in file.chunks(piece_bytes.max(1)) {
        let listen = &mut |packet: &[u8]| packets.push(packet.to_vec());
        if verifier.push(piece, listen).is_err() {
            break;
        }
    }
    Reading {
        whole: verifier.whole(),
        packets,
        verdict: verifier.finish(),
    }
}

/// The first byte's lowest bit says whether the file is to be sealed, the others in how large
/// pieces it is to be read.
fn file_of(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let (&how, file) = bytes.split_first()?;
    let mut file = file.to_vec();
    if how & 1 == 1 {
        seal(&mut file);
    }
    Some((file, usize::from(how >> 1)))
}

fn is_worthless(bytes: &[u8], piece_bytes: usize) -> bool {
    let mut offcut = Offcut::default();
    for piece in bytes.chunks(piece_bytes.max(1)) {
        offcut.push(piece);
    }
    offcut.is_worthless()
}

fn record(history: &History) -> (Origin, Vec<u8>, Report) {
    let origin = Origin {
        id: ConversationId::from_nanoseconds(1),
        channels: Channels::Mono,
        payload_type: history::PAYLOAD_TYPE,
        fmtp: String::new(),
        client: Client::default(),
        began: Moment {
            at: history.start,
            time: Timestamp::UNIX_EPOCH,
        },
        limits: history.limits,
    };
    let mut recording = Recording::new(&origin, 7);
    let mut file = Vec::new();
    for packet in &history.packets {
        recording.accept(packet.clone());
        file.extend(recording.take_pages());
    }
    let (last_pages, report) = recording.finish(history.ended_at);
    file.extend(last_pages);
    (origin, file, report)
}

fn split(bytes: &[u8], at: u64) -> (&[u8], &[u8]) {
    let at = usize::try_from(at).ok();
    at.and_then(|at| bytes.split_at_checked(at))
        .expect("no more is whole than there is")
}

fn length<T>(items: &[T]) -> u64 {
    u64::try_from(items.len()).expect("64 bits hold any length")
}

fn samples_in(duration: Duration) -> u64 {
    duration.as_secs() * 48_000 + u64::from(duration.subsec_millis()) * 48
}

#[cfg(test)]
mod tests;
