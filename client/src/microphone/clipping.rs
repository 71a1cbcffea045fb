//! Whether the sound is louder than the microphone can tell.

use std::collections::VecDeque;

use super::frame::{Frame, frames};
use super::thresholds::{CLIPPED_RUNS, CLIPPING_WINDOW};

/// The flat tops of the last seconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Clipping {
    /// Of each frame, oldest first; at most `CLIPPING_WINDOW`.
    runs: VecDeque<u32>,
    sum: u32,
}

impl Clipping {
    pub(super) fn note(&mut self, frame: &Frame) {
        if self.runs.len() == frames(CLIPPING_WINDOW) {
            self.sum -= self.runs.pop_front().unwrap_or(0);
        }
        self.runs.push_back(frame.clipped_runs);
        self.sum += frame.clipped_runs;
    }

    pub(super) fn is_clipping(&self) -> bool {
        self.sum >= CLIPPED_RUNS
    }
}
