//! Recordings are found, played and deleted where a person looks for them.

use std::collections::BTreeSet;

use tests::browser::Microphone;
use tests::signal::Sentence;
use tests::waiting::eventually;
use tests::{Browser, TestServer};

/// What a script would show that it ran by.
const HOSTILE: &str = "<img src=x onerror=window.isHacked=true><b>agent</b>";

fn microphone(voice: u32) -> Microphone {
    Microphone::Hears(Sentence::of(3, voice).samples)
}

/// Calls, and hangs up when the server has something to record. The conversation's number, once its
/// recording and its waveform are shown.
async fn record(browser: &Browser) -> String {
    browser.press("call").await;
    browser.until_phase("live").await;
    let id = browser.text("conversation-id").await;
    browser.listen(48_000).await;
    browser.press("call").await;
    browser.until_phase("ended").await;
    browser.shown("recording-play").await;
    browser.shown("recording-waveform").await;
    id
}

fn recorded(server: &TestServer) -> BTreeSet<String> {
    server.recorded().iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn the_caller_plays_his_recording_and_deletes_it_after_one_question() {
    Browser::run("delete", microphone(20), async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;
        record(&browser).await;
        assert_eq!(browser.count("recording-player").await, 0, "not yet wanted");

        browser.press("recording-play").await;
        let length = browser.until_plays("recording-player").await;
        browser.press("recording-delete").await;
        browser.until_focused("recording-keep").await;
        browser.take_picture("delete-question").await;
        browser.press("recording-keep").await;
        browser.until_focused("recording-delete").await;
        assert_eq!(server.recorded().len(), 1);
        browser.press("recording-delete").await;
        browser.press("recording-confirm").await;
        let note = browser.text("recording-note").await;

        assert!(length > 0.5, "{length}");
        assert!(note.contains("deleted"), "{note}");
        assert!(server.recorded().is_empty());
        assert!(browser.seen("recording-play").await.is_none());
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn where_ogg_does_not_play_another_form_does() {
    Browser::run("no-ogg", microphone(22), async move |browser| {
        let mut server = TestServer::start().await;
        let script = "const { canPlayType } = HTMLMediaElement.prototype;
            HTMLMediaElement.prototype.canPlayType = function (type) {
                return type.startsWith('audio/ogg') ? '' : canPlayType.call(this, type);
            };";
        browser.before_the_page(script).await;
        browser.visit(server.url()).await;
        record(&browser).await;

        browser.press("recording-play").await;
        let length = browser.until_plays("recording-player").await;
        let source = "return document.querySelector('[data-testid=recording-player]').currentSrc;";
        let source = browser.evaluate(source).await;

        assert!(length > 0.5, "{length}");
        assert!(source.as_str().unwrap().contains("format=wav"), "{source}");
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_deletion_that_fails_says_why_and_is_offered_again() {
    Browser::run("not-deleted", microphone(21), async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;
        record(&browser).await;

        browser.go_offline().await;
        browser.press("recording-delete").await;
        browser.press("recording-confirm").await;
        let failed = eventually("why it is not deleted", async || {
            let question = browser.text("recording-question").await;
            question.contains("not deleted").then_some(question)
        })
        .await;
        browser.go_online().await;
        browser.press("recording-confirm").await;
        browser.shown("recording-note").await;

        assert!(failed.contains("does not answer"), "{failed}");
        assert!(server.recorded().is_empty());
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn all_recordings_are_listed_and_the_focus_stays_in_the_list() {
    Browser::run("list", microphone(22), async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;
        browser.press("library").await;
        browser.shown("listed-none").await;
        let first = record(&browser).await;
        let second = record(&browser).await;

        browser.until_count("listed-piece", 2).await;
        browser.until_count("listed-waveform", 2).await;
        let newest = browser.attribute("listed-piece", "data-id").await;
        browser.press("listed-play").await;
        browser.until_plays("listed-player").await;
        browser.press("listed-delete").await;
        browser.until_focused("listed-keep").await;
        browser.press("listed-confirm").await;
        browser.until_focused("listed-piece").await;

        browser.until_count("listed-piece", 1).await;
        let focused = browser.attribute("listed-piece", "data-id").await;
        assert_eq!(newest.as_deref(), Some(second.as_str()));
        assert_eq!(focused.as_deref(), Some(first.as_str()));
        assert_eq!(recorded(&server), BTreeSet::from([first]));
        browser.press("listed-delete").await;
        browser.press("listed-confirm").await;
        browser.shown("listed-none").await;
        assert!(server.recorded().is_empty());
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_call_that_goes_on_is_listed_as_live_and_cannot_be_deleted() {
    Browser::run("live-listed", microphone(23), async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;
        browser.press("call").await;
        browser.until_phase("live").await;
        browser.listen(96_000).await;

        browser.press("library").await;
        let row = browser.text("listed-piece").await;

        assert!(row.contains("Live"), "{row}");
        assert!(browser.seen("listed-delete").await.is_none());
        browser.press("call").await;
        browser.until_phase("ended").await;
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn where_the_list_is_closed_the_browser_remembers_its_own_recordings_and_their_keys() {
    Browser::run("remembered", microphone(24), async move |browser| {
        let mut server = TestServer::on_all_addresses(&[]).await;
        let (_, port) = server.url().rsplit_once(':').unwrap();
        let url = format!("http://localhost:{port}");
        browser.visit(&url).await;
        let id = record(&browser).await;
        let stale = "const name = 'voicechat.recordings';
            const all = JSON.parse(localStorage[name]);
            all.push({ id: '1', url: '/conversations/1?key=k' });
            localStorage[name] = JSON.stringify(all);
            return all[0].url;";
        let place = browser.evaluate(stale).await;
        assert!(place.as_str().unwrap().contains("?key="), "{place}");

        browser.leave().await;
        browser.visit(&format!("{url}/#recordings")).await;
        browser.until_count("listed-piece", 1).await;
        let listed = browser.attribute("listed-piece", "data-id").await;
        let kept = browser
            .evaluate("return JSON.parse(localStorage['voicechat.recordings']).length")
            .await;
        browser.press("listed-play").await;
        browser.until_plays("listed-player").await;
        browser.press("listed-delete").await;
        browser.press("listed-confirm").await;
        browser.shown("listed-none").await;

        assert_eq!(listed.as_deref(), Some(id.as_str()));
        assert_eq!(
            kept, 2,
            "a key is kept, whatever a server says that does not know it"
        );
        assert!(server.recorded().is_empty());
        let kept = browser
            .evaluate("return localStorage['voicechat.recordings']")
            .await;
        assert!(!kept.as_str().unwrap().contains(&id), "{kept}");
        browser.assert_policy_kept().await;
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn what_a_caller_calls_himself_is_shown_as_text() {
    Browser::run("hostile", microphone(25), async move |browser| {
        let mut server = TestServer::start().await;
        browser.call_itself(HOSTILE).await;
        browser.visit(server.url()).await;
        record(&browser).await;

        browser.press("library").await;
        let row = browser.text("listed-piece").await;

        assert!(row.contains("<b>agent</b>"), "{row}");
        assert_eq!(
            browser.evaluate("return window.isHacked ?? null").await,
            serde_json::Value::Null
        );
        browser.assert_policy_kept().await;
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_list_that_cannot_be_had_is_tried_again() {
    Browser::run("list-away", microphone(26), async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;
        browser.go_offline().await;
        browser.press("library").await;
        browser.shown("listed-retry").await;

        browser.go_online().await;
        browser.press("listed-retry").await;

        browser.shown("listed-none").await;
        let focused = "return document.activeElement.id";
        assert_eq!(browser.evaluate(focused).await, "listed-top");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn the_link_opens_the_list_as_often_as_it_is_pressed() {
    Browser::run("link", microphone(25), async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;

        for _ in 0..2 {
            browser.press("to-recordings").await;
            browser.shown("listed-none").await;
            browser.press("library").await;
            eventually("the list is closed", async || {
                browser.seen("listed-none").await.is_none().then_some(())
            })
            .await;
        }

        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}
