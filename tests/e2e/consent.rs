//! Whether a call is recorded is said before it, chosen where it can be, and shown during it.

use tests::browser::Microphone;
use tests::signal::Sentence;
use tests::waiting::eventually;
use tests::{Browser, TestServer};

/// Calls until the call is live, and hangs up. What was shown of recording meanwhile.
async fn call(browser: &Browser) -> (Option<String>, String) {
    browser.press("call").await;
    browser.until_phase("live").await;
    let state = browser.attribute("recorded", "data-recorded").await;
    let words = browser.text("recorded").await;
    browser.listen(24_000).await;
    browser.press("call").await;
    browser.until_phase("ended").await;
    (state, words)
}

#[tokio::test]
async fn where_it_can_be_chosen_nothing_is_recorded_unless_it_was() {
    let microphone = Microphone::Hears(Sentence::of(3, 17).samples);

    Browser::run("ask", microphone, async move |browser| {
        let mut server = TestServer::with(&["--recording", "ask"]).await;
        browser.visit(server.url()).await;
        let is_chosen = browser.shown("record").await.is_selected().await.unwrap();

        let (state, words) = call(&browser).await;

        assert!(!is_chosen);
        assert_eq!(state.as_deref(), Some("off"));
        assert_eq!(words, "Not recorded");
        assert!(browser.text("recording").await.contains("not recorded"));
        server.until_active(0).await;
        assert!(server.recorded().is_empty());

        browser.press("record").await;
        browser.visit(server.url()).await;
        eventually("the choice of the last visit", async || {
            let is_chosen = browser.shown("record").await.is_selected().await;
            is_chosen.unwrap().then_some(())
        })
        .await;
        let (state, words) = call(&browser).await;

        assert_eq!(state.as_deref(), Some("on"));
        assert_eq!(words, "Recording");
        browser.shown("recording-link").await;
        assert_eq!(server.recorded().len(), 1);
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn where_nothing_is_recorded_that_is_said_before_and_during_the_call() {
    let microphone = Microphone::Hears(Sentence::of(3, 18).samples);

    Browser::run("never", microphone, async move |browser| {
        let mut server = TestServer::with(&["--recording", "never"]).await;
        browser.visit(server.url()).await;

        let before = browser.text("consent").await;
        let (state, _) = call(&browser).await;

        assert!(before.contains("Nothing is recorded"), "{before}");
        assert_eq!(state.as_deref(), Some("off"));
        server.until_active(0).await;
        assert!(server.recorded().is_empty());
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn where_every_call_is_recorded_that_is_said_before_and_during_the_call() {
    let microphone = Microphone::Hears(Sentence::of(3, 19).samples);

    Browser::run("always", microphone, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;

        let before = browser.text("consent").await;
        let (state, words) = call(&browser).await;

        assert!(before.contains("recorded"), "{before}");
        assert!(browser.seen("record").await.is_none());
        assert_eq!(state.as_deref(), Some("on"));
        assert_eq!(words, "Recording");
        server.stop().await;
    })
    .await;
}
