//! `PUT` of a call's echo.

use super::calls::OFFER;
use super::*;

/// The path of a call that began by an offer to that one.
async fn call(server: &Server, path: &str) -> String {
    let head = format!("POST {path}\ncontent-type: application/sdp");
    let answer = server.ask(request(&head, OFFER)).await;
    answer.header("location").to_owned()
}

async fn put(server: &Server, path: &str, body: &str) -> Answer {
    let head = format!("PUT {path}\ncontent-type: application/json");
    server.ask(request(&head, body.to_owned())).await
}

#[tokio::test]
async fn a_caller_says_how_he_hears_himself_and_the_call_tells_it() {
    let server = Server::new();
    let location = call(&server, "/webrtc").await;
    let path = format!("{location}/echo");

    for mode in [
        r#"{"mode":"delayed","delay_ms":2000}"#,
        r#"{"mode":"parrot"}"#,
        r#"{"mode":"at_once"}"#,
    ] {
        let answer = put(&server, &path, mode).await;
        let told = server.ask(request(&format!("GET {location}"), "")).await;

        assert_eq!(answer.status, 200);
        assert_eq!(answer.body, mode.as_bytes());
        let told: serde_json::Value = serde_json::from_slice(&told.body).unwrap();
        assert_eq!(told["echo"].to_string(), mode_in_order(mode));
    }
}

/// The same value, its fields as `serde_json` prints them.
fn mode_in_order(mode: &str) -> String {
    serde_json::from_str::<serde_json::Value>(mode)
        .unwrap()
        .to_string()
}

#[tokio::test]
async fn what_is_no_echo_changes_nothing() {
    let server = Server::new();
    let location = call(&server, "/webrtc").await;
    let path = format!("{location}/echo");
    let late = r#"{"mode":"delayed","delay_ms":10001}"#;
    for (body, status, name) in [
        ("", 400, "not-an-echo"),
        ("{}", 400, "not-an-echo"),
        (r#"{"mode":"loud"}"#, 400, "not-an-echo"),
        (r#"{"mode":"delayed"}"#, 400, "not-an-echo"),
        (r#"{"mode":"delayed","delay_ms":-1}"#, 400, "not-an-echo"),
        (late, 422, "unacceptable-echo"),
        (&"x".repeat(2_000), 413, "body-too-large"),
    ] {
        let answer = put(&server, &path, body).await;

        assert_eq!(answer.status.as_u16(), status, "{body}");
        assert_eq!(answer.problem().1, name, "{body}");
    }
    let untyped = server.ask(request(&format!("PUT {path}"), "{}")).await;
    let nobody = put(&server, "/webrtc/AAAAAAAAAAAAAAAAAAAAAA/echo", "{}").await;
    assert_eq!(
        (untyped.status.as_u16(), nobody.status.as_u16()),
        (415, 404)
    );
    assert_eq!(untyped.header("accept"), "application/json");
    let told = server.ask(request(&format!("GET {location}"), "")).await;
    assert!(
        String::from_utf8(told.body)
            .unwrap()
            .contains(r#""echo":{"mode":"at_once"}"#)
    );
}

#[tokio::test]
async fn what_is_only_published_has_no_echo() {
    let server = Server::new();
    let published = call(&server, "/whip").await;
    let path = format!("{}/echo", published.replace("/whip/", "/webrtc/"));

    let answer = put(&server, &path, r#"{"mode":"parrot"}"#).await;

    assert_eq!(
        (answer.problem().0, answer.problem().1.as_str()),
        (409, "no-echo")
    );
}
