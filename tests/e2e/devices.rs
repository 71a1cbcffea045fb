//! A person changes his microphone, his loudspeaker and what the browser does to his voice.

use std::time::Instant;

use serde_json::Value;
use shared::ConversationId;
use shared::recordings::Recording;
use shared::signaling::conversation_path;
use tests::browser::Microphone;
use tests::signal::{Sentence, howl};
use tests::waiting::eventually;
use tests::{Browser, TestServer};

use crate::call::until_echo_says;

/// What the page promises of a microphone that goes away, in milliseconds.
const FALLS_BACK_WITHIN: f64 = 1_000.0;
/// What may be on its way when the microphone is asked what it gave, in seconds.
const ON_ITS_WAY: f64 = 1.0;

/// Notes by the page's own clock whenever another live microphone is sent.
const NOTE_WHAT_IS_SENT: &str = "{
    window.sentByThePage = [];
    const replace = RTCRtpSender.prototype.replaceTrack;
    RTCRtpSender.prototype.replaceTrack = async function (track) {
        await replace.call(this, track);
        if (track?.readyState === 'live') sentByThePage.push(performance.now());
    };
}";

/// For how long no microphone was sent after the test unplugged one, in milliseconds.
async fn unheard(browser: &Browser) -> f64 {
    let script = "const again = sentByThePage.find((at) => at > unpluggedByTheTestAt);
        return again === undefined ? null : again - unpluggedByTheTestAt;";
    eventually("another microphone is sent", async || {
        browser.evaluate(script).await.as_f64()
    })
    .await
}

/// How much all microphones of the call gave to be sent so far, in seconds.
async fn given(browser: &Browser) -> f64 {
    eventually("what the microphone gave", async || {
        let sources = browser.statistics("media-source").await;
        sources.first()?.get("totalSamplesDuration")?.as_f64()
    })
    .await
}

/// Panics unless the recording has no hole, holds all that was given and lasts no longer than the call.
async fn assert_continuous(server: &TestServer, id: &str, given: f64, lasted: f64) {
    let id: ConversationId = id.parse().expect("a number of a conversation");
    let response = server.get(&conversation_path(id)).await;
    let recording: Recording = response.json().await.expect("it is described");
    let metadata = recording.metadata;
    let (Some(file), Some(filled)) = (metadata.file, metadata.filled_ms) else {
        panic!("not described to its end");
    };
    let recorded = file.duration_ms / 1_000.0;

    assert!(filled.longest < FALLS_BACK_WITHIN, "{filled:?}");
    let is_whole = given - ON_ITS_WAY < recorded && recorded <= lasted;
    assert!(is_whole, "{recorded} s of {given} s in {lasted} s");
}

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
        browser.before_the_page(NOTE_WHAT_IS_SENT).await;
        browser.visit(server.url()).await;
        let began = Instant::now();
        browser.press("call").await;
        browser.until_phase("live").await;
        let given_before = given(&browser).await;
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
            window.unpluggedByTheTestAt = performance.now();
            tracks.forEach((t) => { t.stop(); t.dispatchEvent(new Event('ended')); });
            return tracks.length;";
        assert_eq!(browser.evaluate(unplug).await, 1, "one microphone is open");
        let unheard = unheard(&browser).await;
        until_echo_says(&browser, &sentence).await;
        let same = browser.text("conversation-id").await;
        let given = given(&browser).await - given_before;
        browser.press("call").await;
        browser.until_phase("ended").await;

        let lasted = began.elapsed().as_secs_f64();
        server.until_active(0).await;
        assert!(unheard < FALLS_BACK_WITHIN, "{unheard} ms");
        assert_continuous(&server, &call, given, lasted).await;
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
        browser.before_the_page(NOTE_WHAT_IS_SENT).await;
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

        let unplug = format!(
            "window.unpluggedByTheTest = {other:?};
             window.unpluggedByTheTestAt = performance.now()"
        );
        plug(&browser, &unplug).await;
        let unheard = unheard(&browser).await;
        until(&browser, "device-note", "data-note", "fell-back").await;
        until_open(&browser, "default").await;
        until_echo_says(&browser, &sentence).await;
        plug(&browser, "window.unpluggedByTheTest = null").await;
        until_open(&browser, &other).await;
        until(&browser, "device-microphone", "data-selected", &other).await;
        until_echo_says(&browser, &sentence).await;
        browser.press("call").await;
        browser.until_phase("ended").await;

        assert!(unheard < FALLS_BACK_WITHIN, "{unheard} ms");
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

/// What the page promises of a howl, in milliseconds.
const DUCKS_WITHIN: f64 = 1_000.0;

const NOTE_THE_HOWL: &str = include_str!("note_the_howl.js");

#[tokio::test]
async fn a_howl_is_ducked_and_the_volume_comes_back_on_request() {
    Browser::run("howl", Microphone::Hears(howl()), async move |browser| {
        let mut server = TestServer::start().await;
        browser.before_the_page(NOTE_THE_HOWL).await;
        browser.visit(server.url()).await;
        browser.press("preset-raw").await;
        browser.press("call").await;
        browser.until_phase("live").await;

        until(&browser, "howl-hint", "data-howl", "ducked").await;
        let ducked = browser.echo_player().await.volume;
        let after = browser.evaluate("return howlOfTheTest.duckedAfter").await;
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
        let is_in_time = after.as_f64().is_some_and(|after| after < DUCKS_WITHIN);
        assert!(is_in_time, "ducked after {after} ms");
        assert!(restored > 0.9);
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}
