//! Press the button, hear yourself, hang up, and the recording is there.

use std::fs;

use serde_json::Value;
use shared::ConversationId;
use tempfile::TempDir;
use tests::browser::Microphone;
use tests::signal::{RATE, RECOGNISED, Sentence, level};
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
        browser.press("call").await;
        browser.until_phase("ended").await;

        server.until_active(0).await;
        let link = browser.attribute("recording-link", "href").await.unwrap();
        browser.assert_no_complaints().await;
        let path = link.strip_prefix(server.url()).unwrap_or(&link);
        assert_eq!(path, shared::signaling::recording_path(id));
        let recording = server.get(path).await.bytes().await.unwrap();
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("recording.ogg");
        fs::write(&file, recording).unwrap();
        opus_tools::check(&file);
        assert!(says(&sentence, &opus_tools::decode(&file)));
        server.stop().await;
    })
    .await;
}

/// Listens until every word has come back in its place. On a busy machine the browser's jitter
/// buffer stretches some; the microphone says them again and again.
async fn until_echo_says(browser: &Browser, sentence: &Sentence) {
    eventually("every word of the echo", async || {
        browser.listen(sentence.samples.len()).await;
        says(sentence, &browser.heard().await).then_some(())
    })
    .await;
}

/// Whether every word is there, in its place.
fn says(sentence: &Sentence, sound: &[f32]) -> bool {
    let found = sentence.heard_in(sound);
    let shifts = sentence.displacement(&found);
    found.iter().all(|word| word.likeness > RECOGNISED)
        && shifts.iter().all(|shift| shift.abs() < SMALL_SHIFT)
}

#[tokio::test]
async fn a_muted_microphone_is_heard_by_nobody() {
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

        assert_eq!(
            browser.attribute("mute", "aria-pressed").await.unwrap(),
            "true"
        );
        assert!(level(&before) > 0.02, "{}", level(&before));
        assert!(level(&muted[start..]) < 0.001, "{}", level(&muted[start..]));
        browser.press("call").await;
        browser.until_phase("ended").await;
        server.stop().await;
    })
    .await;
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
async fn one_can_call_again_and_leaving_the_page_hangs_up() {
    let microphone = Microphone::Hears(Sentence::of(3, 9).samples);

    Browser::run("again", microphone, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;

        browser.press("call").await;
        browser.until_phase("live").await;
        let first = browser.text("conversation-id").await;
        browser.press("call").await;
        browser.until_phase("ended").await;
        browser.press("call").await;
        browser.until_phase("live").await;
        let second = browser.text("conversation-id").await;
        assert_eq!(server.health().await.active_conversations, 1);
        browser.leave().await;

        assert_ne!(first, second);
        server.until_active(0).await;
        server.stop().await;
    })
    .await;
}
