//! What goes wrong is said, with the one thing to do, and nothing stays open.

use rustix::process::Signal;
use tests::browser::{ELSEWHERE, Microphone};
use tests::signal::Sentence;
use tests::waiting::{PATIENCE, eventually, within};
use tests::{Browser, TestServer};

/// Presses the button and waits for a problem of this kind.
async fn calling_fails_with(browser: &Browser, kind: &str) {
    browser.press("call").await;
    let problem = browser.attribute("problem", "data-problem").await;
    assert_eq!(problem.as_deref(), Some(kind));
    assert!(browser.text("problem").await.len() > 20);
}

#[tokio::test]
async fn a_denied_microphone_is_named_and_leaves_no_call() {
    Browser::run("denied", Microphone::Denied, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;

        calling_fails_with(&browser, "permission-denied").await;

        browser.until_phase("failed").await;
        browser.take_picture("permission-denied").await;
        assert_eq!(server.health().await.active_conversations, 0);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_missing_microphone_is_named_and_leaves_no_call() {
    a_microphone_that_fails_is_named("NotFoundError", "no-microphone").await;
}

#[tokio::test]
async fn a_busy_microphone_is_named_and_leaves_no_call() {
    a_microphone_that_fails_is_named("NotReadableError", "microphone-busy").await;
}

async fn a_microphone_that_fails_is_named(exception: &'static str, kind: &'static str) {
    let microphone = Microphone::Fails(exception);

    Browser::run(kind, microphone, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;

        calling_fails_with(&browser, kind).await;

        browser.until_phase("failed").await;
        assert_eq!(server.health().await.active_conversations, 0);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_page_that_came_unencrypted_from_elsewhere_says_so() {
    let microphone = Microphone::Hears(Sentence::of(2, 6).samples);

    Browser::run("insecure", microphone, async move |browser| {
        let mut server = TestServer::with(&["--host", ELSEWHERE]).await;
        let url = server.url().replace("127.0.0.1", ELSEWHERE);
        browser.visit(&url).await;

        let warning = browser.text("insecure").await;
        assert!(warning.contains("localhost"), "{warning}");
        assert!(warning.contains("--tls auto"), "{warning}");
        calling_fails_with(&browser, "insecure-origin").await;
        let unfold = "document.querySelector('[data-testid=engineer]').open = true;";
        browser.evaluate(unfold).await;
        browser.press("dump-copy").await;
        eventually("that there is no clipboard", async || {
            let said = browser.text("dump-said").await;
            said.contains("Download the details").then_some(())
        })
        .await;
        browser.until_phase("failed").await;
        assert_eq!(server.health().await.active_conversations, 0);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_away_is_named() {
    let microphone = Microphone::Hears(Sentence::of(2, 1).samples);

    Browser::run("away", microphone, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;
        server.kill().await;

        calling_fails_with(&browser, "server-away").await;

        browser.until_phase("failed").await;
        browser.shown("engineer").await;
        let steps = "return [...document.querySelectorAll('[data-testid=timeline] li')]
            .map(({ dataset }) => dataset.step).join();";
        assert_eq!(browser.evaluate(steps).await, "microphone,offer");
        browser.take_picture("server-away").await;
    })
    .await;
}

#[tokio::test]
async fn a_server_that_stops_in_mid_call_says_goodbye_to_the_page() {
    let microphone = Microphone::Hears(Sentence::of(2, 2).samples);

    Browser::run("stopped", microphone, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;
        browser.press("call").await;
        browser.until_phase("live").await;

        server.signal(Signal::TERM);
        let status = server.ended().await;

        browser.until_phase("ended").await;
        browser.until_all_is_released(1).await;
        assert!(status.success(), "{status}");
        let problem = browser.seen("problem").await;
        assert!(problem.is_none(), "a goodbye is no failure");
    })
    .await;
}

#[tokio::test]
async fn a_server_that_dies_in_mid_call_is_missed_by_the_page() {
    let microphone = Microphone::Hears(Sentence::of(2, 3).samples);

    Browser::run("died", microphone, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;
        browser.press("call").await;
        browser.until_phase("live").await;

        server.kill().await;

        browser.until_phase("reconnecting").await;
        browser.take_picture("reconnecting").await;
        let problem = within(PATIENCE * 2, "the page gives the call up", async || {
            let element = browser.seen("problem").await?;
            element.attr("data-problem").await.unwrap()
        })
        .await;
        browser.until_phase("ended").await;
        browser.until_all_is_released(1).await;
        assert_eq!(problem, "connection-lost");
    })
    .await;
}
