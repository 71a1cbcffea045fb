use super::super::growing_file::GrowingFile;
use super::super::open::Stage;
use super::super::open::tests::{disk, open, speak};
use super::*;
use crate::audio::Tee;

#[test]
fn a_file_is_synced_once_for_every_time_it_is_due() {
    let (_home, disk) = disk(0);
    let desk = Desk::default();
    let mut tee = Tee::default();
    let open = open(&mut tee);
    let mut writer = Writer {
        desk: &desk,
        disk,
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
    assert!(matches!(writer.open[&1].stage, Stage::Running(_)));
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_synced_ends_its_recording() {
    let (_home, disk) = disk(0);
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
        disk,
        open: HashMap::from([(1, open)]),
        syncs: VecDeque::from([(Instant::now(), 1)]),
    };

    writer.sync_one(Instant::now());

    assert!(matches!(writer.open[&1].stage, Stage::Over));
}
