//! A server that wants a key: the page asks for it, shows it with everything, and asks again. A tour of
//! the whole page under its policy.

use tests::browser::Microphone;
use tests::signal::Sentence;
use tests::waiting::eventually;
use tests::{Browser, TestServer};

const TOKEN: &str = "a-key-of-more-than-sixteen-characters";
const LOCKED: [&str; 4] = ["--auth", "token", "--token", TOKEN];

async fn give(browser: &Browser, key: &str) {
    let field = browser.shown("key").await;
    let typed = field.send_keys(key).await;
    typed.expect("the field takes text");
    browser.press("use-key").await;
}

#[tokio::test]
async fn a_tour_of_the_whole_page_behind_a_key_keeps_to_its_policy() {
    let microphone = Microphone::Hears(Sentence::of(3, 27).samples);

    Browser::run("tour", microphone, async move |browser| {
        let mut server = TestServer::with(&LOCKED).await;
        browser.visit(server.url()).await;

        give(&browser, "not the right one").await;
        eventually("the key is refused", async || {
            let hint = browser.text("key-hint").await;
            hint.contains("did not take").then_some(())
        })
        .await;
        browser.until_focused("key").await;
        assert!(!browser.shown("call").await.is_enabled().await.unwrap());
        browser.take_picture("key").await;
        give(&browser, TOKEN).await;
        browser.until_focused("call").await;
        browser.press("call").await;
        browser.until_phase("live").await;
        browser.listen(48_000).await;
        browser.press("mute").await;
        browser.press("mute").await;
        browser.press("call").await;
        browser.until_phase("ended").await;
        let link = browser.attribute("recording-link", "href").await.unwrap();
        browser.press("recording-play").await;
        browser.until_plays("recording-player").await;
        browser.press("to-recordings").await;
        browser.until_count("listed-piece", 1).await;
        browser.press("listed-play").await;
        browser.until_plays("listed-player").await;
        browser.press("listed-link").await;
        browser.until_plays("listed-player").await;
        browser.press("listed-delete").await;
        browser.press("listed-confirm").await;
        browser.shown("listed-none").await;

        assert!(link.contains("?key="), "{link}");
        assert!(
            browser.seen("recording-play").await.is_none(),
            "gone here, too"
        );
        assert!(server.recorded().is_empty());
        assert!(browser.asked().await.iter().all(|asked| asked.status < 400));
        browser.assert_policy_kept().await;
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_key_is_kept_as_long_as_the_tab_is_open_and_nowhere_else() {
    let microphone = Microphone::Hears(Sentence::of(2, 28).samples);

    Browser::run("kept-key", microphone, async move |browser| {
        let mut server = TestServer::with(&LOCKED).await;
        browser.visit(server.url()).await;
        give(&browser, TOKEN).await;
        browser.until_focused("call").await;

        browser.visit(server.url()).await;
        browser.press("library").await;
        browser.shown("listed-none").await;

        assert!(browser.seen("key").await.is_none());
        let script = format!(
            "return [document.cookie, JSON.stringify(localStorage), location.href]
                .some((text) => text.includes('{TOKEN}'))"
        );
        assert_eq!(browser.evaluate(&script).await, false);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_key_that_is_no_longer_taken_is_asked_for_again() {
    let microphone = Microphone::Hears(Sentence::of(2, 29).samples);

    Browser::run("old-key", microphone, async move |browser| {
        let mut server = TestServer::with(&LOCKED).await;
        browser.visit(server.url()).await;
        give(&browser, TOKEN).await;
        browser.until_focused("call").await;
        browser
            .evaluate("sessionStorage['voicechat.key'] = 'of-yesterday'")
            .await;

        browser.press("call").await;

        let problem = browser.attribute("problem", "data-problem").await;
        assert_eq!(problem.as_deref(), Some("key-refused"));
        browser.until_focused("key").await;
        give(&browser, TOKEN).await;
        browser.until_focused("call").await;
        browser.press("call").await;
        browser.until_phase("live").await;
        browser.press("call").await;
        browser.until_phase("ended").await;
        server.stop().await;
    })
    .await;
}
