//! The page and all paths that lead nowhere.

use super::*;

#[tokio::test]
async fn the_page_comes_with_its_policies() {
    let server = Server::new();

    let answer = server.ask(request("GET /", "")).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(answer.header("cache-control"), "no-cache");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert_eq!(answer.header("vary"), "accept-encoding");
    assert!(
        answer
            .header("permissions-policy")
            .starts_with("microphone=(self),")
    );
    let policy = answer.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'"),
        "{policy}"
    );
    assert!(policy.ends_with("frame-ancestors 'none'"), "{policy}");
    assert!(answer.text().to_lowercase().starts_with("<!doctype html>"));
}

#[tokio::test]
async fn a_browser_asks_for_the_page_again_and_gets_it_only_when_it_changed() {
    let server = Server::new();
    let etag = server
        .ask(request("GET /", ""))
        .await
        .header("etag")
        .to_owned();

    let again = server
        .ask(request(&format!("GET /\nif-none-match: {etag}"), ""))
        .await;

    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
    assert_eq!(again.header("etag"), etag);
}

#[tokio::test]
async fn head_tells_the_length_and_sends_nothing() {
    let server = Server::new();
    let whole = server.ask(request("GET /", "")).await;

    let head = server.ask(request("HEAD /", "")).await;

    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), whole.body.len().to_string());
}

#[tokio::test]
async fn paths_that_lead_nowhere_are_problems() {
    let server = Server::new();

    for path in [
        "/nonexistent",
        "/webrtc/",
        "/webrtc/a/b",
        "/health/",
        "/conversations/",
        "/conversations/1",
        "/conversations/1/",
        "/conversations/1/metadata.json",
        "/index.html/",
        "/../Cargo.toml",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "/%c0%ae%c0%ae/etc/passwd",
        "//etc/passwd",
        "/index.html%00.js",
    ] {
        let answer = server.ask(request(&format!("GET {path}"), "")).await;
        assert_eq!(answer.problem().1, "not-found", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    }
}
