//! Press the button, hear yourself, hang up, and the recording is there.

use std::fs;

use rustix::process::Signal;
use serde_json::Value;
use shared::ConversationId;
use tempfile::TempDir;
use tests::browser::Microphone;
use tests::signal::{RATE, RECOGNISED, Sentence};
use tests::waiting::eventually;
use tests::{Browser, TestServer, opus_tools};

/// A jitter buffer moves words by that much on a busy machine; the next word lies further away.
const SMALL_SHIFT: i64 = RATE as i64 / 4;

#[tokio::test]
async fn a_person_hears_himself_and_finds_the_recording() {
    let sentence = Sentence::of(8, 7);
    let microphone = Microphone::Hears(sentence.samples.clone());

    Browser::run("call", microphone, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;

        browser.press("call").await;
        browser.until_phase("live").await;
        assert_eq!(server.health().await.active_conversations, 1);
        let id: ConversationId = browser.text("conversation-id").await.parse().unwrap();
        until_echo_says(&browser, &sentence).await;
        browser.until_echo_plays_on().await;
        assert_plays_as_loud_as_shown(&browser).await;
        browser.until_it_moves("level-out").await;
        browser.until_it_moves("level-in").await;
        browser.press("call").await;
        browser.until_phase("ended").await;

        server.until_active(0).await;
        browser.until_all_is_released(1).await;
        let link = browser.attribute("recording-link", "href").await.unwrap();
        browser.press("recording-play").await;
        let playable = length_of_the_player(&browser).await;
        browser.assert_no_complaints().await;
        let path = link.strip_prefix(server.url()).unwrap_or(&link);
        assert_eq!(path, shared::signaling::recording_path(id));
        let recording = server.get(path).await.bytes().await.unwrap();
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("recording.ogg");
        fs::write(&file, recording).unwrap();
        opus_tools::check(&file);
        let recorded = opus_tools::decode(&file);
        assert!(says(&sentence, &recorded));
        let missing = playable * f64::from(RATE) - recorded.len() as f64;
        assert!(missing.abs() < f64::from(RATE) / 10.0, "{missing} samples");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_call_over_https_is_the_same() {
    let sentence = Sentence::of(8, 3);
    let microphone = Microphone::Hears(sentence.samples.clone());

    Browser::run("https", microphone, async move |browser| {
        let mut server = TestServer::with(&["--tls", "auto"]).await;
        assert!(server.url().starts_with("https://"), "{}", server.url());
        browser.visit(server.url()).await;

        browser.press("call").await;
        browser.until_phase("live").await;
        until_echo_says(&browser, &sentence).await;
        browser.press("call").await;
        browser.until_phase("ended").await;
        browser.press("recording-play").await;

        assert!(length_of_the_player(&browser).await > 0.0);
        browser.assert_no_complaints().await;
        server.signal(Signal::TERM);
        assert!(server.ended().await.success());
        server.assert_quiet_log();
    })
    .await;
}

/// Panics unless the echo's volume is where the slider stands, in per cent.
async fn assert_plays_as_loud_as_shown(browser: &Browser) {
    let slider = browser.shown("volume").await;
    let shown = slider.prop("value").await.ok().flatten();
    let shown: Option<f64> = shown.and_then(|shown| shown.parse().ok());
    let volume = browser.echo_player().await.volume;

    let is_as_shown = shown.is_some_and(|shown| (100.0 * volume - shown).abs() < 0.1);
    assert!(is_as_shown, "{volume} at {shown:?} per cent");
}

/// How much the page's player finds in the recording, in seconds.
async fn length_of_the_player(browser: &Browser) -> f64 {
    let script = "return document.querySelector('audio[controls]')?.duration";
    eventually("the player has the recording", async || {
        browser.evaluate(script).await.as_f64()
    })
    .await
}

/// Listens until every word has come back in its place. On a busy machine the browser's jitter
/// buffer stretches some; the microphone says them again and again. What was heard before does not
/// count: it may have come in another way, and then its words lie elsewhere.
pub(crate) async fn until_echo_says(browser: &Browser, sentence: &Sentence) {
    let period = sentence.samples.len();
    let start = browser.heard_so_far().await;
    eventually("every word of the echo", async || {
        browser.listen(period).await;
        let mut heard = browser.heard().await;
        // Of two rounds, so that no word is cut off at both ends.
        let from = heard.len().saturating_sub(2 * period).max(start);
        says(sentence, &heard.split_off(from)).then_some(())
    })
    .await;
}

/// Whether every word is there, in its place.
pub(crate) fn says(sentence: &Sentence, sound: &[f32]) -> bool {
    let found = sentence.heard_in(sound);
    let shifts = sentence.displacement(&found);
    found.iter().all(|word| word.likeness > RECOGNISED)
        && shifts.iter().all(|shift| shift.abs() < SMALL_SHIFT)
}

#[tokio::test]
async fn the_browser_learns_its_round_trip_time_and_that_nothing_was_lost() {
    let microphone = Microphone::Hears(Sentence::of(3, 10).samples);

    Browser::run("reports", microphone, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;
        browser.press("call").await;
        browser.until_phase("live").await;

        let report = eventually("a receiver report with a round trip", async || {
            let reports = browser.statistics("remote-inbound-rtp").await;
            let is_measured =
                |report: &Value| report["roundTripTimeMeasurements"].as_u64() > Some(0);
            reports.into_iter().find(is_measured)
        })
        .await;

        assert_eq!(report["packetsLost"], 0, "{report}");
        assert_eq!(browser.statistics("remote-outbound-rtp").await.len(), 1);
        browser.press("call").await;
        browser.until_phase("ended").await;
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_stranger_calls_a_server_that_was_given_no_address() {
    let sentence = Sentence::of(4, 11);
    let microphone = Microphone::Hears(sentence.samples.clone());

    Browser::run("stranger", microphone, async move |browser| {
        let mut server = TestServer::on_all_addresses(&[]).await;
        let (_, port) = server.url().rsplit_once(':').unwrap();
        browser.visit(&format!("http://localhost:{port}")).await;

        browser.press("call").await;
        browser.until_phase("live").await;
        until_echo_says(&browser, &sentence).await;
        browser.press("call").await;
        browser.until_phase("ended").await;

        browser.shown("recording-link").await;
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn one_can_call_again_and_leaving_the_page_hangs_up() {
    let microphone = Microphone::Hears(Sentence::of(3, 9).samples);

    Browser::run("again", microphone, async move |browser| {
        // Nothing but the page's own word may end the call.
        let mut server = TestServer::with(&["--media-deadline", "10m"]).await;
        browser.visit(server.url()).await;

        browser.press("call").await;
        browser.until_phase("live").await;
        let first = browser.text("conversation-id").await;
        browser.press("call").await;
        browser.until_phase("ended").await;
        browser.until_all_is_released(1).await;
        browser.press("call").await;
        browser.until_phase("live").await;
        let second = browser.text("conversation-id").await;
        assert_eq!(server.health().await.active_conversations, 1);
        browser.leave().await;

        assert_ne!(first, second);
        for id in [first, second] {
            until_hung_up(&server, &id).await;
        }
        server.stop().await;
    })
    .await;
}

/// Waits until the call is over, by the page's own word.
async fn until_hung_up(server: &TestServer, id: &str) {
    let is_its_end = |line: &str| line.contains(id) && line.contains("conversation ended");
    server.until_log("the call's end", is_its_end).await;
    let log = server.log();
    let ends: Vec<&str> = log.lines().filter(|line| is_its_end(line)).collect();
    let [end] = ends[..] else {
        panic!("not one end: {ends:#?}");
    };
    let reasons = ["reason=deleted", "reason=hung up"];
    assert!(reasons.iter().any(|reason| end.contains(reason)), "{end}");
}
