//! One client asks a thousand times in ten seconds: fifty calls lose nothing, and another client
//! connects at once.

use std::time::{Duration, Instant};

use reqwest::{Client, StatusCode};
use serde_json::json;
use shared::signaling::SDP;
use tests::TestServer;
use tests::test_server::http_client_at;
use tests::waiting::within;
use tokio::time::interval;

use crate::Outcome;
use crate::crowd::calls;

const CALLS: usize = 50;
const OFFERS: u32 = 1_000;
/// Between two of them.
const PACE: Duration = Duration::from_millis(10);
/// Whoever does not flood is answered within this.
const ANSWERED_WITHIN: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) async fn prove() -> Outcome {
    println!("\nflood: {OFFERS} offers of one client while {CALLS} calls go on");
    // The callers come from 127.0.0.1, and whoever floods does not.
    let mut server = TestServer::with(&["--unlimited", "127.0.0.1"]).await;

    let words = ["--calls=50", "--ramp=200", "--seconds=14", "--warm-up=0.5"];
    let (figures, (refused, answered)) = tokio::join!(calls(&server, &words), flood(&server));

    server.until_active(0).await;
    server.stop().await;
    let packets = &figures.packets;
    println!(
        "  {refused} of {OFFERS} refused; {} calls lost {} of {} packets, round trip {:.0} us; another client was answered in {answered:.1?}",
        figures.calls.up, packets.lost, packets.sent, figures.round_trip_us
    );
    Outcome {
        is_kept: figures.calls.up == CALLS
            && packets.lost == 0
            && refused > OFFERS * 9 / 10
            && answered < ANSWERED_WITHIN,
        figures: json!({
            "refused": refused,
            "packets": packets,
            "round_trip_us": figures.round_trip_us,
            "answered_ms": answered.as_secs_f64() * 1e3,
        }),
    }
}

/// How many offers were refused, and how long another client waited for his answer in the midst.
async fn flood(server: &TestServer) -> (u32, Duration) {
    within(PATIENCE, "all calls", async || {
        (server.health().await.active_conversations == CALLS).then_some(())
    })
    .await;
    let (stranger, other) = (http_client_at(2), http_client_at(3));
    let (mut refused, mut answered) = (0, Duration::MAX);
    let mut pace = interval(PACE);
    for number in 0..OFFERS {
        pace.tick().await;
        let status = offer(&stranger, server).await;
        refused += u32::from(status == StatusCode::TOO_MANY_REQUESTS);
        if number == OFFERS / 2 {
            let began = Instant::now();
            assert_eq!(offer(&other, server).await, StatusCode::BAD_REQUEST);
            answered = began.elapsed();
        }
    }
    (refused, answered)
}

/// What becomes of an offer that offers nothing: it costs what any other does until it is read.
async fn offer(client: &Client, server: &TestServer) -> StatusCode {
    let request = client.post(format!("{}/webrtc", server.url()));
    let request = request.header("content-type", SDP).body("nothing");
    request.send().await.unwrap().status()
}
