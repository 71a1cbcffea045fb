//! Offers and datagrams of people who mean no good, while others call: those notice nothing. Half of
//! the datagrams come from strangers, half as if one of the callers had sent them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use bench::description::Answer;
use bench::figures::Figures;
use bytes::Bytes;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use tests::opus_tools::all_stamped;
use tests::udp_proxy::UdpProxy;
use tests::waiting::eventually;
use tests::{Caller, TestServer, counts};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::Outcome;
use crate::crowd::{calls, offer};
use crate::overheard::Overheard;

const OFFERS: u64 = 20_000;
const AT_ONCE: usize = 16;
const DATAGRAMS: usize = 200_000;
/// Different addresses that strangers have.
const SENDERS: usize = 64;
/// So many come together, in a good 20 seconds: all at once, the kernel would have no room for them.
const BURST: usize = 20;
const BETWEEN_BURSTS: Duration = Duration::from_millis(2);
/// What the besieged one says meanwhile: 30 seconds.
const SAID: u32 = 1_500;
/// Lost, of a hundred packets, by calls that are fit for voice.
const FIT_PERCENT: f64 = 0.1;
/// Each of these turned some away: at strangers' addresses the routing, at a caller's own ICE, SRTP,
/// and what he may send.
const TURNED_AWAY: [&str; 4] = ["unknown", "not_authentic", "not_opened", "flooded"];

/// What became of what one said.
struct Echo {
    lost: u64,
    altered: usize,
}

pub(crate) async fn prove() -> Outcome {
    println!(
        "\nhostile: {OFFERS} mutated offers and {DATAGRAMS} datagrams while eleven call, half of them from the address of one"
    );
    let mut server = TestServer::with(&["--shards", "2", "--metrics", "127.0.0.1:0"]).await;
    let metrics = counts::url(&server).await;
    let proxy = UdpProxy::before(server.udp_port().await).await;
    let (mut besieged, _) = Caller::connect_by(proxy.port(), &server).await;
    let spoken = all_stamped(1, SAID);
    let running = calls(&server, &["--calls=10", "--seconds=30", "--warm-up=1"]);
    let attack = async {
        server.until_active(11).await;
        tokio::join!(
            mutated_offers(&server),
            datagrams(&server, &proxy),
            besieged.say(&spoken)
        )
    };
    let (figures, (statuses, sent, ())) = tokio::join!(running, attack);
    let echo = afterwards(&mut besieged, spoken).await;
    let events = counts::events(&metrics).await;
    besieged.hang_up().await;
    server.until_active(0).await;
    server.stop().await;
    print!("{figures}");
    println!("  answers to offers: {statuses:?}; {sent} datagrams: {events:?}");
    let Echo { lost, altered } = echo;
    println!("  the besieged one goes on; {lost} of {SAID} packets lost, {altered} altered");
    let is_answered = statuses
        .keys()
        .all(|status| matches!(status, 200 | 400..=499 | 503));
    let came_everywhere = TURNED_AWAY
        .iter()
        .all(|event| events.get(*event).is_some_and(|count| *count > 0));
    // Nobody loses what the kernel had room for.
    let is_all_back = figures.packets.lost + lost <= events["kernel_full"]
        && figures.packets.loss_percent < FIT_PERCENT
        // One of his alone would be more than that, if it came.
        && lost <= 1;
    let is_kept = is_undisturbed(&figures) && altered == 0 && is_all_back;
    Outcome {
        is_kept: is_kept && is_answered && came_everywhere,
        figures: json!({
            "statuses": statuses,
            "datagrams": sent,
            "events": events,
            "besieged": {"said": SAID, "lost": lost, "altered": altered},
            "calls": figures,
        }),
    }
}

fn is_undisturbed(figures: &Figures) -> bool {
    let packets = &figures.packets;
    figures.calls.failed == 0 && packets.altered + packets.misdirected + packets.unknown == 0
}

/// Waits until a new echo comes: he is still there. Then all others have come that will.
async fn afterwards(caller: &mut Caller, spoken: Vec<Bytes>) -> Echo {
    let new = all_stamped(2, 1);
    eventually("an echo afterwards", async || {
        caller.say(&new).await;
        let heard = caller.heard();
        let is_new = heard.iter().any(|heard| new.contains(&heard.payload));
        is_new.then_some(())
    })
    .await;
    let spoken: BTreeSet<Bytes> = spoken.into_iter().collect();
    let (back, others): (Vec<Bytes>, Vec<Bytes>) = caller
        .heard()
        .into_iter()
        .map(|heard| heard.payload)
        .filter(|payload| !new.contains(payload))
        .partition(|payload| spoken.contains(payload));
    let back: BTreeSet<Bytes> = back.into_iter().collect();
    Echo {
        lost: (spoken.len() - back.len()) as u64,
        altered: others.len(),
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
                .body(mutated(
                    offer().into_bytes(),
                    &mut SmallRng::seed_from_u64(seed),
                ));
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
pub(crate) fn mutated(mut bytes: Vec<u8>, random: &mut SmallRng) -> Vec<u8> {
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
async fn datagrams(server: &TestServer, proxy: &UdpProxy) -> usize {
    let answer = server.post_offer(offer()).await;
    let location = answer.headers()["location"].to_str().unwrap().to_owned();
    let answer = Answer::read(&answer.text().await.unwrap()).unwrap();
    let port: SocketAddr = answer.candidates[0];
    let senders: Vec<UdpSocket> = (0..SENDERS)
        .map(|_| UdpSocket::bind("127.0.0.1:0").unwrap())
        .collect();
    let mut random = SmallRng::seed_from_u64(1);
    let mut overheard = Overheard::default();
    let (mut sent, mut ticks) = (0, interval(BETWEEN_BURSTS));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while sent < DATAGRAMS {
        ticks.tick().await;
        overheard.listen(proxy);
        for _ in 0..BURST / 2 {
            let sender = &senders[random.random_range(0..SENDERS)];
            sender
                .send_to(&datagram(&mut random, &answer.ufrag), port)
                .unwrap();
            let forged = match random.random_range(0..4) {
                0 => datagram(&mut random, &answer.ufrag),
                _ => overheard.forged(&mut random),
            };
            proxy.forge(&forged).await;
            sent += 2;
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
