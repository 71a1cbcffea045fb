//! A person hears himself at once, later, or as a parrot says it: chosen before the call or in it.

use serde_json::json;
use tests::browser::Microphone;
use tests::signal::{FRAME, RATE, RECOGNISED, Sentence, level};
use tests::waiting::eventually;
use tests::{Browser, TestServer};

use crate::call::until_echo_says;

/// A frame that is louder is sound.
const LOUD: f32 = 0.02;

#[tokio::test]
async fn the_echo_is_changed_during_the_call_and_remembered() {
    let sentence = Sentence::of(4, 11);
    let microphone = Microphone::Hears(sentence.samples.clone());

    Browser::run("echoes", microphone, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;
        browser.press("echo-delayed").await;

        browser.press("call").await;
        browser.until_phase("live").await;
        browser
            .until_in_force(json!({"mode": "delayed", "delay_ms": 2000}))
            .await;
        let call = browser.text("conversation-id").await;
        until_echo_says(&browser, &sentence).await;
        browser.press("echo-at_once").await;
        browser.until_in_force(json!({"mode": "at_once"})).await;
        until_echo_says(&browser, &sentence).await;
        let same_call = browser.text("conversation-id").await;
        browser.press("echo-parrot").await;
        browser.until_in_force(json!({"mode": "parrot"})).await;
        browser.press("call").await;
        browser.until_phase("ended").await;
        browser.visit(server.url()).await;
        browser.press("call").await;
        browser.until_phase("live").await;
        browser.until_in_force(json!({"mode": "parrot"})).await;
        browser.press("call").await;
        browser.until_phase("ended").await;

        assert_eq!(call, same_call);
        assert_eq!(server.recorded().len(), 2, "a recording for each call");
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn the_parrot_says_it_once() {
    let sentence = Sentence::of(4, 22);
    // As long a pause as it takes to say it again, and three seconds.
    let mut sound = sentence.samples.clone();
    sound.resize(2 * sound.len() + 3 * RATE as usize, 0.0);
    let period = sound.len();
    let microphone = Microphone::Hears(sound);

    Browser::run("parrot", microphone, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;
        browser.press("echo-parrot").await;
        browser.press("call").await;
        browser.until_phase("live").await;
        browser.until_in_force(json!({"mode": "parrot"})).await;

        let spoken = loud_frames(&sentence.samples);
        eventually("the parrot says all of it and nothing else", async || {
            // Twice as long as it takes, so that no word is cut off at both ends.
            browser.listen(2 * period).await;
            let heard = browser.heard().await;
            let found = sentence.heard_in(&heard);
            let said = loud_frames(&heard);
            let is_whole = found.iter().all(|word| word.likeness > RECOGNISED);
            (is_whole && said * 10 < 2 * spoken * 13).then_some(())
        })
        .await;

        browser.press("call").await;
        browser.until_phase("ended").await;
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}

fn loud_frames(sound: &[f32]) -> usize {
    sound
        .chunks_exact(FRAME)
        .filter(|frame| level(frame) > LOUD)
        .count()
}
