//! What a program publishes is recorded, and nothing comes back.

use tests::TestServer;
use tests::caller::Caller;
use tests::opus_tools::all_stamped;
use tests::waiting::eventually;

#[tokio::test]
async fn what_is_published_is_recorded_without_an_echo() {
    let mut server = TestServer::start().await;
    let (mut caller, call) = Caller::connect_at(&server, "/whip").await;
    let spoken = all_stamped(1, 50);

    caller.say(&spoken).await;
    eventually("all of it", async || {
        let traffic = server
            .call_state(&call.location.replace("whip", "webrtc"))
            .await
            .traffic;
        (traffic?.received.packets == 50).then_some(())
    })
    .await;
    let ended = server.delete(&call.location).await;

    assert_eq!(ended.status(), 204);
    assert!(call.answer.contains("a=recvonly"), "{}", call.answer);
    assert!(caller.heard().is_empty());
    let recording = server.final_recording(call.id);
    assert_eq!(recording.packets.len(), spoken.len());
    caller.vanish().await;
    server.stop().await;
}
