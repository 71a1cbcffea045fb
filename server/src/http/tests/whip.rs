//! What RFC 9725 demands of a server, one demand a row.

use super::calls::OFFER;
use super::*;

const POST: &str = "POST /whip\ncontent-type: application/sdp";
const FRAGMENT: &str = "content-type: application/trickle-ice-sdpfrag";
/// Those of [`OFFER`].
const CREDENTIALS: &str = "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n";
const NEW_CREDENTIALS: &str = "a=ice-ufrag:ysXw\r\na=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r\n";

fn candidate(credentials: &str) -> String {
    format!(
        "{credentials}m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n\
         a=candidate:1 1 udp 2130706431 192.0.2.1 61764 typ host\r\na=end-of-candidates\r\n"
    )
}

/// A session, where it is, and its tag.
async fn session(server: &Server) -> (String, String) {
    let answer = server.ask(request(POST, OFFER)).await;
    assert_eq!(answer.status, 201);
    let header = |name| answer.header(name).to_owned();
    (header("location"), header("etag"))
}

#[tokio::test]
async fn an_offer_is_created_with_all_that_a_client_needs() {
    let server = Server::new();

    let answers = [
        server.ask(request(POST, OFFER)).await,
        server.ask(request(POST, OFFER)).await,
    ];

    for answer in &answers {
        assert_eq!(answer.status, 201);
        assert_eq!(answer.header("content-type"), "application/sdp");
        let tag = answer.header("etag");
        assert!(tag.starts_with('"') && tag.len() > 8, "a strong tag: {tag}");
        let sdp = answer.text();
        assert!(sdp.contains("\r\na=recvonly\r\n"), "{sdp}");
        assert!(sdp.contains("\r\na=candidate:"), "{sdp}");
        assert!(sdp.contains("\r\na=end-of-candidates"), "{sdp}");
        assert!(sdp.contains("\r\na=rtcp-mux\r\n"), "{sdp}");
    }
    let [first, second] = answers.map(|answer| answer.header("location").to_owned());
    assert_ne!(first, second);
    assert_eq!(first.strip_prefix("/whip/").unwrap().len(), 22, "128 bits");
}

#[tokio::test]
async fn what_is_no_offer_is_refused_and_leaves_nothing() {
    let server = Server::new();
    let receiving = OFFER.replace("a=sendrecv", "a=recvonly");
    let inactive = OFFER.replace("a=sendrecv", "a=inactive");
    let weak = OFFER.replace("sha-256", "sha-1");
    for (head, body, status) in [
        ("POST /whip", OFFER, 415),
        ("POST /whip\ncontent-type: application/json", OFFER, 415),
        (POST, "", 400),
        (POST, "nonsense", 400),
        (POST, &receiving, 422),
        (POST, &inactive, 422),
        (POST, &weak, 422),
    ] {
        let answer = server.ask(request(head, body.to_owned())).await;
        assert_eq!(answer.status, status, "{head} {body}");
    }
    assert_eq!(server.conversations.active(), 0);
}

#[tokio::test]
async fn other_methods_are_kept_for_later_versions() {
    let server = Server::new();
    let (location, _) = session(&server).await;
    for (verb, path, status) in [
        ("GET", "/whip", 405),
        ("HEAD", "/whip", 405),
        ("PUT", "/whip", 405),
        ("DELETE", "/whip", 405),
        ("PATCH", "/whip", 405),
        ("GET", &location, 204),
        ("HEAD", &location, 204),
        ("PUT", &location, 405),
        ("POST", &location, 405),
    ] {
        let answer = server.ask(request(&format!("{verb} {path}"), "")).await;
        assert_eq!(answer.status, status, "{verb} {path}");
        assert!(answer.status != 204 || answer.body.is_empty());
        assert!(answer.status != 405 || answer.header("allow") != "-");
    }
}

#[tokio::test]
async fn whoever_asks_is_told_what_can_be_posted() {
    let server = Server::new();
    let preflight = "OPTIONS /whip\norigin: https://example.org\n\
        access-control-request-method: POST\naccess-control-request-headers: authorization";
    for head in ["OPTIONS /whip", preflight] {
        let answer = server.ask(request(head, "")).await;
        assert!(answer.status.is_success());
        assert_eq!(answer.header("accept-post"), "application/sdp");
        assert_eq!(
            answer.header("link"),
            "-",
            "servers are told with an answer"
        );
    }
    let preflight = server.ask(request(preflight, "")).await;
    assert_eq!(preflight.header("access-control-allow-origin"), "*");
}

#[tokio::test]
async fn changes_of_the_session_follow_every_rule() {
    let server = Server::new();
    let (location, tag) = session(&server).await;
    let (trickled, restarted) = (candidate(CREDENTIALS), candidate(NEW_CREDENTIALS));
    let plain = "content-type: application/sdp";
    let rows = [
        (
            "another media type",
            plain,
            tag.as_str(),
            trickled.as_str(),
            415,
        ),
        ("no fragment", FRAGMENT, tag.as_str(), "nonsense", 400),
        ("no condition", FRAGMENT, "", trickled.as_str(), 428),
        (
            "another session",
            FRAGMENT,
            "\"other\"",
            trickled.as_str(),
            412,
        ),
        (
            "a candidate",
            FRAGMENT,
            tag.as_str(),
            trickled.as_str(),
            204,
        ),
        ("half a restart", FRAGMENT, "*", "a=ice-ufrag:ysXw\r\n", 422),
        ("a restart", FRAGMENT, "*", restarted.as_str(), 200),
        (
            "the old session",
            FRAGMENT,
            tag.as_str(),
            trickled.as_str(),
            412,
        ),
    ];
    for (what, media_type, condition, body, status) in rows {
        let mut head = format!("PATCH {location}\n{media_type}");
        if !condition.is_empty() {
            head = format!("{head}\nif-match: {condition}");
        }
        let answer = server.ask(request(&head, body.to_owned())).await;

        assert_eq!(answer.status, status, "{what}");
        let new_tag = answer.header("etag");
        assert_eq!(status == 200, new_tag != "-" && new_tag != tag, "{what}");
        if status == 200 {
            let media_type = answer.header("content-type");
            assert_eq!(media_type, "application/trickle-ice-sdpfrag");
            assert!(answer.text().contains("a=ice-ufrag:"));
        }
        // Whatever failed has not ended the session.
        let still = server.ask(request(&format!("GET {location}"), "")).await;
        assert_eq!(still.status, 204, "{what}");
    }
}

#[tokio::test]
async fn a_session_is_deleted_whatever_its_tag() {
    let server = Server::new();
    let (location, _) = session(&server).await;

    let head = format!("DELETE {location}\nif-match: \"other\"");
    let deleted = server.ask(request(&head, "")).await;
    let patch = format!("PATCH {location}\n{FRAGMENT}\nif-match: *");
    let patched = server
        .ask(request(&patch, candidate(NEW_CREDENTIALS)))
        .await;

    assert!(deleted.status.is_success());
    assert_eq!(server.conversations.active(), 0);
    assert_eq!(patched.status, 404);
}
