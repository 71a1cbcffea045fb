//! The tone of Firefox's own microphone, known again in what is heard and in what is recorded.

use std::f32::consts::TAU;

use tests::Browser;
use tests::signal::{RATE, level};
use tests::waiting::eventually;

const HERTZ: f32 = 1_000.0;

/// A tenth of a second: long enough to tell tones apart that are 20 Hz from each other.
const LOOK: usize = RATE as usize / 10;

/// What is quieter is silence.
const LOUD: f32 = 0.02;

/// So much of a sound's power lies at that pitch if it is the tone.
const PURE: f32 = 0.8;

/// For how long the tone is in that sound, in seconds.
pub(crate) fn seconds_of_tone(sound: &[f32]) -> f32 {
    let looks = sound.chunks_exact(LOOK);
    let tones = looks.filter(|look| is_tone(look)).count();
    (tones * LOOK) as f32 / RATE as f32
}

fn is_tone(look: &[f32]) -> bool {
    let (mut sine, mut cosine) = (0.0, 0.0);
    for (at, sample) in look.iter().enumerate() {
        let (sin, cos) = (TAU * HERTZ * at as f32 / RATE as f32).sin_cos();
        sine += sample * sin;
        cosine += sample * cos;
    }
    let power: f32 = look.iter().map(|sample| sample * sample).sum();
    let share = 2.0 * (sine * sine + cosine * cosine) / (look.len() as f32 * power);
    level(look) > LOUD && share > PURE
}

/// Waits until all of a second of the echo is the tone.
pub(crate) async fn until_tone_comes_back(browser: &Browser) {
    eventually("a second of the tone", async || {
        (tone_of_a_second(browser).await > 0.95).then_some(())
    })
    .await;
}

/// Waits until none of a second of the echo is the tone.
pub(crate) async fn until_silence(browser: &Browser) {
    eventually("a second of silence", async || {
        (tone_of_a_second(browser).await == 0.0).then_some(())
    })
    .await;
}

async fn tone_of_a_second(browser: &Browser) -> f32 {
    let before = browser.heard_so_far().await;
    browser.listen(RATE as usize).await;
    let heard = browser.heard().await;
    seconds_of_tone(&heard[before..before + RATE as usize])
}

#[test]
fn the_tone_is_known_by_its_pitch() {
    let sine = |hertz: f32| -> Vec<f32> {
        let at = |at: usize| 0.1 * (TAU * hertz * at as f32 / RATE as f32).sin();
        (0..RATE as usize).map(at).collect()
    };

    let told = [1_000.0, 1_001.0, 950.0, 2_000.0].map(|hertz| seconds_of_tone(&sine(hertz)));

    assert_eq!(told, [1.0, 1.0, 0.0, 0.0]);
}
