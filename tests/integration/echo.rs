//! A caller hears himself: every packet, unchanged, and nobody else.

use std::sync::Arc;

use tests::caller::{Caller, Heard, Link};
use tests::opus_tools::all_stamped;
use tests::{TestServer, waiting};
use tokio::task::JoinSet;
use webrtc::peer_connection::RTCPeerConnectionState;

/// Each packet's distance from the first one: sequence numbers, and time in frames of 20 ms.
fn distances(heard: &[Heard]) -> Vec<(u16, u32)> {
    let first = &heard[0];
    heard
        .iter()
        .map(|packet| {
            let sequence = packet.sequence_number.wrapping_sub(first.sequence_number);
            let time = packet.timestamp_48k.wrapping_sub(first.timestamp_48k);
            (sequence, time / 960)
        })
        .collect()
}

fn payloads(heard: &[Heard]) -> Vec<bytes::Bytes> {
    heard.iter().map(|packet| packet.payload.clone()).collect()
}

#[tokio::test]
async fn the_echo_returns_every_packet_unchanged_and_in_its_place() {
    let mut server = TestServer::start().await;
    let (mut caller, _) = Caller::connect(&server).await;
    let spoken = all_stamped(1, 150);

    caller.say(&spoken).await;
    let heard = caller.until_heard(spoken.len()).await;

    assert_eq!(payloads(&heard), spoken);
    let expected: Vec<(u16, u32)> = (0..150).map(|n| (n, u32::from(n))).collect();
    assert_eq!(distances(&heard), expected);
    assert!(heard.iter().all(|packet| packet.ssrc == heard[0].ssrc));
    assert!(
        heard
            .iter()
            .all(|packet| packet.payload_type == tests::caller::PAYLOAD_TYPE)
    );
    caller.hang_up().await;
    server.stop().await;
}

#[tokio::test]
async fn a_lost_packet_is_a_lost_packet_in_the_echo() {
    let mut server = TestServer::start().await;
    let (mut caller, _) = Caller::connect(&server).await;
    let spoken = all_stamped(1, 20);

    caller.say(&spoken[..10]).await;
    caller.lose(3);
    caller.say(&spoken[10..]).await;
    let heard = caller.until_heard(spoken.len()).await;

    assert_eq!(payloads(&heard), spoken);
    let expected: Vec<(u16, u32)> = (0..10).chain(13..23).map(|n| (n, u32::from(n))).collect();
    assert_eq!(distances(&heard), expected);
    caller.hang_up().await;
    server.stop().await;
}

#[tokio::test]
async fn a_pause_is_a_pause_in_the_echo_and_not_a_loss() {
    let mut server = TestServer::start().await;
    let (mut caller, _) = Caller::connect(&server).await;
    let spoken = all_stamped(1, 20);

    caller.say(&spoken[..10]).await;
    caller.keep_silent(40);
    caller.say(&spoken[10..]).await;
    let heard = caller.until_heard(spoken.len()).await;

    assert_eq!(payloads(&heard), spoken);
    let before = (0..10).map(|n| (n, u32::from(n)));
    let after = (10..20).map(|n| (n, u32::from(n) + 40));
    assert_eq!(distances(&heard), before.chain(after).collect::<Vec<_>>());
    caller.hang_up().await;
    server.stop().await;
}

#[tokio::test]
async fn twenty_callers_at_once_each_hear_themselves_and_nobody_else() {
    let server = Arc::new(TestServer::start().await);
    let mut callers = JoinSet::new();

    for voice in 0..20 {
        let server = server.clone();
        callers.spawn(async move {
            let (mut caller, call) = Caller::connect(&server).await;
            let spoken = all_stamped(voice, 100);
            caller.say(&spoken).await;
            let heard = caller.until_heard(spoken.len()).await;
            assert_eq!(payloads(&heard), spoken, "voice {voice}");
            caller.hang_up().await;
            (voice, call.id)
        });
    }
    let calls = waiting::soon("all callers", callers.join_all()).await;

    server.until_active(0).await;
    for (voice, id) in calls {
        let recorded = server.final_recording(id).packets;
        assert_eq!(recorded, all_stamped(voice, 100), "voice {voice}");
    }
    let mut server = Arc::into_inner(server).unwrap();
    server.stop().await;
}

#[tokio::test]
async fn a_call_over_ipv6_is_echoed() {
    let mut server = TestServer::with(&["--bind", "::1"]).await;
    let mut caller = Caller::on("[::1]:0", Link::Up).await;
    let spoken = all_stamped(1, 20);

    caller.call(&server).await;
    caller.until(RTCPeerConnectionState::Connected).await;
    caller.say(&spoken).await;
    let heard = caller.until_heard(spoken.len()).await;

    assert!(
        server.url().starts_with("http://[::1]:"),
        "{}",
        server.url()
    );
    assert_eq!(payloads(&heard), spoken);
    caller.hang_up().await;
    server.stop().await;
}

#[tokio::test]
async fn a_server_on_all_addresses_answers_callers_of_both_families() {
    let mut server = TestServer::on_all_addresses(&["--announce", "127.0.0.1,::1"]).await;
    let spoken = all_stamped(1, 20);

    for address in ["127.0.0.1:0", "[::1]:0"] {
        let mut caller = Caller::on(address, Link::Up).await;
        caller.call(&server).await;
        caller.until(RTCPeerConnectionState::Connected).await;
        caller.say(&spoken).await;
        let heard = caller.until_heard(spoken.len()).await;

        assert_eq!(payloads(&heard), spoken, "{address}");
        caller.hang_up().await;
    }
    server.stop().await;
}

#[tokio::test]
async fn with_full_ice_a_call_is_echoed_too() {
    let mut server = TestServer::with(&["--ice", "full"]).await;
    let (mut caller, call) = Caller::connect(&server).await;
    let spoken = all_stamped(1, 20);

    caller.say(&spoken).await;
    let heard = caller.until_heard(spoken.len()).await;

    assert!(!call.answer.contains("a=ice-lite"), "{}", call.answer);
    assert_eq!(payloads(&heard), spoken);
    caller.hang_up().await;
    server.stop().await;
}
