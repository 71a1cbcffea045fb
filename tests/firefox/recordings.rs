//! A recording is listed, drawn, played and deleted.

use tests::waiting::eventually;
use tests::{Browser, TestServer};

use crate::tone::until_tone_comes_back;

#[tokio::test]
async fn a_recording_is_listed_drawn_played_and_deleted_after_one_question() {
    Browser::run_in_firefox("firefox-recordings", async move |browser| {
        let mut server = TestServer::on_all_addresses(&[]).await;
        browser.visit(server.url()).await;
        browser.press("call").await;
        browser.until_phase("live").await;
        let id = browser.text("conversation-id").await;
        until_tone_comes_back(&browser).await;
        browser.press("call").await;
        browser.until_phase("ended").await;

        browser.press("to-recordings").await;
        browser.until_count("listed-piece", 1).await;
        let listed = browser.attribute("listed-piece", "data-id").await;
        until_drawn(&browser).await;
        browser.press("listed-play").await;
        let length = browser.until_plays("listed-player").await;
        until_plays_on(&browser).await;
        browser.take_picture("firefox-recordings").await;
        browser.press("listed-delete").await;
        browser.until_focused("listed-keep").await;
        browser.press("listed-keep").await;
        browser.until_focused("listed-delete").await;
        assert_eq!(server.recorded().len(), 1);
        browser.press("listed-delete").await;
        browser.press("listed-confirm").await;
        browser.shown("listed-none").await;

        assert_eq!(listed.as_deref(), Some(id.as_str()));
        assert!(length > 1.0, "{length}");
        assert!(server.recorded().is_empty());
        browser.assert_policy_kept().await;
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}

/// Waits until the recording's waveform has sound in it.
async fn until_drawn(browser: &Browser) {
    let script = "return document.querySelector('[data-testid=listed-waveform] .sound')
        ?.getBBox().height";
    eventually("a waveform", async || {
        let height = browser.evaluate(script).await.as_f64()?;
        (height > 0.0).then_some(())
    })
    .await;
}

/// Waits until the player has gone on.
async fn until_plays_on(browser: &Browser) {
    let script = "return document.querySelector('[data-testid=listed-player]').currentTime";
    let place = async || browser.evaluate(script).await.as_f64().unwrap();
    let before = place().await;
    eventually("the player goes on", async || {
        (place().await > before + 0.2).then_some(())
    })
    .await;
}
