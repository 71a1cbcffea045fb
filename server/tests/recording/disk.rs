//! A disk that refuses in the middle of a recording: it ends at its last whole page.

use std::num::NonZeroUsize;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::Timestamp;
use server::audio::Tee;
use server::audio::recorder::{Call, Recorder};
use server::packet::AudioPacket;
use server::recording::{Channels, Limits, Moment, Origin, Progress};
use server::storage::Storage;
use shared::ConversationId;
use shared::recording::{Client, RecordingEnd, RecordingStatus};

use crate::calls::PAYLOAD_TYPE;
use crate::ogg_file::OggFile;

/// Names the folder to record into, for the test that runs under a limit.
const FOLDER: &str = "LIMITED_RECORDER_FOLDER";
/// What `ulimit -f` allows a file to have, in blocks of 512 bytes or 1024: the shell decides.
const LIMIT_BLOCKS: &str = "16";
const DEADLINE: Duration = Duration::from_secs(30);

/// Runs this test's second half in a process whose files may not grow beyond the limit.
#[test]
fn a_recording_that_the_disk_refuses_ends_at_its_last_whole_page() {
    let home = tempfile::tempdir().unwrap();
    let this = std::env::current_exe().unwrap();

    // The signal is ignored, so that the write fails as it does on a full disk.
    let status = Command::new("sh")
        .args([
            "-c",
            "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\"",
            LIMIT_BLOCKS,
        ])
        .arg(this)
        .args(["--exact", "disk::two_calls_under_a_limit"])
        .env(FOLDER, home.path())
        .status()
        .unwrap();

    let long = read(home.path(), 7);
    let short = read(home.path(), 8);
    let cut = OggFile::read(&long).unwrap();
    let storage = Storage::new(home.path().to_owned()).unwrap();
    let described = storage
        .metadata(ConversationId::from_nanoseconds(7))
        .unwrap();
    let file = described.file.unwrap();
    assert!(status.success());
    assert!(long.len() <= 16 * 1024 && cut.samples < 960_000);
    assert_eq!((long.is_empty(), cut.samples % 9600), (false, 0));
    assert_eq!(described.status, RecordingStatus::Truncated);
    assert_eq!(described.end_reason, Some(RecordingEnd::Io));
    assert_eq!((file.bytes, file.samples), (long.len() as u64, cut.samples));
    assert_eq!(OggFile::read(&short).unwrap().samples, 48_000);
}

/// The long call passes the limit, the short one does not; both free their seats.
#[test]
fn two_calls_under_a_limit() {
    #[expect(
        clippy::disallowed_methods,
        reason = "how a test speaks to its own second half"
    )]
    let folder = std::env::var_os(FOLDER);
    let home = tempfile::tempdir().unwrap();
    let folder = folder.map_or(home.path().to_owned(), Into::into);
    let recorder = Recorder::start(Storage::new(folder.clone()).unwrap()).unwrap();

    // The same thread writes every second call.
    let (mut long, long_seat) = call(&recorder, 7);
    let other_thread = call(&recorder, 6);
    let (mut short, short_seat) = call(&recorder, 8);
    let start = Instant::now();
    speak(&mut long, start, 0..50);
    wait_for_first_pages(&folder, 7, start + DEADLINE);
    speak(&mut long, start, 50..1000);
    speak(&mut short, start, 0..50);
    long.end(start, RecordingEnd::ClientClosed);
    short.end(start, RecordingEnd::ClientClosed);

    for seat in [long_seat, short_seat] {
        let freed = seat.recv_timeout(DEADLINE);
        assert_eq!(freed, Err(mpsc::RecvTimeoutError::Disconnected));
    }
    drop(other_thread);
    recorder.stop(DEADLINE).unwrap();
    assert_eq!(OggFile::read(&read(&folder, 8)).unwrap().samples, 48_000);
}

fn read(folder: &Path, number: u64) -> Vec<u8> {
    std::fs::read(folder.join(format!("{number}/user_audio.ogg"))).unwrap()
}

/// So that the disk has taken something when it refuses.
fn wait_for_first_pages(folder: &Path, number: u64, deadline: Instant) {
    let path = folder.join(format!("{number}/user_audio.ogg"));
    while !path.metadata().is_ok_and(|file| file.len() > 0) {
        assert!(Instant::now() < deadline, "nothing was written");
        std::thread::yield_now();
    }
}

/// Begins a call; its seat is freed when the sender is gone.
pub(crate) fn call(recorder: &Recorder, number: u64) -> (Tee, mpsc::Receiver<()>) {
    let (seat, freed) = mpsc::channel();
    let mut tee = Tee::default();
    let call = Call {
        origin: Origin {
            id: ConversationId::from_nanoseconds(number),
            channels: Channels::Mono,
            payload_type: PAYLOAD_TYPE,
            fmtp: "minptime=10;useinbandfec=1".to_owned(),
            client: Client::default(),
            began: Moment {
                at: Instant::now(),
                time: Timestamp::UNIX_EPOCH,
            },
            limits: Limits::default(),
        },
        progress: Progress::default(),
        keep: Box::new(seat),
    };
    recorder.record(&mut tee, NonZeroUsize::new(2000).unwrap(), call);
    (tee, freed)
}

pub(crate) fn speak(tee: &mut Tee, start: Instant, numbers: std::ops::Range<u16>) {
    for number in numbers {
        tee.push(&AudioPacket {
            arrived: start + Duration::from_millis(20) * u32::from(number),
            ssrc: 1,
            payload_type: PAYLOAD_TYPE,
            sequence_number: number,
            timestamp_48k: u32::from(number) * 960,
            is_marked: false,
            sender_report: None,
            payload: Bytes::from_static(&[0xf8; 80]),
        });
    }
}
