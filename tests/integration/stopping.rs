//! A signal ends the server, and every call well with it.

use rustix::process::Signal;
use tests::TestServer;
use tests::caller::Caller;
use tests::opus_tools::all_stamped;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

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
