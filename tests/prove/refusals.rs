//! A server that is full: how soon it refuses, one by one and many at once, and what those who call
//! notice of it.

use std::time::{Duration, Instant};

use bench::figures::Figures;
use reqwest::Client;
use serde_json::json;
use shared::signaling::SDP;
use tests::TestServer;
use tests::test_server::http_client;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::Outcome;
use crate::crowd::{calls, offer};

/// They fill the server, and go on for longer than all the asking takes.
const CALLS: [&str; 3] = ["--calls=50", "--seconds=25", "--warm-up=0.2"];
const ONE_BY_ONE: usize = 500;
/// Clients who ask at the same moment.
const AT_ONCE: u32 = 32;
const MOMENTS: u32 = 30;
const BETWEEN_MOMENTS: Duration = Duration::from_millis(250);
/// Who asks alone is refused within this, but for one in a hundred.
const REFUSED_WITHIN: Duration = Duration::from_millis(10);
/// Of those who call, 99 % of the packets are back within twice the time they took before, or
/// within what is fit for voice.
const FIT_US: f64 = 20_000.0;

/// How long refusals took, in their order.
struct Took(Vec<Duration>);

impl Took {
    fn of(mut all: Vec<Duration>) -> Self {
        all.sort();
        Self(all)
    }

    fn percentile(&self, percent: usize) -> Duration {
        self.0[self.0.len() * percent / 100]
    }
}

pub(crate) async fn prove() -> Outcome {
    let mut server = TestServer::with(&["--max-conversations", "50"]).await;
    let alone = calls(&server, &CALLS).await;
    server.until_active(0).await;
    let asking = async {
        server.until_active(50).await;
        (one_by_one(&server).await, at_once(&server).await)
    };
    let (meanwhile, (one, [many, last])) = tokio::join!(calls(&server, &CALLS), asking);
    server.until_active(0).await;
    server.stop().await;
    // Many at once have no bar of their own: the last of them waits for the others, and they and
    // those who call share the machine with the server. In every other moment at least, all of them
    // are to be refused as soon as if they had asked in turn.
    let in_turn = REFUSED_WITHIN.max(one.percentile(50) * AT_ONCE);
    let p99_us = [&alone, &meanwhile].map(|figures| figures.round_trip_us.p99);
    let longest_us = FIT_US.max(2.0 * p99_us[0]);
    println!(
        "  {ONE_BY_ONE} refused one by one, 99 % within {:.1?} (promised: {REFUSED_WITHIN:?})",
        one.percentile(99)
    );
    println!(
        "  {AT_ONCE} at once, {MOMENTS} times: half within {:.1?}, 99 % within {:.1?}; the last of a moment within {:.1?} (in turn: {in_turn:.1?})",
        many.percentile(50),
        many.percentile(99),
        last.percentile(50)
    );
    for (when, figures) in [("alone", &alone), ("meanwhile", &meanwhile)] {
        let (lost, times) = (figures.packets.lost, figures.round_trip_us);
        println!("  who called {when}: {lost} lost, {times:.0} us");
    }
    Outcome {
        is_kept: one.percentile(99) < REFUSED_WITHIN
            && last.percentile(50) < in_turn
            && p99_us[1] <= longest_us
            && has_lost_nothing(&alone)
            && has_lost_nothing(&meanwhile),
        figures: json!({
            "one_by_one_p99_ms": one.percentile(99).as_secs_f64() * 1e3,
            "at_once": AT_ONCE,
            "at_once_p50_ms": many.percentile(50).as_secs_f64() * 1e3,
            "at_once_p99_ms": many.percentile(99).as_secs_f64() * 1e3,
            "at_once_last_p50_ms": last.percentile(50).as_secs_f64() * 1e3,
            "in_turn_ms": in_turn.as_secs_f64() * 1e3,
            "calls_alone": alone,
            "calls_meanwhile": meanwhile,
        }),
    }
}

fn has_lost_nothing(figures: &Figures) -> bool {
    figures.calls.up == 50 && figures.calls.failed == 0 && figures.packets.lost == 0
}

async fn one_by_one(server: &TestServer) -> Took {
    let client = http_client();
    let mut all = Vec::new();
    for _ in 0..ONE_BY_ONE {
        all.push(refused(client.clone(), url(server), offer()).await);
    }
    Took::of(all)
}

/// All of them, and the last one of each moment.
async fn at_once(server: &TestServer) -> [Took; 2] {
    let clients: Vec<Client> = (0..AT_ONCE).map(|_| http_client()).collect();
    let (mut all, mut last) = (Vec::new(), Vec::new());
    let mut moments = interval(BETWEEN_MOMENTS);
    moments.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for _ in 0..MOMENTS {
        // Before the moment: making an offer takes as long as refusing it.
        let offers: Vec<String> = clients.iter().map(|_| offer()).collect();
        moments.tick().await;
        let mut asking = JoinSet::new();
        for (client, offer) in clients.iter().zip(offers) {
            asking.spawn(refused(client.clone(), url(server), offer));
        }
        let moment = asking.join_all().await;
        last.extend(moment.iter().max().copied());
        all.extend(moment);
    }
    [Took::of(all), Took::of(last)]
}

fn url(server: &TestServer) -> String {
    format!("{}/webrtc", server.url())
}

/// Offers, and is refused as promised: after how long.
async fn refused(client: Client, url: String, offer: String) -> Duration {
    let request = client.post(url).header("content-type", SDP).body(offer);
    let asked = Instant::now();
    let response = request.send().await.unwrap();
    let took = asked.elapsed();
    assert_eq!(response.status(), 503);
    assert!(response.headers().contains_key("retry-after"));
    took
}
