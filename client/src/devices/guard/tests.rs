//! The rules of the guard, by level curves that are made up.

use std::f32::consts::TAU;

use super::*;

/// A level of that many dBFS.
fn level(decibels: f32) -> Level {
    let amplitude = 10.0_f32.powf(decibels / 20.0);
    Level::of(&[amplitude, -amplitude])
}

/// When the guard says what, hearing those levels (dBFS at a time in seconds) for that long.
fn listen(
    seconds: f32,
    switch: Switch,
    out: impl Fn(f32) -> f32,
    back: impl Fn(f32) -> f32,
) -> Vec<(Duration, Verdict)> {
    let mut guard = Guard::default();
    let mut said = Vec::new();
    let mut now = Duration::ZERO;
    while now.as_secs_f32() < seconds {
        let at = now.as_secs_f32();
        let levels = Levels {
            out: level(out(at)),
            back: level(back(at)),
        };
        said.extend(
            guard
                .hear(levels, switch, now)
                .map(|verdict| (now, verdict)),
        );
        now += STEP;
    }
    said
}

/// A voice: syllables of that rhythm (Hz) and peak (dBFS), with gaps of that share of each.
fn voice(rhythm: f32, peak: f32, gap: f32) -> impl Fn(f32) -> f32 + Copy {
    move |at: f32| {
        let within = (at * rhythm).rem_euclid(1.0);
        if at < 0.0 || within < gap {
            return -40.0;
        }
        // Louder and softer vowels, as in a sentence.
        peak - 2.0 * (at * 1.7).sin().abs()
    }
}

/// A voice whose level swings softly, by that depth in dB.
fn swinging(rhythm: f32, peak: f32, depth: f32) -> impl Fn(f32) -> f32 + Copy {
    move |at: f32| peak - depth * 0.5 * (1.0 - (TAU * rhythm * at).cos())
}

/// What comes back of it, that much later.
fn after(delay: f32, voice: impl Fn(f32) -> f32) -> impl Fn(f32) -> f32 {
    move |at| voice(at - delay)
}

/// A loop that feeds itself: each round of that long it is louder by that many dB, until it clips.
fn howl(round: f32, gain: f32) -> impl Fn(f32) -> f32 + Copy {
    move |at: f32| (-30.0 + gain * (at / round).floor()).min(-3.0)
}

fn first(said: &[(Duration, Verdict)]) -> Option<Duration> {
    let (at, verdict) = said.first()?;
    assert_eq!(*verdict, Verdict::Howls);
    Some(*at)
}

#[test]
fn a_loop_that_feeds_itself_is_told_within_a_second() {
    for round in [0.03, 0.1, 0.2, 0.3, 0.4] {
        for gain in [1.0, 1.5, 3.0, 6.0, 12.0] {
            let out = howl(round, gain);
            let back = after(round / 2.0, out);
            let loud = (18.0_f32 / gain).ceil() * round + round / 2.0;

            let said = listen(loud + 3.0, Switch::Off, out, back);

            let told = first(&said).unwrap_or_else(|| panic!("{round} s, {gain} dB: silence"));
            let late = told.as_secs_f32() - loud;
            assert!((0.0..=1.0).contains(&late), "{round} s, {gain} dB: {late}");
        }
    }
}

#[test]
fn a_tone_that_stays_is_told_after_600_milliseconds_though_it_wavers() {
    let out = |at: f32| -6.0 + (TAU * 5.0 * at).sin();

    let said = listen(2.0, Switch::Off, out, |_| -3.0);

    let told = first(&said).unwrap();
    assert!(
        (STAYING..=STAYING + 2 * STEP).contains(&told),
        "told after {told:?}"
    );
}

#[test]
fn loud_speech_with_headphones_is_no_howl() {
    for rhythm in [3.0, 3.7, 4.0, 5.0, 6.3, 8.0] {
        for peak in [-9.0, -6.0, -3.0, 0.0] {
            for gap in [0.2, 0.35, 0.5] {
                for delay in [0.0, 0.08, 0.2, 0.333, 1.0] {
                    let out = voice(rhythm, peak, gap);
                    let said = listen(30.0, Switch::Off, out, after(delay, out));
                    assert_eq!(said, [], "{rhythm} Hz, {peak} dBFS, {gap}, {delay} s");
                }
            }
        }
    }
}

#[test]
fn a_voice_that_swings_without_silence_is_no_howl() {
    for rhythm in [3.0, 4.0, 5.3, 8.0] {
        for depth in [8.0, 10.0, 20.0] {
            for delay in [0.0, 0.1, 0.25] {
                let out = swinging(rhythm, -1.0, depth);
                let said = listen(30.0, Switch::Off, out, after(delay, out));
                assert_eq!(said, [], "{rhythm} Hz, {depth} dB, {delay} s");
            }
        }
    }
}

#[test]
fn one_way_alone_is_no_loop() {
    assert_eq!(listen(5.0, Switch::Off, |_| -3.0, |_| -20.0), []);
    assert_eq!(listen(5.0, Switch::Off, |_| -20.0, |_| -3.0), []);
}

#[test]
fn with_echo_cancellation_nothing_is_a_howl() {
    assert_eq!(listen(5.0, Switch::On, |_| -3.0, |_| -3.0), []);
}

#[test]
fn a_howl_is_over_two_seconds_after_it_fell() {
    let howl = |at: f32| if at < 2.0 { -3.0 } else { -35.0 };

    let said = listen(6.0, Switch::Off, howl, howl);

    assert_eq!(
        said,
        [
            (STAYING, Verdict::Howls),
            (Duration::from_secs(4), Verdict::Calm)
        ]
    );
}

#[test]
fn a_howl_that_comes_back_meanwhile_is_not_over() {
    let howl = |at: f32| {
        if (2.0..3.5).contains(&at) {
            -35.0
        } else {
            -3.0
        }
    };

    let said = listen(8.0, Switch::Off, howl, howl);

    assert_eq!(said, [(STAYING, Verdict::Howls)]);
}

#[test]
fn echo_cancellation_ends_a_howl_at_once() {
    let mut guard = Guard::default();
    let loud = Levels {
        out: level(-3.0),
        back: level(-3.0),
    };
    let mut now = Duration::ZERO;
    while guard.hear(loud, Switch::Off, now).is_none() {
        now += STEP;
    }

    assert_eq!(
        guard.hear(loud, Switch::On, now + STEP),
        Some(Verdict::Calm)
    );
}

#[test]
fn a_page_that_was_asleep_judges_nothing_it_did_not_hear() {
    let mut guard = Guard::default();
    let loud = Levels {
        out: level(-3.0),
        back: level(-3.0),
    };
    for second in 0..20 {
        let now = Duration::from_secs(second);

        assert_eq!(guard.hear(loud, Switch::Off, now), None);
    }
}
