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

#[tokio::test]
async fn the_steps_of_a_call_are_timed_and_copied_without_secrets() {
    let microphone = Microphone::Hears(Sentence::of(4, 11).samples);

    Browser::run("engineer", microphone, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;
        browser.press("call").await;
        browser.until_phase("live").await;
        let capture = "navigator.clipboard.writeText =
            async (text) => { window.copiedByTheTest = text; };";
        browser.evaluate(capture).await;

        let seen = "return [...document.querySelectorAll('[data-testid=timeline] li')]
            .map(({ dataset }) => dataset.step);";
        eventually("every step", async || {
            let steps = browser.evaluate(seen).await;
            let steps: Vec<String> = serde_json::from_value(steps).ok()?;
            let all = STEPS.iter().all(|step| steps.iter().any(|seen| seen == step));
            all.then_some(())
        })
        .await;
        let open = "document.querySelector('[data-testid=engineer]').open = true;";
        browser.evaluate(open).await;
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
        browser.press("call").await;
        browser.until_phase("ended").await;
        browser.evaluate("window.copiedByTheTest = undefined;").await;
        let open = "document.querySelector('[data-testid=engineer]').open = true;";
        browser.evaluate(open).await;
        let afterwards = eventually("the details of a call that is over", async || {
            browser.press("dump-copy").await;
            let copied = browser.evaluate("return window.copiedByTheTest").await;
            let copied = copied.as_str()?.to_owned();
            copied.contains("inbound-rtp").then_some(copied)
        })
        .await;

        assert!(afterwards.contains("--- answer ---\nv=0\n"), "{afterwards}");
        for part in ["first-sound: ", "--- answer ---", "inbound-rtp"] {
            assert!(dump.contains(part), "{part} is not in {dump}");
        }
        assert_eq!(secrets.len(), 4);
        assert!(secrets.iter().all(|secret| !dump.contains(secret)), "{dump}");
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}
