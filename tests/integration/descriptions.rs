//! What a recording's description says of a real call, however it ended.

use std::fs;

use bytes::Bytes;
use rustix::process::Signal;
use shared::ConversationId;
use shared::call::{CallRecordingState, Phase};
use shared::recording::{RecordingEnd, RecordingStatus};
use tests::TestServer;
use tests::caller::{Call, Caller};
use tests::counts::url;
use tests::opus_tools::all_stamped;
use webrtc::peer_connection::RTCPeerConnectionState;

use crate::metrics::counts;

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
    // Written alike, moments are in the order of their texts.
    let last = metadata.last_packet_at.expect("a packet was written");
    assert!(metadata.ended_at.is_some_and(|at| at >= last));
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
    let mut server = TestServer::with(&["--media-deadline", "4s"]).await;
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
    let told = server
        .until_recording(&call.location, CallRecordingState::CutShort)
        .await;

    caller.hang_up().await;
    server.until_active(0).await;

    assert_eq!(told.phase, Phase::Connected);
    let after = server.call_state(&call.location).await;
    assert_eq!(after.recording, told.recording);
    assert_describes(&server, call.id, RecordingEnd::Limit);
    assert_eq!(server.description(call.id).file.unwrap().samples, 24_000);
    server.stop().await;
}

#[tokio::test]
async fn a_recording_that_reaches_its_size_ends_and_its_call_goes_on() {
    let flags = ["--max-recording-size", "64KiB", "--metrics", "127.0.0.1:0"];
    let mut server = TestServer::with(&flags).await;
    let (mut caller, call) = Caller::connect(&server).await;
    let said: Vec<Bytes> = all_stamped(1, 80)
        .into_iter()
        .map(|packet| [&packet[..], &[0x5a; 1100]].concat().into())
        .collect();

    caller.say(&said).await;
    let heard = caller.until_heard(said.len()).await;
    caller.hang_up().await;
    server.until_active(0).await;

    assert!(heard.iter().map(|it| &it.payload).eq(&said));
    assert_describes(&server, call.id, RecordingEnd::Limit);
    let recorded = server.final_recording(call.id).packets;
    let file = fs::metadata(server.recording(call.id)).unwrap();
    assert_eq!(recorded, said[..recorded.len()]);
    assert!(
        (60 * 1024..=64 * 1024).contains(&file.len()),
        "{}",
        file.len()
    );
    let told = counts(&url(&server).await).await;
    assert_eq!(
        told.of("voice_recording_ended_total{reason=\"limit\"}"),
        1.0
    );
    assert!(server.log().contains("recording stopped early"));
    server.stop().await;
}

#[tokio::test]
async fn a_call_for_whose_recording_there_is_no_space_goes_on_and_says_so() {
    // More than any disk has.
    let flags = [
        "--min-free-space",
        "1000000000GiB",
        "--metrics",
        "127.0.0.1:0",
    ];
    let mut server = TestServer::with(&flags).await;
    let (caller, call) = call_of_a_second(&server).await;
    let told = server
        .until_recording(&call.location, CallRecordingState::Refused)
        .await;

    caller.hang_up().await;
    server.until_active(0).await;

    assert_eq!(told.phase, Phase::Connected);
    let after = server.call_state(&call.location).await;
    assert_eq!(after.recording, told.recording);
    let metadata = server.description(call.id);
    assert_eq!(metadata.status, RecordingStatus::Refused);
    assert_eq!(metadata.end_reason, Some(RecordingEnd::LowSpace));
    assert!(!server.recording(call.id).exists());
    let told = counts(&url(&server).await).await;
    let refused = told.of("voice_recording_refused_total{reason=\"low_space\"}");
    assert_eq!(refused, 1.0);
    assert!(server.log().contains("not recorded"));
    server.stop().await;
}

#[tokio::test]
async fn a_caller_who_wants_stereo_is_recorded_as_such() {
    let mut server = TestServer::start().await;
    for (wish, channels) in [("stereo=1;", 2), ("stereo=0;", 1), ("", 1)] {
        let mut caller = Caller::new().await;
        let offer = caller.offer().await;
        let wishing = offer.replace("a=fmtp:111 ", &format!("a=fmtp:111 {wish}"));
        assert_eq!(wishing.len(), offer.len() + wish.len(), "{offer}");
        let answered = server.post_offer(wishing).await;
        let id = answered.headers()["x-conversation-id"].to_str().unwrap();
        let id: ConversationId = id.parse().unwrap();
        caller.accept(&answered.text().await.unwrap()).await;
        caller.until(RTCPeerConnectionState::Connected).await;

        caller.say(&all_stamped(1, 20)).await;
        caller.until_heard(20).await;
        caller.hang_up().await;
        server.until_active(0).await;

        assert_eq!(server.final_recording(id).channels, channels, "{wish}");
        assert_eq!(server.description(id).codec.channels_header, channels);
    }
    server.stop().await;
}
