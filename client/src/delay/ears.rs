//! All that is listened to of one call: two reels of sound, and what they tell of the delay.

use super::chirp::{Hunt, Outcome};
use super::reel::Reel;
use super::settle::Settled;
use super::{Chunk, Measured, Pair, correlate};

/// Samples between two looks, as a share of a second.
const LOOKS_A_SECOND: f64 = 2.0;
/// Looks that are left out after the delay was changed, until most of what is looked at is new.
const NEW_AFTER: u8 = 3;
/// After a longer time without listening it begins anew, in seconds.
const LONGEST_GAP_S: f64 = 10.0;

/// Whether a chirp is under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Chirping {
    #[default]
    No,
    Listening,
    Heard,
    NotHeard,
}

/// What was heard of a call so far.
#[derive(Clone, Debug, Default)]
pub struct Ears {
    heard: Option<Heard>,
    settled: Settled,
    /// Looks to leave out.
    deaf: u8,
    chirping: Chirping,
}

#[derive(Clone, Debug)]
struct Heard {
    rate: f64,
    out: Reel,
    back: Reel,
    hunt: Option<Hunt>,
    /// Samples until the next look.
    until_look: f64,
}

impl Heard {
    fn new(rate: f64) -> Self {
        Self {
            rate,
            out: Reel::new(rate),
            back: Reel::new(rate),
            hunt: None,
            until_look: rate / LOOKS_A_SECOND,
        }
    }

    fn take(&mut self, chunk: &Chunk<'_>) {
        self.out.miss(chunk.missed);
        self.back.miss(chunk.missed);
        self.out.push(chunk.out);
        self.back.push(chunk.back);
    }

    /// Whether it is time for a look.
    fn is_due(&mut self, chunk: &Chunk<'_>) -> bool {
        self.until_look -= (chunk.missed + chunk.out.len()) as f64;
        let is_due = self.until_look <= 0.0;
        if is_due {
            self.until_look = self.rate / LOOKS_A_SECOND;
        }
        is_due
    }
}

impl Ears {
    /// Listens to a stretch more.
    pub fn hear(&mut self, chunk: &Chunk<'_>) {
        if chunk.out.len() != chunk.back.len() || !(chunk.rate.is_finite() && chunk.rate >= 8_000.0)
        {
            return;
        }
        let is_anew = chunk.missed as f64 > LONGEST_GAP_S * chunk.rate;
        let chunk = &Chunk {
            missed: if is_anew { 0 } else { chunk.missed },
            ..*chunk
        };
        let going_on = self.heard.take();
        let going_on = going_on.filter(|heard| heard.rate == chunk.rate && !is_anew);
        let mut heard = going_on.unwrap_or_else(|| Heard::new(chunk.rate));
        heard.take(chunk);
        self.hunt(&mut heard, chunk);
        if heard.is_due(chunk) {
            self.look(&heard);
        }
        self.heard = Some(heard);
    }

    fn look(&mut self, heard: &Heard) {
        match self.deaf.checked_sub(1) {
            Some(left) => self.deaf = left,
            None => self.settled.take(correlate::find(&heard.out, &heard.back)),
        }
    }

    /// The delay was changed: what was measured is true no more.
    pub fn forget(&mut self) {
        self.settled = Settled::default();
        self.deaf = NEW_AFTER;
    }

    /// Listens for the page's own chirp from now on, which is about to be played.
    pub fn await_chirp(&mut self) {
        self.chirping = Chirping::Listening;
        if let Some(heard) = &mut self.heard {
            heard.hunt = None;
        }
    }

    /// The chirp could not be played.
    pub fn forgo_chirp(&mut self) {
        self.chirping = Chirping::NotHeard;
    }

    fn hunt(&mut self, heard: &mut Heard, chunk: &Chunk<'_>) {
        if self.chirping != Chirping::Listening {
            heard.hunt = None;
            return;
        }
        let hunt = heard.hunt.get_or_insert_with(|| Hunt::new(chunk.rate));
        match hunt.hear(chunk) {
            Outcome::Listening => {}
            Outcome::Heard(measured) => {
                self.settled.take_chirp(measured);
                self.chirping = Chirping::Heard;
            }
            Outcome::NotHeard => self.chirping = Chirping::NotHeard,
        }
    }

    /// The delay, once it is sure.
    #[must_use]
    pub fn measured(&self) -> Option<Measured> {
        self.settled.shown()
    }

    #[must_use]
    pub fn chirping(&self) -> Chirping {
        self.chirping
    }

    /// The last seconds of both sounds.
    #[must_use]
    pub fn pair(&self) -> Pair {
        let delay = self.measured().map(|measured| measured.ms);
        self.heard.as_ref().map_or_else(Pair::default, |heard| {
            Pair::of(&heard.out, &heard.back, delay)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delay::sounds::{Line, place, voice};
    use crate::delay::{How, chirp};

    const RATE: f64 = 16_000.0;

    /// What is shown after every 50 ms, with its time in seconds.
    fn shown(ears: &mut Ears, said: &[f32], came: &[f32]) -> Vec<(f64, Option<Measured>)> {
        let step = 800;
        let chunks = std::iter::zip(said.chunks(step), came.chunks(step)).enumerate();
        chunks
            .map(|(at, (out, back))| {
                let at_s = (at * step) as f64 / RATE;
                ears.hear(&Chunk {
                    at_s,
                    rate: RATE,
                    missed: 0,
                    has_chirp: false,
                    out,
                    back,
                });
                (at_s + 0.05, ears.measured())
            })
            .collect()
    }

    #[test]
    fn every_number_shown_is_right_on_a_bad_line() {
        for delay_ms in [40.0, 187.0, 540.0, 2_040.0, 9_950.0] {
            for seed in 1..4 {
                let said = voice(RATE, 18.0, seed);
                let came = Line::bad(delay_ms).carry(&said, RATE, seed + 10);

                let shown = shown(&mut Ears::default(), &said, &came);

                for measured in shown.iter().filter_map(|(_, measured)| *measured) {
                    assert!(
                        (measured.ms - delay_ms).abs() < 5.0,
                        "{delay_ms}: {measured:?}"
                    );
                    assert_eq!(measured.how, How::Speech);
                }
                let first = shown.iter().find(|(_, measured)| measured.is_some());
                let (first, _) = first.expect("it is measured at last");
                assert!(*first < delay_ms / 1000.0 + 4.5, "{delay_ms}: {first}");
            }
        }
    }

    #[test]
    fn a_changed_delay_is_followed_within_three_seconds() {
        for (before, after) in [(187.0, 540.0), (540.0, 187.0), (40.0, 2_040.0)] {
            for seed in 1..4 {
                let said = voice(RATE, 24.0, seed);
                let one = Line::bad(before).carry(&said, RATE, 1);
                let other = Line::bad(after).carry(&said, RATE, 2);
                let at = 12 * 16_000;
                let came = [&one[..at], &other[at..]].concat();

                let shown = shown(&mut Ears::default(), &said, &came);

                for (time, measured) in shown.iter().filter(|(time, _)| *time > 5.0) {
                    let ms = measured.expect("it is known by then").ms;
                    let is_old = (ms - before).abs() < 5.0 && *time < 15.0;
                    let is_new = (ms - after).abs() < 5.0 && *time > 12.0;
                    assert!(is_old || is_new, "{before} to {after}: {ms} at {time}");
                }
            }
        }
    }

    #[test]
    fn a_delay_that_was_changed_is_forgotten_and_the_new_one_found_in_three_seconds() {
        for (before, after) in [(187.0, 540.0), (540.0, 187.0)] {
            for seed in 1..6 {
                let said = voice(RATE, 18.0, seed);
                let one = Line::bad(before).carry(&said, RATE, 1);
                let other = Line::bad(after).carry(&said, RATE, 2);
                let at = 12 * 16_000;
                let mut ears = Ears::default();
                shown(&mut ears, &said[..at], &one[..at]);

                ears.forget();
                assert_eq!(ears.measured(), None);
                let shown = shown(&mut ears, &said[at..], &other[at..]);

                for measured in shown.iter().filter_map(|(_, measured)| *measured) {
                    assert!((measured.ms - after).abs() < 5.0, "{after}: {measured:?}");
                }
                let first = shown.iter().find(|(_, measured)| measured.is_some());
                assert!(first.unwrap().0 <= 3.1, "{after}: {first:?}");
            }
        }
    }

    #[test]
    fn silence_gives_no_number() {
        let said = voice(RATE, 8.0, 1);
        let silence = vec![0.0; said.len()];

        for came in [&said, &silence] {
            let shown = shown(&mut Ears::default(), &silence, came);
            assert!(shown.iter().all(|(_, measured)| measured.is_none()));
        }
    }

    /// A parrot says it again after the speaker paused, each time with another delay.
    #[test]
    fn a_parrot_gives_the_delay_of_its_sentence_or_none() {
        let said = voice(RATE, 40.0, 7);
        let mut out = vec![0.0; said.len()];
        let mut back = out.clone();
        let mut sentences = Vec::new();
        let mut at = 0.5;
        for length in [2.5, 4.0, 3.2, 4.6] {
            let delay = length + 0.8;
            let index = |seconds: f64| place(seconds, RATE);
            let span = index(at)..index(at + length);
            out[span.clone()].copy_from_slice(&said[span.clone()]);
            back[index(at + delay)..index(at + delay) + span.len()].copy_from_slice(&said[span]);
            sentences.push((at + delay, delay * 1000.0));
            at += 2.0 * delay + 0.3;
        }

        let shown = shown(&mut Ears::default(), &out, &back);

        for (time, measured) in shown {
            let Some(measured) = measured else { continue };
            let begun = sentences.iter().filter(|(begins, _)| *begins < time);
            // What is shown is of the sentence that is repeated, or still of the one before.
            let is_true = begun
                .rev()
                .take(2)
                .any(|(_, ms)| (measured.ms - ms).abs() < 5.0);
            assert!(is_true, "{measured:?} at {time}");
        }
    }

    #[test]
    fn a_chirp_tells_the_delay_without_a_word() {
        let mut said = vec![0.0_f32; 16_000 * 4];
        for (sample, tone) in std::iter::zip(&mut said[4_000..], chirp::samples(RATE)) {
            *sample += tone;
        }
        let came = Line::clean(540.0).carry(&said, RATE, 1);
        let mut ears = Ears::default();

        ears.await_chirp();
        let shown = shown(&mut ears, &said, &came);

        let measured = shown.last().unwrap().1.unwrap();
        assert!((measured.ms - 540.0).abs() < 1.0, "{measured:?}");
        assert_eq!(
            (measured.how, ears.chirping()),
            (How::Chirp, Chirping::Heard)
        );
    }

    #[test]
    fn a_long_sleep_begins_anew() {
        let said = voice(RATE, 8.0, 1);
        let mut ears = Ears::default();
        shown(&mut ears, &said, &said);

        ears.hear(&Chunk {
            at_s: 1e6,
            rate: RATE,
            missed: usize::MAX,
            has_chirp: false,
            out: &[0.0; 80],
            back: &[0.0; 80],
        });

        assert_eq!(ears.pair().strokes(super::super::pair::Half::Out), "");
    }
}
