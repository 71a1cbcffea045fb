mod backlog;
mod bells;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::mpsc::{self, Receiver};

use super::*;
use crate::packet::AudioPacket;
use crate::recording::tests::sample;
use crate::storage::check::{Finding, check};
use sha2::{Digest, Sha256};
use shared::ConversationId;
use shared::recording::{Metadata, RecordingEnd, RecordingStatus};

/// Longer than any disk takes: only a test that fails waits so long.
const DEADLINE: Duration = Duration::from_secs(30);

/// Tells when it is dropped.
struct Seat(mpsc::Sender<()>);

impl Drop for Seat {
    fn drop(&mut self) {
        _ = self.0.send(());
    }
}

fn id(nanoseconds: u64) -> ConversationId {
    ConversationId::from_nanoseconds(nanoseconds)
}

fn start(folder: &Path) -> Recorder {
    Recorder::start(Storage::new(folder.to_owned()).unwrap()).unwrap()
}

/// A call whose seat nobody looks at.
fn call_of(number: u64) -> Call {
    Call {
        origin: sample::origin(id(number)),
        progress: Progress::default(),
        keep: Box::new(()),
    }
}

fn call(recorder: &Recorder, number: u64) -> (Tee, Receiver<()>) {
    let (seat, freed) = mpsc::channel();
    let mut tee = Tee::default();
    let capacity = NonZeroUsize::new(2000).unwrap();
    let call = Call {
        keep: Box::new(Seat(seat)),
        ..call_of(number)
    };
    recorder.record(&mut tee, capacity, call);
    (tee, freed)
}

/// Says as many packets of 20 ms as if they had come in time.
fn speak(tee: &mut Tee, start: Instant, packets: u16) {
    for number in 0..packets {
        tee.push(&AudioPacket::in_time(start, number, &[0xf8, 1, 2, 3]));
    }
}

/// The number of packets and the last granule position of a recording that is sound, and whose
/// description says so.
fn read(folder: &Path, number: u64) -> (u64, u64) {
    let file = folder.join(format!("{number}/user_audio.ogg"));
    match check(&file).unwrap() {
        Finding::Sound {
            packets,
            samples,
            is_described: true,
            ..
        } => (packets, samples),
        other => panic!("{number}: {other:?}"),
    }
}

fn describe(folder: &Path, number: u64) -> Metadata {
    let storage = Storage::new(folder.to_owned()).unwrap();
    storage.metadata(id(number)).unwrap()
}

/// The names of what lies in a recording's folder.
fn files(folder: &Path, number: u64) -> Vec<String> {
    let entries = fs::read_dir(folder.join(number.to_string())).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A mistake that only one recording meets.
struct Mine;

impl Drop for Mine {
    fn drop(&mut self) {
        panic!("stepped on");
    }
}

#[test]
fn a_recording_that_trips_takes_no_other_with_it() {
    let home = tempfile::tempdir().unwrap();
    let recorder = start(home.path());
    let began = Instant::now();
    let mut tees = Vec::new();
    for number in 0..2 * WRITERS as u64 {
        let mut tee = Tee::default();
        let keep: Box<dyn Send> = if number == 0 {
            Box::new(Mine)
        } else {
            Box::new(())
        };
        let call = Call {
            keep,
            ..call_of(1 + number)
        };
        recorder.record(&mut tee, NonZeroUsize::new(2000).unwrap(), call);
        speak(&mut tee, began, 100);
        tees.push(tee);
    }

    for tee in tees {
        tee.end(began + Duration::from_secs(2), RecordingEnd::ClientClosed);
    }

    assert_eq!(recorder.stop(DEADLINE), Ok(()));
    for number in 1..=2 * WRITERS as u64 {
        assert_eq!(read(home.path(), number), (100, 96_000), "{number}");
    }
}

#[test]
fn a_recording_is_final_when_its_seat_is_freed() {
    let home = tempfile::tempdir().unwrap();
    let recorder = start(home.path());
    let (mut tee, freed) = call(&recorder, 7);
    let began = Instant::now();
    speak(&mut tee, began, 250);

    tee.end(began + Duration::from_secs(5), RecordingEnd::ClientClosed);
    freed.recv_timeout(DEADLINE).unwrap();

    assert_eq!(read(home.path(), 7), (250, 240_000));
    // Whoever reads it back may have begun to draw it.
    let files = files(home.path(), 7);
    for name in ["metadata.json", "user_audio.ogg"] {
        assert!(files.contains(&name.to_owned()), "{files:?}");
    }
    let metadata = describe(home.path(), 7);
    let file = metadata.file.unwrap();
    let bytes = fs::read(home.path().join("7/user_audio.ogg")).unwrap();
    let sha256: String = Sha256::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(metadata.status, RecordingStatus::Complete);
    assert_eq!(metadata.end_reason, Some(RecordingEnd::ClientClosed));
    assert_eq!((file.bytes, file.sha256), (bytes.len() as u64, sha256));
    assert_eq!((file.packets, file.samples), (250, 240_000));
}

#[test]
fn a_call_without_audio_leaves_no_file_and_frees_its_seat() {
    let home = tempfile::tempdir().unwrap();
    let recorder = start(home.path());
    let (tee, freed) = call(&recorder, 7);

    drop(tee);
    freed.recv_timeout(DEADLINE).unwrap();

    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn a_recording_that_fails_keeps_its_seat_until_the_call_ends() {
    let home = tempfile::tempdir().unwrap();
    let recorder = start(home.path());
    // A file stands where the conversation's folder should be; root cannot write there either.
    fs::write(home.path().join("7"), "").unwrap();
    let (mut failing, failing_freed) = call(&recorder, 7);
    let (_other_thread, _freed) = call(&recorder, 8);
    let (mut sound, sound_freed) = call(&recorder, 9);
    let began = Instant::now();

    speak(&mut failing, began, 250);
    speak(&mut sound, began, 250);
    sound.end(began, RecordingEnd::ClientClosed);
    sound_freed.recv_timeout(DEADLINE).unwrap();
    let freed_early = failing_freed.try_recv().is_ok();
    drop(failing);
    failing_freed.recv_timeout(DEADLINE).unwrap();

    assert!(!freed_early);
    assert_eq!(read(home.path(), 9), (250, 240_000));
    assert_eq!(fs::read(home.path().join("7")).unwrap(), b"");
}

#[test]
fn stop_waits_for_every_recording_and_ends_the_threads() {
    let home = tempfile::tempdir().unwrap();
    let recorder = start(home.path());
    for number in 1..=20 {
        let (mut tee, _) = call(&recorder, number);
        let began = Instant::now();
        speak(&mut tee, began, 100);
        tee.end(began, RecordingEnd::ClientClosed);
    }

    let stopped = recorder.stop(DEADLINE);

    assert_eq!(stopped, Ok(()));
    assert!(recorder.inner.lock_threads().is_empty());
    for number in 1..=20 {
        assert_eq!(read(home.path(), number), (100, 96_000));
    }
}

#[test]
fn stop_does_not_wait_for_a_call_that_goes_on() {
    let home = tempfile::tempdir().unwrap();
    let recorder = start(home.path());
    let (_tee, _freed) = call(&recorder, 7);

    let stopped = recorder.stop(Duration::ZERO);

    assert_eq!(stopped, Err(StopError { recordings: 1 }));
}

#[test]
fn a_stopped_recorder_takes_no_seat() {
    let home = tempfile::tempdir().unwrap();
    let recorder = start(home.path());
    recorder.stop(DEADLINE).unwrap();

    let (mut tee, freed) = call(&recorder, 7);
    speak(&mut tee, Instant::now(), 250);

    assert_eq!(freed.try_recv(), Ok(()));
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn a_call_outlives_the_last_handle() {
    let home = tempfile::tempdir().unwrap();
    let recorder = start(home.path());
    let (mut tee, freed) = call(&recorder, 7);
    let began = Instant::now();

    drop(recorder);
    speak(&mut tee, began, 250);
    tee.end(began, RecordingEnd::ClientClosed);
    freed.recv_timeout(DEADLINE).unwrap();

    assert_eq!(read(home.path(), 7), (250, 240_000));
}

#[test]
fn above_the_cap_a_call_goes_on_unrecorded() {
    let home = tempfile::tempdir().unwrap();
    let recorder = start(home.path());
    let waiting = &recorder.inner.waiting_bytes;
    waiting.store(MAX_WAITING_BYTES + 1, Ordering::Relaxed);
    let (mut tee, freed) = call(&recorder, 7);

    speak(&mut tee, Instant::now(), 250);
    let is_freed_at_once = freed.try_recv().is_ok();
    drop(tee);
    recorder.stop(DEADLINE).unwrap();

    assert!(is_freed_at_once);
    assert_eq!(waiting.load(Ordering::Relaxed), MAX_WAITING_BYTES + 1);
    assert_eq!(files(home.path(), 7), ["metadata.json"]);
    let refused = describe(home.path(), 7);
    assert_eq!(refused.status, RecordingStatus::Refused);
    assert_eq!(refused.end_reason, Some(RecordingEnd::Backlog));
}

#[test]
fn once_the_disk_has_caught_up_calls_are_recorded_again() {
    let home = tempfile::tempdir().unwrap();
    let recorder = start(home.path());
    let waiting = &recorder.inner.waiting_bytes;
    waiting.store(MAX_WAITING_BYTES + 1, Ordering::Relaxed);
    let (_refused, _seat) = call(&recorder, 7);

    waiting.store(0, Ordering::Relaxed);
    let (mut tee, freed) = call(&recorder, 8);
    let began = Instant::now();
    speak(&mut tee, began, 250);
    tee.end(began, RecordingEnd::ClientClosed);
    freed.recv_timeout(DEADLINE).unwrap();

    assert_eq!(read(home.path(), 8), (250, 240_000));
}

#[test]
fn below_the_floor_a_call_goes_on_unrecorded() {
    let home = tempfile::tempdir().unwrap();
    let terms = Terms {
        min_free_bytes: u64::MAX,
        ..Terms::default()
    };
    let storage = Storage::new(home.path().to_owned()).unwrap();
    let recorder = Recorder::start_with(storage, &terms).unwrap();
    let (mut long, long_freed) = call(&recorder, 7);
    let (mut short, short_freed) = call(&recorder, 8);
    let (silent, silent_freed) = call(&recorder, 9);
    let began = Instant::now();

    speak(&mut long, began, 250);
    // Its first page is complete only when it ends.
    speak(&mut short, began, 2);
    for (tee, freed) in [
        (long, long_freed),
        (short, short_freed),
        (silent, silent_freed),
    ] {
        tee.end(began, RecordingEnd::ClientClosed);
        freed.recv_timeout(DEADLINE).unwrap();
    }

    for number in [7, 8] {
        assert_eq!(files(home.path(), number), ["metadata.json"]);
        let refused = describe(home.path(), number);
        assert_eq!(refused.status, RecordingStatus::Refused);
        assert_eq!(refused.end_reason, Some(RecordingEnd::LowSpace));
    }
    assert!(!home.path().join("9").exists());
    let told = terms
        .metrics
        .text(0, &BTreeMap::new(), &BTreeMap::new(), &BTreeMap::new());
    assert!(
        told.contains("voice_recording_refused_total{reason=\"low_space\"} 2\n"),
        "{told}"
    );
}
