//! A person changes his microphone, his loudspeaker and what the browser does to his voice.

use serde_json::Value;
use tests::browser::Microphone;
use tests::signal::{Sentence, howl};
use tests::waiting::eventually;
use tests::{Browser, TestServer};

use crate::call::until_echo_says;

/// Waits until an element says that of itself.
async fn until(browser: &Browser, testid: &str, name: &str, wanted: &str) {
    eventually(&format!("`{testid}` has {name} {wanted}"), async || {
        let found = browser.attribute(testid, name).await?;
        (found == wanted).then_some(())
    })
    .await;
}

/// Chooses an option as a person does, by its value.
async fn choose(browser: &Browser, testid: &str, value: &str) {
    browser.shown(testid).await;
    let script = format!(
        "const select = document.querySelector('[data-testid={testid}]');
         select.value = {value:?};
         select.dispatchEvent(new Event('change', {{ bubbles: true }}));
         return select.value;"
    );
    assert_eq!(browser.evaluate(&script).await, value);
}

/// The values of a select, as the browser names its devices.
async fn values(browser: &Browser, testid: &str) -> Vec<String> {
    let script = format!(
        "return [...document.querySelectorAll('[data-testid={testid}] option')].map((o) => o.value)"
    );
    let values = browser.evaluate(&script).await;
    let values = values.as_array().cloned().unwrap_or_default();
    let texts = values.iter().filter_map(Value::as_str);
    texts.map(ToOwned::to_owned).collect()
}

#[tokio::test]
async fn another_microphone_goes_on_with_the_same_call_and_one_recording() {
    let sentence = Sentence::of(4, 11);
    let microphone = Microphone::Hears(sentence.samples.clone());

    Browser::run("devices", microphone, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;
        browser.press("call").await;
        browser.until_phase("live").await;
        let call = browser.text("conversation-id").await;
        let microphones = eventually("several microphones", async || {
            let found = values(&browser, "device-microphone").await;
            (found.len() > 2).then_some(found)
        })
        .await;
        let other = microphones.last().unwrap().clone();

        choose(&browser, "device-microphone", &other).await;
        until(&browser, "device-microphone", "data-selected", &other).await;
        until_echo_says(&browser, &sentence).await;
        // Unplugged: the browser ends the track, and tells so.
        let unplug = "const tracks = openedByThePage.tracks.filter((t) => t.readyState === 'live');
            tracks.forEach((t) => { t.stop(); t.dispatchEvent(new Event('ended')); });
            return tracks.length;";
        assert_eq!(browser.evaluate(unplug).await, 1, "one microphone is open");
        until_echo_says(&browser, &sentence).await;
        let same = browser.text("conversation-id").await;
        browser.press("call").await;
        browser.until_phase("ended").await;

        assert_eq!(call, same);
        assert_eq!(server.recorded().len(), 1);
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}

/// Plugs a microphone out or in, as the browser tells of it.
async fn plug(browser: &Browser, script: &str) {
    let told = "navigator.mediaDevices.dispatchEvent(new Event('devicechange'));";
    browser.evaluate(&format!("{script}; {told}")).await;
}

/// Waits until the page has that microphone open and no other one.
async fn until_open(browser: &Browser, wanted: &str) {
    let script = "return openedByThePage.tracks.filter((t) => t.readyState === 'live')
        .map((t) => t.getSettings().deviceId).join();";
    eventually(&format!("`{wanted}` alone is open"), async || {
        (browser.evaluate(script).await == wanted).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_chosen_microphone_is_left_when_it_goes_and_taken_back_when_it_comes() {
    let sentence = Sentence::of(4, 11);
    let microphone = Microphone::Hears(sentence.samples.clone());

    Browser::run("replugged", microphone, async move |browser| {
        let mut server = TestServer::start().await;
        let hide = "const list = navigator.mediaDevices.enumerateDevices;
            navigator.mediaDevices.enumerateDevices = async () => {
                const all = await list.call(navigator.mediaDevices);
                return all.filter(({ deviceId }) => deviceId !== window.unpluggedByTheTest);
            };";
        browser.before_the_page(hide).await;
        browser.visit(server.url()).await;
        browser.press("call").await;
        browser.until_phase("live").await;
        let microphones = eventually("several microphones", async || {
            let found = values(&browser, "device-microphone").await;
            (found.len() > 2).then_some(found)
        })
        .await;
        let other = microphones.last().unwrap().clone();
        choose(&browser, "device-microphone", &other).await;
        until_open(&browser, &other).await;

        plug(&browser, &format!("window.unpluggedByTheTest = {other:?}")).await;
        until(&browser, "device-note", "data-note", "fell-back").await;
        until_open(&browser, "default").await;
        until_echo_says(&browser, &sentence).await;
        plug(&browser, "window.unpluggedByTheTest = null").await;
        until_open(&browser, &other).await;
        until(&browser, "device-microphone", "data-selected", &other).await;
        until_echo_says(&browser, &sentence).await;
        browser.press("call").await;
        browser.until_phase("ended").await;

        assert_eq!(server.recorded().len(), 1);
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn the_switches_show_what_the_browser_does_and_are_remembered() {
    let microphone = Microphone::Hears(Sentence::of(4, 11).samples);

    Browser::run("processing", microphone, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;
        browser.press("preset-raw").await;
        browser.press("call").await;
        browser.until_phase("live").await;

        for testid in ["processing-aec", "processing-ns", "processing-agc"] {
            until(&browser, testid, "data-wanted", "off").await;
            until(&browser, testid, "data-actual", "off").await;
        }
        browser.press("preset-call").await;
        until(&browser, "processing-aec", "data-actual", "on").await;
        browser.until_echo_plays_on().await;
        browser.press("preset-raw").await;
        until(&browser, "processing-aec", "data-actual", "off").await;
        browser.press("call").await;
        browser.until_phase("ended").await;
        browser.visit(server.url()).await;

        until(&browser, "processing-aec", "data-wanted", "off").await;
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_test_tone_is_played_and_asked_for() {
    let microphone = Microphone::Hears(Sentence::of(3, 9).samples);

    Browser::run("tone", microphone, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;

        browser.press("tone-play").await;
        browser.shown("tone-heard").await;
        let asked = browser.text("tone-said").await;
        browser.press("tone-not-heard").await;
        let advice = browser.text("tone-said").await;
        browser.press("tone-play").await;
        browser.press("tone-heard").await;

        assert_ne!(asked, advice);
        assert!(!advice.is_empty());
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_howl_is_ducked_and_the_volume_comes_back_on_request() {
    Browser::run("howl", Microphone::Hears(howl()), async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;
        browser.press("preset-raw").await;
        browser.press("call").await;
        browser.until_phase("live").await;

        until(&browser, "howl-hint", "data-howl", "ducked").await;
        let ducked = browser.echo_player().await.volume;
        browser.press("howl-close").await;
        let focused = "return document.activeElement.id";
        eventually("the focus is on the title", async || {
            (browser.evaluate(focused).await == "title").then_some(())
        })
        .await;
        let restored = eventually("the volume is up again", async || {
            let volume = browser.echo_player().await.volume;
            (volume > 0.9).then_some(volume)
        })
        .await;
        browser.press("call").await;
        browser.until_phase("ended").await;

        assert!(ducked < 0.2, "{ducked}");
        assert!(restored > 0.9);
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}
