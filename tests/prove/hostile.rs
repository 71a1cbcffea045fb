//! Offers and datagrams of people who mean no good, while others call: those notice nothing.

use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use bench::description::Answer;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use tests::TestServer;
use tokio::task::JoinSet;
use tokio::time::interval;

use crate::Outcome;
use crate::crowd::{calls, offer};

const OFFERS: u64 = 20_000;
const AT_ONCE: usize = 16;
const DATAGRAMS: usize = 200_000;
/// Different addresses that they come from.
const SENDERS: usize = 64;
/// In each millisecond: 200,000 take as long as the calls.
const BURST: usize = 10;

pub(crate) async fn prove() -> Outcome {
    println!("\nhostile: {OFFERS} mutated offers and {DATAGRAMS} datagrams while ten call");
    let mut server = TestServer::with(&["--shards", "2"]).await;
    let running = calls(&server, &["--calls=10", "--seconds=30", "--warm-up=1"]);
    let attack = async {
        server.until_active(10).await;
        tokio::join!(mutated_offers(&server), datagrams(&server))
    };
    let (figures, (statuses, sent)) = tokio::join!(running, attack);
    print!("{figures}");
    println!("  answers to offers: {statuses:?}; {sent} datagrams");
    let is_undisturbed = figures.calls.failed == 0
        && figures.packets.loss_percent < 0.1
        && figures.packets.altered + figures.packets.misdirected + figures.packets.unknown == 0;
    let is_answered = statuses
        .keys()
        .all(|status| matches!(status, 200 | 400..=499 | 503));
    server.until_active(0).await;
    server.stop().await;
    Outcome {
        is_kept: is_undisturbed && is_answered,
        figures: json!({
            "statuses": statuses,
            "datagrams": sent,
            "calls": serde_json::to_value(&figures).unwrap(),
        }),
    }
}

/// How often each status was answered.
async fn mutated_offers(server: &TestServer) -> BTreeMap<u16, u64> {
    let client = tests::test_server::http_client();
    let url = format!("{}/webrtc", server.url());
    let (mut statuses, mut under_way) = (BTreeMap::new(), JoinSet::new());
    for seed in 0..OFFERS {
        if under_way.len() == AT_ONCE {
            let status = under_way.join_next().await.unwrap().unwrap();
            *statuses.entry(status).or_default() += 1;
        }
        let (client, url) = (client.clone(), url.clone());
        under_way.spawn(async move {
            let request = client
                .post(&url)
                .header("content-type", "application/sdp")
                .body(mutated(offer(), seed));
            let response = request.send().await.unwrap();
            let status = response.status().as_u16();
            // What is still an offer is a call, which must not take the place of the next ones.
            if let Some(location) = response.headers().get("location") {
                let call = url.replace("/webrtc", location.to_str().unwrap());
                client.delete(call).send().await.unwrap();
            }
            status
        });
    }
    while let Some(status) = under_way.join_next().await {
        *statuses.entry(status.unwrap()).or_default() += 1;
    }
    statuses
}

/// One to four changes of any kind, anywhere.
fn mutated(offer: String, seed: u64) -> Vec<u8> {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut bytes = offer.into_bytes();
    for _ in 0..random.random_range(1..=4) {
        let place = random.random_range(0..bytes.len());
        let end = (place + random.random_range(1..=40)).min(bytes.len());
        match random.random_range(0..6) {
            0 => bytes[place] ^= 1 << random.random_range(0..8),
            1 => bytes[place] = random.random(),
            2 => drop(bytes.drain(place..end)),
            3 => bytes.truncate(place.max(1)),
            4 => {
                let part = bytes[place..end].to_vec();
                bytes.splice(place..place, part.repeat(random.random_range(1..=50)));
            }
            _ => drop(bytes.splice(place..end, (place..end).map(|_| random.random()))),
        }
        if bytes.is_empty() {
            break;
        }
    }
    bytes
}

/// How many were sent.
async fn datagrams(server: &TestServer) -> usize {
    let answer = server.post_offer(offer()).await;
    let location = answer.headers()["location"].to_str().unwrap().to_owned();
    let answer = Answer::read(&answer.text().await.unwrap()).unwrap();
    let port: SocketAddr = answer.candidates[0];
    let senders: Vec<UdpSocket> = (0..SENDERS)
        .map(|_| UdpSocket::bind("127.0.0.1:0").unwrap())
        .collect();
    let mut random = SmallRng::seed_from_u64(1);
    let (mut sent, mut ticks) = (0, interval(Duration::from_millis(1)));
    while sent < DATAGRAMS {
        ticks.tick().await;
        for _ in 0..BURST {
            let sender = &senders[random.random_range(0..SENDERS)];
            sender
                .send_to(&datagram(&mut random, &answer.ufrag), port)
                .unwrap();
            sent += 1;
        }
    }
    server.delete(&location).await;
    sent
}

/// Noise, or noise that begins as STUN, DTLS, RTP or RTCP does.
fn datagram(random: &mut SmallRng, ufrag: &str) -> Vec<u8> {
    let length = random.random_range(0..=1_400);
    let mut bytes: Vec<u8> = (0..length).map(|_| random.random()).collect();
    let head: &[u8] = match random.random_range(0..6) {
        0 => &[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42],
        1 => &[22, 0xfe, 0xfd, 0, 0],
        2 => &[0x80, 111],
        3 => &[0x81, 200],
        4 => return check(random, ufrag),
        _ => &[],
    };
    for (byte, head) in bytes.iter_mut().zip(head) {
        *byte = *head;
    }
    bytes
}

/// A check for somebody who is there, by somebody who does not know his password.
fn check(random: &mut SmallRng, ufrag: &str) -> Vec<u8> {
    use server::stun::{Check, Key, Role};
    let check = Check {
        id: random.random(),
        username: &format!("{ufrag}:them"),
        role: Role::Controlling {
            tie_breaker: random.random(),
        },
    };
    check.signed_with(&Key::new("not the password of anybody"))
}
