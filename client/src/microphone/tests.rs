//! When each state appears, and that no other one does meanwhile.

mod sounds;

use std::time::Duration;

use proptest::prelude::*;
use sounds::{RATE, Sound, gated, hum, mixed, noise, rumble, speech, too_loud, typing, zeros};

use super::*;

/// As often as samples are delivered: 50 ms.
const CHUNK: usize = 2400;

/// A state and when it came, in milliseconds of sound heard.
type Change = (&'static str, u32);

/// Hears it all, and tells every change of the state.
fn changes(listener: &mut Listener, sound: &[f32]) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    let mut now = 0;
    for chunk in sound.chunks(CHUNK) {
        listener.hear(chunk, RATE);
        now += u32::try_from(chunk.len() / 48).unwrap();
        let state = listener.state().name();
        if changes.last().is_none_or(|(last, _)| *last != state) {
            changes.push((state, now));
        }
    }
    changes
}

fn fresh(sound: &[f32]) -> Vec<Change> {
    changes(&mut Listener::default(), sound)
}

fn names(changes: &[Change]) -> Vec<&'static str> {
    changes.iter().map(|(state, _)| *state).collect()
}

fn when(changes: &[Change], state: &str) -> u32 {
    let change = changes.iter().find(|(name, _)| *name == state);
    change.expect("it came").1
}

fn room(seconds: f64) -> Sound {
    noise(seconds, -62.0, 1)
}

fn in_a_room(speech: &[f32]) -> Sound {
    let seconds = f64::from(u32::try_from(speech.len()).unwrap()) / f64::from(RATE);
    mixed(speech, &room(seconds))
}

fn named(label: &str, others: u32) -> Track {
    Track {
        label: label.to_owned(),
        others,
        ..Track::default()
    }
}

fn muted_by_you() -> Track {
    Track {
        is_on: false,
        ..Track::default()
    }
}

fn muted_in_hardware() -> Track {
    Track {
        is_muted: true,
        ..Track::default()
    }
}

#[test]
fn a_room_in_which_nobody_speaks_is_listened_to() {
    assert_eq!(fresh(&room(20.0)), [("checking", 50), ("listening", 2000)]);
}

#[test]
fn digital_silence_is_silent_after_four_seconds_and_nothing_else_before() {
    assert_eq!(fresh(&zeros(60.0)), [("checking", 50), ("silent", 4000)]);
}

#[test]
fn what_is_quieter_than_any_live_microphone_is_silent() {
    assert_eq!(
        fresh(&noise(30.0, -80.0, 3)),
        [("checking", 50), ("silent", 4000)]
    );
}

#[test]
fn an_offset_without_sound_is_silent() {
    let offset = vec![0.01; zeros(10.0).len()];

    // The first jump is heard.
    assert_eq!(names(&fresh(&offset)), ["checking", "listening"]);
    assert_eq!(
        names(&fresh(&offset.repeat(3))),
        ["checking", "listening", "silent"]
    );
}

#[test]
fn silence_where_other_microphones_are_is_the_wrong_one() {
    let mut listener = Listener::default();
    listener.note_track(named("Line In", 2));

    let changes = changes(&mut listener, &zeros(20.0));

    assert_eq!(changes, [("checking", 50), ("wrong-device", 4000)]);
}

#[test]
fn a_microphone_that_is_plugged_in_again_is_listened_to_at_once() {
    let sound = [zeros(6.0), room(10.0)].concat();

    assert_eq!(
        fresh(&sound),
        [("checking", 50), ("silent", 4000), ("listening", 6050)]
    );
}

#[test]
fn a_message_stays_a_second_however_soon_it_is_untrue() {
    let sound = [zeros(4.1), room(10.0)].concat();

    assert_eq!(
        fresh(&sound),
        [("checking", 50), ("silent", 4000), ("listening", 5000)]
    );
}

#[test]
fn a_loopback_is_the_wrong_device_whatever_it_plays() {
    let mut listener = Listener::default();
    listener.note_track(named("Monitor of Built-in Audio", 0));
    let at_once = listener.state();

    let changes = changes(&mut listener, &in_a_room(&speech(10.0, -20.0)));

    assert_eq!(at_once, Health::WrongDevice);
    assert_eq!(names(&changes), ["wrong-device"]);
}

#[test]
fn speech_of_the_usual_level_is_good() {
    for level in [-36.0, -26.0, -18.0] {
        let mut listener = Listener::default();
        let sound = in_a_room(&speech(20.0, level));

        let changes = changes(&mut listener, &sound);

        assert_eq!(names(&changes), ["checking", "good"], "{level}");
        assert_eq!(when(&changes, "good"), 2000, "{level}");
        let heard = f64::from(listener.state().speech_dbfs().unwrap());
        assert!((heard - level).abs() <= 2.0, "{heard} is {level}");
    }
}

#[test]
fn good_stays_when_nobody_speaks_any_more() {
    let sound = [in_a_room(&speech(6.0, -26.0)), room(90.0)].concat();

    assert_eq!(names(&fresh(&sound)), ["checking", "good"]);
}

#[test]
fn faint_speech_is_too_quiet_once_some_words_were_heard() {
    for level in [-50.0, -46.0, -43.0] {
        let mut listener = Listener::default();
        let sound = [noise(4.0, -66.0, 9), in_faint_room(&speech(10.0, level))].concat();

        let changes = changes(&mut listener, &sound);

        assert_eq!(
            names(&changes),
            ["checking", "listening", "too-quiet"],
            "{level}"
        );
        let since_he_spoke = when(&changes, "too-quiet") - 4000;
        assert!((1500..4500).contains(&since_he_spoke), "{since_he_spoke}");
    }
}

#[test]
fn the_speech_that_was_heard_is_counted_however_faint_it_is() {
    for level in [-54.0, -46.0, -20.0] {
        let mut listener = Listener::default();
        let voice = mixed(&speech(20.0, level), &noise(20.0, -72.0, 8));
        listener.hear(&[noise(4.0, -72.0, 9), voice].concat(), RATE);

        // Four fifths of it are utterances.
        let spoken = listener.spoken().as_secs_f64();
        assert!((12.0..=17.0).contains(&spoken), "{spoken} at {level}");
    }
}

#[test]
fn what_is_no_speech_is_not_counted_as_such() {
    let mut listener = Listener::default();
    for sound in [
        room(10.0),
        zeros(5.0),
        noise(10.0, -30.0, 4),
        typing(10.0, -20.0),
    ] {
        listener.hear(&sound, RATE);
    }

    assert_eq!(listener.spoken(), Duration::ZERO);
}

#[test]
fn another_microphone_forgets_no_speech_that_was_counted() {
    let mut listener = Listener::default();
    listener.note_track(named("Headset", 1));
    listener.hear(&in_a_room(&speech(6.0, -26.0)), RATE);
    let before = listener.spoken();
    listener.note_track(named("Built-in", 1));

    assert!(before > Duration::from_secs(3), "{before:?}");
    assert_eq!(listener.spoken(), before);
}

fn in_faint_room(speech: &[f32]) -> Sound {
    let seconds = f64::from(u32::try_from(speech.len()).unwrap()) / f64::from(RATE);
    mixed(speech, &noise(seconds, -66.0, 8))
}

#[test]
fn faint_speech_that_gets_louder_is_good_soon_and_does_not_flicker() {
    let sound = in_a_room(&[speech(10.0, -46.0), speech(20.0, -28.0)].concat());

    let changes = fresh(&sound);

    assert_eq!(
        names(&changes)[1..],
        ["listening", "too-quiet", "good"][..],
        "{changes:?}"
    );
    let since_louder = when(&changes, "good") - 10_000;
    // Within the first words.
    assert!(since_louder <= 1600, "{since_louder}");
}

#[test]
fn speech_at_the_limit_does_not_flicker() {
    for level in [-42.0, -41.0, -40.0, -39.0, -38.0] {
        let changes = fresh(&in_faint_room(&speech(60.0, level)));

        assert!(changes.len() <= 4, "{level}: {changes:?}");
    }
}

#[test]
fn a_warning_of_faint_speech_lapses_when_nobody_speaks() {
    let sound = [in_a_room(&speech(10.0, -46.0)), room(40.0)].concat();

    let changes = fresh(&sound);

    assert_eq!(changes.last().unwrap().0, "listening", "{changes:?}");
    let since_he_spoke = changes.last().unwrap().1 - 10_000;
    assert!((29_000..31_000).contains(&since_he_spoke), "{changes:?}");
}

#[test]
fn flat_tops_are_clipping_for_three_seconds() {
    let sound = [room(5.0), too_loud(0.5), room(10.0)].concat();

    assert_eq!(
        fresh(&sound),
        [
            ("checking", 50),
            ("listening", 2000),
            ("clipping", 5050),
            ("listening", 8500)
        ]
    );
}

#[test]
fn speech_that_is_turned_up_too_far_is_clipping() {
    let sound: Sound = speech(20.0, -2.0)
        .iter()
        .map(|sample| sample.clamp(-1.0, 1.0))
        .collect();

    assert_eq!(names(&fresh(&sound)), ["checking", "clipping"]);
}

#[test]
fn a_peak_or_two_are_no_clipping() {
    let mut sound = room(20.0);
    for second in [5, 6, 12, 13] {
        sound[second * 48_000..][..30].fill(1.0);
    }

    assert_eq!(names(&fresh(&sound)), ["checking", "listening"]);
}

#[test]
fn the_persons_own_mute_is_shown_at_once_and_is_no_alarm() {
    let mut listener = Listener::default();
    listener.hear(&room(3.0), RATE);
    listener.note_track(muted_by_you());
    let at_once = listener.state();
    let muted = changes(&mut listener, &zeros(60.0));
    listener.note_track(Track::default());
    let back = listener.state();
    let later = changes(&mut listener, &room(60.0));

    assert_eq!(at_once, Health::MutedByYou);
    assert!(!at_once.is_alarm());
    assert_eq!(names(&muted), ["muted-by-you"]);
    assert_eq!(back, Health::Listening);
    assert_eq!(names(&later), ["listening"]);
}

#[test]
fn samples_that_come_late_around_a_mute_are_no_news() {
    let mut listener = Listener::default();
    listener.hear(&noise(3.0, -50.0, 4), RATE);
    listener.hear(&zeros(0.2), RATE);
    listener.note_track(muted_by_you());
    listener.hear(&noise(0.2, -50.0, 5), RATE);
    listener.hear(&zeros(3.0), RATE);
    listener.note_track(Track::default());
    let sound = [zeros(0.2), noise(20.0, -50.0, 4)].concat();

    assert_eq!(names(&changes(&mut listener, &sound)), ["listening"]);
}

#[test]
fn a_switch_at_the_device_is_told_from_silence() {
    let mut listener = Listener::default();
    listener.note_track(muted_in_hardware());
    let muted = changes(&mut listener, &zeros(10.0));
    listener.note_track(Track::default());
    let later = changes(&mut listener, &room(10.0));

    assert_eq!(names(&muted), ["muted-in-hardware"]);
    assert_eq!(later, [("checking", 50), ("listening", 2300)]);
}

#[test]
fn the_persons_own_mute_goes_before_that_of_the_device() {
    let mut listener = Listener::default();
    listener.note_track(Track {
        is_on: false,
        is_muted: true,
        label: "Stereo Mix".to_owned(),
        others: 3,
        ..Track::default()
    });

    assert_eq!(listener.state(), Health::MutedByYou);
}

#[test]
fn another_microphone_is_checked_anew() {
    let mut listener = Listener::default();
    listener.note_track(named("Headset", 1));
    listener.hear(&in_a_room(&speech(6.0, -26.0)), RATE);
    let before = listener.state().name();
    listener.note_track(named("Built-in", 1));
    let after = listener.state();

    assert_eq!((before, after), ("good", Health::Checking));
}

#[test]
fn what_is_learned_of_the_same_microphone_forgets_nothing() {
    let mut listener = Listener::default();
    listener.hear(&room(6.0), RATE);
    listener.note_track(named("Headset", 0));
    listener.note_track(named("Headset", 4));

    assert_eq!(listener.state(), Health::Listening);
}

#[test]
fn a_room_whose_noise_is_taken_away_is_not_silent_and_a_dead_microphone_is() {
    let cleaned = |sound: &[f32]| {
        let mut listener = Listener::default();
        listener.note_track(Track {
            is_cleaned: true,
            ..Track::default()
        });
        names(&changes(&mut listener, sound))
    };

    assert_eq!(cleaned(&noise(20.0, -90.0, 6)), ["checking", "listening"]);
    assert_eq!(cleaned(&zeros(20.0)), ["checking", "silent"]);
}

#[test]
fn a_microphone_that_cuts_low_levels_away_is_not_silent_while_it_speaks_and_soon_after() {
    let quiet = |seconds| noise(seconds, -78.0, 6);
    let sound = [
        mixed(&speech(3.2, -30.0), &quiet(3.2)),
        quiet(19.0),
        mixed(&speech(1.6, -30.0), &quiet(1.6)),
        quiet(19.0),
    ]
    .concat();

    assert_eq!(names(&fresh(&sound)), ["checking", "good"]);
}

#[test]
fn a_microphone_that_fell_silent_for_good_is_silent_twenty_seconds_later() {
    let sound = [in_a_room(&speech(3.6, -30.0)), zeros(40.0)].concat();

    let changes = fresh(&sound);

    assert_eq!(names(&changes), ["checking", "good", "silent"]);
    let since = when(&changes, "silent") - 3600;
    assert!((19_500..=20_100).contains(&since), "{since}");
}

#[test]
fn a_gate_that_was_heard_at_work_is_never_silence() {
    for below in [-78.0, -200.0] {
        let spoken = gated(&in_a_room(&speech(12.0, -30.0)), -50.0, below);
        let sound = [spoken, noise(120.0, below, 6)].concat();

        assert_eq!(names(&fresh(&sound)), ["checking", "good"], "{below}");
    }
}

#[test]
fn a_fan_that_starts_and_stops_is_no_speech() {
    let mut sound = Sound::new();
    for seed in 0..6 {
        sound.extend(noise(8.0, -65.0, seed));
        sound.extend(noise(8.0, -47.0, seed + 10));
    }

    assert_eq!(names(&fresh(&sound)), ["checking", "listening"]);
}

#[test]
fn keys_that_are_hit_are_no_speech() {
    for peak in [-40.0, -30.0, -20.0] {
        let keys = in_a_room(&typing(60.0, peak));

        assert_eq!(names(&fresh(&keys)), ["checking", "listening"], "{peak}");
    }
}

#[test]
fn rumble_and_hum_are_no_speech() {
    for level in [-60.0, -50.0, -40.0] {
        for seed in 0..4 {
            let rumble = mixed(&rumble(60.0, level, seed), &noise(60.0, -70.0, seed));
            assert_eq!(names(&fresh(&rumble)), ["checking", "listening"], "{level}");
        }
        let hum = mixed(&hum(60.0, level), &noise(60.0, -70.0, 2));
        assert_eq!(names(&fresh(&hum)), ["checking", "listening"], "{level}");
    }
}

#[test]
fn a_person_who_is_silent_for_an_hour_is_left_alone() {
    let mut listener = Listener::default();
    let minute = noise(60.0, -58.0, 21);
    let mut seen = Vec::new();
    for _ in 0..60 {
        seen.extend(names(&changes(&mut listener, &minute)));
    }
    seen.dedup();

    assert_eq!(seen, ["checking", "listening"]);
}

#[test]
fn the_sound_system_may_run_at_any_rate() {
    for rate in [8_000, 16_000, 44_100, 48_000, 96_000] {
        let mut listener = Listener::default();
        let mut random = sounds::Random::new(3);
        let noise: Sound = (0..rate * 3)
            .map(|_| if random.next() > 0.0 { 0.001 } else { -0.001 })
            .collect();
        listener.hear(&noise, rate);

        assert_eq!(listener.state(), Health::Listening, "{rate}");
        listener.hear(&vec![0.0; usize::try_from(rate).unwrap() * 5], rate);
        assert_eq!(listener.state(), Health::Silent, "{rate}");
    }
}

#[test]
fn the_gauge_shows_what_is_heard() {
    let mut listener = Listener::default();
    listener.hear(&noise(1.0, -20.0, 1), RATE);

    let gauge = listener.gauge();

    assert!((gauge.level_dbfs + 20.0).abs() < 1.0, "{gauge:?}");
    // The largest of white noise is 4.8 dB above its mean.
    assert!((gauge.held_dbfs + 15.2).abs() < 0.5, "{gauge:?}");
}

/// Everything once: quiet, speech, clipping, silence.
fn medley() -> Sound {
    [
        room(3.0),
        in_a_room(&speech(5.0, -46.0)),
        in_a_room(&speech(3.0, -20.0)),
        too_loud(0.3),
        room(4.0),
        zeros(21.0),
    ]
    .concat()
}

fn heard_in(sound: &[f32], sizes: &[usize]) -> (Vec<&'static str>, Gauge) {
    let mut listener = Listener::default();
    let mut seen = Vec::new();
    let mut rest = sound;
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (chunk, later) = rest.split_at((*size).min(rest.len()));
        listener.hear(chunk, RATE);
        rest = later;
        seen.push(listener.state().name());
    }
    seen.dedup();
    (seen, listener.gauge())
}

#[test]
fn the_medley_shows_everything() {
    assert_eq!(
        heard_in(&medley(), &[CHUNK]).0,
        [
            "checking",
            "listening",
            "too-quiet",
            "good",
            "clipping",
            "good",
            "silent"
        ]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_size_of_chunks_does_not_matter(sizes in prop::collection::vec(1_usize..4_000, 1..40)) {
        let sound = medley();

        prop_assert_eq!(heard_in(&sound, &sizes), heard_in(&sound, &[1]));
    }

    #[test]
    fn a_minute_of_noise_at_any_level_of_a_room_never_alarms(
        level in -72.0..-45.0_f64,
        seed in any::<u64>(),
    ) {
        let changes = fresh(&noise(60.0, level, seed));

        prop_assert_eq!(changes, [("checking", 50), ("listening", 2000)]);
    }

    #[test]
    fn any_samples_at_any_rate_are_heard(
        samples in prop::collection::vec(any::<f32>(), 0..3_000),
        rate in any::<u32>(),
    ) {
        let mut listener = Listener::default();
        listener.hear(&samples, rate);
        listener.hear(&samples, 48_000);

        let gauge = listener.gauge();

        for level in [gauge.level_dbfs, gauge.peak_dbfs, gauge.held_dbfs] {
            prop_assert!((-100.0..=0.0).contains(&level), "{:?}", gauge);
        }
    }
}
