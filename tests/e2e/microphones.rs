//! What the page says of a microphone, by what it hears.

use tests::browser::Microphone;
use tests::signal::{RATE, Sentence};
use tests::waiting::eventually;
use tests::{Browser, TestServer};

/// Calls with that sound as the microphone, waits for what the page says, and returns all that it
/// said until then.
async fn states_until(name: &'static str, sound: Vec<f32>, wanted: &'static str) {
    Browser::run(name, Microphone::Hears(sound), async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;
        // As it is: what the browser does to a voice would make it louder and clean.
        browser.press("preset-raw").await;
        browser.press("call").await;
        browser.until_phase("live").await;
        browser.shown("mic-health").await;
        let watch = "window.statesOfTheTest = [];
            const health = document.querySelector('[data-testid=mic-health]');
            const note = () => statesOfTheTest.push(health.dataset.state);
            note();
            new MutationObserver(note).observe(health, { attributes: true });";
        browser.evaluate(watch).await;

        let said = eventually(&format!("the microphone is {wanted}"), async || {
            let said = browser.evaluate("return statesOfTheTest").await;
            let said: Vec<String> = serde_json::from_value(said).ok()?;
            (said.last()? == wanted).then_some(said)
        })
        .await;
        browser.take_picture(&format!("mic-{wanted}")).await;
        let remedy = browser.seen("mic-remedy").await;
        browser.press("call").await;
        browser.until_phase("ended").await;

        let harmless = ["checking", "listening", "good", wanted];
        let odd: Vec<&String> = said
            .iter()
            .filter(|state| !harmless.contains(&state.as_str()))
            .collect();
        assert!(odd.is_empty(), "{said:?}");
        let is_alarm = !matches!(wanted, "good" | "listening");
        assert_eq!(remedy.is_some(), is_alarm, "one remedy for each alarm");
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}

fn scaled(sound: &[f32], decibels: f32) -> Vec<f32> {
    let factor = 10.0_f32.powf(decibels / 20.0);
    sound.iter().map(|sample| sample * factor).collect()
}

/// A room's noise at -60 dBFS.
fn room(seconds: u32) -> Vec<f32> {
    let mut noise = 0x2545_F491_u32;
    (0..seconds * RATE)
        .map(|_| {
            noise ^= noise << 13;
            noise ^= noise >> 17;
            noise ^= noise << 5;
            let [_, _, high @ ..] = noise.to_le_bytes();
            0.0034 * (f32::from(u16::from_le_bytes(high)) / 65_536.0 - 0.5)
        })
        .collect()
}

#[tokio::test]
async fn a_voice_is_good() {
    states_until("mic-good", Sentence::of(8, 41).samples, "good").await;
}

#[tokio::test]
async fn a_quiet_voice_is_too_quiet() {
    let quiet = scaled(&Sentence::of(8, 42).samples, -34.0);
    states_until("mic-quiet", quiet, "too-quiet").await;
}

#[tokio::test]
async fn a_voice_that_is_cut_off_clips() {
    let loud = scaled(&Sentence::of(8, 43).samples, 18.0);
    let cut = loud.iter().map(|sample| sample.clamp(-1.0, 1.0)).collect();
    states_until("mic-clipping", cut, "clipping").await;
}

#[tokio::test]
async fn a_microphone_that_gives_nothing_is_silent_or_the_wrong_one() {
    // There are other fake ones to choose.
    states_until("mic-silent", vec![0.0; 5 * RATE as usize], "wrong-device").await;
}

#[tokio::test]
async fn nobody_is_told_off_who_says_nothing() {
    states_until("mic-listening", room(5), "listening").await;
}
