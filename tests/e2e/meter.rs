//! The microphone's meter: how often it moves, and how it holds a peak.

use serde_json::Value;
use tests::Browser;
use tests::waiting::eventually;

/// Looks at the meter before every frame from now on.
///
/// It notes where the peak is below the level, and how far the level fell below the highest peak
/// while that was shown.
const WATCH_THE_PEAK: &str = "
    const meter = document.querySelector('[data-testid=mic-level]');
    const seen = { below: [], top: -100, fell: 0 };
    window.peakOfTheTest = seen;
    const look = () => {
        const [level, peak] = [meter.dataset.dbfs, meter.dataset.peak].map(Number);
        if (peak < level) seen.below.push([level, peak]);
        if (peak > seen.top) Object.assign(seen, { top: peak, fell: 0 });
        if (peak === seen.top) seen.fell = Math.max(seen.fell, peak - level);
        requestAnimationFrame(look);
    };
    requestAnimationFrame(look);";

/// Counts for two seconds of the page's clock how often the meter moves.
///
/// Beside it, how many frames are drawn, and how often a timer of the meter's pace finds that the
/// sound has gone on.
const COUNT: &str = "
    const meter = document.querySelector('[data-testid=mic-level]');
    const [sound] = openedByThePage.contexts;
    const counted = { moves: 0, frames: 0, beats: 0 };
    const moves = new MutationObserver((all) => { counted.moves += all.length; });
    moves.observe(meter, { attributeFilter: ['data-dbfs'] });
    let heard = sound.currentTime;
    const timer = setInterval(() => {
        counted.beats += sound.currentTime > heard ? 1 : 0;
        heard = sound.currentTime;
    }, 40);
    const begin = performance.now();
    await new Promise((done) => {
        const draw = (now) => {
            counted.frames += 1;
            if (now - begin < 2000) requestAnimationFrame(draw); else done();
        };
        requestAnimationFrame(draw);
    });
    clearInterval(timer);
    moves.disconnect();
    return { ...counted, seconds: (performance.now() - begin) / 1000 };";

/// How often a meter has to move, times a second.
const HERTZ: f64 = 20.0;
/// How often it is asked to.
const PACE: f64 = 25.0;

/// Panics unless the meter moves as often as it has to while the person speaks.
///
/// A machine that is busy draws fewer frames, and gives sound and time to a page in larger pieces. So
/// the page's own chances are counted beside the moves: of those of a machine that has time, four in
/// five are 20 a second, and of fewer it has to take as many.
pub(crate) async fn assert_moves(browser: &Browser) {
    let counted = browser.evaluate(COUNT).await;
    let count = |name: &str| counted.get(name).and_then(Value::as_f64).expect("a count");
    let chances = (PACE * count("seconds"))
        .min(count("frames"))
        .min(count("beats"));

    assert!(chances > 0.0, "{counted}");
    let moves = count("moves");
    assert!(moves >= chances * HERTZ / PACE, "{counted}");
}

/// Looks at the peak from now on.
pub(crate) async fn watch_the_peak(browser: &Browser) {
    browser.evaluate(WATCH_THE_PEAK).await;
}

/// Waits until the level fell far below the highest peak, in decibels, while that was still shown.
/// Panics if a peak was ever shown below the level.
pub(crate) async fn until_the_peak_was_held(browser: &Browser, decibels: f64) {
    eventually("the peak is held", async || {
        let fell = browser.evaluate("return peakOfTheTest.fell").await;
        (fell.as_f64()? >= decibels).then_some(())
    })
    .await;
    let below = browser.evaluate("return peakOfTheTest.below").await;
    assert_eq!(below, Value::Array(Vec::new()), "peaks below the level");
}
