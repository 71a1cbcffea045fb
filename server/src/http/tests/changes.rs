//! How a call is, and changes of the way to its caller.

use shared::ConversationId;
use shared::call::{CallRecording, CallRecordingState, CallState, EchoMode, Phase};

use super::calls::{OFFER, POST};
use super::*;
use crate::peer::fragment::MAX_FRAGMENT_BYTES;

const TYPE: &str = "content-type: application/trickle-ice-sdpfrag";
const CANDIDATE: &str = "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n\
    a=candidate:1 1 udp 2122260223 127.0.0.1 50000 typ host\r\na=end-of-candidates\r\n";
/// Those of the offer.
const IN_FORCE: &str = "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n";

/// A call that nobody was heard of yet.
struct Call {
    server: Server,
    id: ConversationId,
    location: String,
    tag: String,
}

impl Call {
    async fn begin(server: Server) -> Self {
        let answer = server.ask(request(POST, OFFER)).await;
        let [id, location, tag] =
            ["x-conversation-id", "location", "etag"].map(|name| answer.header(name).to_owned());
        Self {
            server,
            id: id.parse().unwrap(),
            location,
            tag,
        }
    }

    async fn new() -> Self {
        Self::begin(Server::new()).await
    }

    async fn ask(&self, method: &str) -> Answer {
        let head = format!("{method} {}", self.location);
        self.server.ask(request(&head, "")).await
    }

    async fn state(&self) -> CallState {
        let answer = self.ask("GET").await;
        assert_eq!(answer.status, 200);
        serde_json::from_slice(&answer.body).unwrap()
    }

    async fn patch(&self, if_match: &str, fragment: impl Into<Body>) -> Answer {
        let head = format!("PATCH {}\n{TYPE}\nif-match: {if_match}", self.location);
        self.server.ask(request(&head, fragment)).await
    }

    async fn tag(&self) -> String {
        self.ask("GET").await.header("etag").to_owned()
    }
}

fn restart(name: &str) -> String {
    format!("a=ice-ufrag:{name}\r\na=ice-pwd:aPasswordOfTwentyTwo{name}\r\n{CANDIDATE}")
}

fn line<'a>(fragment: &'a str, name: &str) -> &'a str {
    let mut lines = fragment.lines();
    lines.find_map(|line| line.strip_prefix(name)).unwrap()
}

#[tokio::test]
async fn a_call_that_is_not_connected_yet_tells_how_it_is() {
    for server in [Server::new(), Server::with_full_ice()] {
        let call = Call::begin(server).await;

        let answer = call.ask("GET").await;
        let head = call.ask("HEAD").await;

        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("etag"), call.tag);
        assert!(call.tag.starts_with('"') && call.tag.ends_with('"') && call.tag.len() > 16);
        let state: CallState = serde_json::from_slice(&answer.body).unwrap();
        let expected = CallState {
            conversation_id: call.id,
            phase: Phase::Connecting,
            since: state.since.clone(),
            traffic: None,
            echo: Some(EchoMode::AtOnce),
            recording: CallRecording {
                state: CallRecordingState::On,
                url: Some(format!("/conversations/{}", call.id)),
            },
        };
        assert_eq!(state, expected);
        assert!(state.since.parse::<jiff::Timestamp>().is_ok());
        assert_eq!(call.state().await, state);
        assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
        assert_eq!(head.header("etag"), call.tag);
    }
}

#[tokio::test]
async fn a_call_that_is_over_is_remembered_and_cannot_be_changed() {
    let call = Call::new().await;
    let before = call.state().await;

    assert_eq!(call.ask("DELETE").await.status, 204);

    let after = call.state().await;
    assert_eq!(
        (after.conversation_id, after.phase),
        (call.id, Phase::Ended)
    );
    assert_eq!(after.recording.state, CallRecordingState::Ended);
    assert_eq!(after.traffic, None);
    let moment = |state: &CallState| state.since.parse::<jiff::Timestamp>().unwrap();
    assert!(moment(&after) >= moment(&before));
    assert_eq!(call.state().await, after);
    assert_eq!(call.ask("GET").await.header("etag"), "-");
    let refused = call.patch("*", restart("anew")).await;
    assert_eq!(refused.problem().1, "not-found");
}

#[tokio::test]
async fn a_call_whose_recording_is_being_finished_is_over_and_cannot_be_changed() {
    let seats = Seats::new(LIMIT, None);
    let line = seats
        .take(ConversationId::from_nanoseconds(7), None)
        .unwrap();
    let (secret, recording) = (line.secret(), line.seat());
    drop(line);
    let call = Call {
        server: Server::with(seats, &engine_config(), &[AllowedOrigin::Any]),
        id: ConversationId::from_nanoseconds(7),
        location: format!("/webrtc/{secret}"),
        tag: String::new(),
    };

    let refused = call.patch("*", restart("anew")).await.problem();
    let state = call.state().await;

    assert_eq!((refused.0, refused.1.as_str()), (409, "call-over"));
    assert_eq!(
        (state.conversation_id, state.phase),
        (call.id, Phase::Ended)
    );
    drop(recording);
    assert_eq!(call.state().await, state);
}

#[tokio::test]
async fn who_has_no_call_is_told_nothing() {
    let server = Server::new();

    for secret in ["x", "AAAAAAAAAAAAAAAAAAAAAA", "%ff"] {
        for method in ["GET", "PATCH"] {
            let head = format!("{method} /webrtc/{secret}\n{TYPE}\nif-match: *");
            let answer = server.ask(request(&head, restart("anew"))).await;
            assert_eq!(answer.problem().1, "not-found", "{method} {secret}");
        }
        let head = server.ask(request(&format!("HEAD /webrtc/{secret}"), ""));
        assert_eq!(head.await.status, 404);
    }
}

#[tokio::test]
async fn more_addresses_change_nothing_of_the_session() {
    for server in [Server::new(), Server::with_full_ice()] {
        let call = Call::begin(server).await;
        let tag = call.tag.clone();

        for (if_match, fragment) in [
            (tag.as_str(), CANDIDATE.to_owned()),
            (tag.as_str(), format!("{IN_FORCE}{CANDIDATE}")),
            (tag.as_str(), "a=end-of-candidates\r\n".to_owned()),
            (tag.as_str(), CANDIDATE.replace("127.0.0.1", "a-name.local")),
            (&format!("\"another\", {tag}"), CANDIDATE.to_owned()),
            ("*", format!("{IN_FORCE}{CANDIDATE}")),
        ] {
            let answer = call.patch(if_match, fragment).await;

            let body = String::from_utf8_lossy(&answer.body).into_owned();
            assert_eq!(
                (answer.status.as_u16(), body.as_str()),
                (204, ""),
                "{if_match}"
            );
            assert_eq!(answer.header("etag"), "-");
        }
        assert_eq!(call.tag().await, tag);
    }
}

#[tokio::test]
async fn a_restart_is_answered_with_our_side_of_a_new_session() {
    for server in [Server::new(), Server::with_full_ice()] {
        let call = Call::begin(server).await;

        let first = call.patch("*", restart("first")).await;
        let second = call.patch(first.header("etag"), restart("second")).await;
        let third = call.patch("\"*\"", restart("third")).await;

        for answer in [&first, &second, &third] {
            assert_eq!(answer.status, 200);
            assert_eq!(
                answer.header("content-type"),
                "application/trickle-ice-sdpfrag"
            );
            assert_eq!(answer.header("cache-control"), "no-store");
            let fragment = answer.text();
            assert_eq!(line(fragment, "a=mid:"), "0");
            assert_eq!(line(fragment, "m="), "audio 9 UDP/TLS/RTP/SAVPF 0");
            assert!(line(fragment, "a=ice-pwd:").len() >= 22);
            assert!(line(fragment, "a=candidate:").ends_with(" typ host"));
            assert!(fragment.ends_with("a=end-of-candidates\r\n"));
        }
        let mut tags = [&first, &second, &third].map(|answer| answer.header("etag").to_owned());
        assert_eq!(call.tag().await, tags[2]);
        let stale = call.patch(&tags[1], CANDIDATE).await.problem();
        assert_eq!((stale.0, stale.1.as_str()), (412, "precondition-failed"));
        assert_eq!(call.patch(&tags[2], CANDIDATE).await.status, 204);
        tags.sort();
        assert!(tags[0] != tags[1] && tags[1] != tags[2] && !tags.contains(&call.tag));
        assert_eq!(call.ask("DELETE").await.status, 204);
    }
}

#[tokio::test]
async fn a_restart_whose_answer_was_lost_is_answered_again() {
    let call = Call::new().await;
    let first = call.patch("*", restart("anew")).await;

    let again = call.patch("*", restart("anew")).await;
    let trickled = call.patch(first.header("etag"), restart("anew")).await;

    assert_eq!(
        (again.status, trickled.status.as_u16()),
        (first.status, 204)
    );
    assert_eq!(again.header("etag"), first.header("etag"));
    assert_eq!(again.text(), first.text());
}

#[tokio::test]
async fn a_change_that_is_refused_changes_nothing() {
    let call = Call::new().await;
    let tag = call.tag.as_str();
    let unchanged = call.state().await;
    let too_large = "x".repeat(MAX_FRAGMENT_BYTES + 1);
    let rows = [
        ("\"another\"", restart("anew"), 412, "precondition-failed"),
        (
            "\"another\"",
            CANDIDATE.to_owned(),
            412,
            "precondition-failed",
        ),
        ("W/*", CANDIDATE.to_owned(), 412, "precondition-failed"),
        (tag, String::new(), 400, "not-a-fragment"),
        (tag, "{}".to_owned(), 400, "not-a-fragment"),
        (tag, "m=audio\r\n".to_owned(), 400, "not-a-fragment"),
        ("*", too_large, 413, "body-too-large"),
        (
            "*",
            restart("anew").replace("mid:0", "mid:1"),
            422,
            "unacceptable-fragment",
        ),
        ("*", restart("abc"), 422, "unacceptable-fragment"),
        (
            "*",
            restart("anew").replace("ice-pwd", "ice-x"),
            422,
            "unacceptable-fragment",
        ),
        (
            "*",
            IN_FORCE.replace("EsAw", "anew"),
            422,
            "unacceptable-fragment",
        ),
    ];

    for (if_match, fragment, status, kind) in rows {
        let problem = call.patch(if_match, fragment.clone()).await.problem();

        assert_eq!(
            (problem.0, problem.1.as_str()),
            (status, kind),
            "{fragment}"
        );
        assert_eq!(call.tag().await, call.tag);
    }
    assert_eq!(call.state().await, unchanged);
}

#[tokio::test]
async fn a_change_says_what_it_is_and_what_it_is_meant_for() {
    let call = Call::new().await;
    let path = &call.location;

    let untagged = format!("PATCH {path}\n{TYPE}");
    let untagged = call.server.ask(request(&untagged, CANDIDATE)).await;
    let untyped = format!("PATCH {path}\nif-match: *\ncontent-type: application/sdp");
    let untyped = call.server.ask(request(&untyped, CANDIDATE)).await;
    let typed = format!("PATCH {path}\nif-match: *\n{TYPE}; charset=utf-8");
    let typed = call.server.ask(request(&typed, CANDIDATE)).await;

    assert_eq!(untagged.status, 428);
    assert_eq!(untagged.problem().1, "precondition-required");
    assert_eq!(untyped.problem().1, "unsupported-media-type");
    assert_eq!(
        (untyped.status.as_u16(), untyped.header("accept-patch")),
        (415, "application/trickle-ice-sdpfrag")
    );
    assert_eq!(typed.status, 204);
}

#[tokio::test]
async fn a_stopping_server_has_no_call_to_change() {
    let call = Call::new().await;
    call.server
        .conversations
        .stop(Duration::from_secs(10))
        .await;

    let refused = call.patch("*", restart("anew")).await;

    assert_eq!(refused.problem().1, "not-found");
    assert_eq!(call.state().await.phase, Phase::Ended);
}
