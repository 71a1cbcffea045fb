//! Whoever looks closer sees how the call came about, and copies it without its secrets.

use serde_json::Value;
use tests::browser::Microphone;
use tests::signal::Sentence;
use tests::waiting::eventually;
use tests::{Browser, TestServer};

const STEPS: [&str; 7] = [
    "microphone",
    "offer",
    "answer",
    "ice",
    "dtls",
    "first-packet",
    "first-sound",
];

const OPEN: &str = "document.querySelector('[data-testid=engineer]').open = true;";
const CAPTURE: &str = "navigator.clipboard.writeText =
    async (text) => { window.copiedByTheTest = text; };";

/// What is copied of a call that is over, once its counters are in it.
async fn details_afterwards(browser: &Browser) -> String {
    browser
        .evaluate("window.copiedByTheTest = undefined;")
        .await;
    eventually("the details of a call that is over", async || {
        browser.press("dump-copy").await;
        let copied = browser.evaluate("return window.copiedByTheTest").await;
        let copied = copied.as_str()?.to_owned();
        copied.contains("inbound-rtp").then_some(copied)
    })
    .await
}

#[tokio::test]
async fn the_steps_of_a_call_are_timed_and_copied_without_secrets() {
    let microphone = Microphone::Hears(Sentence::of(4, 11).samples);

    Browser::run("engineer", microphone, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;
        browser.press("call").await;
        browser.until_phase("live").await;
        browser.evaluate(CAPTURE).await;

        let seen = "return [...document.querySelectorAll('[data-testid=timeline] li')]
            .map(({ dataset }) => dataset.step);";
        eventually("every step", async || {
            let steps = browser.evaluate(seen).await;
            let steps: Vec<String> = serde_json::from_value(steps).ok()?;
            let all = STEPS.iter().all(|step| steps.iter().any(|seen| seen == step));
            all.then_some(())
        })
        .await;
        browser.evaluate(OPEN).await;
        browser.press("dump-copy").await;
        let dump = eventually("the details on the clipboard", async || {
            let copied = browser.evaluate("return window.copiedByTheTest").await;
            copied.as_str().map(ToOwned::to_owned)
        })
        .await;
        let secrets = "const { localDescription, remoteDescription } = connectionOfTheTest;
            return [localDescription, remoteDescription].flatMap(({ sdp }) =>
                [...sdp.matchAll(/a=ice-(?:pwd|ufrag):(.*)/g)].map(([, secret]) => secret.trim()));";
        let secrets = browser.evaluate(secrets).await;
        let secrets: Vec<&str> = secrets.as_array().map_or_else(Vec::new, |secrets| {
            secrets.iter().filter_map(Value::as_str).collect()
        });
        browser.take_picture("engineer").await;
        // Somebody else's finger ends the call, while this person reads on.
        let end = "document.querySelector('[data-testid=engineer] summary').focus();
            document.querySelector('[data-testid=call]').click();";
        browser.evaluate(end).await;
        browser.until_phase("ended").await;
        let is_read_on =
            "return document.activeElement.closest('[data-testid=engineer]')?.open === true;";
        let is_read_on = browser.evaluate(is_read_on).await;
        let afterwards = details_afterwards(&browser).await;

        assert_eq!(is_read_on, true, "the details closed, or lost the focus");
        assert!(afterwards.contains("--- answer ---\nv=0\n"), "{afterwards}");
        for part in ["first-sound: ", "--- answer ---", "inbound-rtp"] {
            assert!(dump.contains(part), "{part} is not in {dump}");
        }
        assert_eq!(secrets.len(), 4);
        for told in [dump, afterwards] {
            assert!(secrets.iter().all(|secret| !told.contains(secret)), "{told}");
        }
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn what_an_old_connection_says_late_is_not_told_of_the_next_call() {
    let microphone = Microphone::Hears(Sentence::of(4, 12).samples);

    Browser::run("late", microphone, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;
        browser.evaluate(CAPTURE).await;
        browser.press("call").await;
        browser.until_phase("live").await;
        // It answers with something of its own, when the test lets it.
        let hold_back = "connectionOfTheTest.getStats = () => new Promise((resolve) => {
            window.answerLate = () => resolve(new Map([['late', { type: 'of-the-first-call' }]]));
        });";
        browser.evaluate(hold_back).await;
        browser.press("call").await;
        browser.until_phase("ended").await;
        browser.press("call").await;
        browser.until_phase("live").await;
        browser.press("call").await;
        browser.until_phase("ended").await;
        browser.evaluate(OPEN).await;
        details_afterwards(&browser).await;

        // By the next task of the page all that waited for it has run.
        let answer = "answerLate(); await new Promise((done) => setTimeout(done));";
        browser.evaluate(answer).await;
        let told = details_afterwards(&browser).await;

        assert!(!told.contains("of-the-first-call"), "{told}");
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}
