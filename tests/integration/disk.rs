//! A disk that takes no more in the middle of a call: the call goes on, and what was recorded until
//! then plays.
//!
//! The system itself refuses the writes, by a limit to the size of the server's files that is set
//! and lifted while it runs: that needs no privilege, as a small disk of its own would.

use std::fs;

use bytes::Bytes;
use rustix::process::{Resource, Rlimit, prlimit};
use shared::recording::{RecordingEnd, RecordingStatus};
use tests::TestServer;
use tests::caller::Caller;
use tests::opus_tools::{self, all_stamped};

/// A description fits, and about two seconds of the calls below.
const ROOM_BYTES: u64 = 16 * 1024;
/// What a decoder swallows first (RFC 7845 §4.2), in samples.
const PRE_SKIP: u64 = 312;

/// Gives the server's files another limit; returns the one there was.
fn limit_files(server: &TestServer, limit: Rlimit) -> Rlimit {
    prlimit(Some(server.pid()), Resource::Fsize, limit).unwrap()
}

/// Packets of 160 bytes that nobody else sends.
fn large_packets(count: u32) -> Vec<Bytes> {
    let grown = |packet: Bytes| [&packet[..], &[0x5a; 130]].concat().into();
    all_stamped(1, count).into_iter().map(grown).collect()
}

#[tokio::test]
async fn a_disk_that_is_full_costs_no_echo_and_once_there_is_room_calls_are_recorded_again() {
    let mut server = TestServer::start().await;
    let unlimited = Rlimit {
        current: None,
        maximum: None,
    };
    let full = Rlimit {
        current: Some(ROOM_BYTES),
        ..unlimited
    };
    let before = limit_files(&server, full);

    let (mut caller, call) = Caller::connect(&server).await;
    let said = large_packets(200);
    caller.say(&said).await;
    let heard = caller.until_heard(said.len()).await;
    caller.hang_up().await;
    server.until_active(0).await;
    let _ = limit_files(&server, before);
    let (mut second_caller, second) = Caller::connect(&server).await;
    second_caller.say(&said[..50]).await;
    second_caller.until_heard(50).await;
    second_caller.hang_up().await;
    server.until_active(0).await;

    let heard: Vec<Bytes> = heard.into_iter().map(|heard| heard.payload).collect();
    assert_eq!(heard, said);
    let cut = server.description(call.id);
    assert_eq!(cut.status, RecordingStatus::Truncated);
    assert_eq!(cut.end_reason, Some(RecordingEnd::Io));
    let audio = server.final_recording(call.id);
    let file = fs::metadata(server.recording(call.id)).unwrap();
    assert!(file.len() <= ROOM_BYTES, "{}", file.len());
    // Whole pages of 200 ms, and at least one of them.
    assert_eq!((audio.samples % 9600, audio.packets.is_empty()), (0, false));
    assert_eq!(audio.packets, said[..audio.packets.len()]);
    let played = opus_tools::decode(&server.recording(call.id));
    assert_eq!(played.len() as u64, audio.samples - PRE_SKIP);
    let whole = server.description(second.id);
    assert_eq!(whole.status, RecordingStatus::Complete);
    assert_eq!(server.final_recording(second.id).packets, said[..50]);
    server.stop_in_trouble().await;
}
