//! The echo at once, later and as a parrot, chosen during the call.

use serde_json::json;
use tests::signal::RATE;
use tests::waiting::eventually;
use tests::{Browser, TestServer};

use crate::tone::{seconds_of_tone, until_silence, until_tone_comes_back};

/// For so long the person speaks to the parrot.
const SPOKEN_S: usize = 4;

#[tokio::test]
async fn the_echo_is_changed_during_the_call_and_the_server_does_it() {
    Browser::run_in_firefox("firefox-echoes", async move |browser| {
        let mut server = TestServer::on_all_addresses(&[]).await;
        browser.visit(server.url()).await;
        browser.press("call").await;
        browser.until_phase("live").await;

        until_tone_comes_back(&browser).await;
        let at_once = tone_after_muting(&browser).await;
        browser.press("echo-delayed").await;
        browser
            .until_in_force(json!({"mode": "delayed", "delay_ms": 2000}))
            .await;
        until_tone_comes_back(&browser).await;
        let delayed = tone_after_muting(&browser).await;
        browser.press("echo-parrot").await;
        browser.until_in_force(json!({"mode": "parrot"})).await;
        let before = browser.heard_so_far().await;
        browser.listen(SPOKEN_S * RATE as usize).await;
        let interrupted = tone_since(&browser, before).await;
        browser.press("mute").await;
        eventually("the parrot says it", async || {
            (tone_since(&browser, before).await > interrupted + 1.0).then_some(())
        })
        .await;
        until_silence(&browser).await;
        let said = tone_since(&browser, before).await;
        browser.press("call").await;
        browser.until_phase("ended").await;

        assert!(at_once < 1.0, "{at_once} seconds");
        let added = delayed - at_once;
        assert!((1.5..=2.5).contains(&added), "{added} seconds");
        assert!(interrupted < 1.0, "{interrupted} seconds");
        let spoken = SPOKEN_S as f32;
        assert!(
            (spoken - 1.0..spoken + 2.0).contains(&said),
            "{said} seconds"
        );
        assert_eq!(server.recorded().len(), 1);
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}

/// For how long the tone comes back when the person is silent, in seconds. Then he speaks again.
async fn tone_after_muting(browser: &Browser) -> f32 {
    let before = browser.heard_so_far().await;
    browser.press("mute").await;
    until_silence(browser).await;
    let tone = tone_since(browser, before).await;
    browser.press("mute").await;
    tone
}

/// For how long the tone came back after that sample, in seconds.
async fn tone_since(browser: &Browser, before: usize) -> f32 {
    seconds_of_tone(&browser.heard().await[before..])
}
