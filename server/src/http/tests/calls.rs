//! Offers, hang-ups and health.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Bytes, HttpBody};
use http_body::Frame;
use shared::{ConversationId, Health, Status};

use super::*;
use crate::peer::offer::MAX_OFFER_BYTES;

pub(super) const OFFER: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
    m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:EsAw\r\n\
    a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n\
    a=fingerprint:sha-256 6B:8B:5D:EA:59:04:20:23:29:C8:87:1C:CC:87:32:BE:DD:8C:66:A5:8E:50:55:EA:8C:D3:B6:5C:09:5E:D6:BC\r\n\
    a=setup:actpass\r\na=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n";
pub(super) const POST: &str = "POST /webrtc\ncontent-type: application/sdp";

fn offer() -> Request<Body> {
    request(POST, OFFER)
}

/// A body whose length is not told before: pieces of 1 kB, as many as there are left.
struct Pieces(usize);

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0 = match self.0.checked_sub(1) {
            Some(left) => left,
            None => return Poll::Ready(None),
        };
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'x'; 1024])))))
    }
}

#[tokio::test]
async fn an_offer_is_answered_with_all_that_its_caller_needs() {
    let server = Server::new();

    let answer = server.ask(offer()).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/sdp");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(
        answer
            .header("x-conversation-id")
            .parse::<ConversationId>()
            .is_ok()
    );
    let secret = answer.header("location").strip_prefix("/webrtc/").unwrap();
    assert_eq!(secret.len(), 22);
    assert!(answer.text().starts_with("v=0\r\n"));
}

#[tokio::test]
async fn the_media_type_of_an_offer_may_have_parameters_and_any_case() {
    let server = Server::new();

    for media_type in [
        "application/sdp; charset=utf-8",
        "Application/SDP",
        "application/sdp ;x=y",
    ] {
        let head = format!("POST /webrtc\ncontent-type: {media_type}");
        assert_eq!(
            server.ask(request(&head, OFFER)).await.status,
            200,
            "{media_type}"
        );
    }
}

#[tokio::test]
async fn another_media_type_is_refused() {
    let server = Server::new();
    let (_, _, detail) = server.ask(request("POST /webrtc", OFFER)).await.problem();
    assert_eq!(
        detail,
        "an offer is sent with the header Content-Type: application/sdp"
    );

    for media_type in [
        "text/plain",
        "application/json",
        "application/sdpx",
        "sdp",
        ";application/sdp",
    ] {
        let head = format!("POST /webrtc\ncontent-type: {media_type}");
        let answer = server.ask(request(&head, OFFER)).await;
        let (status, kind, _) = answer.problem();
        assert_eq!(
            (status, kind.as_str()),
            (415, "unsupported-media-type"),
            "{media_type}"
        );
        assert_eq!(answer.header("accept-post"), "application/sdp");
    }
}

#[tokio::test]
async fn what_is_refused_has_its_reason() {
    let server = Server::new();
    let no_opus = OFFER.replace("opus/48000/2", "PCMA/8000");
    let rows = [
        (
            String::new(),
            400,
            "not-sdp",
            "a session description begins with v=0",
        ),
        (
            "{}".to_owned(),
            400,
            "not-sdp",
            "a session description begins with v=0",
        ),
        (
            no_opus,
            422,
            "unacceptable-offer",
            "the audio section does not offer Opus at 48000 Hz with two channels (opus/48000/2)",
        ),
        (
            "x".repeat(MAX_OFFER_BYTES + 1),
            413,
            "body-too-large",
            "an offer has at most 65536 bytes",
        ),
    ];

    for (body, status, kind, detail) in rows {
        let problem = server.ask(request(POST, body)).await.problem();

        assert_eq!(problem, (status, kind.to_owned(), detail.to_owned()));
    }
}

#[tokio::test]
async fn a_body_of_unknown_length_is_read_up_to_the_limit() {
    let server = Server::new();
    let kind = async |pieces| {
        server
            .ask(request(POST, Body::new(Pieces(pieces))))
            .await
            .problem()
            .1
    };

    assert_eq!(kind(64).await, "not-sdp");
    assert_eq!(kind(65).await, "body-too-large");
    assert_eq!(kind(usize::MAX).await, "body-too-large");
}

#[tokio::test]
async fn a_stopping_server_ends_its_calls_and_refuses_new_ones() {
    let server = Server::new();
    assert_eq!(server.ask(offer()).await.status, 200);

    server.conversations.stop(Duration::from_secs(10)).await;
    let refused = server.ask(offer()).await;
    let health = server.ask(request("GET /health", "")).await;

    assert_eq!(refused.problem().1, "stopping");
    assert_eq!(
        (refused.status.as_u16(), refused.header("retry-after")),
        (503, "5")
    );
    let health: Health = serde_json::from_str(health.text()).unwrap();
    assert_eq!(
        (health.status, health.active_conversations),
        (Status::Draining, 0)
    );
}

#[tokio::test]
async fn a_call_is_ended_by_its_secret_and_stays_ended() {
    let server = Server::new();
    let location = server.ask(offer()).await.header("location").to_owned();
    let head = format!("DELETE {location}");

    let ended = server.ask(request(&head, "")).await;
    let again = server.ask(request(&head, "")).await;

    assert_eq!((ended.status.as_u16(), ended.body.len()), (204, 0));
    assert_eq!((again.status.as_u16(), again.body.len()), (204, 0));
}

#[tokio::test]
async fn what_is_no_secret_opens_nothing() {
    let server = Server::new();
    server.ask(offer()).await;

    for secret in [
        "x",
        "AAAAAAAAAAAAAAAAAAAAAA",
        "1",
        "..",
        "%2e%2e",
        "%00",
        "%ff",
        "AAAAAAAAAAAAAAAAAAAAAA%3D",
        "*",
    ] {
        let answer = server
            .ask(request(&format!("DELETE /webrtc/{secret}"), ""))
            .await;
        assert_eq!(answer.problem().1, "not-found", "{secret}");
    }
    assert_eq!(health(&server).await.active_conversations, 1);
}

async fn health(server: &Server) -> Health {
    let answer = server.ask(request("GET /health", "")).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (200, "application/json")
    );
    assert_eq!(answer.header("cache-control"), "no-store");
    serde_json::from_slice(&answer.body).unwrap()
}

#[tokio::test]
async fn health_counts_the_calls() {
    let server = Server::new();

    let before = health(&server).await;
    let location = server.ask(offer()).await.header("location").to_owned();
    let during = health(&server).await;
    server.ask(request(&format!("DELETE {location}"), "")).await;
    let after = health(&server).await;

    assert_eq!(before.status, Status::Ok);
    assert_eq!(
        [before, during, after.clone()].map(|health| health.active_conversations),
        [0, 1, 0]
    );
    let seconds = after.timestamp.parse::<jiff::Timestamp>().unwrap();
    assert_eq!(
        (seconds.subsec_nanosecond(), after.timestamp.len()),
        (0, "2024-01-15T10:30:00Z".len())
    );
}

#[tokio::test]
async fn whoever_hangs_up_in_the_middle_of_an_offer_leaves_a_call_that_counts() {
    let server = Server::new();

    // One poll begins the work, and then the request is dropped, as axum does it.
    let mut asking = Box::pin(server.ask(offer()));
    let is_pending =
        std::future::poll_fn(|cx| Poll::Ready(asking.as_mut().poll(cx).is_pending())).await;
    drop(asking);
    while health(&server).await.active_conversations == 0 {
        tokio::task::yield_now().await;
    }

    assert!(is_pending);
}

#[tokio::test]
async fn methods_that_a_path_does_not_take_are_refused_by_name() {
    let server = Server::new();

    for (head, allowed) in [
        ("GET /webrtc", "POST"),
        ("PUT /webrtc", "POST"),
        (
            "POST /webrtc/AAAAAAAAAAAAAAAAAAAAAA",
            "GET,HEAD,PATCH,DELETE",
        ),
        ("POST /health", "GET,HEAD"),
        ("DELETE /conversations/1/user_audio.ogg", "GET,HEAD"),
        ("POST /", "GET,HEAD"),
    ] {
        let answer = server.ask(request(head, "")).await;
        assert_eq!(answer.problem().1, "method-not-allowed", "{head}");
        assert_eq!(answer.header("allow"), allowed, "{head}");
    }
}

#[tokio::test]
async fn any_page_may_call_by_default() {
    let server = Server::new();

    for path in ["/webrtc", "/webrtc/AAAAAAAAAAAAAAAAAAAAAA", "/health"] {
        let head = format!(
            "OPTIONS {path}\norigin: https://example.org\naccess-control-request-method: POST\n\
             access-control-request-headers: content-type"
        );
        let preflight = server.ask(request(&head, "")).await;

        assert_eq!(preflight.status, 200);
        assert_eq!(preflight.header("access-control-allow-origin"), "*");
        assert_eq!(
            preflight.header("access-control-allow-methods"),
            "GET,POST,PUT,PATCH,DELETE"
        );
        assert_eq!(
            preflight.header("access-control-allow-headers"),
            "content-type,authorization,if-match"
        );
        assert_eq!(preflight.header("access-control-max-age"), "7200");
        assert_eq!(preflight.header("access-control-allow-credentials"), "-");
    }
}

#[tokio::test]
async fn other_pages_see_the_headers_of_answers_and_the_reasons_of_refusals() {
    let server = Server::new();
    let from_elsewhere = format!("{POST}\norigin: https://example.org");

    for (body, status) in [(OFFER, 200), ("", 400)] {
        let answer = server.ask(request(&from_elsewhere, body)).await;

        assert_eq!(answer.status, status);
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(
            answer.header("access-control-expose-headers"),
            "x-conversation-id,x-recording,location,link,etag,retry-after,x-request-id"
        );
    }
    let refused = server
        .ask(request("PUT /webrtc\norigin: https://example.org", ""))
        .await;
    assert_eq!(refused.header("access-control-allow-origin"), "*");
}

#[tokio::test]
async fn only_the_pages_of_the_list_may_call_when_there_is_one() {
    let listed = ["https://a.example", "https://b.example"].map(|origin| origin.parse().unwrap());
    let server = Server::for_origins(&listed);
    let allowed = async |origin: &str| {
        let answer = server
            .ask(request(&format!("{POST}\norigin: {origin}"), OFFER))
            .await;
        assert!(answer.header("vary").contains("origin"));
        answer.header("access-control-allow-origin").to_owned()
    };

    assert_eq!(allowed("https://b.example").await, "https://b.example");
    assert_eq!(allowed("https://c.example").await, "-");
    assert_eq!(allowed("null").await, "-");
}

#[tokio::test]
async fn recordings_and_the_page_are_not_for_other_pages() {
    let server = Server::new();

    for path in ["/", "/conversations/1/user_audio.ogg", "/nothing"] {
        let answer = server
            .ask(request(
                &format!("GET {path}\norigin: https://example.org"),
                "",
            ))
            .await;
        assert_eq!(answer.header("access-control-allow-origin"), "-", "{path}");
        assert_eq!(
            answer.header("cross-origin-resource-policy"),
            "same-origin",
            "{path}"
        );
    }
}
