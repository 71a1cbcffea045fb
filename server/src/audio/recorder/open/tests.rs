use std::fs::{self, File};
use std::num::NonZeroUsize;
use std::os::unix::fs::FileExt;
use std::time::Duration;

use shared::ConversationId;
use tempfile::TempDir;

use super::*;
use crate::audio::Tee;
use crate::packet::AudioPacket;
use crate::recording::consistency::{self, Audio};
use crate::recording::verify::Verifier;
use crate::recording::{Limits, tests::sample};

pub(in super::super) fn disk(min_free: u64) -> (TempDir, Disk) {
    let home = tempfile::tempdir().unwrap();
    let storage = Storage::new(home.path().to_owned()).unwrap();
    let metrics = Metrics::default();
    let inspector = Inspector::start(storage.clone(), metrics.clone()).unwrap();
    // What is checked here is what the writer leaves.
    assert!(inspector.stop(Duration::from_secs(30)));
    let disk = Disk {
        storage,
        space: Space::new(min_free),
        metrics,
        inspector,
    };
    (home, disk)
}

fn id() -> ConversationId {
    ConversationId::from_nanoseconds(7)
}

/// A recording that has not begun, whose queue holds 50 packets.
pub(in super::super) fn open(tee: &mut Tee) -> Open {
    open_within(Limits::default(), tee)
}

fn open_within(limits: Limits, tee: &mut Tee) -> Open {
    let origin = Origin {
        limits,
        ..sample::origin(id())
    };
    Open::new(Job {
        task: Task::Record,
        origin,
        progress: Progress::default(),
        feed: tee.attach("recorder", NonZeroUsize::new(50).unwrap()),
        keep: Box::new(()),
        span: Span::none(),
    })
}

pub(in super::super) fn speak(tee: &mut Tee, start: Instant, numbers: std::ops::Range<u16>) {
    for number in numbers {
        tee.push(&AudioPacket::in_time(start, number, &[0xf8, 1, 2, 3]));
    }
}

/// What is described, after it was compared with the file; that is checked by another reader.
fn described(disk: &Disk) -> Metadata {
    let metadata = disk.storage.metadata(id()).unwrap();
    let audio = metadata.file.as_ref().map(|file| {
        let (mut opened, _) = disk.storage.open(id()).unwrap();
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut opened, &mut bytes).unwrap();
        let mut verifier = Verifier::default();
        verifier.push(&bytes, &mut |_| {}).unwrap();
        let stream = verifier.finish().unwrap();
        let sha256 = <sha2::Sha256 as sha2::Digest>::digest(&bytes).into();
        assert_eq!(sidecar::found(&stream, sha256).sha256, file.sha256);
        Audio { stream, sha256 }
    });
    consistency::check(&metadata, Some(id()), audio.as_ref()).unwrap();
    metadata
}

fn ended(metadata: &Metadata) -> (RecordingStatus, RecordingEnd, Option<u64>) {
    let samples = metadata.file.as_ref().map(|file| file.samples);
    (metadata.status, metadata.end_reason.unwrap(), samples)
}

#[test]
fn while_a_file_grows_its_description_says_so() {
    let (home, mut disk) = disk(0);
    let mut tee = Tee::default();
    let mut open = open(&mut tee);
    open.drain(&mut disk);
    let before = fs::read_dir(home.path()).unwrap().count();

    speak(&mut tee, Instant::now(), 0..25);
    open.drain(&mut disk);

    let metadata = disk.storage.metadata(id()).unwrap();
    let (file, _) = disk.storage.open(id()).unwrap();
    assert_eq!(before, 0);
    assert_eq!(metadata.status, RecordingStatus::Recording);
    assert_eq!((metadata.end_reason, metadata.file), (None, None));
    // Nobody else may touch it.
    assert!(file.try_lock().is_err());
    tee.end(Instant::now(), RecordingEnd::Deleted);
    drop(open.close(&mut disk));
    assert!(file.try_lock().is_ok());
    assert_eq!(described(&disk).end_reason, Some(RecordingEnd::Deleted));
}

#[test]
fn a_recording_ends_where_its_queue_overflowed() {
    let (_home, mut disk) = disk(0);
    let start = Instant::now();
    let mut tee = Tee::default();
    let mut open = open(&mut tee);

    speak(&mut tee, start, 0..60);
    let is_over_early = open.drain(&mut disk);
    speak(&mut tee, start, 60..100);
    open.drain(&mut disk);
    tee.end(start + Duration::from_secs(60), RecordingEnd::Idle);
    let is_over = open.drain(&mut disk);
    drop(open.close(&mut disk));

    let expected = (
        RecordingStatus::Truncated,
        RecordingEnd::SlowDisk,
        Some(48_000),
    );
    assert_eq!((is_over_early, is_over), (false, true));
    assert_eq!(ended(&described(&disk)), expected);
}

#[test]
fn a_recording_ends_at_its_limit_and_is_complete() {
    let (_home, mut disk) = disk(0);
    let start = Instant::now();
    let mut tee = Tee::default();
    let limits = Limits {
        duration: Duration::from_millis(500),
        ..Limits::default()
    };
    let mut open = open_within(limits, &mut tee);

    speak(&mut tee, start, 0..40);
    open.drain(&mut disk);
    let at_the_limit = described(&disk);
    speak(&mut tee, start, 40..80);
    open.drain(&mut disk);
    tee.end(start, RecordingEnd::Deleted);
    drop(open.close(&mut disk));

    let expected = (RecordingStatus::Complete, RecordingEnd::Limit, Some(24_000));
    assert_eq!(ended(&at_the_limit), expected);
    assert_eq!(described(&disk), at_the_limit);
}

#[test]
fn a_limit_that_only_the_silence_before_the_end_passes_is_told() {
    let (_home, mut disk) = disk(0);
    let start = Instant::now();
    let mut tee = Tee::default();
    let limits = Limits {
        duration: Duration::from_secs(2),
        ..Limits::default()
    };
    let mut open = open_within(limits, &mut tee);

    speak(&mut tee, start, 0..40);
    open.drain(&mut disk);
    tee.end(start + Duration::from_secs(10), RecordingEnd::IceFailed);
    open.drain(&mut disk);
    drop(open.close(&mut disk));

    let expected = (RecordingStatus::Complete, RecordingEnd::Limit, Some(96_000));
    assert_eq!(ended(&described(&disk)), expected);
}

#[test]
fn a_recording_ends_when_half_of_the_floor_is_used_up() {
    let (_home, mut disk) = disk(0);
    let mut tee = Tee::default();
    let mut open = open(&mut tee);
    let start = Instant::now();
    speak(&mut tee, start, 0..25);
    open.drain(&mut disk);

    disk.space = Space::new(u64::MAX);
    speak(&mut tee, start, 25..50);
    open.drain(&mut disk);

    let expected = (
        RecordingStatus::Truncated,
        RecordingEnd::LowSpace,
        Some(48_000),
    );
    assert_eq!(ended(&described(&disk)), expected);
}

#[test]
fn a_description_that_cannot_be_replaced_is_written_over() {
    let (home, mut disk) = disk(0);
    let mut tee = Tee::default();
    let mut open = open(&mut tee);
    let start = Instant::now();
    speak(&mut tee, start, 0..25);
    open.drain(&mut disk);

    // Where the new description would be made stands something else.
    fs::create_dir(home.path().join("7/metadata.tmp")).unwrap();
    tee.end(start, RecordingEnd::Idle);
    drop(open.close(&mut disk));

    let expected = (RecordingStatus::Complete, RecordingEnd::Idle, Some(24_000));
    assert_eq!(ended(&described(&disk)), expected);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_no_empty_recording_but_its_reason() {
    let (home, mut disk) = disk(0);
    disk.storage.create(id()).unwrap();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut tee = Tee::default();
    let mut open = open(&mut tee);
    open.file = Some(GrowingFile::new(full));

    speak(&mut tee, Instant::now(), 0..50);
    open.drain(&mut disk);
    let goes_on = matches!(open.stage, Stage::Running(_));
    drop(open.close(&mut disk));

    let expected = (RecordingStatus::Refused, RecordingEnd::Enospc, None);
    assert!(!goes_on);
    assert_eq!(ended(&described(&disk)), expected);
    assert!(!home.path().join("7/user_audio.ogg").exists());
}

#[test]
fn what_a_failing_disk_has_is_kept_ended_and_described() {
    let (home, mut disk) = disk(0);
    let mut tee = Tee::default();
    let mut open = open(&mut tee);
    speak(&mut tee, Instant::now(), 0..50);
    open.drain(&mut disk);
    // As a write leaves it that was cut off in the middle of a page.
    let path = home.path().join("7/user_audio.ogg");
    let bytes = path.metadata().unwrap().len();
    let file = File::options().write(true).open(&path).unwrap();
    file.write_all_at(b"OggS\0\0torn", bytes).unwrap();

    open.fail(&io::ErrorKind::StorageFull.into(), &disk);
    drop(open.close(&mut disk));

    let metadata = described(&disk);
    let (status, end, samples) = ended(&metadata);
    assert_eq!(
        (status, end),
        (RecordingStatus::Truncated, RecordingEnd::Enospc)
    );
    assert_eq!(samples.unwrap() % 9600, 0);
    assert!(metadata.rtp.is_none());
}

#[test]
fn what_reads_back_damaged_is_left_to_the_next_start() {
    let (home, mut disk) = disk(0);
    let mut tee = Tee::default();
    let mut open = open(&mut tee);
    speak(&mut tee, Instant::now(), 0..50);
    open.drain(&mut disk);
    let path = home.path().join("7/user_audio.ogg");
    let file = File::options().write(true).open(&path).unwrap();
    file.write_all_at(&[0xff], 60).unwrap();
    let damaged = fs::read(&path).unwrap();

    open.fail(&io::ErrorKind::StorageFull.into(), &disk);
    drop(open.close(&mut disk));

    assert_eq!(fs::read(&path).unwrap(), damaged);
    let metadata = disk.storage.metadata(id()).unwrap();
    assert_eq!(metadata.status, RecordingStatus::Recording);
}

#[test]
fn packets_that_found_no_room_at_the_end_are_no_silence() {
    let (_home, mut disk) = disk(0);
    let mut tee = Tee::default();
    let mut open = open(&mut tee);
    let start = Instant::now();
    speak(&mut tee, start, 0..80);
    tee.end(
        start + Duration::from_millis(1600),
        RecordingEnd::ClientClosed,
    );

    open.drain(&mut disk);
    drop(open.close(&mut disk));

    let (status, end, samples) = ended(&described(&disk));
    assert_eq!(
        (status, end),
        (RecordingStatus::Truncated, RecordingEnd::SlowDisk)
    );
    assert_eq!(samples, Some(48_000));
}
