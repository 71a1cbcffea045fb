use std::num::NonZeroUsize;

use shared::ConversationId;
use tempfile::TempDir;

use super::*;
use crate::audio::Tee;
use crate::packet::AudioPacket;
use crate::recording::{Channels, Limits, Moment};

fn storage() -> (TempDir, Storage) {
    let home = tempfile::tempdir().unwrap();
    let storage = Storage::new(home.path().to_owned()).unwrap();
    (home, storage)
}

fn id() -> ConversationId {
    ConversationId::from_nanoseconds(7)
}

/// A recording that has not begun, whose queue holds 50 packets.
fn open(tee: &mut Tee) -> Open {
    let origin = Origin {
        id: id(),
        channels: Channels::Mono,
        payload_type: 111,
        fmtp: "minptime=10;useinbandfec=1".to_owned(),
        user_agent: None,
        began: Moment {
            at: Instant::now(),
            time: jiff::Timestamp::UNIX_EPOCH,
        },
        limits: Limits::default(),
    };
    Open {
        feed: tee.attach("recorder", NonZeroUsize::new(50).unwrap()),
        recording: Some(Recording::new(&origin, 1)),
        origin,
        file: None,
        awaits_sync: false,
        span: Span::none(),
        keep: Box::new(()),
    }
}

fn speak(tee: &mut Tee, start: Instant, numbers: std::ops::Range<u16>) {
    for number in numbers {
        tee.push(&AudioPacket::in_time(start, number, &[0xf8, 1, 2, 3]));
    }
}

#[test]
fn a_recording_ends_where_its_queue_overflowed() {
    let (_home, storage) = storage();
    let start = Instant::now();
    let mut tee = Tee::default();
    let mut open = open(&mut tee);

    speak(&mut tee, start, 0..60);
    let is_over_early = open.drain(&storage);
    speak(&mut tee, start, 60..100);
    open.drain(&storage);
    tee.end(start + Duration::from_secs(60));
    let is_over = open.drain(&storage);
    drop(open.close(&storage));

    let (file, _) = storage.open(id()).unwrap();
    let mut reader = ogg::PacketReader::new(file);
    let last = std::iter::from_fn(|| reader.read_packet().unwrap()).last();
    let last = last.unwrap();
    assert_eq!((is_over_early, is_over), (false, true));
    assert_eq!((last.last_in_stream(), last.absgp_page()), (true, 48_000));
}

#[test]
fn a_file_is_synced_once_for_every_time_it_is_due() {
    let (_home, storage) = storage();
    let desk = Desk::default();
    let mut tee = Tee::default();
    let open = open(&mut tee);
    let mut writer = Writer {
        desk: &desk,
        storage: &storage,
        open: HashMap::from([(1, open)]),
        syncs: VecDeque::new(),
    };
    let start = Instant::now();
    speak(&mut tee, start, 0..20);
    writer.drain(1);
    speak(&mut tee, start, 20..40);
    writer.drain(1);
    let listed = writer.syncs.len();

    writer.sync_one(start + SYNC_EVERY / 2);
    let early = writer.syncs.len();
    writer.sync_one(Instant::now() + SYNC_EVERY);

    assert_eq!((listed, early, writer.syncs.len()), (1, 1, 0));
    assert!(writer.open[&1].recording.is_some());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_no_empty_recording_behind() {
    let (home, storage) = storage();
    storage.create(id()).unwrap();
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let mut tee = Tee::default();
    let mut open = open(&mut tee);
    open.file = Some(GrowingFile::new(full));

    speak(&mut tee, Instant::now(), 0..50);
    open.drain(&storage);
    let goes_on = open.recording.is_some();
    drop(open.close(&storage));

    assert!(!goes_on);
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_synced_ends_its_recording() {
    let (_home, storage) = storage();
    let desk = Desk::default();
    let mut tee = Tee::default();
    // A device has nothing to sync, and says so.
    let device = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let mut open = open(&mut tee);
    open.file = Some(GrowingFile::new(device));
    let mut writer = Writer {
        desk: &desk,
        storage: &storage,
        open: HashMap::from([(1, open)]),
        syncs: VecDeque::from([(Instant::now(), 1)]),
    };

    writer.sync_one(Instant::now());

    assert!(writer.open[&1].recording.is_none());
}
