//! Third parties: they cannot stop others from calling, and a caller cannot point us at them.

use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use bench::description::Answer;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use server::stun::{Check, Key, Role};
use tests::TestServer;
use tests::caller::{Call, Caller, Link};
use tests::counts::url;
use tests::opus_tools::all_stamped;
use tests::udp_proxy::UdpProxy;
use tokio::task::JoinSet;
use tokio::time::interval;
use webrtc::peer_connection::RTCPeerConnectionState;

use crate::metrics::counts;

/// The server's media address, as its answer names it.
pub(crate) fn media_address(call: &Call) -> SocketAddr {
    let line = call
        .answer
        .lines()
        .find(|line| line.starts_with("a=candidate:"))
        .unwrap();
    let words: Vec<&str> = line.split(' ').collect();
    format!("{}:{}", words[4], words[5]).parse().unwrap()
}

/// A DTLS 1.2 record (RFC 6347 §4.1) that begins a handshake and leads nowhere.
fn junk_client_hello() -> Vec<u8> {
    let mut record = vec![22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 80];
    record.extend([1, 0, 0, 68, 0, 0, 0, 0, 0, 0, 0, 68, 0xFE, 0xFD]);
    record.extend([0xAB; 66]);
    record
}

/// A fatal alert (RFC 5246 §7.2): the handshake failed.
fn fatal_alert() -> Vec<u8> {
    vec![21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 40]
}

/// Sends that datagram to the server for ever, from a socket of its own.
async fn attack(target: SocketAddr, datagram: Vec<u8>, at_once: usize, every: Duration) {
    let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let mut ticks = interval(every);
    loop {
        ticks.tick().await;
        for _ in 0..at_once {
            let _ = socket.send_to(&datagram, target).await;
        }
    }
}

async fn ten_callers_connect_under(datagram: Vec<u8>, at_once: usize, every: Duration) {
    let mut server = TestServer::start().await;
    let (scout, call) = Caller::connect(&server).await;
    let mut attackers = JoinSet::new();
    attackers.spawn(attack(media_address(&call), datagram, at_once, every));
    let spoken = all_stamped(1, 5);

    for _ in 0..10 {
        let (mut caller, _) = Caller::connect(&server).await;
        caller.say(&spoken).await;
        caller.until_heard(spoken.len()).await;
        caller.hang_up().await;
    }

    attackers.shutdown().await;
    scout.hang_up().await;
    server.stop().await;
}

#[tokio::test]
async fn junk_client_hellos_of_a_third_party_stop_nobody() {
    ten_callers_connect_under(junk_client_hello(), 1, Duration::from_millis(50)).await;
}

#[tokio::test]
async fn a_flood_of_junk_client_hellos_stops_nobody() {
    ten_callers_connect_under(junk_client_hello(), 3, Duration::from_millis(1)).await;
}

#[tokio::test]
async fn a_flood_of_fatal_alerts_stops_nobody() {
    ten_callers_connect_under(fatal_alert(), 3, Duration::from_millis(1)).await;
}

#[tokio::test]
async fn a_candidate_of_the_caller_draws_no_packet_to_a_stranger() {
    let mut server = TestServer::start().await;
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    stranger.set_nonblocking(true).unwrap();
    let port = stranger.local_addr().unwrap().port();
    let mut caller = Caller::on("127.0.0.1:0", Link::Up).await;
    let candidate = format!("a=candidate:1 1 udp 2130706431 127.0.0.1 {port} typ host\r\n");
    let offer = caller
        .offer()
        .await
        .replace("a=end-of-candidates", &candidate);
    assert!(offer.contains(&candidate), "{offer}");

    let response = server.post_offer(offer).await;
    assert_eq!(response.status(), 200);
    caller.accept(&response.text().await.unwrap()).await;
    caller.until(RTCPeerConnectionState::Connected).await;
    caller.say(&all_stamped(1, 50)).await;
    caller.until_heard(50).await;

    let received = stranger.recv(&mut [0; 2048]);
    assert_eq!(received.unwrap_err().kind(), ErrorKind::WouldBlock);
    caller.hang_up().await;
    server.stop().await;
}

#[tokio::test]
async fn a_caller_who_would_be_led_is_given_up_like_anybody_who_never_connects() {
    let mut server = TestServer::with(&["--connect-deadline", "1s"]).await;
    let caller = Caller::new().await;
    let response = server.post_offer(caller.offer().await).await;
    let answer = Answer::read(&response.text().await.unwrap()).unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();

    // His first check brings the call to a media thread, and goes no further.
    let check = Check {
        id: [7; 12],
        username: &format!("{}:them", answer.ufrag),
        role: Role::Controlled { tie_breaker: 1 },
    };
    let check = check.signed_with(&Key::new(&answer.password));
    socket.send_to(&check, answer.candidates[0]).unwrap();

    server.until_active(0).await;
    server.stop().await;
}

/// Noise of every kind there is, checks that nobody of here signed or that are not whole, and what
/// others sent before, as it was or with one bit changed.
fn hostile(random: &mut SmallRng, ufrag: &str, seen: &[Vec<u8>]) -> Vec<u8> {
    let check = Check {
        id: random.random(),
        username: &format!("{ufrag}:them"),
        role: Role::Controlling { tie_breaker: 1 },
    };
    let check = check.signed_with(&Key::new("not the password of anybody"));
    let seen = seen[random.random_range(0..seen.len())].clone();
    let cut = |mut datagram: Vec<u8>, end| {
        datagram.truncate(end);
        datagram
    };
    let head: &[u8] = match random.random_range(0..10) {
        0 => return check,
        1 => return cut(check, random.random_range(0..60)),
        2 | 3 => return seen,
        4 => {
            let mut changed = seen;
            let place = random.random_range(0..changed.len());
            changed[place] ^= 1 << random.random_range(0..8);
            return changed;
        }
        5 => &[1, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42],
        6 => &[22, 0xfe, 0xfd, 0, 1],
        7 => &[0x80, tests::caller::PAYLOAD_TYPE, 0, 1],
        8 => &[0x81, 203, 0, 1],
        _ => &[],
    };
    let noise = (0..random.random_range(0..=1_200)).map(|_| random.random());
    head.iter().copied().chain(noise).collect()
}

/// Sends that for ever, from sockets of its own and as if each of the callers did.
async fn besiege(proxy: &UdpProxy, target: SocketAddr, ufrag: &str, of_others: &[Vec<u8>]) {
    let strangers: Vec<UdpSocket> = (0..4)
        .map(|_| UdpSocket::bind("127.0.0.1:0").unwrap())
        .collect();
    let mut random = SmallRng::seed_from_u64(1);
    let mut ticks = interval(Duration::from_millis(5));
    loop {
        ticks.tick().await;
        for stranger in &strangers {
            let datagram = hostile(&mut random, ufrag, of_others);
            // What the kernel has no room for is lost.
            let _ = stranger.send_to(&datagram, target);
        }
        proxy.forge(&hostile(&mut random, ufrag, of_others)).await;
        proxy
            .forge(&hostile(&mut random, ufrag, &proxy.passed()))
            .await;
    }
}

#[tokio::test]
async fn hostile_datagrams_from_anywhere_leave_a_call_as_it_is() {
    let mut server = TestServer::with(&["--shards", "2", "--metrics", "127.0.0.1:0"]).await;
    let metrics = url(&server).await;
    let target = SocketAddr::from(([127, 0, 0, 1], server.udp_port().await));
    // What is sealed with the keys of a call and signed with its password, and is of another.
    let elsewhere = UdpProxy::before(target.port()).await;
    let (mut stranger, _) = Caller::connect_by(elsewhere.port(), &server).await;
    stranger.say(&all_stamped(9, 50)).await;
    stranger.until_heard(50).await;
    let proxy = UdpProxy::before(target.port()).await;
    let (mut caller, call) = Caller::connect_by(proxy.port(), &server).await;
    let spoken = all_stamped(1, 200);
    let ufrag = Answer::read(&call.answer).unwrap().ufrag;

    let of_others = elsewhere.passed();
    tokio::select! {
        () = besiege(&proxy, target, &ufrag, &of_others) => {}
        () = caller.say(&spoken[..150]) => {}
    }
    caller.say(&spoken[150..]).await;
    let heard = caller.until_heard(spoken.len()).await;

    let payloads: Vec<_> = heard.into_iter().map(|heard| heard.payload).collect();
    assert_eq!(payloads, spoken);
    let told = counts(&metrics).await;
    for refused in ["unknown", "not_authentic", "not_opened"] {
        let refused = format!("voice_engine_total{{event=\"{refused}\"}}");
        assert!(told.of(&refused) > 0.0, "{refused}");
    }
    stranger.hang_up().await;
    caller.hang_up().await;
    server.until_active(0).await;
    // Behind them may stand the silence until he hung up.
    let recorded = server.final_recording(call.id).packets;
    assert!(recorded[..spoken.len()] == spoken, "recording");
    let rtp = server.description(call.id).rtp.unwrap();
    assert_eq!((rtp.received, rtp.lost), (200, 0));
    server.stop().await;
}
