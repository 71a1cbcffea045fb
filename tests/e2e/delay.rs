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

/// Looks at the jitter buffer, and once a chirp was found tells what it added meanwhile, in ms.
///
/// It breathes, and a chirp is a moment: of 200 ms, and found soon after.
const WATCH_THE_BUFFER: &str = "
    const looks = [];
    const look = async () => {
        const at = performance.now();
        const report = await connectionOfTheTest.getStats();
        const inbound = [...report.values()].find(({ type }) => type === 'inbound-rtp');
        looks.push({ at, delay: inbound.jitterBufferDelay, count: inbound.jitterBufferEmittedCount });
    };
    const timer = setInterval(look, 50);
    const shown = document.querySelector('[data-testid=delay]');
    window.bufferedByTheTest = null;
    new MutationObserver(async (_, observer) => {
        if (shown.dataset.how !== 'chirp') return;
        observer.disconnect();
        clearInterval(timer);
        const begin = performance.now() - 400;
        await look();
        const first = looks.findLast(({ at }) => at <= begin) ?? looks[0];
        const last = looks.at(-1);
        const added = (last.delay - first.delay) / (last.count - first.count);
        window.bufferedByTheTest = 1000 * added;
    }).observe(shown, { attributes: true });";

/// What a chirp tells, without what the jitter buffer adds.
async fn chirped(browser: &Browser, wanted: std::ops::Range<f64>) -> f64 {
    browser.evaluate(WATCH_THE_BUFFER).await;
    browser.press("chirp").await;
    let ms = shown(browser, "chirp", wanted).await;
    let buffered = eventually("what the buffer added", async || {
        browser.evaluate("return bufferedByTheTest").await.as_f64()
    })
    .await;
    ms - buffered
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
        let chirped_at_once = chirped(&browser, 0.0..400.0).await;
        delay_by(&browser, 500).await;
        settled(&browser, 500.0..900.0).await;
        let chirped_later = chirped(&browser, 500.0..900.0).await;
        let by_chirps = chirped_later - chirped_at_once;
        browser.press("call").await;
        browser.until_phase("ended").await;

        for (set, measured) in added {
            assert!((set - measured).abs() <= TOLERANCE, "{measured} for {set}");
        }
        let is_right = (by_chirps - 500.0).abs() <= TOLERANCE;
        assert!(is_right, "{by_chirps} for 500 by chirps");
        assert_eq!(server.recorded().len(), 1);
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}
