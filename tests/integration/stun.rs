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
async fn a_lying_stun_server_is_not_believed_and_holds_up_no_call() {
    let liar = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = liar.local_addr().unwrap().to_string();
    let mut server = TestServer::with(&["--stun", &address]).await;

    let mut request = [0; 600];
    let question = soon("the server's question", liar.recv_from(&mut request)).await;
    let (_, asker) = question.unwrap();
    liar.send_to(&everybody_is_you(&request), asker)
        .await
        .unwrap();
    server
        .until_log("STUN lies", |line| is_about(line, &address))
        .await;
    let (mut caller, call) = Caller::connect(&server).await;
    caller.say(&all_stamped(1, 10)).await;
    caller.until_heard(10).await;

    assert!(!call.answer.contains(" typ srflx"), "{}", call.answer);
    caller.hang_up().await;
    server.stop().await;
    assert_eq!(log_lines_about(&server, &address), 1, "{}", server.log());
}

/// A response to that request which tells the multicast address 224.0.0.1 (RFC 8489 §14.2).
fn everybody_is_you(request: &[u8]) -> Vec<u8> {
    let masked = [0x13, 0x37, 224 ^ 0x21, 0x12, 0xA4, 1 ^ 0x42];
    let mut response = vec![1, 1, 0, 12];
    response.extend(&request[4..20]);
    response.extend([0, 0x20, 0, 8, 0, 1]);
    response.extend(masked);
    response
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
