//! All queues together are bounded: with too much waiting for the disk no recording begins, and
//! with twice as much none goes on.

use std::collections::BTreeMap;

use super::*;
use crate::audio::tee::Feed;
use crate::packet::AudioPacket;

/// What may wait before no recording begins.
const BOUND: u64 = 8 * 1024;
const PAYLOAD: &[u8] = &[0xf8, 1, 2, 3];
/// Of every call.
const PACKETS: u16 = 250;

/// Holds the thread that drops it until the sender is gone.
struct Brake(Receiver<()>);

impl Drop for Brake {
    fn drop(&mut self) {
        _ = self.0.recv();
    }
}

/// Stops every writer, as a disk does that hangs, until what is returned is dropped.
fn hang(recorder: &Recorder) -> Vec<mpsc::Sender<()>> {
    (0..WRITERS)
        .map(|number| {
            let (release, held) = mpsc::channel();
            let (mut tee, call) = (Tee::default(), call_of(100 + number as u64));
            let keep = Box::new(Brake(held));
            recorder.record(&mut tee, room(), Call { keep, ..call });
            release
        })
        .collect()
}

fn room() -> NonZeroUsize {
    NonZeroUsize::new(2000).unwrap()
}

fn told(terms: &Terms, line: &str) {
    let text = terms
        .metrics
        .text(0, &BTreeMap::new(), &BTreeMap::new(), &BTreeMap::new());
    assert!(text.lines().any(|told| told == line), "{line}\n{text}");
}

/// Its status and why it ended.
fn fate(folder: &Path, number: u64) -> (RecordingStatus, Option<RecordingEnd>) {
    let metadata = describe(folder, number);
    (metadata.status, metadata.end_reason)
}

#[test]
fn all_queues_together_take_no_more_than_twice_the_bound_and_the_echo_goes_on() {
    let home = tempfile::tempdir().unwrap();
    let terms = Terms {
        max_waiting_bytes: BOUND,
        ..Terms::default()
    };
    let storage = Storage::new(home.path().to_owned()).unwrap();
    let recorder = Recorder::start_with(storage, &terms).unwrap();
    let brakes = hang(&recorder);
    let began = Instant::now();

    // Each call's queue alone would take it all.
    let mut calls = [7, 8, 9].map(|number| {
        let (tee, freed) = call(&recorder, number);
        (number, tee, freed)
    });
    let echoes = calls
        .each_mut()
        .map(|(_, tee, _)| tee.attach("echo", room()));
    let heard = speak_to_all(&mut calls, echoes, began);
    let weight = (size_of::<AudioPacket>() + PAYLOAD.len()) as u64;
    let fitting = 2 * BOUND / weight + 1;
    let waiting = terms.metrics.waiting_bytes().load(Ordering::Relaxed);
    let dropped: u64 = calls
        .iter()
        .map(|(_, tee, _)| tee.dropped(Recorder::NAME))
        .sum();
    let (mut refused, refused_freed) = call(&recorder, 10);
    speak(&mut refused, began, PACKETS);
    drop(brakes);
    drop(refused);
    refused_freed.recv_timeout(DEADLINE).unwrap();
    let mut written = 0;
    for (number, tee, freed) in calls {
        tee.end(began + Duration::from_secs(60), RecordingEnd::ClientClosed);
        freed.recv_timeout(DEADLINE).unwrap();
        let (packets, samples) = read(home.path(), number);
        // What was lost is no silence, and nor is the minute until the end.
        assert_eq!(samples, packets * 960);
        assert_eq!(fate(home.path(), number), slow_disk());
        written += packets;
    }

    assert_eq!(heard, [usize::from(PACKETS); 3]);
    assert_eq!((waiting, written), (fitting * weight, fitting));
    assert_eq!(dropped, 3 * u64::from(PACKETS) - fitting);
    assert_is_recorded_again(&recorder, home.path());
    recorder.stop(DEADLINE).unwrap();
    let backlog = (RecordingStatus::Refused, Some(RecordingEnd::Backlog));
    assert_eq!(fate(home.path(), 10), backlog);
    assert_eq!(files(home.path(), 10), ["metadata.json"]);
    told(
        &terms,
        "voice_recording_truncated_total{reason=\"slow_disk\"} 3",
    );
    told(
        &terms,
        "voice_recording_refused_total{reason=\"backlog\"} 1",
    );
    told(&terms, "voice_recording_waiting_bytes 0");
}

#[test]
fn no_more_calls_wait_for_a_disk_that_hangs_than_a_writer_takes() {
    let home = tempfile::tempdir().unwrap();
    let terms = Terms::default();
    let storage = Storage::new(home.path().to_owned()).unwrap();
    let recorder = Recorder::start_with(storage, &terms).unwrap();
    let brakes = hang(&recorder);
    let waiting = WRITERS * desk::MAX_RECORDINGS - brakes.len();
    for number in 0..waiting {
        let mut tee = Tee::default();
        recorder.record(&mut tee, room(), call_of(1000 + number as u64));
    }

    let (mut tee, freed) = call(&recorder, 7);
    speak(&mut tee, Instant::now(), PACKETS);
    let is_freed_at_once = freed.try_recv().is_ok();
    drop(brakes);
    recorder.stop(DEADLINE).unwrap();

    assert!(is_freed_at_once);
    assert!(!home.path().join("7").exists());
    told(
        &terms,
        "voice_recording_refused_total{reason=\"backlog\"} 1",
    );
}

/// Says every packet to every recorder and to every echo; tells how many the echoes heard.
fn speak_to_all(
    calls: &mut [(u64, Tee, Receiver<()>); 3],
    mut echoes: [Feed; 3],
    began: Instant,
) -> [usize; 3] {
    let mut heard = [0; 3];
    for number in 0..PACKETS {
        for (_, tee, _) in &mut *calls {
            tee.push(&AudioPacket::in_time(began, number, PAYLOAD));
        }
        for (heard, echo) in heard.iter_mut().zip(&mut echoes) {
            *heard += std::iter::from_fn(|| echo.try_next()).count();
        }
    }
    heard
}

fn slow_disk() -> (RecordingStatus, Option<RecordingEnd>) {
    (RecordingStatus::Truncated, Some(RecordingEnd::SlowDisk))
}

fn assert_is_recorded_again(recorder: &Recorder, folder: &Path) {
    let (mut tee, freed) = call(recorder, 11);
    let began = Instant::now();
    speak(&mut tee, began, 50);
    tee.end(began, RecordingEnd::ClientClosed);
    freed.recv_timeout(DEADLINE).unwrap();

    assert_eq!(read(folder, 11), (50, 48_000));
    assert_eq!(describe(folder, 11).status, RecordingStatus::Complete);
}
