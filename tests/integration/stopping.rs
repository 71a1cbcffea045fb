//! A signal ends the server, and every call well with it.

use std::net::SocketAddr;

use rustix::process::Signal;
use tests::TestServer;
use tests::caller::Caller;
use tests::opus_tools::all_stamped;
use tests::waiting::soon;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpStream, UdpSocket};
use tokio::task::JoinSet;
use webrtc::peer_connection::RTCPeerConnectionState;

use crate::guard::media_address;

async fn a_signal_finishes_the_recordings(signal: Signal) {
    let mut server = TestServer::start().await;
    let (mut first, first_call) = Caller::connect(&server).await;
    let (mut second, second_call) = Caller::connect(&server).await;
    first.say(&all_stamped(1, 30)).await;
    second.say(&all_stamped(2, 30)).await;
    first.until_heard(30).await;
    second.until_heard(30).await;

    server.signal(signal);
    let status = server.ended().await;

    assert!(status.success(), "{status}");
    server.assert_quiet_log();
    for (voice, call) in [(1, first_call), (2, second_call)] {
        let recorded = server.final_recording(call.id).packets;
        assert_eq!(recorded, all_stamped(voice, 30));
    }
    first.hang_up().await;
    second.hang_up().await;
}

#[tokio::test]
async fn sigterm_finishes_the_recordings_and_exits_with_zero() {
    a_signal_finishes_the_recordings(Signal::TERM).await;
}

#[tokio::test]
async fn sigint_finishes_the_recordings_and_exits_with_zero() {
    a_signal_finishes_the_recordings(Signal::INT).await;
}

#[tokio::test]
async fn a_signal_says_goodbye_to_every_caller() {
    let mut server = TestServer::start().await;
    let mut relays = JoinSet::new();
    let mut callers = Vec::new();
    for _ in 0..2 {
        let mut caller = Caller::new().await;
        let call = caller.dial(&server).await;
        let relay = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let (theirs, ours) = (media_address(&call).port(), relay.local_addr().unwrap());
        let port = |port: u16| format!(" {port} typ host");
        let answer = call.answer.replace(&port(theirs), &port(ours.port()));
        relays.spawn(carry_until_goodbye(relay, media_address(&call)));
        caller.accept(&answer).await;
        caller.until(RTCPeerConnectionState::Connected).await;
        // The server is connected a moment later.
        caller.say(&all_stamped(1, 5)).await;
        caller.until_heard(5).await;
        callers.push(caller);
    }

    server.signal(Signal::TERM);

    let told = soon("the goodbyes", relays.join_all()).await;
    assert_eq!(told, [true, true]);
    let status = server.ended().await;
    assert!(status.success(), "{status}");
    for caller in callers {
        caller.hang_up().await;
    }
}

/// Stands between a caller and the server, since the caller's library tells nobody of a goodbye.
/// Says whether one came before the server was gone.
async fn carry_until_goodbye(relay: UdpSocket, server: SocketAddr) -> bool {
    let inside = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    inside.connect(server).await.unwrap();
    let mut caller = None;
    let (mut up, mut down) = ([0; 2048], [0; 2048]);
    loop {
        tokio::select! {
            received = relay.recv_from(&mut up) => {
                let (size, from) = received.unwrap();
                caller = Some(from);
                let _ = inside.send(&up[..size]).await;
            }
            received = inside.recv(&mut down) => {
                let Ok(size) = received else {
                    return false;
                };
                if is_sealed_alert(&down[..size]) {
                    return true;
                }
                relay.send_to(&down[..size], caller.unwrap()).await.unwrap();
            }
        }
    }
}

/// A DTLS record (RFC 6347 §4.1) of the alert type and an epoch with keys: once a call is
/// connected, only its end sends one.
fn is_sealed_alert(datagram: &[u8]) -> bool {
    matches!(datagram, [21, 0xFE, 0xFD, 0, 1, ..])
}

#[tokio::test]
async fn a_second_signal_ends_the_server_whatever_it_waits_for() {
    let mut server = TestServer::with(&["--stop-deadline", "300s"]).await;
    // A request whose body never becomes whole.
    let address = server.url().strip_prefix("http://").unwrap();
    let mut slow = TcpStream::connect(address).await.unwrap();
    let head = "POST /webrtc HTTP/1.1\r\nhost: a\r\ncontent-type: application/sdp\r\n";
    let request = format!("{head}content-length: 1000\r\n\r\nv=0\r\n");
    slow.write_all(request.as_bytes()).await.unwrap();
    // Whoever came after it is served, so it has been let in.
    server.health().await;

    server.signal(Signal::TERM);
    server
        .until_log("it stops", |line| line.contains("stopping"))
        .await;
    server.signal(Signal::INT);
    let status = server.ended().await;

    // What a shell reports for a program that SIGINT ended.
    assert_eq!(status.code(), Some(130), "{}", server.log());
}

#[tokio::test]
async fn to_read_a_certificate_again_ends_nothing_where_there_is_none() {
    let mut server = TestServer::start().await;

    server.signal(Signal::HUP);
    let (caller, _) = Caller::connect(&server).await;
    caller.hang_up().await;

    server.stop().await;
}
