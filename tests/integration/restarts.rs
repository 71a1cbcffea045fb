//! A call whose caller changes his network, or names his addresses late, and what it says of itself.

use std::net::UdpSocket;

use shared::call::{CallRecordingState, Phase};
use tests::TestServer;
use tests::caller::{Caller, without_candidates};
use tests::counts::url;
use tests::opus_tools::all_stamped;
use tests::waiting::{PATIENCE, eventually};
use webrtc::peer_connection::RTCPeerConnectionState;

use crate::metrics::counts;

/// Speaks until an echo comes back again: right after a restart the library has nowhere to send
/// to. How many packets it took.
async fn speak_until_heard(caller: &mut Caller) -> usize {
    let before = caller.heard().len();
    let mut said = 0;
    eventually("an echo", async || {
        caller.say(&all_stamped(9, 1)).await;
        said += 1;
        (caller.heard().len() > before).then_some(())
    })
    .await;
    said
}

#[tokio::test]
async fn a_caller_who_changes_his_network_again_and_again_goes_on_in_one_call_and_one_recording() {
    let mut server = TestServer::with(&["--shards", "4", "--metrics", "127.0.0.1:0"]).await;
    let metrics = url(&server).await;
    let (mut caller, mut call) = Caller::connect(&server).await;
    let mut said = 50;
    caller.say(&all_stamped(1, 50)).await;
    caller.until_heard(50).await;

    // Until a thread has heard him that has not his call: four restarts, or some more.
    let handed_over = "voice_engine_total{event=\"handed_over\"}";
    let mut restarts = 0;
    while restarts < 4 || counts(&metrics).await.of(handed_over) == 0.0 {
        restarts += 1;
        let tag = call.tag.clone();
        caller.restart(&server, &mut call).await;
        assert_ne!(call.tag, tag);
        said += speak_until_heard(&mut caller).await;
        let before = caller.heard().len();
        caller.say(&all_stamped(2, 25)).await;
        said += 25;
        caller.until_heard(before + 25).await;
    }
    let state = server.call_state(&call.location).await;
    caller.hang_up().await;
    server.until_active(0).await;

    assert_eq!(
        (state.conversation_id, state.phase),
        (call.id, Phase::Connected)
    );
    assert_eq!(server.recorded(), [call.id].into());
    let recorded = server.final_recording(call.id).packets;
    assert_eq!(recorded[..50], all_stamped(1, 50));
    assert_eq!(recorded[recorded.len() - 25..], all_stamped(2, 25));
    let lasts = server.description(call.id).file.unwrap().samples;
    // What was lost between two networks is concealed: nothing moves up.
    assert_eq!(lasts, u64::try_from(said).unwrap() * 960);
    server.stop().await;
}

#[tokio::test]
async fn a_change_that_is_refused_leaves_the_call_as_it_is() {
    let mut server = TestServer::start().await;
    let (mut caller, call) = Caller::connect(&server).await;
    let credentials = "a=ice-ufrag:another\r\na=ice-pwd:anotherPasswordOfTwentyTwo\r\n";

    let refused = [
        server
            .patch(&call.location, "\"another\"", credentials.to_owned())
            .await,
        server.patch(&call.location, "*", "junk".to_owned()).await,
        server
            .patch(
                &call.location,
                "*",
                format!("{credentials}m=audio 9 X 0\r\na=mid:other\r\n"),
            )
            .await,
    ];

    assert_eq!(
        refused.map(|response| response.status().as_u16()),
        [412, 400, 422]
    );
    caller.say(&all_stamped(1, 25)).await;
    caller.until_heard(25).await;
    let state = server.get(&call.location).await;
    assert_eq!(state.headers()["etag"], call.tag.as_str());
    caller.hang_up().await;
    server.stop().await;
}

#[tokio::test]
async fn a_caller_who_names_his_addresses_late_is_checked_there() {
    let mut server = TestServer::with(&["--ice", "full"]).await;
    let elsewhere = UdpSocket::bind("127.0.0.1:0").unwrap();
    elsewhere.set_read_timeout(Some(PATIENCE)).unwrap();
    let port = elsewhere.local_addr().unwrap().port();
    let mut caller = Caller::new().await;
    let offer = without_candidates(&caller.offer().await);
    assert!(!offer.contains("candidate"), "{offer}");
    let call = Caller::post(&server, shared::signaling::OFFER_PATH, offer).await;

    let candidates = [
        format!("a=candidate:8 1 udp 1 127.0.0.1 {port} typ host"),
        "a=candidate:9 1 udp 1 a-name-of-mdns.local 5 typ host".to_owned(),
    ];
    let trickled = caller.trickle(&server, &call, &candidates).await;
    caller.accept(&call.answer).await;
    caller.until(RTCPeerConnectionState::Connected).await;
    caller.say(&all_stamped(1, 25)).await;
    caller.until_heard(25).await;

    assert_eq!(trickled.status(), 204);
    assert_eq!(trickled.headers().get("etag"), None);
    let mut check = [0; 1_500];
    let length = elsewhere.recv(&mut check).unwrap();
    assert_eq!(check[..2], [0, 1], "a Binding request of {length} bytes");
    caller.hang_up().await;
    server.stop().await;
}

#[tokio::test]
async fn a_call_tells_what_flows_while_it_flows_and_when_it_is_over() {
    let mut server = TestServer::start().await;
    let (mut caller, call) = Caller::connect(&server).await;
    caller.say(&all_stamped(1, 50)).await;
    caller.until_heard(50).await;

    let reported = eventually("what the caller receives", async || {
        caller.say(&all_stamped(2, 5)).await;
        let state = server.call_state(&call.location).await;
        state.traffic?.round_trip_ms.map(|_| state)
    })
    .await;
    caller.hang_up().await;
    server.until_active(0).await;
    let ended = server.call_state(&call.location).await;

    let traffic = reported.traffic.unwrap();
    assert_eq!(reported.phase, Phase::Connected);
    assert_eq!(reported.recording.state, CallRecordingState::On);
    assert!(traffic.received.packets >= 50 && traffic.sent.packets >= 50);
    assert_eq!(
        (traffic.received.lost, traffic.sent.lost),
        (Some(0), Some(0))
    );
    assert_eq!((ended.phase, ended.traffic), (Phase::Ended, None));
    assert_eq!(ended.recording.state, CallRecordingState::Ended);
    assert!(reported.since < ended.since);
    server.stop().await;
}
