//! The page speaks the person's language, and changes it without ending the call.

use serde_json::json;
use tests::browser::Microphone;
use tests::signal::Sentence;
use tests::waiting::eventually;
use tests::{Browser, TestServer};

/// Chooses a language as a person does.
async fn choose(browser: &Browser, tag: &str) {
    browser.shown("language").await;
    let script = format!(
        "const select = document.querySelector('[data-testid=language]');
         select.value = '{tag}';
         select.dispatchEvent(new Event('change', {{ bubbles: true }}));"
    );
    browser.evaluate(&script).await;
    eventually("the page's language", async || {
        let lang = browser
            .evaluate("return document.documentElement.lang")
            .await;
        (lang == tag).then_some(())
    })
    .await;
}

#[tokio::test]
async fn another_language_is_drawn_during_the_call_and_remembered() {
    let microphone = Microphone::Hears(Sentence::of(4, 11).samples);

    Browser::run("languages", microphone, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;
        browser.press("call").await;
        browser.until_phase("live").await;
        let call = browser.text("conversation-id").await;
        let mut titles = Vec::new();

        for tag in ["en", "uk", "de"] {
            choose(&browser, tag).await;
            browser.until_focused("language").await;
            assert_eq!(
                browser.text("conversation-id").await,
                call,
                "the call goes on"
            );
            let title = browser
                .evaluate("return document.querySelector('h1').innerText")
                .await;
            titles.push(title);
            for (screen, width) in [("desk", 1280), ("phone", 320)] {
                browser.resize(width, 900).await;
                let fits = "const root = document.documentElement;
                    return root.scrollWidth <= root.clientWidth";
                assert_eq!(browser.evaluate(fits).await, true, "{tag} on a {screen}");
                browser
                    .take_picture(&format!("language-{tag}-{screen}"))
                    .await;
            }
        }
        browser.until_echo_plays_on().await;
        browser.press("call").await;
        browser.until_phase("ended").await;
        browser.visit(server.url()).await;
        let remembered = browser
            .evaluate("return document.documentElement.lang")
            .await;

        assert_eq!(remembered, json!("de"));
        titles.dedup();
        assert_eq!(titles.len(), 3, "{titles:?}");
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}
