//! The page in the language of the person, changed while he calls.

use tests::browser::Microphone;
use tests::signal::Sentence;
use tests::waiting::eventually;
use tests::{Browser, TestServer};

use crate::call::until_echo_says;

/// Chooses as a person does who opens the list with the keyboard.
pub(crate) async fn choose(browser: &Browser, tag: &str) {
    let script = format!(
        "const list = document.querySelector('[data-testid=language]');
         list.focus();
         list.value = '{tag}';
         list.dispatchEvent(new Event('change', {{ bubbles: true }}));"
    );
    browser.evaluate(&script).await;
    eventually(&format!("the page in `{tag}`"), async || {
        let lang = browser
            .evaluate("return document.documentElement.lang")
            .await;
        let shown = browser.attribute("language", "data-language").await?;
        (lang == tag && shown == tag).then_some(())
    })
    .await;
}

#[tokio::test]
async fn another_language_is_chosen_during_a_call_which_goes_on() {
    let sentence = Sentence::of(4, 61);
    let microphone = Microphone::Hears(sentence.samples.clone());

    Browser::run("languages", microphone, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;
        let english = browser.text("call").await;
        browser.press("call").await;
        browser.until_phase("live").await;
        let call = browser.text("conversation-id").await;

        choose(&browser, "uk").await;
        let focused = browser.focused().await;
        let ukrainian = browser.text("call").await;
        until_echo_says(&browser, &sentence).await;
        choose(&browser, "de").await;
        let same_call = browser.text("conversation-id").await;
        browser.press("call").await;
        browser.until_phase("ended").await;
        browser.visit(server.url()).await;
        let german = browser.text("call").await;

        assert_eq!(
            [english, ukrainian, german],
            ["Call", "Завершити", "Anrufen"]
        );
        assert_eq!(focused.as_deref(), Some("language"));
        assert_eq!(call, same_call);
        assert_eq!(server.recorded().len(), 1, "one call");
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}
