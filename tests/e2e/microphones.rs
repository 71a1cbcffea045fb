//! What the page says of a microphone, by what it hears.

use std::f32::consts::TAU;
use std::time::Duration;

use tests::browser::Microphone;
use tests::signal::{RATE, Sentence};
use tests::waiting::{eventually, within};
use tests::{Browser, TestServer};

use crate::meter::{assert_moves, until_the_peak_was_held, watch_the_peak};

/// Whoever says nothing waits half a minute for it.
const VERDICT_WITHIN: Duration = Duration::from_secs(60);
/// More than the four seconds after which silence is said to be silence.
const WHILE: usize = 6 * RATE as usize;

/// The machine has as many microphones as the test says, besides the name of the default one.
const COUNTED_MICROPHONES: &str = "(() => {
    window.microphonesOfTheTest = 1;
    const devices = navigator.mediaDevices;
    if (!devices) return;
    const list = devices.enumerateDevices.bind(devices);
    devices.enumerateDevices = async () => {
        let left = microphonesOfTheTest;
        const isThere = ({ kind, deviceId }) =>
            kind !== 'audioinput' || deviceId === 'default' || left-- > 0;
        return (await list()).filter(isThere);
    };
})()";

/// Every microphone is called as what gives back what the machine plays.
const LOOPBACK: &str = "(() => {
    const devices = navigator.mediaDevices;
    if (!devices) return;
    const open = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (wanted) => {
        const stream = await open(wanted);
        for (const track of stream.getTracks()) {
            Object.defineProperty(track, 'label', { value: 'Monitor of Built-in Audio' });
        }
        return stream;
    };
})()";

/// Runs the test during a call with that sound as the microphone, with nothing done to it. The script
/// runs before those of the page.
async fn during_a_call(
    name: &'static str,
    sound: Vec<f32>,
    script: &'static str,
    test: impl AsyncFnOnce(&Browser) + 'static,
) {
    Browser::run(name, Microphone::Hears(sound), async move |browser| {
        let mut server = TestServer::start().await;
        browser.before_the_page(script).await;
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

        test(&browser).await;

        browser.press("call").await;
        browser.until_phase("ended").await;
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}

/// All that the page said of the microphone since the call began, oldest first.
async fn said(browser: &Browser) -> Vec<String> {
    let said = browser.evaluate("return statesOfTheTest").await;
    serde_json::from_value(said).expect("names of states")
}

/// Waits until the page says that. Whatever it said before comes first.
async fn until_said(browser: &Browser, wanted: &str) -> Vec<String> {
    eventually(&format!("the microphone is {wanted}"), async || {
        let said = said(browser).await;
        (said.last()? == wanted).then_some(said)
    })
    .await
}

/// What the verdict says of the microphone once there is one, and the call's length at that moment.
async fn verdict(browser: &Browser) -> (String, Duration) {
    let clock = "return document.querySelector('[role=timer]').textContent";
    within(VERDICT_WITHIN, "the verdict", async || {
        browser.seen("verdict").await?;
        let microphone = browser.attribute("verdict", "data-microphone").await?;
        let clock = browser.evaluate(clock).await;
        let (minutes, seconds) = clock.as_str()?.trim().split_once(':')?;
        let seconds = 60 * minutes.parse::<u64>().ok()? + seconds.parse::<u64>().ok()?;
        Some((microphone, Duration::from_secs(seconds)))
    })
    .await
}

/// Calls with that sound as the microphone until the page says that of it, and nothing odd before.
async fn states_until(name: &'static str, sound: Vec<f32>, wanted: &'static str) {
    during_a_call(name, sound, "", async move |browser| {
        assert_states_until(browser, wanted).await;
    })
    .await;
}

/// Waits until the page says that, and panics if it said anything odd before.
async fn assert_states_until(browser: &Browser, wanted: &str) {
    let said = until_said(browser, wanted).await;
    browser.take_picture(&format!("mic-{wanted}")).await;
    let remedy = browser.seen("mic-remedy").await;

    let harmless = ["checking", "listening", "good", wanted];
    let odd: Vec<&String> = said
        .iter()
        .filter(|state| !harmless.contains(&state.as_str()))
        .collect();
    assert!(odd.is_empty(), "{said:?}");
    let is_alarm = !matches!(wanted, "good" | "listening");
    assert_eq!(remedy.is_some(), is_alarm, "one remedy for each alarm");
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

/// A tone of 440 Hz at -23 dBFS.
fn tone(seconds: u16) -> Vec<f32> {
    // A tenth of a second has whole periods, so that the end meets the beginning.
    let tenth = (0..4_800_u16).map(|n| 0.1 * (f32::from(n) / 4_800.0 * 44.0 * TAU).sin());
    let tenth: Vec<f32> = tenth.collect();
    tenth.repeat(10 * usize::from(seconds))
}

#[tokio::test]
async fn a_voice_is_good_and_its_meter_moves_and_holds_the_peak() {
    let mut voice = scaled(&Sentence::of(8, 41).samples, -6.0);
    // A louder word, and then nothing: only there it is seen that the peak stays.
    voice.extend(Sentence::of(1, 40).samples);
    voice.resize(voice.len() + 3 * RATE as usize / 2, 0.0);

    during_a_call("mic-good", voice, "", async |browser| {
        watch_the_peak(browser).await;
        assert_states_until(browser, "good").await;

        assert_moves(browser).await;
        until_the_peak_was_held(browser, 30.0).await;
    })
    .await;
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

/// Waits for longer than silence has to last, and panics if somebody who says nothing was told off.
async fn assert_left_alone(browser: &Browser, how: &str) {
    browser.listen(WHILE).await;
    let said = said(browser).await;
    let is_harmless = |state: &String| ["checking", "listening"].contains(&state.as_str());
    assert!(said.iter().all(is_harmless), "{how}: {said:?}");
}

/// Waits until the browser does that to the voice.
async fn until_on(browser: &Browser, testid: &str) {
    eventually(&format!("`{testid}` is on"), async || {
        let actual = browser.attribute(testid, "data-actual").await?;
        (actual == "on").then_some(())
    })
    .await;
}

#[tokio::test]
async fn nobody_is_told_off_who_says_nothing() {
    states_until("mic-listening", room(5), "listening").await;
}

#[tokio::test]
async fn nobody_is_told_off_whose_noise_the_browser_takes_away() {
    // No moment of it is as loud as speech, after which silence would be expected for a while.
    let quiet = scaled(&room(5), -6.0);

    during_a_call("mic-suppressed", quiet, "", async |browser| {
        until_said(browser, "listening").await;
        browser.press("processing-ns").await;
        until_on(browser, "processing-ns").await;
        assert_left_alone(browser, "noise suppression alone").await;
        browser.press("call").await;
        browser.until_phase("ended").await;
        browser.press("preset-call").await;
        browser.press("call").await;
        browser.until_phase("live").await;
        until_on(browser, "processing-aec").await;
        until_on(browser, "processing-agc").await;
        assert_left_alone(browser, "as in a call").await;
    })
    .await;
}

#[tokio::test]
async fn a_steady_tone_is_taken_for_no_voice() {
    states_until("mic-tone", tone(5), "listening").await;
}

/// Turns the switch at the device: the browser's fake one has none.
async fn turn_switch(browser: &Browser, is_muted: bool) {
    let event = if is_muted { "mute" } else { "unmute" };
    let script = format!(
        "const tracks = openedByThePage.tracks.filter((track) => track.readyState === 'live');
         for (const track of tracks) {{
             Object.defineProperty(track, 'muted', {{ value: {is_muted}, configurable: true }});
             track.dispatchEvent(new Event('{event}'));
         }}
         return tracks.length;"
    );
    assert_eq!(browser.evaluate(&script).await, 1, "one microphone is open");
}

/// So many microphones are plugged in from now on.
async fn plug_in(browser: &Browser, microphones: u32) {
    let script = format!(
        "window.microphonesOfTheTest = {microphones};
         navigator.mediaDevices.dispatchEvent(new Event('devicechange'));"
    );
    browser.evaluate(&script).await;
}

#[tokio::test]
async fn a_switch_at_the_device_is_told_as_long_as_it_mutes() {
    let voice = Sentence::of(4, 11).samples;

    during_a_call("mic-switch", voice, "", async |browser| {
        let before = until_said(browser, "good").await;
        let good = browser.text("mic-sentence").await;
        turn_switch(browser, true).await;
        until_said(browser, "muted-in-hardware").await;
        let muted = browser.text("mic-sentence").await;
        browser.shown("mic-remedy").await;
        browser.take_picture("mic-muted-in-hardware").await;
        browser.listen(WHILE).await;
        turn_switch(browser, false).await;
        let said = until_said(browser, "good").await;

        let since = &said[before.len()..];
        assert_eq!(since, ["muted-in-hardware", "good"]);
        assert_ne!(muted, good);
        assert_eq!(browser.text("mic-sentence").await, good);
        assert!(browser.seen("mic-remedy").await.is_none());
    })
    .await;
}

#[tokio::test]
async fn silence_of_the_only_microphone_is_a_wrong_choice_once_there_is_another() {
    let nothing = vec![0.0; 5 * RATE as usize];

    during_a_call("mic-only", nothing, COUNTED_MICROPHONES, async |browser| {
        until_said(browser, "silent").await;
        browser.shown("mic-remedy").await;
        browser.take_picture("mic-silent").await;
        plug_in(browser, 2).await;
        until_said(browser, "wrong-device").await;
        plug_in(browser, 1).await;
        let said = until_said(browser, "silent").await;

        assert_eq!(said, ["checking", "silent", "wrong-device", "silent"]);
    })
    .await;
}

#[tokio::test]
async fn a_silent_microphone_has_its_verdict_after_half_a_minute() {
    let nothing = vec![0.0; 5 * RATE as usize];

    during_a_call("mic-dead", nothing, COUNTED_MICROPHONES, async |browser| {
        until_said(browser, "silent").await;
        let (microphone, at) = verdict(browser).await;
        browser.take_picture("verdict-silent").await;

        assert_eq!(microphone, "silent");
        assert!(at >= Duration::from_secs(29), "{at:?}");
        assert_eq!(said(browser).await, ["checking", "silent"]);
    })
    .await;
}

#[tokio::test]
async fn a_loopback_is_the_wrong_device_while_it_speaks_too() {
    let voice = Sentence::of(4, 11).samples;

    during_a_call("mic-loopback", voice, LOOPBACK, async |browser| {
        until_said(browser, "wrong-device").await;
        eventually("it speaks", async || {
            let level = browser.attribute("mic-level", "data-dbfs").await?;
            (level.parse::<f64>().ok()? > -30.0).then_some(())
        })
        .await;
        browser.shown("mic-remedy").await;
        let (microphone, _) = verdict(browser).await;

        assert_eq!(microphone, "wrong-device");
        let said = said(browser).await;
        let is_said = |state: &String| ["checking", "wrong-device"].contains(&state.as_str());
        assert!(said.iter().all(is_said), "{said:?}");
    })
    .await;
}

#[tokio::test]
async fn whoever_mutes_himself_is_told_so_without_alarm() {
    let voice = Sentence::of(4, 11).samples;

    during_a_call("mic-own-mute", voice, "", async |browser| {
        let before = until_said(browser, "good").await;
        let good = browser.text("mic-sentence").await;
        browser.press("mute").await;
        until_said(browser, "muted-by-you").await;
        let muted = browser.text("mic-sentence").await;
        browser.listen(WHILE).await;
        let remedy = browser.seen("mic-remedy").await;
        let alarms = "return document.querySelectorAll('.mic-said.alarm').length";
        let alarms = browser.evaluate(alarms).await;
        browser.press("mute").await;
        let said = until_said(browser, "good").await;

        assert_ne!(muted, good);
        assert!(remedy.is_none());
        assert_eq!(alarms, 0);
        assert_eq!(said[before.len()..], ["muted-by-you", "good"]);
    })
    .await;
}

#[tokio::test]
async fn a_faint_voice_has_its_verdict_after_ten_seconds_of_speech() {
    // Its words are at -54 dBFS.
    let faint = scaled(&Sentence::of(4, 11).samples, -40.0);

    during_a_call("mic-faint", faint, "", async |browser| {
        until_said(browser, "too-quiet").await;
        let (microphone, at) = verdict(browser).await;

        assert_eq!(microphone, "too-quiet");
        let soon = Duration::from_secs(10)..Duration::from_secs(25);
        assert!(soon.contains(&at), "{at:?}");
    })
    .await;
}
