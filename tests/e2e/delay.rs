//! The delay that a person hears is measured while he speaks, and by a chirp.

use serde_json::Value;
use tests::browser::Microphone;
use tests::signal::{RATE, Sentence};
use tests::waiting::eventually;
use tests::{Browser, TestServer};

/// How far off a measured delay may be, in milliseconds.
const TOLERANCE: f64 = 15.0;

/// The delay that the page shows, found that way, once it is within reach of `wanted`.
async fn shown(browser: &Browser, how: &str, wanted: std::ops::Range<f64>) -> f64 {
    let what = format!("a delay of {wanted:?} ms by {how}");
    eventually(&what, async || {
        let found = browser.attribute("delay", "data-how").await;
        let ms = browser.attribute("delay", "data-ms").await?;
        let ms: f64 = ms.parse().ok()?;
        (found.as_deref() == Some(how) && wanted.contains(&ms)).then_some(ms)
    })
    .await
}

/// What the browser's jitter buffer adds just now, in milliseconds.
async fn buffered(browser: &Browser) -> f64 {
    let [before, after] = [buffer_counts(browser).await, {
        browser.listen(RATE as usize).await;
        buffer_counts(browser).await
    }];
    1_000.0 * (after.0 - before.0) / (after.1 - before.1)
}

/// The seconds that samples spent there, and how many did.
async fn buffer_counts(browser: &Browser) -> (f64, f64) {
    let report = browser.statistics("inbound-rtp").await;
    let report = report.first().expect("something comes in");
    let count = |name: &str| report.get(name).and_then(Value::as_f64).expect("a number");
    (
        count("jitterBufferDelay"),
        count("jitterBufferEmittedCount"),
    )
}

/// What the page shows by speech, without what the jitter buffer adds: it breathes with the load of
/// the machine.
async fn settled(browser: &Browser, wanted: std::ops::Range<f64>) -> f64 {
    shown(browser, "speech", wanted.clone()).await;
    // The number is the median of some looks.
    browser.listen(3 * RATE as usize).await;
    let buffered = buffered(browser).await;
    shown(browser, "speech", wanted).await - buffered
}

/// By how much a chirp tells another delay than speech does, in ms.
///
/// The jitter buffer is part of both, so it has to rest: after the delay was changed it fills for
/// some seconds.
async fn chirp_beside_speech(browser: &Browser, wanted: std::ops::Range<f64>) -> f64 {
    eventually("the jitter buffer rests", async || {
        let one = buffered(browser).await;
        let other = buffered(browser).await;
        ((one - other).abs() < 5.0).then_some(())
    })
    .await;
    let speech = shown(browser, "speech", wanted.clone()).await;
    browser.press("chirp").await;
    shown(browser, "chirp", wanted).await - speech
}

/// Moves the slider of the delayed echo.
async fn delay_by(browser: &Browser, ms: u32) {
    browser.press("echo-delayed").await;
    browser.shown("echo-delay").await;
    let script = format!(
        "const slider = document.querySelector('[data-testid=echo-delay]');
         slider.value = '{ms}';
         slider.dispatchEvent(new Event('input', {{ bubbles: true }}));
         slider.dispatchEvent(new Event('change', {{ bubbles: true }}));
         return slider.value;"
    );
    assert_eq!(browser.evaluate(&script).await, ms.to_string());
}

#[tokio::test]
async fn the_delay_is_measured_while_the_person_speaks_and_follows_what_is_set() {
    // Long enough that nothing said comes again within the longest delay that is looked for.
    let microphone = Microphone::Hears(Sentence::of(30, 31).samples);

    Browser::run("delay", microphone, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;
        browser.press("call").await;
        browser.until_phase("live").await;

        let at_once = settled(&browser, 0.0..400.0).await;
        let mut added = Vec::new();
        for ms in [500_u32, 2_000] {
            delay_by(&browser, ms).await;
            let ms = f64::from(ms);
            let measured = settled(&browser, ms..ms + 400.0).await;
            added.push((ms, measured - at_once));
        }
        browser.take_picture("delay").await;
        browser.press("echo-at_once").await;
        shown(&browser, "speech", 0.0..400.0).await;
        let at_once_by_chirp = chirp_beside_speech(&browser, 0.0..400.0).await;
        delay_by(&browser, 500).await;
        settled(&browser, 500.0..900.0).await;
        let later_by_chirp = chirp_beside_speech(&browser, 500.0..900.0).await;
        browser.press("call").await;
        browser.until_phase("ended").await;

        for (set, measured) in added {
            assert!((set - measured).abs() <= TOLERANCE, "{measured} for {set}");
        }
        for other in [at_once_by_chirp, later_by_chirp] {
            assert!(other.abs() <= TOLERANCE, "{other} more by a chirp");
        }
        assert_eq!(server.recorded().len(), 1);
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}
