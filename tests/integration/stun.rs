//! Our public address, learnt from a STUN server in the background; nobody waits for it.

use tests::TestServer;
use tests::caller::Caller;
use tests::opus_tools::all_stamped;
use tests::stun_server::StunServer;
use tests::waiting::{eventually, soon};
use tokio::net::UdpSocket;
use webrtc::peer_connection::RTCPeerConnectionState;

/// An address no packet reaches (RFC 5737): a call over it fails.
const ELSEWHERE: &str = "192.0.2.1";

#[tokio::test]
async fn an_answer_names_the_address_that_stun_reported_and_a_call_goes_through_it() {
    let stun = StunServer::start().await;
    let flags = ["--stun", &stun.address(), "--announce", ELSEWHERE];
    let mut server = TestServer::with(&[&flags[..], &["--connect-deadline", "5s"]].concat()).await;

    let (mut caller, answer) = eventually("a server-reflexive candidate", async || {
        let caller = Caller::new().await;
        let call = caller.dial(&server).await;
        if call.answer.contains(" typ srflx") {
            return Some((caller, call.answer));
        }
        caller.vanish().await;
        None
    })
    .await;
    caller.accept(&answer).await;
    caller.until(RTCPeerConnectionState::Connected).await;
    caller.say(&all_stamped(1, 10)).await;
    caller.until_heard(10).await;

    caller.hang_up().await;
    server.stop().await;
}

#[tokio::test]
async fn a_silent_stun_server_holds_up_no_call() {
    let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let mut server = TestServer::with(&["--stun", &address]).await;

    let (mut caller, call) = Caller::connect(&server).await;
    caller.say(&all_stamped(1, 10)).await;
    caller.until_heard(10).await;

    let mut request = [0; 600];
    let size = soon("the server's question", silent.recv(&mut request)).await;
    // RFC 8489 §5: a Binding request with the magic cookie.
    assert!(size.unwrap() >= 20);
    assert_eq!(request[..2], [0, 1]);
    assert_eq!(request[4..8], [0x21, 0x12, 0xA4, 0x42]);
    assert!(!call.answer.contains(" typ srflx"), "{}", call.answer);
    caller.hang_up().await;
    server
        .until_log("STUN is silent", |line| is_about(line, &address))
        .await;
    server.stop().await;
    assert_eq!(log_lines_about(&server, &address), 1, "{}", server.log());
}

#[tokio::test]
async fn a_stun_server_whose_name_does_not_resolve_holds_up_no_call() {
    let name = "stun.invalid:3478";
    let mut server = TestServer::with(&["--stun", name]).await;

    let (mut caller, _) = Caller::connect(&server).await;
    caller.say(&all_stamped(1, 10)).await;
    caller.until_heard(10).await;

    caller.hang_up().await;
    server
        .until_log("STUN is unknown", |line| is_about(line, name))
        .await;
    server.stop().await;
    assert_eq!(log_lines_about(&server, name), 1, "{}", server.log());
}

fn is_about(line: &str, stun: &str) -> bool {
    line.contains("WARN") && line.contains(stun)
}

fn log_lines_about(server: &TestServer, stun: &str) -> usize {
    server
        .log()
        .lines()
        .filter(|line| is_about(line, stun))
        .count()
}
