//! A short rising tone that is easy to find again: how it sounds, and where it is in a sound.

use std::f64::consts::{PI, TAU};

use super::correlate::beside;
use super::{Chunk, How, LONGEST_MS, Measured};

/// How long the tone is, in seconds.
pub const LENGTH_S: f64 = 0.2;
/// Where it begins and ends, in Hz: what every codec and every line carries.
const FROM_HZ: f64 = 500.0;
const TO_HZ: f64 = 4_000.0;
/// Its beginning and its end swell, so that nothing clicks, in seconds.
const EDGE_S: f64 = 0.02;
/// About -12 dBFS: clear, and not frightening.
const LOUD: f64 = 0.35;

/// It is looked for in a sound moved down by this, so that few samples are enough.
const MIDDLE_HZ: f64 = 2_250.0;
/// Half of the band that is kept.
const REACH_HZ: f64 = 1_600.0;
/// Samples a second of what is kept.
const KEPT_RATE: f64 = 4_000.0;
/// So much alike it has to be, 0 to 1. A voice comes to about 0.15.
const ALIKE: f32 = 0.35;
/// Mean square under which there is nothing to be found: -70 dBFS.
const QUIET: f32 = 1e-7;
/// The best place is looked for so long after the first good one, in kept samples: 50 ms.
const BETTER: usize = 200;
/// A louder tone is good enough a little sooner: 5 ms, in kept samples.
const AS_EARLY: usize = 20;
/// How long the tone may take until it is played, in seconds.
const START_S: f64 = 1.5;

/// The tone, at that many samples a second.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "some thousand samples, each within -1 to 1"
)]
pub fn samples(rate: f64) -> Vec<f32> {
    let count = (LENGTH_S * rate).round() as u32;
    (0..count)
        .map(|at| {
            let time = f64::from(at) / rate;
            let phase = FROM_HZ * time + 0.5 * (TO_HZ - FROM_HZ) / LENGTH_S * time * time;
            let edge = (time.min(LENGTH_S - time) / EDGE_S).clamp(0.0, 1.0);
            let swell = 0.5 - 0.5 * (PI * edge).cos();
            (LOUD * swell * (TAU * phase).sin()) as f32
        })
        .collect()
}

/// A search for one chirp, in what goes out and in what comes back.
#[derive(Clone, Debug)]
pub struct Hunt {
    tone: Slow,
    out: Scan,
    back: Scan,
    passed_s: f64,
}

/// How a search stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    Listening,
    Heard(Measured),
    /// It did not come back, or it never went out.
    NotHeard,
}

impl Hunt {
    /// To begin just before the tone is played.
    #[must_use]
    pub fn new(rate: f64) -> Self {
        let mut mixer = Mixer::new(rate);
        let mut tone = Slow::default();
        mixer.take(&samples(rate), &mut tone);
        Self {
            tone,
            out: Scan::new(rate),
            back: Scan::new(rate),
            passed_s: 0.0,
        }
    }

    /// Listens to a stretch more.
    pub fn hear(&mut self, chunk: &Chunk<'_>) -> Outcome {
        let missed = vec![0.0; chunk.missed];
        for (out, back) in [(&*missed, &*missed), (chunk.out, chunk.back)] {
            self.out.hear(out, &self.tone, Some(0));
            // What comes back before it went out is an earlier one.
            self.back.hear(back, &self.tone, self.out.first);
        }
        self.passed_s += (chunk.missed + chunk.out.len()) as f64 / chunk.rate;
        match (self.out.place(), self.back.place()) {
            (Some(out), Some(back)) => Outcome::Heard(measure(out, back)),
            (None, _) if self.passed_s > START_S => Outcome::NotHeard,
            _ if self.passed_s > START_S + LONGEST_MS / 1000.0 => Outcome::NotHeard,
            _ => Outcome::Listening,
        }
    }
}

fn measure(out: (f64, f32), back: (f64, f32)) -> Measured {
    Measured {
        ms: ((back.0 - out.0) / KEPT_RATE * 1000.0).max(0.0),
        confidence: f64::from(out.1.min(back.1).min(1.0)),
        how: How::Chirp,
    }
}

/// One sound in which the tone is looked for.
#[derive(Clone, Debug)]
struct Scan {
    mixer: Mixer,
    heard: Slow,
    /// How alike the tone is to what begins at each sample.
    alike: Vec<f32>,
    /// The first place that is good enough.
    first: Option<usize>,
}

impl Scan {
    fn new(rate: f64) -> Self {
        Self {
            mixer: Mixer::new(rate),
            heard: Slow::default(),
            alike: Vec::new(),
            first: None,
        }
    }

    fn is_done(&self) -> bool {
        let enough = self.first.map(|first| first + BETTER);
        enough.is_some_and(|enough| self.alike.len() > enough)
    }

    /// Places before `earliest` do not count; none does as long as that is not known.
    fn hear(&mut self, sound: &[f32], tone: &Slow, earliest: Option<usize>) {
        if self.is_done() {
            return;
        }
        self.mixer.take(sound, &mut self.heard);
        while let Some(alike) = self.heard.alike(tone, self.alike.len()) {
            let place = self.alike.len();
            let is_late = earliest.is_some_and(|earliest| place + AS_EARLY >= earliest);
            if alike > ALIKE && is_late && self.first.is_none() {
                self.first = Some(place);
            }
            self.alike.push(alike);
        }
    }

    /// Where the tone begins, in kept samples, and how alike it is; once that is sure.
    fn place(&self) -> Option<(f64, f32)> {
        let first = self.first.filter(|_| self.is_done())?;
        let near = self.alike.get(first..=first + BETTER)?;
        let best = near.iter().enumerate();
        let (best, height) = best.max_by(|one, other| one.1.total_cmp(other.1))?;
        Some((beside(&self.alike, first + best), *height))
    }
}

/// A sound moved down to 0 Hz, with few samples: real and imaginary parts.
#[derive(Clone, Debug, Default)]
struct Slow {
    real: Vec<f32>,
    imaginary: Vec<f32>,
}

impl Slow {
    /// How alike what begins there is to the tone, whatever its phase. Nothing if it is not all
    /// there yet.
    fn alike(&self, tone: &Self, from: usize) -> Option<f32> {
        let to = from + tone.real.len();
        let real = self.real.get(from..to)?;
        let imaginary = self.imaginary.get(from..to)?;
        let (mut along, mut across, mut own, mut energy) = (0.0, 0.0, 0.0, 0.0);
        let heard = std::iter::zip(real, imaginary);
        for ((a, b), (c, d)) in std::iter::zip(heard, std::iter::zip(&tone.real, &tone.imaginary)) {
            along += a * c + b * d;
            across += b * c - a * d;
            own += a * a + b * b;
            energy += c * c + d * d;
        }
        if own < QUIET * real.len() as f32 {
            return Some(0.0);
        }
        Some(((along * along + across * across) / (own * energy)).sqrt())
    }
}

/// Moves a sound down and thins it out.
#[derive(Clone, Debug)]
struct Mixer {
    /// Both in turns.
    phase: f64,
    step: f64,
    /// Samples until the next that is kept.
    left: f64,
    every: f64,
    real: LowPass,
    imaginary: LowPass,
}

impl Mixer {
    fn new(rate: f64) -> Self {
        Self {
            phase: 0.0,
            step: MIDDLE_HZ / rate,
            left: 0.0,
            every: rate / KEPT_RATE,
            real: LowPass::new(rate),
            imaginary: LowPass::new(rate),
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "a sample needs no more")]
    fn take(&mut self, sound: &[f32], kept: &mut Slow) {
        for sample in sound {
            let sample = if sample.is_finite() { *sample } else { 0.0 };
            let (across, along) = (TAU * self.phase).sin_cos();
            self.phase = (self.phase + self.step).fract();
            let real = self.real.take(sample * along as f32);
            let imaginary = self.imaginary.take(-sample * across as f32);
            self.left -= 1.0;
            if self.left < 0.5 {
                self.left += self.every;
                kept.real.push(real);
                kept.imaginary.push(imaginary);
            }
        }
    }
}

/// A Butterworth low-pass of fourth order, as two of second order.
#[derive(Clone, Debug)]
struct LowPass([Section; 2]);

impl LowPass {
    fn new(rate: f64) -> Self {
        // The quality factors of a Butterworth filter of fourth order.
        Self([0.541_196, 1.306_563].map(|quality| Section::new(rate, quality)))
    }

    fn take(&mut self, sample: f32) -> f32 {
        let [first, second] = &mut self.0;
        second.take(first.take(sample))
    }
}

#[derive(Clone, Debug)]
struct Section {
    gain: f32,
    feedback: [f32; 2],
    state: [f32; 2],
}

impl Section {
    #[expect(clippy::cast_possible_truncation, reason = "a filter needs no more")]
    fn new(rate: f64, quality: f64) -> Self {
        let turn = (PI * REACH_HZ / rate).tan();
        let scale = 1.0 / (1.0 + turn / quality + turn * turn);
        Self {
            gain: (turn * turn * scale) as f32,
            feedback: [
                (2.0 * (turn * turn - 1.0) * scale) as f32,
                ((1.0 - turn / quality + turn * turn) * scale) as f32,
            ],
            state: [0.0; 2],
        }
    }

    fn take(&mut self, sample: f32) -> f32 {
        let [first, second] = self.state;
        let [near, far] = self.feedback;
        let scaled = sample * self.gain;
        let made = scaled + first;
        self.state = [2.0 * scaled - near * made + second, scaled - far * made];
        made
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delay::sounds::{Line, place, voice};

    const RATE: f64 = 48_000.0;

    /// Both sounds in stretches of 50 ms, until the search is over.
    fn hunt(rate: f64, out: &[f32], back: &[f32]) -> Outcome {
        let mut hunt = Hunt::new(rate);
        let step = place(0.05, rate);
        for (out, back) in std::iter::zip(out.chunks(step), back.chunks(step)) {
            let outcome = hunt.hear(&Chunk {
                at_s: 0.0,
                rate,
                missed: 0,
                has_chirp: true,
                out,
                back,
            });
            if outcome != Outcome::Listening {
                return outcome;
            }
        }
        Outcome::Listening
    }

    /// A voice of that loudness, with the tone in it after 0.25 s.
    fn said(rate: f64, seconds: f64, loud: f32) -> Vec<f32> {
        let mut sound = voice(rate, seconds, 5);
        for sample in &mut sound {
            *sample *= loud;
        }
        let from = place(0.25, rate);
        for (sample, tone) in std::iter::zip(&mut sound[from..], samples(rate)) {
            *sample += tone;
        }
        sound
    }

    #[test]
    fn a_chirp_is_found_to_a_millisecond_on_a_bad_line() {
        for (rate, delay_ms) in [
            (48_000.0, 0.0),
            (48_000.0, 40.0),
            (44_100.0, 187.0),
            (16_000.0, 540.0),
            (48_000.0, 2_040.0),
            (16_000.0, 9_950.0),
        ] {
            let out = said(rate, delay_ms / 1000.0 + 2.0, 0.3);
            let back = Line::bad(delay_ms).carry(&out, rate, 1);

            let Outcome::Heard(heard) = hunt(rate, &out, &back) else {
                panic!("{delay_ms} was not heard");
            };
            assert!((heard.ms - delay_ms).abs() < 1.0, "{delay_ms}: {heard:?}");
            assert_eq!(heard.how, How::Chirp);
        }
    }

    #[test]
    fn a_chirp_that_does_not_come_back_is_given_up() {
        let rate = 16_000.0;
        let out = said(rate, 14.0, 0.3);
        let back = voice(rate, 14.0, 9);

        assert_eq!(hunt(rate, &out, &back), Outcome::NotHeard);
    }

    #[test]
    fn a_chirp_that_never_went_out_is_given_up() {
        let sound = voice(RATE, 4.0, 1);

        assert_eq!(hunt(RATE, &sound, &sound), Outcome::NotHeard);
    }

    #[test]
    fn an_earlier_chirp_that_comes_late_is_not_taken_for_this_one() {
        let rate = 16_000.0;
        let out = said(rate, 4.0, 0.3);
        let mut back = Line::bad(1_000.0).carry(&out, rate, 1);
        for (sample, tone) in std::iter::zip(&mut back, samples(rate)) {
            *sample += tone;
        }

        let Outcome::Heard(heard) = hunt(rate, &out, &back) else {
            panic!("it was not heard");
        };
        assert!((heard.ms - 1_000.0).abs() < 1.0, "{heard:?}");
    }

    #[test]
    fn a_chirp_turned_upside_down_is_the_same_chirp() {
        let out = said(RATE, 2.0, 0.0);
        let back: Vec<f32> = Line::clean(100.0).carry(&out, RATE, 1);
        let back: Vec<f32> = back.iter().map(|sample| -sample).collect();

        let Outcome::Heard(heard) = hunt(RATE, &out, &back) else {
            panic!("it was not heard");
        };
        assert!((heard.ms - 100.0).abs() < 0.5, "{heard:?}");
    }

    #[test]
    fn a_chirp_swells_and_never_clips() {
        let tone = samples(RATE);

        assert_eq!(tone.len(), 9_600);
        assert!(tone.iter().all(|sample| sample.abs() < 0.36));
        assert!(tone[..24].iter().all(|sample| sample.abs() < 0.01));
        assert!(tone[9_576..].iter().all(|sample| sample.abs() < 0.01));
    }
}
