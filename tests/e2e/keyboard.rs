//! No mouse: Tab, Space, Enter and the arrows are enough.

use std::fs;

use shared::ConversationId;
use shared::signaling::recording_path;
use tempfile::TempDir;
use tests::browser::Microphone;
use tests::signal::{RATE, Sentence};
use tests::waiting::eventually;
use tests::{Browser, TestServer};
use thirtyfour::Key;

/// A recording that does not end between two keys.
const SPOKEN: usize = 3 * RATE as usize;

/// Goes to the element as someone without a mouse does.
async fn tab_to(browser: &Browser, testid: &str) {
    eventually(&format!("the focus is on `{testid}`"), async || {
        browser.press_key(Key::Tab).await;
        (browser.focused().await.as_deref() == Some(testid)).then_some(())
    })
    .await;
}

/// Waits until that holds of the list's `player` and of its slider, `seek`.
async fn until_true(browser: &Browser, condition: &str) {
    let script = format!(
        "const player = document.querySelector('[data-testid=listed-player]');
         const seek = document.querySelector('[data-testid=listed-seek]');
         return {condition};"
    );
    eventually(condition, async || {
        (browser.evaluate(&script).await == true).then_some(())
    })
    .await;
}

/// Seeks in the list's player and has it play faster.
async fn seek_and_hasten(browser: &Browser) {
    // It plays on meanwhile: where it was sent is to be told from where it came by itself.
    let note = "window.soughtByTheTest = [];
        const player = document.querySelector('[data-testid=listed-player]');
        player.addEventListener('seeking', () => soughtByTheTest.push(player.currentTime));";
    browser.evaluate(note).await;

    tab_to(browser, "listed-seek").await;
    until_true(browser, "seek.valueAsNumber > 0").await;
    browser.press_key(Key::Home).await;
    until_true(browser, "soughtByTheTest.at(-1) < 0.05").await;
    browser.press_key(Key::Right).await;
    until_true(
        browser,
        "soughtByTheTest.length === 2 && soughtByTheTest[1] > 0.05",
    )
    .await;
    tab_to(browser, "listed-speed").await;
    browser.press_key(Key::Down).await;
    until_true(browser, "player.playbackRate === 1.5").await;
}

/// Downloads the list's only recording: the file has its name, and is what the server has.
async fn download(browser: &Browser, server: &TestServer) {
    let folder = TempDir::new().expect("a folder");
    browser.download_to(folder.path()).await;
    let id = browser.attribute("listed-piece", "data-id").await;
    let id: Option<ConversationId> = id.and_then(|id| id.parse().ok());
    let id = id.expect("the list says which recording it is");
    let link = browser.attribute("listed-link", "href").await;
    let recording = server.fetch_recording(id).await.bytes().await;
    let recording = recording.expect("the server has it");

    tab_to(browser, "listed-link").await;
    browser.press_key(Key::Enter).await;

    assert_eq!(link, Some(recording_path(id)));
    let file = folder.path().join(format!("voicechat-{id}.ogg"));
    eventually("the downloaded recording", async || {
        (fs::read(&file).ok()? == recording).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_keyboard_alone_calls_mutes_hangs_up_and_keeps_and_plays_a_recording() {
    let microphone = Microphone::Hears(Sentence::of(2, 4).samples);

    Browser::run("keyboard", microphone, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;

        tab_to(&browser, "call").await;
        browser.press_key(Key::Space).await;
        browser.until_phase("live").await;
        tab_to(&browser, "mute").await;
        browser.press_key(Key::Space).await;
        let is_muted = browser.attribute("mute", "aria-pressed").await;
        browser.listen(SPOKEN).await;
        tab_to(&browser, "call").await;
        browser.press_key(Key::Enter).await;
        browser.until_phase("ended").await;
        browser.shown("recording-delete").await;
        tab_to(&browser, "recording-delete").await;
        browser.press_key(Key::Enter).await;
        browser.until_focused("recording-keep").await;
        browser.press_key(Key::Space).await;
        browser.until_focused("recording-delete").await;
        tab_to(&browser, "library").await;
        browser.press_key(Key::Enter).await;
        browser.shown("listed-piece").await;
        tab_to(&browser, "listed-play").await;
        browser.press_key(Key::Enter).await;
        browser.until_plays("listed-player").await;
        download(&browser, &server).await;
        seek_and_hasten(&browser).await;

        assert_eq!(is_muted.as_deref(), Some("true"));
        assert_eq!(server.recorded().len(), 1, "it was kept");
        server.stop().await;
    })
    .await;
}
