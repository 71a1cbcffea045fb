//! The server is gone from one moment to the next: what was said is on the disk, and the next start
//! completes it.

use shared::recording::{RecordingEnd, RecordingStatus};
use tests::TestServer;
use tests::caller::Caller;
use tests::ogg_file::OggFile;
use tests::opus_tools::{self, all_stamped};
use tests::waiting::eventually;

#[tokio::test]
async fn what_a_crash_left_is_completed_at_the_next_start() {
    let mut server = TestServer::start().await;
    let said = all_stamped(1, 120);
    for crash in 0..2 {
        let (mut caller, call) = Caller::connect(&server).await;
        caller.say(&said).await;
        caller.until_heard(said.len()).await;
        let path = server.recording(call.id);
        eventually("the first pages", async || path.exists().then_some(())).await;

        server.kill().await;
        let left = OggFile::read_torn(&std::fs::read(&path).unwrap()).unwrap();
        let played_before = opus_tools::played_samples(&path).unwrap();
        server.restart().await;
        server
            .until_log("a recovery", |line| line.contains("were completed"))
            .await;

        let recording = server.final_recording(call.id);
        let description = server.description(call.id);
        let kept = recording.packets.len();
        assert!(kept > 0, "crash {crash}");
        assert_eq!(recording.packets, said[..kept], "crash {crash}");
        // It played before it was completed, and nothing that did is lost.
        assert_eq!(played_before, [left.samples - 312; 2], "crash {crash}");
        assert_eq!(recording.packets, left.packets, "crash {crash}");
        assert_eq!(
            (
                description.status,
                description.end_reason,
                description.recovered
            ),
            (RecordingStatus::Recovered, Some(RecordingEnd::Crash), true)
        );
        let heard = opus_tools::decode(&path).len() as u64;
        assert_eq!(heard, recording.samples - 312);
        drop(caller);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_finished_recording_is_read_back_and_drawn() {
    let mut server = TestServer::start().await;
    let (mut caller, call) = Caller::connect(&server).await;
    caller.say(&all_stamped(1, 60)).await;
    caller.until_heard(60).await;
    caller.hang_up().await;
    server.until_active(0).await;

    let description = eventually("the verification", async || {
        let description = server.description(call.id);
        description.verified_at.is_some().then_some(description)
    })
    .await;

    let peaks = server.recording(call.id).with_file_name("peaks.bin");
    let peaks = shared::peaks::Peaks::from_bytes(&std::fs::read(peaks).unwrap()).unwrap();
    let file = description.file.unwrap();
    let columns = (file.samples - 312).div_ceil(960);
    assert_eq!(peaks.columns().len() as u64, columns);
    server.stop().await;
}
