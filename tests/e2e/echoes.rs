//! A person hears himself at once, later, or as a parrot says it: chosen before the call or in it.

use serde_json::json;
use tests::browser::Microphone;
use tests::signal::{FRAME, RATE, RECOGNISED, Sentence, level};
use tests::waiting::eventually;
use tests::{Browser, TestServer};

use crate::call::until_echo_says;

/// A frame that is louder is sound.
const LOUD: f32 = 0.02;

/// How often the page has asked the server to echo in another way.
async fn asked_for_an_echo(browser: &Browser) -> usize {
    let asked = browser.asked().await.into_iter();
    asked
        .filter(|asked| asked.method == "PUT" && asked.path.ends_with("/echo"))
        .count()
}

/// Drags the slider of the delayed echo in thirty steps and lets it go. What it says moves with it.
async fn drag_to_three_seconds(browser: &Browser) {
    browser.shown("echo-delay").await;
    // The page has a task of its own between two steps, in which it could ask.
    let script = "const slider = document.querySelector('[data-testid=echo-delay]');
        const tell = (name) => slider.dispatchEvent(new Event(name, { bubbles: true }));
        const said = [slider.ariaValueText];
        for (let step = 1; step <= 30; step += 1) {
            slider.value = String(100 * step);
            tell('input');
            await new Promise((done) => setTimeout(done));
            said.push(slider.ariaValueText);
        }
        tell('change');
        return said;";
    let said = browser.evaluate(script).await;
    let said: Vec<String> = serde_json::from_value(said).expect("a text for each step");
    let steps = std::iter::zip(&said, said.iter().skip(1));
    let moves = steps.filter(|(before, after)| before != after).count();
    assert_eq!(moves, 30, "{said:?}");
}

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
        let before = asked_for_an_echo(&browser).await;
        drag_to_three_seconds(&browser).await;
        browser
            .until_in_force(json!({"mode": "delayed", "delay_ms": 3000}))
            .await;
        let asked = asked_for_an_echo(&browser).await - before;
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

        assert!(asked <= 2, "asked {asked} times for thirty steps");
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
