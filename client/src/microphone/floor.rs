//! How loud the noise is that nobody makes: the quietest of what was heard lately.

use std::collections::VecDeque;

use super::frame::{dbfs, frames, mean};
use super::thresholds::{NOISE_STRETCH, NOISE_WINDOW};

/// Minimum statistics: speech pauses, noise does not.
#[derive(Clone, Debug, Default)]
pub(super) struct Floor {
    /// Mean squares of the last frames, oldest first; at most `NOISE_STRETCH`.
    recent: VecDeque<f64>,
    /// Means of that, one for each frame since it is long enough; at most `NOISE_WINDOW`.
    stretches: VecDeque<f64>,
}

impl Floor {
    pub(super) fn note(&mut self, power: f64) {
        self.recent.push_back(power);
        if self.recent.len() < frames(NOISE_STRETCH) {
            return;
        }
        if self.stretches.len() == frames(NOISE_WINDOW) {
            self.stretches.pop_front();
        }
        self.stretches.push_back(mean(&self.recent));
        self.recent.pop_front();
    }

    /// In dBFS, once anything was heard.
    pub(super) fn dbfs(&self) -> Option<f64> {
        self.stretches.iter().copied().reduce(f64::min).map(dbfs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hear(floor: &mut Floor, level: f64, count: usize) {
        for _ in 0..count {
            floor.note(10_f64.powf(level / 10.0));
        }
    }

    #[test]
    fn speech_does_not_raise_the_floor_as_long_as_it_pauses() {
        let mut floor = Floor::default();
        for _ in 0..20 {
            hear(&mut floor, -20.0, 90);
            hear(&mut floor, -60.0, 10);
        }

        let level = floor.dbfs().unwrap();

        assert!((level + 60.0).abs() < 0.1, "{level}");
    }

    #[test]
    fn louder_noise_is_the_floor_after_three_seconds() {
        let mut floor = Floor::default();
        hear(&mut floor, -65.0, 100);
        hear(&mut floor, -50.0, 145);
        let before = floor.dbfs().unwrap();
        hear(&mut floor, -50.0, 10);

        let after = floor.dbfs().unwrap();

        assert!((before + 65.0).abs() < 0.1, "{before}");
        assert!((after + 50.0).abs() < 0.1, "{after}");
    }

    #[test]
    fn nothing_is_known_at_first() {
        assert_eq!(Floor::default().dbfs(), None);
    }
}
