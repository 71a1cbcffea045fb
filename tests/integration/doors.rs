//! Whoever keeps a connection busy for nothing loses it, whoever takes too many is turned away, and
//! those who call notice neither.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tests::opus_tools::all_stamped;
use tests::test_server::http_client_at;
use tests::waiting::{eventually, soon};
use tests::{Caller, TestServer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::interval;

const DRIP: Duration = Duration::from_millis(100);
/// Of one client, as docs/PROTOCOL.md has it.
const MOST_CONNECTIONS: usize = 64;

/// A connection from 127.0.0.`last`.
async fn connect(server: &TestServer, last: u8) -> TcpStream {
    let address: SocketAddr = server
        .url()
        .strip_prefix("http://")
        .unwrap()
        .parse()
        .unwrap();
    let socket = TcpSocket::new_v4().unwrap();
    let local = Ipv4Addr::new(127, 0, 0, last);
    socket.bind(SocketAddr::new(local.into(), 0)).unwrap();
    soon("a connection", socket.connect(address)).await.unwrap()
}

/// Everything that comes until the server closes; a reset is a close as well.
async fn until_closed(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = soon("the end of a connection", stream.read_to_end(&mut bytes)).await;
    String::from_utf8(bytes).unwrap()
}

/// Says that and nothing more. What comes of it.
async fn say(server: &TestServer, words: &str) -> String {
    let mut stranger = connect(server, 1).await;
    stranger.write_all(words.as_bytes()).await.unwrap();
    until_closed(&mut stranger).await
}

/// Says that, and then a header without an end, line by line. What comes of it.
async fn drip(server: &TestServer, words: &str) -> String {
    let stranger = connect(server, 1).await;
    let (mut from, mut to) = stranger.into_split();
    to.write_all(words.as_bytes()).await.unwrap();
    let dripping = async {
        let mut ticks = interval(DRIP);
        while to.write_all(b"x-more: of it\r\n").await.is_ok() {
            ticks.tick().await;
        }
        std::future::pending::<()>().await;
    };
    let mut bytes = Vec::new();
    let closed = async {
        tokio::select! {
            _ = from.read_to_end(&mut bytes) => {}
            () = dripping => {}
        }
    };
    soon("the end of a connection", closed).await;
    String::from_utf8(bytes).unwrap()
}

/// A request whose body does not come to its end.
fn half(method: &str, path: &str, media_type: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nIf-Match: *\r\n\
         Content-Type: {media_type}\r\nContent-Length: 1000\r\n\r\nv=0\r\n"
    )
}

#[tokio::test]
async fn whoever_does_not_finish_is_sent_away_while_a_call_goes_on() {
    let mut server = TestServer::start().await;
    let (mut caller, call) = Caller::connect(&server).await;
    let spoken = all_stamped(1, 300);
    let health = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let sdp = "application/sdp";
    let halves = [
        half("POST", "/webrtc", sdp),
        half("POST", "/whip", sdp),
        half("PATCH", &call.location, "application/trickle-ice-sdpfrag"),
        half(
            "PUT",
            &format!("{}/echo", call.location),
            "application/json",
        ),
    ];
    let silent = ["", "POST /webrtc HTTP/1.1\r\nHost: lo"];
    let (idle, idle_again) = (health.to_owned(), format!("{health}GET"));

    let strangers = async {
        let [posted, published, patched, put] = halves.each_ref().map(|half| say(&server, half));
        let bodies = tokio::join!(posted, published, patched, put);
        [bodies.0, bodies.1, bodies.2, bodies.3]
    };
    let heads = async { tokio::join!(say(&server, silent[0]), say(&server, silent[1])) };
    let more = async { tokio::join!(say(&server, &idle), say(&server, &idle_again)) };
    let slow = drip(&server, "GET /health HTTP/1.1\r\nHost: localhost\r\n");
    let (bodies, heads, more, slow, ()) =
        tokio::join!(strangers, heads, more, slow, caller.say(&spoken));

    for answer in &bodies {
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert!(answer.contains("\"type\":\"timeout\""), "{answer}");
    }
    for answer in [&heads.0, &heads.1, &slow] {
        assert!(!answer.contains(" 200 "), "{answer}");
    }
    for answer in [&more.0, &more.1] {
        assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 1, "{answer}");
    }
    assert_eq!(caller.until_heard(spoken.len()).await.len(), spoken.len());
    caller.hang_up().await;
    server.until_active(0).await;
    assert_eq!(server.final_recording(call.id).packets, spoken);
    server.stop().await;
}

/// Whether it is answered, or closed without a word.
async fn is_served(stream: &mut TcpStream) -> bool {
    let request = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    if stream.write_all(request).await.is_err() {
        return false;
    }
    let mut first = [0; 15];
    let read = soon("an answer", stream.read_exact(&mut first)).await;
    read.is_ok() && first.starts_with(b"HTTP/1.1 200 OK")
}

#[tokio::test]
async fn one_client_has_so_many_connections_and_others_have_theirs() {
    let mut server = TestServer::with(&["--unlimited", "none"]).await;
    let mut streams = Vec::new();
    for _ in 0..MOST_CONNECTIONS + 36 {
        streams.push(connect(&server, 2).await);
    }

    // In which order they are let in is the scheduler's business.
    let mut served = 0;
    for stream in &mut streams {
        served += usize::from(is_served(stream).await);
    }
    let other = http_client_at(3).get(format!("{}/health", server.url()));
    let other = soon("another client's answer", other.send()).await.unwrap();
    drop(streams);
    eventually("a place that is free again", async || {
        let mut stream = connect(&server, 2).await;
        is_served(&mut stream).await.then_some(())
    })
    .await;

    assert_eq!(other.status(), 200);
    assert_eq!(served, MOST_CONNECTIONS);
    server.stop().await;
}
