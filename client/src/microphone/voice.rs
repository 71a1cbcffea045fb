//! Who speaks, told from noise by how the level moves; and how loud.

use std::collections::VecDeque;

use super::evidence::Evidence;
use super::floor::Floor;
use super::frame::{Frame, dbfs, frames, mean};
use super::thresholds::{
    HANG_OVER, LOUD_ENOUGH_DBFS, SPEECH_ABOVE_NOISE_DB, SPEECH_DBFS, SPEECH_TO_PRAISE,
    SPEECH_TO_WARN, SYLLABLE_AT_MOST, SYLLABLE_FALLS_DB, SYLLABLE_LASTS, TOO_QUIET_DBFS,
};

/// Frames over which a level is smoothed before it is asked whether it fell.
const SMOOTHED: usize = 3;

/// What is known of the speech; levels in dBFS.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Speech {
    /// Not enough to judge.
    #[default]
    None,
    Clear(f64),
    Faint(f64),
}

/// Hears speech in a sound.
///
/// A sound that stands out of the noise is speech once it fell again, as syllables do; frames wait for
/// that in `burst`.
#[derive(Clone, Debug, Default)]
pub(super) struct Voice {
    floor: Floor,
    burst: Burst,
    evidence: Evidence,
    speech: Speech,
}

impl Voice {
    /// Takes in a frame, and tells how many are now known to have been speech.
    pub(super) fn note(&mut self, frame: &Frame) -> usize {
        let mut spoken = 0;
        self.evidence.tick();
        self.floor.note(frame.power);
        let is_loud = self.floor.dbfs().is_some_and(|floor| {
            frame.dbfs() > f64::max(floor + SPEECH_ABOVE_NOISE_DB, SPEECH_DBFS)
        });
        if self.burst.note(frame.power, is_loud) {
            self.burst.take_syllable(|power| {
                self.evidence.add(power);
                spoken += 1;
            });
        }
        self.speech = self.judged();
        spoken
    }

    /// What was muted says nothing about the noise.
    pub(super) fn interrupt(&mut self) {
        self.floor = Floor::default();
        self.burst = Burst::default();
    }

    pub(super) fn speech(&self) -> Speech {
        self.speech
    }

    /// Praise comes sooner than a warning and stays when nobody speaks; a warning does not.
    fn judged(&self) -> Speech {
        let length = self.evidence.length();
        let level = self.evidence.dbfs();
        let limit = match self.speech {
            Speech::Faint(_) => LOUD_ENOUGH_DBFS,
            Speech::None | Speech::Clear(_) => TOO_QUIET_DBFS,
        };
        if length >= frames(SPEECH_TO_PRAISE) && level >= limit {
            return Speech::Clear(level);
        }
        if length >= frames(SPEECH_TO_WARN) {
            return Speech::Faint(level);
        }
        match self.speech {
            Speech::Faint(_) if length == 0 => Speech::None,
            unchanged => unchanged,
        }
    }
}

/// A sound that stands out of the noise, with pauses no longer than `HANG_OVER`.
#[derive(Clone, Debug, Default)]
struct Burst {
    /// Powers that are not yet known to be speech, oldest first; at most `SYLLABLE_AT_MOST`.
    waiting: VecDeque<f64>,
    /// The powers of the last frames.
    recent: VecDeque<f64>,
    /// The loudest, smoothed, since the last syllable; in dBFS.
    crest: Option<f64>,
    /// Loud frames without a pause: up to the last one, and the most since the last syllable.
    loud_for: usize,
    loudest_run: usize,
    /// Frames since the last loud one.
    quiet_for: usize,
}

impl Burst {
    /// Takes in a frame, and tells whether a syllable is over with it.
    fn note(&mut self, power: f64, is_loud: bool) -> bool {
        if self.recent.len() == SMOOTHED {
            self.recent.pop_front();
        }
        self.recent.push_back(power);
        if is_loud {
            self.quiet_for = 0;
            self.loud_for += 1;
            self.loudest_run = self.loudest_run.max(self.loud_for);
        } else {
            self.quiet_for += 1;
            self.loud_for = 0;
        }
        let is_over = self.quiet_for > frames(HANG_OVER);
        let is_none = self.waiting.is_empty() && !is_loud;
        if is_over || is_none {
            self.forget();
            return false;
        }
        if self.waiting.len() == frames(SYLLABLE_AT_MOST) {
            self.waiting.pop_front();
        }
        self.waiting.push_back(power);
        let level = self.smoothed();
        let crest = self.crest.map_or(level, |crest| crest.max(level));
        self.crest = Some(crest);
        crest - level >= SYLLABLE_FALLS_DB && self.loudest_run >= frames(SYLLABLE_LASTS)
    }

    /// Gives away the frames up to the last loud one; the pause after it may still be one within speech.
    fn take_syllable(&mut self, mut take: impl FnMut(f64)) {
        let length = self.waiting.len().saturating_sub(self.quiet_for);
        for power in self.waiting.drain(..length) {
            take(power);
        }
        self.crest = Some(self.smoothed());
        self.loudest_run = self.loud_for;
    }

    fn forget(&mut self) {
        self.waiting.clear();
        self.crest = None;
        self.loudest_run = 0;
    }

    fn smoothed(&self) -> f64 {
        dbfs(mean(&self.recent))
    }
}
