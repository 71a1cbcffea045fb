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

/// Redundancy (RFC 2198) is never answered, wherever it stands: nobody would take it apart.
#[tokio::test]
async fn redundant_audio_is_offered_and_not_answered() {
    let mut server = TestServer::with(&["--connect-deadline", "1s"]).await;
    let caller = Caller::new().await;
    let offer = caller.offer().await;

    for payload_types in ["63 111", "111 63"] {
        let offer = offer
            .replace("RTP/SAVPF 111", &format!("RTP/SAVPF {payload_types}"))
            .replace(
                "a=rtpmap:111",
                "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\na=rtpmap:111",
            );
        assert!(offer.contains("a=rtpmap:63") && offer.contains(payload_types));
        let response = server.post_offer(offer).await;
        let status = response.status();
        let answer = response.text().await.unwrap();

        assert_eq!(status, StatusCode::OK, "{answer}");
        let is_of_codecs = |line: &&str| {
            let kinds = ["m=", "a=rtpmap:", "a=fmtp:"];
            kinds.iter().any(|kind| line.starts_with(kind))
        };
        let codecs: Vec<&str> = answer.lines().filter(is_of_codecs).collect();
        assert_eq!(
            codecs,
            [
                "m=audio 9 UDP/TLS/RTP/SAVPF 111",
                "a=rtpmap:111 opus/48000/2",
                "a=fmtp:111 minptime=10;useinbandfec=1",
            ]
        );
    }
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
