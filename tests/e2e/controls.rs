//! What a person changes during a call: who hears him, how loud, and the tap some browsers want.

use tests::browser::Microphone;
use tests::signal::{RATE, Sentence, level};
use tests::waiting::eventually;
use tests::{Browser, TestServer};
use thirtyfour::Key;

/// The browser wants a tap before it plays anything for the first time.
const WANT_A_TAP: &str = "
    const prototype = HTMLMediaElement.prototype;
    const play = prototype.play;
    prototype.play = async () => {
        prototype.play = play;
        throw new DOMException('', 'NotAllowedError');
    };";

#[tokio::test]
async fn a_muted_microphone_is_heard_by_nobody_until_it_is_unmuted() {
    let sentence = Sentence::of(4, 8);
    let microphone = Microphone::Hears(sentence.samples.clone());

    Browser::run("mute", microphone, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;
        browser.press("call").await;
        browser.until_phase("live").await;
        browser.listen(sentence.samples.len()).await;

        let before = browser.heard().await;
        browser.press("mute").await;
        // The way there and back, and the jitter buffer, are full of what was said before.
        browser.listen(RATE as usize).await;
        let start = browser.heard_so_far().await;
        browser.listen(sentence.samples.len()).await;
        let muted = browser.heard().await;
        let is_muted = browser.attribute("mute", "aria-pressed").await;
        browser.press("mute").await;
        browser.listen(RATE as usize).await;
        let end = browser.heard_so_far().await;
        browser.listen(sentence.samples.len()).await;
        let after = browser.heard().await;

        assert_eq!(is_muted.as_deref(), Some("true"));
        let is_muted = browser.attribute("mute", "aria-pressed").await;
        assert_eq!(is_muted.as_deref(), Some("false"));
        assert!(level(&before) > 0.02, "{}", level(&before));
        assert!(level(&muted[start..]) < 0.001, "{}", level(&muted[start..]));
        assert!(level(&after[end..]) > 0.02, "{}", level(&after[end..]));
        browser.press("call").await;
        browser.until_phase("ended").await;
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn the_slider_sets_how_loud_the_echo_plays() {
    let microphone = Microphone::Hears(Sentence::of(2, 12).samples);

    Browser::run("volume", microphone, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;
        let slider = browser.shown("volume").await;

        // What is set before the call holds for it, too.
        slider.send_keys(Key::Home).await.unwrap();
        browser.press("call").await;
        browser.until_phase("live").await;
        let silent = browser.echo_player().await.volume;
        slider.send_keys(Key::End).await.unwrap();
        until_volume_is(&browser, 1.0).await;
        slider.send_keys(Key::Left).await.unwrap();
        until_volume_is(&browser, 0.99).await;

        assert_eq!(slider.prop("value").await.unwrap().as_deref(), Some("99"));
        assert!(silent == 0.0, "{silent}");
        browser.press("call").await;
        browser.until_phase("ended").await;
        server.stop().await;
    })
    .await;
}

async fn until_volume_is(browser: &Browser, wanted: f64) {
    eventually(&format!("volume {wanted}"), async || {
        let volume = browser.echo_player().await.volume;
        ((volume - wanted).abs() < 0.001).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_browser_that_wants_a_tap_plays_after_it() {
    let microphone = Microphone::Hears(Sentence::of(2, 13).samples);

    Browser::run("tap", microphone, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;
        browser.evaluate(WANT_A_TAP).await;
        browser.press("call").await;
        browser.until_phase("live").await;

        browser.shown("tap-to-hear").await;
        let before = browser.echo_player().await;
        browser.press("tap-to-hear").await;
        browser.until_echo_plays_on().await;

        assert!(!before.is_playing, "{before:?}");
        eventually("the tap is no longer asked for", async || {
            browser.seen("tap-to-hear").await.is_none().then_some(())
        })
        .await;
        browser.press("call").await;
        browser.until_phase("ended").await;
        server.stop().await;
    })
    .await;
}
