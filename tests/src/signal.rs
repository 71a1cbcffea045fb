//! Test sounds: a sentence of words no two of which are alike, and how to hear it again.
//!
//! A word is a row of chirps, each of its own pitch, slope and length. It is not periodic, so no
//! echo canceller takes it for its own loudspeaker, and no other word or noise passes for it.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "samples are small numbers"
)]

use std::f32::consts::{PI, TAU};

mod correlation;
mod wav;

pub use correlation::{Found, find};
pub use wav::{read_wav, write_wav};

/// Samples a second of every test sound.
pub const RATE: u32 = 48_000;

/// Samples of 20 ms.
pub const FRAME: usize = 960;

/// Words that are more alike than this are the same word.
pub const RECOGNISED: f32 = 0.45;

const LOUDNESS: f32 = 0.4;
const SYLLABLES: usize = 6;

/// A test sound and where its words lie in it.
#[derive(Clone, Debug)]
pub struct Sentence {
    pub samples: Vec<f32>,
    pub words: Vec<Word>,
}

/// One sound of a [`Sentence`] that is like no other.
#[derive(Clone, Debug)]
pub struct Word {
    pub start: usize,
    pub samples: Vec<f32>,
}

impl Sentence {
    /// A sentence of that many words; another `voice` says other words.
    #[must_use]
    pub fn of(words: usize, voice: u32) -> Self {
        let mut dice = Dice(voice.wrapping_mul(2_654_435_761).wrapping_add(12_345));
        let mut sentence = Self {
            samples: vec![0.0; RATE as usize / 5],
            words: Vec::new(),
        };
        for _ in 0..words {
            let silence = (RATE as f32 * (0.08 + 0.15 * dice.roll())) as usize;
            let samples: Vec<f32> = (0..SYLLABLES).flat_map(|_| dice.syllable()).collect();
            sentence.words.push(Word {
                start: sentence.samples.len(),
                samples: samples.clone(),
            });
            sentence.samples.extend(samples);
            sentence
                .samples
                .resize(sentence.samples.len() + silence, 0.0);
        }
        // Whole frames, so that a packet is neither cut nor padded.
        let frames = sentence.samples.len().div_ceil(FRAME);
        sentence.samples.resize(frames * FRAME, 0.0);
        sentence
    }

    /// Every word as it is heard in `samples`, in the order of the sentence.
    #[must_use]
    pub fn heard_in(&self, samples: &[f32]) -> Vec<Found> {
        self.words
            .iter()
            .map(|word| find(&word.samples, samples))
            .collect()
    }

    /// How far each found word lies from its place, in samples, when the whole is moved so that
    /// half of the words are early and half late. The sentence may be said again and again.
    #[must_use]
    pub fn displacement(&self, found: &[Found]) -> Vec<i64> {
        let period = self.samples.len() as i64;
        let shifts: Vec<i64> = self
            .words
            .iter()
            .zip(found)
            .map(|(word, found)| found.start as i64 - word.start as i64)
            .collect();
        let Some(first) = shifts.first().copied() else {
            return Vec::new();
        };
        let relative: Vec<i64> = shifts
            .iter()
            .map(|shift| (shift - first + period / 2).rem_euclid(period) - period / 2)
            .collect();
        let mut sorted = relative.clone();
        sorted.sort_unstable();
        let middle = sorted[sorted.len() / 2];
        relative.iter().map(|shift| shift - middle).collect()
    }
}

/// Two seconds of what a microphone hears that hears its own loudspeaker: one tone, louder than any
/// voice.
#[must_use]
pub fn howl() -> Vec<f32> {
    let period = RATE as usize / 1_000;
    (0..2 * RATE as usize)
        .map(|at| 0.9 * (TAU * (at % period) as f32 / period as f32).sin())
        .collect()
}

/// How loud it is: the root of the mean square.
#[must_use]
pub fn level(samples: &[f32]) -> f32 {
    let power: f32 = samples.iter().map(|sample| sample * sample).sum();
    (power / samples.len().max(1) as f32).sqrt()
}

fn chirp(from: f32, to: f32, length: usize) -> Vec<f32> {
    let seconds = length as f32 / RATE as f32;
    (0..length)
        .map(|n| {
            let t = n as f32 / RATE as f32;
            let phase = TAU * (from * t + (to - from) * t * t / (2.0 * seconds));
            let envelope = (PI * n as f32 / length as f32).sin();
            LOUDNESS * envelope * phase.sin()
        })
        .collect()
}

/// Numbers that look like chance and are the same in every run.
struct Dice(u32);

impl Dice {
    fn roll(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / (1 << 24) as f32
    }

    fn syllable(&mut self) -> Vec<f32> {
        let from = 300.0 + 3_000.0 * self.roll();
        let to = 300.0 + 3_000.0 * self.roll();
        chirp(
            from,
            to,
            (RATE as f32 * (0.06 + 0.06 * self.roll())) as usize,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_found_at_its_place_and_no_word_passes_for_another() {
        let sentence = Sentence::of(10, 1);
        let other = Sentence::of(10, 2);

        let own = sentence.heard_in(&sentence.samples);
        let foreign = sentence.heard_in(&other.samples);

        assert!(own.iter().all(|found| found.likeness > 0.99), "{own:?}");
        assert_eq!(sentence.displacement(&own), [0; 10]);
        assert!(
            foreign.iter().all(|found| found.likeness < RECOGNISED),
            "{foreign:?}"
        );
    }

    #[test]
    fn a_sentence_that_is_said_twice_has_no_displacement() {
        let sentence = Sentence::of(6, 3);
        let late = [&sentence.samples[50_000..], &sentence.samples[..]].concat();

        let found = sentence.heard_in(&late);

        assert_eq!(sentence.displacement(&found), [0; 6]);
    }
}
