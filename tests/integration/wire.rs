//! The HTTP contract as it goes over a real connection.

use reqwest::{Method, StatusCode};
use shared::{Health, Status};
use tests::TestServer;
use tests::caller::Caller;
use tests::test_server::http_client;

#[tokio::test]
async fn another_origin_may_call_and_read_the_headers_of_the_answer() {
    let mut server = TestServer::with(&["--connect-deadline", "1s"]).await;
    let caller = Caller::new().await;
    let offer = caller.offer().await;
    let url = format!("{}/webrtc", server.url());

    let preflight = http_client()
        .request(Method::OPTIONS, &url)
        .header("origin", "https://example.org")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type")
        .send()
        .await
        .unwrap();
    let answer = http_client()
        .post(&url)
        .header("origin", "https://example.org")
        .header("content-type", shared::signaling::SDP)
        .body(offer)
        .send()
        .await
        .unwrap();

    let allowed = |response: &reqwest::Response, name: &str| {
        let value = response.headers()[name].to_str().unwrap();
        value.to_lowercase()
    };
    assert!(preflight.status().is_success(), "{}", preflight.status());
    assert_eq!(preflight.headers()["access-control-allow-origin"], "*");
    assert!(allowed(&preflight, "access-control-allow-methods").contains("post"));
    assert!(allowed(&preflight, "access-control-allow-headers").contains("content-type"));
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    let exposed = allowed(&answer, "access-control-expose-headers");
    assert!(
        exposed.contains("x-conversation-id") && exposed.contains("location"),
        "{exposed}"
    );
    caller.vanish().await;
    server.stop().await;
}

#[tokio::test]
async fn the_answer_is_complete_and_opus_only() {
    let mut server = TestServer::with(&["--connect-deadline", "1s"]).await;
    let caller = Caller::new().await;

    let call = caller.dial(&server).await;

    let lines_with = |start: &str| -> Vec<String> {
        let lines = call.answer.lines().filter(|line| line.starts_with(start));
        lines.map(ToOwned::to_owned).collect()
    };
    assert_eq!(lines_with("m="), ["m=audio 9 UDP/TLS/RTP/SAVPF 111"]);
    assert_eq!(lines_with("a=rtpmap:"), ["a=rtpmap:111 opus/48000/2"]);
    assert_eq!(lines_with("a=sendrecv"), ["a=sendrecv"]);
    assert_eq!(lines_with("a=candidate:").len(), 1, "{}", call.answer);
    assert_eq!(lines_with("a=ice-lite"), ["a=ice-lite"]);
    assert!(call.location.starts_with("/webrtc/") && call.location.len() >= 8 + 22);
    caller.vanish().await;
    server.stop().await;
}

#[tokio::test]
async fn health_counts_the_conversations() {
    let mut server = TestServer::start().await;

    let before = server.health().await;
    let (caller, _) = Caller::connect(&server).await;
    let during = server.health().await;

    let expected = |health: &Health, active_conversations| Health {
        status: Status::Ok,
        timestamp: health.timestamp.clone(),
        active_conversations,
    };
    assert_eq!(before, expected(&before, 0));
    assert_eq!(during, expected(&during, 1));
    assert!(before.timestamp.ends_with('Z'), "{}", before.timestamp);
    assert!(before.timestamp <= during.timestamp);
    caller.hang_up().await;
    server.stop().await;
}
