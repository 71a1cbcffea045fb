//! Who may do what, whether a call is recorded, and what is published.

use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::calls::{OFFER, POST};
use super::*;
use crate::config::access::{Auth, Recording};

const TOKEN: &str = "0123456789abcdef";
const WHIP: &str = "POST /whip\ncontent-type: application/sdp";

fn with_auth(auth: Auth) -> AccessConfig {
    AccessConfig {
        auth,
        token: Some(TOKEN.parse().unwrap()),
        ..AccessConfig::default()
    }
}

fn with_policy(recording: Recording) -> AccessConfig {
    AccessConfig {
        recording,
        ..AccessConfig::default()
    }
}

/// A token of that subject and scope, which lasts a minute.
pub(super) fn token_of(subject: &str, scope: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let claims = json!({"sub": subject, "scope": scope, "exp": now.as_secs() + 60});
    encode(
        &Header::default(),
        &claims,
        &EncodingKey::from_secret(JWT_SECRET),
    )
    .unwrap()
}

fn bearer(head: &str, token: &str) -> String {
    format!("{head}\nauthorization: Bearer {token}")
}

fn kind(answer: &Answer) -> String {
    answer.problem().1
}

#[tokio::test]
async fn who_has_to_be_known_is_asked_for_a_token() {
    for auth in [Auth::Token, Auth::Jwt] {
        let server = Server::ruled(&with_auth(auth), true);
        for path in [POST, WHIP, "GET /conversations/1/user_audio.ogg"] {
            let unknown = server.ask(request(path, OFFER)).await;
            let wrong = server.ask(request(&bearer(path, "wrong"), OFFER)).await;

            assert_eq!(unknown.status, 401, "{path}");
            assert_eq!(kind(&unknown), "unauthorized");
            assert_eq!(unknown.header("www-authenticate"), "Bearer");
            assert_eq!(wrong.status, 401, "{path}");
            assert_eq!(
                wrong.header("www-authenticate"),
                "Bearer error=\"invalid_token\""
            );
        }
        for open in ["GET /health", "GET /about", "GET /"] {
            assert_eq!(server.ask(request(open, "")).await.status, 200, "{open}");
        }
    }
}

#[tokio::test]
async fn the_one_token_calls_and_the_calls_own_url_needs_none() {
    let server = Server::ruled(&with_auth(Auth::Token), true);

    let answer = server.ask(request(&bearer(POST, TOKEN), OFFER)).await;
    let ended = format!("DELETE {}", answer.header("location"));
    let ended = server.ask(request(&ended, "")).await;

    assert_eq!([answer.status, ended.status], [200, 204]);
}

#[tokio::test]
async fn a_token_without_the_scope_does_not_call() {
    let server = Server::ruled(&with_auth(Auth::Jwt), true);
    let ask = async |head: &str, scope: &str| {
        let head = bearer(head, &token_of("anna", scope));
        server.ask(request(&head, OFFER)).await
    };

    let unrecorded = ask(POST, "echo").await;
    let unheard = ask(POST, "record").await;
    let published = ask(WHIP, "echo").await;

    for (answer, scope) in [
        (unrecorded, "record"),
        (unheard, "echo"),
        (published, "record"),
    ] {
        assert_eq!(
            (answer.status.as_u16(), kind(&answer)),
            (403, "forbidden".to_owned())
        );
        assert_eq!(
            answer.header("www-authenticate"),
            format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"")
        );
    }
    assert_eq!(ask(POST, "echo record").await.status, 200);
    assert_eq!(ask(WHIP, "record").await.status, 201);
}

#[tokio::test]
async fn the_servers_rule_and_the_callers_wish_decide_what_is_recorded() {
    use Recording::{Always, Ask, Never};
    let rows = [
        (Always, "", "200 on"),
        (Always, "?record=true", "200 on"),
        (Always, "?record=false", "403 recording-required"),
        (Ask, "", "200 off"),
        (Ask, "?record=false", "200 off"),
        (Ask, "?record=true", "200 on"),
        (Ask, "?record=yes", "400 bad-query"),
        (Ask, "?record=true&record=false", "400 bad-query"),
        (Never, "", "200 off"),
        (Never, "?record=true", "200 off"),
    ];
    for (policy, wish, expected) in rows {
        let server = Server::ruled(&with_policy(policy), true);
        let head = POST.replace("/webrtc", &format!("/webrtc{wish}"));

        let answer = server.ask(request(&head, OFFER)).await;

        let outcome = match answer.status.as_u16() {
            200 => answer.header("x-recording").to_owned(),
            _ => kind(&answer),
        };
        let outcome = format!("{} {outcome}", answer.status.as_u16());
        assert_eq!(outcome, expected, "{policy:?} {wish}");
    }
}

#[tokio::test]
async fn what_is_published_is_recorded_or_refused() {
    use Recording::{Always, Ask, Never};
    for (policy, path, status) in [
        (Always, "/whip", 201),
        (Ask, "/whip", 201),
        (Ask, "/whip?record=false", 403),
        (Never, "/whip", 403),
    ] {
        let server = Server::ruled(&with_policy(policy), true);

        let answer = server
            .ask(request(&WHIP.replace("/whip", path), OFFER))
            .await;

        assert_eq!(answer.status, status, "{policy:?} {path}");
    }
}

#[tokio::test]
async fn an_unrecorded_call_makes_no_folder() {
    let server = Server::ruled(&with_policy(Recording::Ask), true);

    let answer = server.ask(request(POST, OFFER)).await;
    let id = answer.header("x-conversation-id").to_owned();
    let ended = format!("DELETE {}", answer.header("location"));
    server.ask(request(&ended, "")).await;

    assert!(!server.folder.path().join("recordings").join(id).exists());
}

#[tokio::test]
async fn a_publisher_gets_what_rfc_9725_promises_him() {
    let server = Server::ruled(&AccessConfig::default(), true);

    let answer = server.ask(request(WHIP, OFFER)).await;

    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("content-type"), "application/sdp");
    assert_eq!(
        answer.header("link"),
        "<stun:stun.example.org:3478>; rel=\"ice-server\""
    );
    let location = answer.header("location");
    assert!(location.starts_with("/whip/"), "{location}");
    assert!(answer.text().contains("\r\na=recvonly\r\n"));
    assert!(!answer.text().contains("a=ssrc"), "nothing is sent back");
    assert_eq!(server.conversations.active(), 1);
    let ended = server.ask(request(&format!("DELETE {location}"), "")).await;
    assert_eq!(ended.status, 204);
}

#[tokio::test]
async fn a_publisher_is_taken_whole_or_not_at_all() {
    let server = Server::ruled(&AccessConfig::default(), true);
    let with_video = format!(
        "{}m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=sendonly\r\n",
        OFFER.replace("BUNDLE 0", "BUNDLE 0 1")
    );

    let refused = server.ask(request(WHIP, with_video)).await;

    assert_eq!(refused.status, 422);
    assert_eq!(kind(&refused), "unacceptable-offer");
    assert_eq!(server.conversations.active(), 0);
}

#[tokio::test]
async fn everybody_is_told_what_he_has_to_know() {
    let about = async |server: &Server, head: &str| -> Value {
        let answer = server.ask(request(head, "")).await;
        assert_eq!(answer.header("cache-control"), "no-store");
        serde_json::from_slice(&answer.body).unwrap()
    };
    let local = Server::ruled(&AccessConfig::default(), true);
    let open = Server::ruled(&with_policy(Recording::Ask), false);
    let closed = Server::ruled(&with_auth(Auth::Token), false);

    let version = env!("CARGO_PKG_VERSION");
    let expected = |recording: &str, auth: &str, may_list: bool| {
        json!({"version": version, "recording": recording, "auth": auth,
            "may_list": may_list})
    };
    assert_eq!(
        about(&local, "GET /about").await,
        expected("always", "none", true)
    );
    assert_eq!(
        about(&open, "GET /about").await,
        expected("ask", "none", false)
    );
    assert_eq!(
        about(&closed, "GET /about").await,
        expected("always", "token", false)
    );
    assert_eq!(
        about(&closed, &bearer("GET /about", TOKEN)).await,
        expected("always", "token", true)
    );
}
