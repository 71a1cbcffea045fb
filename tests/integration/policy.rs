//! Whether a call is recorded is agreed before it begins, and kept.

use shared::recording::RecordingStatus;
use tests::TestServer;
use tests::caller::Caller;
use tests::opus_tools::all_stamped;

/// Calls, says something, hears it, hangs up. Whether anything of it is on the disk afterwards.
async fn is_recorded(server: &TestServer, path: &str) -> bool {
    let (mut caller, call) = Caller::connect_at(server, path).await;
    let spoken = all_stamped(1, 20);
    caller.say(&spoken).await;
    caller.until_heard(spoken.len()).await;
    caller.hang_up().await;
    server.until_active(0).await;
    server.recorded().contains(&call.id)
}

#[tokio::test]
async fn where_the_caller_is_asked_only_a_yes_is_recorded() {
    let mut server = TestServer::with(&["--recording", "ask"]).await;

    let said_nothing = is_recorded(&server, "/webrtc").await;
    let said_no = is_recorded(&server, "/webrtc?record=false").await;
    let said_yes = is_recorded(&server, "/webrtc?record=true").await;

    assert_eq!([said_nothing, said_no, said_yes], [false, false, true]);
    server.stop().await;
}

#[tokio::test]
async fn where_nothing_is_recorded_not_one_byte_is_written() {
    let mut server = TestServer::with(&["--recording", "never"]).await;

    let wished = is_recorded(&server, "/webrtc?record=true").await;

    assert!(!wished);
    assert!(server.recorded().is_empty());
    server.stop().await;
}

#[tokio::test]
async fn a_recording_belongs_to_its_caller_where_strangers_reach_the_server() {
    let mut server = TestServer::on_all_addresses(&[]).await;
    let (mut caller, call) = Caller::connect(&server).await;
    caller.say(&all_stamped(1, 20)).await;
    caller.hang_up().await;
    server.until_active(0).await;

    let without_key = server.fetch_recording(call.id).await;

    assert_eq!(without_key.status(), 404);
    let status = server.description(call.id).status;
    assert_eq!(status, RecordingStatus::Complete);
    server.stop().await;
}
