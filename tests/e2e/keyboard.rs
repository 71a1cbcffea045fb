//! No mouse: Tab, Space and Enter are enough.

use tests::browser::Microphone;
use tests::signal::Sentence;
use tests::waiting::eventually;
use tests::{Browser, TestServer};
use thirtyfour::Key;

/// Goes to the element as someone without a mouse does.
async fn tab_to(browser: &Browser, testid: &str) {
    eventually(&format!("the focus is on `{testid}`"), async || {
        browser.press_key(Key::Tab).await;
        (browser.focused().await.as_deref() == Some(testid)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_keyboard_alone_calls_mutes_hangs_up_and_keeps_a_recording() {
    let microphone = Microphone::Hears(Sentence::of(2, 4).samples);

    Browser::run("keyboard", microphone, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;

        tab_to(&browser, "call").await;
        browser.press_key(Key::Space).await;
        browser.until_phase("live").await;
        tab_to(&browser, "mute").await;
        browser.press_key(Key::Space).await;
        let is_muted = browser.attribute("mute", "aria-pressed").await;
        tab_to(&browser, "call").await;
        browser.press_key(Key::Enter).await;
        browser.until_phase("ended").await;
        browser.shown("recording-delete").await;
        tab_to(&browser, "recording-delete").await;
        browser.press_key(Key::Enter).await;
        browser.until_focused("recording-keep").await;
        browser.press_key(Key::Space).await;
        browser.until_focused("recording-delete").await;
        tab_to(&browser, "library").await;
        browser.press_key(Key::Enter).await;
        browser.shown("listed-piece").await;

        assert_eq!(is_muted.as_deref(), Some("true"));
        assert_eq!(server.recorded().len(), 1, "it was kept");
        server.stop().await;
    })
    .await;
}
