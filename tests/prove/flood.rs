//! One client asks a thousand times in ten seconds: fifty calls lose nothing, and another client
//! connects at once.

use std::time::{Duration, Instant};

use reqwest::{Client, Response, StatusCode};
use serde_json::json;
use shared::signaling::SDP;
use tests::test_server::http_client_at;
use tests::waiting::within;
use tests::{Caller, TestServer};
use tokio::time::interval;
use webrtc::peer_connection::RTCPeerConnectionState;

use crate::Outcome;
use crate::crowd::calls;

const CALLS: usize = 50;
const OFFERS: u32 = 1_000;
/// Between two of them.
const PACE: Duration = Duration::from_millis(10);
/// Calls that one client may have, as the server has it by itself.
const MOST_CALLS: u32 = 16;
/// Whoever does not flood is connected within this, from his offer on.
const CONNECTED_WITHIN: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(30);

/// What became of a flood.
#[derive(Default)]
struct Flood {
    /// Offers that were answered.
    taken: u32,
    /// Offers that were too many.
    refused: u32,
}

pub(crate) async fn prove() -> Outcome {
    println!("\nflood: {OFFERS} offers of one client while {CALLS} calls go on");
    // The callers come from 127.0.0.1, and whoever floods does not.
    let mut server = TestServer::with(&["--unlimited", "127.0.0.1"]).await;

    let words = ["--calls=50", "--ramp=200", "--seconds=14", "--warm-up=0.5"];
    let in_the_midst = async {
        within(PATIENCE, "all calls", async || {
            (server.health().await.active_conversations == CALLS).then_some(())
        })
        .await;
        tokio::join!(flood(&server), connect(&server))
    };
    let (figures, (Flood { taken, refused }, connected)) =
        tokio::join!(calls(&server, &words), in_the_midst);

    server.until_active(0).await;
    server.stop().await;
    let packets = &figures.packets;
    println!(
        "  {taken} of {OFFERS} taken, {refused} refused; {} calls lost {} of {} packets, round trip {:.0} us; another client was connected in {connected:.1?}",
        figures.calls.up, packets.lost, packets.sent, figures.round_trip_us
    );
    Outcome {
        is_kept: figures.calls.up == CALLS
            && packets.lost == 0
            && refused > OFFERS * 9 / 10
            && (1..=MOST_CALLS).contains(&taken)
            && connected < CONNECTED_WITHIN,
        figures: json!({
            "taken": taken,
            "refused": refused,
            "packets": packets,
            "round_trip_us": figures.round_trip_us,
            "connected_ms": connected.as_secs_f64() * 1e3,
        }),
    }
}

/// Offers by turns a call and nothing at all, which costs as much until it is read.
async fn flood(server: &TestServer) -> Flood {
    let stranger = http_client_at(2);
    let caller = Caller::new().await;
    let bodies = [caller.offer().await, "nothing".to_owned()];
    let mut flood = Flood::default();
    let mut pace = interval(PACE);
    for body in bodies.iter().cycle().take(OFFERS.try_into().unwrap()) {
        pace.tick().await;
        match offer(&stranger, server, body).await.status() {
            StatusCode::OK => flood.taken += 1,
            StatusCode::TOO_MANY_REQUESTS => flood.refused += 1,
            status => assert_eq!(status, StatusCode::BAD_REQUEST),
        }
    }
    caller.vanish().await;
    flood
}

/// How long another client takes from his offer to his call, in the midst of it.
async fn connect(server: &TestServer) -> Duration {
    let caller = Caller::new().await;
    let body = caller.offer().await;
    let mut pace = interval(PACE * OFFERS / 2);
    pace.tick().await;
    pace.tick().await;

    let began = Instant::now();
    let answered = offer(&http_client_at(3), server, &body).await;
    assert_eq!(answered.status(), StatusCode::OK);
    caller.accept(&answered.text().await.unwrap()).await;
    caller.until(RTCPeerConnectionState::Connected).await;
    let connected = began.elapsed();
    caller.hang_up().await;
    connected
}

async fn offer(client: &Client, server: &TestServer, body: &str) -> Response {
    let request = client.post(format!("{}/webrtc", server.url()));
    let request = request.header("content-type", SDP).body(body.to_owned());
    request.send().await.unwrap()
}
