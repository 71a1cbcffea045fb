//! The speech that was heard lately, and how loud it was.

use std::collections::VecDeque;

use super::frame::{dbfs, frames, mean};
use super::thresholds::{SPEECH_FORGOTTEN_AFTER, SPEECH_KEPT};

/// Frames of speech; their mean power is the active speech level of ITU-T P.56.
#[derive(Clone, Debug, Default)]
pub(super) struct Evidence {
    /// When and with which power, oldest first; at most `SPEECH_KEPT`.
    spoken: VecDeque<(u64, f64)>,
    now: u64,
}

impl Evidence {
    /// A frame passes, and what is too old is forgotten.
    pub(super) fn tick(&mut self) {
        self.now += 1;
        let limit = frames(SPEECH_FORGOTTEN_AFTER);
        while let Some((when, _)) = self.spoken.front()
            && usize::try_from(self.now - when).is_ok_and(|age| age > limit)
        {
            self.spoken.pop_front();
        }
    }

    pub(super) fn add(&mut self, power: f64) {
        if self.spoken.len() == frames(SPEECH_KEPT) {
            self.spoken.pop_front();
        }
        self.spoken.push_back((self.now, power));
    }

    /// In frames.
    pub(super) fn length(&self) -> usize {
        self.spoken.len()
    }

    /// In dBFS; the bottom if nobody spoke.
    pub(super) fn dbfs(&self) -> f64 {
        dbfs(mean(self.spoken.iter().map(|(_, power)| power)))
    }
}
