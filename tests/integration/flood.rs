//! A client who asks a thousand times is turned away, and those who call notice nothing.

use reqwest::{Client, StatusCode};
use shared::signaling::SDP;
use tests::opus_tools::all_stamped;
use tests::test_server::http_client_at;
use tests::{Caller, TestServer};

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
