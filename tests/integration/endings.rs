//! However a call ends, it is over: its seat, its files and its threads are free again.

use shared::ConversationId;
use tests::TestServer;
use tests::caller::{Call, Caller, Link};
use tests::opus_tools::all_stamped;
use tests::test_server::Holdings;
use tests::waiting::{PATIENCE, within};
use webrtc::peer_connection::RTCPeerConnectionState;

/// What the server holds once it has had a call and has let go of it.
async fn holdings_after_a_call(server: &TestServer) -> Holdings {
    let (mut caller, _) = Caller::connect(server).await;
    caller.say(&all_stamped(0, 5)).await;
    caller.until_heard(5).await;
    caller.hang_up().await;
    server.until_active(0).await;
    server.holdings()
}

/// A call in which 50 packets went there and back.
async fn call_of_a_second(server: &TestServer) -> (Caller, Call) {
    let (mut caller, call) = Caller::connect(server).await;
    caller.say(&all_stamped(1, 50)).await;
    caller.until_heard(50).await;
    (caller, call)
}

fn assert_is_recorded(server: &TestServer, id: ConversationId) {
    let recorded = server.final_recording(id).packets;
    assert_eq!(recorded, all_stamped(1, 50));
}

#[tokio::test]
async fn a_hang_up_ends_the_call() {
    let mut server = TestServer::start().await;
    let before = holdings_after_a_call(&server).await;
    let (caller, call) = call_of_a_second(&server).await;
    assert_eq!(server.health().await.active_conversations, 1);

    caller.hang_up().await;

    server.until_active(0).await;
    assert_is_recorded(&server, call.id);
    assert_eq!(server.delete(&call.location).await.status(), 204);
    server.until_back_to(before).await;
    server.stop().await;
}

#[tokio::test]
async fn delete_ends_the_call_and_answers_when_the_recording_is_final() {
    let mut server = TestServer::start().await;
    let before = holdings_after_a_call(&server).await;
    let (caller, call) = call_of_a_second(&server).await;

    let first = server.delete(&call.location).await;

    assert_eq!(first.status(), 204);
    assert_is_recorded(&server, call.id);
    assert_eq!(server.health().await.active_conversations, 0);
    assert_eq!(server.delete(&call.location).await.status(), 204);
    caller.hang_up().await;
    server.until_back_to(before).await;
    server.stop().await;
}

#[tokio::test]
async fn a_caller_who_vanishes_is_given_up() {
    // Only ICE can notice here: the media deadline lies far beyond it.
    let mut server = TestServer::with(&["--media-deadline", "300s"]).await;
    let before = holdings_after_a_call(&server).await;
    let (caller, call) = call_of_a_second(&server).await;

    caller.vanish().await;

    within(
        PATIENCE * 2,
        "the vanished caller's call is over",
        async || (server.health().await.active_conversations == 0).then_some(()),
    )
    .await;
    // What follows is the silence until the server gave up.
    let recorded = server.final_recording(call.id).packets;
    assert_eq!(recorded[..50], all_stamped(1, 50));
    server.until_back_to(before).await;
    server.stop().await;
}

#[tokio::test]
async fn a_network_that_is_away_for_a_while_ends_nothing() {
    let mut server = TestServer::start().await;
    let (mut caller, call) = Caller::connect(&server).await;
    let spoken = all_stamped(1, 50);
    caller.say(&spoken[..25]).await;
    caller.until_heard(25).await;

    caller.set_link(Link::Down);
    caller.until(RTCPeerConnectionState::Disconnected).await;
    caller.set_link(Link::Up);
    caller.until(RTCPeerConnectionState::Connected).await;
    caller.say(&spoken[25..]).await;
    caller.until_heard(50).await;

    assert_eq!(server.health().await.active_conversations, 1);
    caller.hang_up().await;
    server.until_active(0).await;
    let recorded = server.final_recording(call.id).packets;
    assert_eq!(recorded[..25], spoken[..25]);
    assert_eq!(recorded[recorded.len() - 25..], spoken[25..]);
    assert_eq!(server.recorded(), [call.id].into());
    server.stop().await;
}

#[tokio::test]
async fn a_caller_who_never_connects_is_given_up() {
    let mut server = TestServer::with(&["--connect-deadline", "4s"]).await;
    let before = holdings_after_a_call(&server).await;
    let recorded_before = server.recorded();
    let caller = Caller::new().await;

    let call = caller.dial(&server).await;
    assert_eq!(server.health().await.active_conversations, 1);

    server.until_active(0).await;
    assert_eq!(server.recorded(), recorded_before);
    assert_eq!(server.fetch_recording(call.id).await.status(), 404);
    assert_eq!(server.delete(&call.location).await.status(), 204);
    caller.hang_up().await;
    server.until_back_to(before).await;
    server.stop().await;
}

#[tokio::test]
async fn a_caller_who_never_shakes_hands_is_given_up() {
    let mut server = TestServer::with(&["--connect-deadline", "4s"]).await;
    let before = holdings_after_a_call(&server).await;
    let recorded_before = server.recorded();
    let caller = Caller::on("127.0.0.1:0", Link::WithoutDtls).await;

    caller.call(&server).await;
    assert_eq!(server.health().await.active_conversations, 1);

    server.until_active(0).await;
    assert_eq!(server.recorded(), recorded_before);
    caller.hang_up().await;
    server.until_back_to(before).await;
    server.stop().await;
}

#[tokio::test]
async fn a_caller_who_says_nothing_is_given_up() {
    let mut server = TestServer::with(&["--media-deadline", "4s"]).await;
    let before = holdings_after_a_call(&server).await;
    let recorded_before = server.recorded();
    let (caller, _) = Caller::connect(&server).await;
    assert_eq!(server.health().await.active_conversations, 1);

    server.until_active(0).await;

    assert_eq!(server.recorded(), recorded_before);
    caller.hang_up().await;
    server.until_back_to(before).await;
    server.stop().await;
}

#[tokio::test]
async fn a_caller_who_falls_silent_is_given_up() {
    let mut server = TestServer::with(&["--media-deadline", "4s"]).await;
    let before = holdings_after_a_call(&server).await;
    let (caller, call) = call_of_a_second(&server).await;

    server.until_active(0).await;

    let recorded = server.final_recording(call.id).packets;
    assert_eq!(recorded[..50], all_stamped(1, 50));
    caller.hang_up().await;
    server.until_back_to(before).await;
    server.stop().await;
}
