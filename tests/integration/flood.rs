//! A client who asks a thousand times is turned away, a caller who sends more than any voice needs
//! is cut to what he may, and those who call notice nothing.

use std::time::Duration;

use bytes::Bytes;
use reqwest::{Client, StatusCode};
use shared::call::Phase;
use shared::signaling::SDP;
use tests::counts::url;
use tests::opus_tools::{all_stamped, stamped};
use tests::test_server::http_client_at;
use tests::waiting::{eventually, soon};
use tests::{Caller, TestServer};
use tokio::time::{MissedTickBehavior, interval};

use crate::metrics::counts;

const FLOODED: &str = "voice_engine_total{event=\"flooded\"}";
/// In packets, at least.
const FLOOD: u32 = 4_000;
/// So many of them are cut.
const CUT: f64 = 1_000.0;

/// Sends five times what one may until enough of it is counted; how many packets.
async fn flood(caller: &mut Caller, metrics: &str) -> u32 {
    let mut ticks = interval(Duration::from_millis(2));
    // Whoever was held up does not fill the kernel's queue, which others need, too.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut sent = 0;
    while sent < FLOOD || counts(metrics).await.of(FLOODED) < CUT {
        for _ in 0..500 {
            ticks.tick().await;
            for _ in 0..2 {
                caller.say_now(stamped(2, sent)).await;
                sent += 1;
            }
        }
    }
    sent
}

/// What came back of that voice.
fn heard_of(caller: &Caller, voice: u8) -> Vec<Bytes> {
    let heard = caller.heard().into_iter().map(|heard| heard.payload);
    heard.filter(|payload| payload[1] == voice).collect()
}

#[tokio::test]
async fn a_caller_who_floods_is_cut_and_counted_and_another_loses_nothing() {
    let mut server = TestServer::with(&["--metrics", "127.0.0.1:0"]).await;
    let metrics = url(&server).await;
    let (mut flooder, flooding) = Caller::connect(&server).await;
    let (mut other, call) = Caller::connect(&server).await;
    let (spoken, after) = (all_stamped(1, 150), all_stamped(3, 50));

    let flood = soon("a flood that is counted", flood(&mut flooder, &metrics));
    let (sent, ()) = tokio::join!(flood, other.say(&spoken));
    other.until_heard(spoken.len()).await;
    // What he has saved up is earned again while he talks as one does.
    let mut said = 0;
    eventually("an echo after the flood", async || {
        said += 1;
        flooder.say(&[stamped(4, said)]).await;
        (!heard_of(&flooder, 4).is_empty()).then_some(())
    })
    .await;
    flooder.say(&after).await;
    eventually("his echo is whole again", async || {
        (heard_of(&flooder, 3).len() == after.len()).then_some(())
    })
    .await;

    assert_eq!(
        server.call_state(&flooding.location).await.phase,
        Phase::Connected
    );
    assert_eq!(heard_of(&other, 1), spoken);
    assert_eq!(heard_of(&flooder, 3), after);
    let cut = counts(&metrics).await.of(FLOODED);
    flooder.hang_up().await;
    other.hang_up().await;
    server.until_active(0).await;
    // Behind them stands the silence until he hung up.
    let recorded = server.final_recording(call.id).packets;
    assert!(recorded[..spoken.len()] == spoken, "his recording");
    let rtp = server.description(call.id).rtp.unwrap();
    assert_eq!((rtp.received, rtp.lost), (150, 0));
    let received = server.description(flooding.id).rtp.unwrap().received as f64;
    let said = f64::from(sent + said) + after.len() as f64;
    assert!(
        received + cut <= said,
        "{received} of {said}, {cut} were cut"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_thousand_offers_of_one_client_cost_the_others_nothing() {
    // Loopback is counted here as any other network.
    let mut server = TestServer::with(&["--unlimited", "none", "--rate-limit", "30"]).await;
    let (mut first, _) = Caller::connect(&server).await;
    let (mut second, _) = Caller::connect(&server).await;
    let spoken = all_stamped(1, 150);
    let (stranger, other) = (http_client_at(2), http_client_at(3));
    let offer = async |client: &Client, body: String| {
        let request = client.post(format!("{}/webrtc", server.url()));
        let answer = request.header("content-type", SDP).body(body).send().await;
        answer.unwrap()
    };
    let good = Caller::new().await;
    let body = good.offer().await;

    let mut refused = 0;
    let flood = async {
        for _ in 0..1_000 {
            let answer = offer(&stranger, "no offer at all".to_owned()).await;
            if answer.status() == StatusCode::TOO_MANY_REQUESTS {
                assert!(answer.headers().contains_key("retry-after"));
                refused += 1;
            } else {
                assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
            }
        }
    };
    tokio::join!(flood, first.say(&spoken), second.say(&spoken));
    let answered = offer(&other, body).await;

    assert!(refused > 900, "{refused}");
    assert_eq!(answered.status(), StatusCode::OK);
    for caller in [first, second] {
        assert_eq!(caller.until_heard(spoken.len()).await.len(), spoken.len());
        caller.hang_up().await;
    }
    let location = answered.headers()["location"].to_str().unwrap().to_owned();
    let ended = other
        .delete(format!("{}{location}", server.url()))
        .send()
        .await;
    assert_eq!(ended.unwrap().status(), StatusCode::NO_CONTENT);
    good.vanish().await;
    server.stop().await;
}
