//! What a recording's description says of a real call, however it ended.

use std::fs;

use rustix::process::Signal;
use shared::ConversationId;
use shared::recording::{RecordingEnd, RecordingStatus};
use tests::TestServer;
use tests::caller::{Call, Caller};
use tests::opus_tools::all_stamped;

/// A call in which 50 packets went there and back.
async fn call_of_a_second(server: &TestServer) -> (Caller, Call) {
    let (mut caller, call) = Caller::connect(server).await;
    caller.say(&all_stamped(1, 50)).await;
    caller.until_heard(50).await;
    (caller, call)
}

/// It is complete, ended so, and agrees with the file and with itself.
fn assert_describes(server: &TestServer, id: ConversationId, end: RecordingEnd) {
    let metadata = server.description(id);
    let audio = server.final_recording(id);
    let file = metadata.file.unwrap();
    let rtp = metadata.rtp.unwrap();
    let filled = metadata.filled_ms.unwrap();

    assert_eq!(metadata.conversation_id, id);
    assert_eq!(metadata.status, RecordingStatus::Complete);
    assert_eq!(metadata.end_reason, Some(end));
    assert_eq!(
        file.bytes,
        fs::metadata(server.recording(id)).unwrap().len()
    );
    assert_eq!(file.packets, audio.packets.len() as u64);
    let dropped = rtp.late + rtp.duplicated + rtp.malformed + rtp.skipped + rtp.stale;
    assert_eq!(rtp.received, rtp.written + dropped + rtp.refused);
    let lasts = rtp.written_ms + filled.loss + filled.dtx + filled.reset + filled.tail;
    assert!((lasts * 48.0 - file.samples as f64).abs() < 0.5, "{lasts}");
    assert!(
        metadata
            .first_packet_at
            .is_some_and(|at| at >= metadata.started_at)
    );
    assert!(metadata.ended_at >= metadata.last_packet_at);
}

#[tokio::test]
async fn a_hang_up_is_described() {
    let mut server = TestServer::start().await;
    let (caller, call) = call_of_a_second(&server).await;

    caller.hang_up().await;
    server.until_active(0).await;

    assert_describes(&server, call.id, RecordingEnd::ClientClosed);
    server.stop().await;
}

#[tokio::test]
async fn a_deleted_call_is_described() {
    let mut server = TestServer::start().await;
    let (caller, call) = call_of_a_second(&server).await;

    server.delete(&call.location).await;

    assert_describes(&server, call.id, RecordingEnd::Deleted);
    caller.hang_up().await;
    server.stop().await;
}

#[tokio::test]
async fn a_silent_caller_is_described() {
    let mut server = TestServer::with(&["--media-deadline", "1s"]).await;
    let (caller, call) = call_of_a_second(&server).await;

    server.until_active(0).await;

    assert_describes(&server, call.id, RecordingEnd::Idle);
    caller.hang_up().await;
    server.stop().await;
}

#[tokio::test]
async fn a_server_that_stops_describes_what_it_recorded() {
    let mut server = TestServer::start().await;
    let (caller, call) = call_of_a_second(&server).await;

    server.signal(Signal::TERM);
    let status = server.ended().await;

    assert!(status.success());
    assert_describes(&server, call.id, RecordingEnd::Shutdown);
    caller.hang_up().await;
}

#[tokio::test]
async fn a_recording_that_reaches_its_limit_ends_and_its_call_goes_on() {
    let mut server = TestServer::with(&["--max-recording-duration", "500ms"]).await;
    let (caller, call) = call_of_a_second(&server).await;
    assert_eq!(server.health().await.active_conversations, 1);

    caller.hang_up().await;
    server.until_active(0).await;

    assert_describes(&server, call.id, RecordingEnd::Limit);
    assert_eq!(server.description(call.id).file.unwrap().samples, 24_000);
    server.stop().await;
}
