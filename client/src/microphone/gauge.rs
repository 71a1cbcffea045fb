//! How loud it is right now, as a meter shows it.

use std::time::Duration;

use super::frame::{BOTTOM_DBFS, Frame, RATE, frames};

/// How fast a meter falls, in dB a second, as those of the page do; it rises at once.
const FALL: f64 = 48.0;

/// How long a peak is held.
const HOLD: Duration = Duration::from_millis(1500);

/// How fast a held peak falls afterwards, in dB a second (IEC 60268-10, type I: 20 dB in 1.7 s).
const HELD_FALL: f64 = 20.0 / 1.7;

/// What a meter shows, all in dBFS from -100 to 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gauge {
    /// The root mean square of 20 ms; it rises at once and falls slowly.
    pub level_dbfs: f32,
    /// The largest sample of 20 ms; it moves in the same way.
    pub peak_dbfs: f32,
    /// The largest sample of the last 1.5 s and more.
    pub held_dbfs: f32,
}

impl Gauge {
    pub const SILENCE: Self = Self {
        level_dbfs: -100.0,
        peak_dbfs: -100.0,
        held_dbfs: -100.0,
    };
}

/// What moves a gauge.
#[derive(Clone, Debug)]
pub(super) struct Needle {
    level: f64,
    peak: f64,
    held: f64,
    held_for: usize,
}

impl Needle {
    pub(super) fn note(&mut self, frame: &Frame) {
        self.level = fall(self.level, FALL).max(frame.dbfs());
        self.peak = fall(self.peak, FALL).max(frame.peak_dbfs());
        self.held_for = self.held_for.saturating_add(1);
        if frame.peak_dbfs() >= self.held {
            self.held = frame.peak_dbfs();
            self.held_for = 0;
        } else if self.held_for > frames(HOLD) {
            self.held = fall(self.held, HELD_FALL).max(self.peak);
        }
    }

    pub(super) fn gauge(&self) -> Gauge {
        Gauge {
            level_dbfs: narrow(self.level),
            peak_dbfs: narrow(self.peak),
            held_dbfs: narrow(self.held),
        }
    }
}

impl Default for Needle {
    fn default() -> Self {
        Self {
            level: BOTTOM_DBFS,
            peak: BOTTOM_DBFS,
            held: BOTTOM_DBFS,
            held_for: 0,
        }
    }
}

/// A level in single precision.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a level is within -100 to 0, and nobody hears the millionth of a decibel"
)]
pub(super) fn narrow(level: f64) -> f32 {
    level as f32
}

/// A frame later.
fn fall(level: f64, decibels_a_second: f64) -> f64 {
    level - decibels_a_second / f64::from(RATE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(amplitude: f64) -> Frame {
        Frame {
            power: amplitude * amplitude / 2.0,
            peak: amplitude,
            clipped_runs: 0,
        }
    }

    fn after(frames_of_silence: u32) -> Gauge {
        let mut needle = Needle::default();
        needle.note(&frame(0.5));
        for _ in 0..frames_of_silence {
            needle.note(&frame(0.0));
        }
        needle.gauge()
    }

    #[test]
    fn it_rises_at_once() {
        let gauge = after(0);

        assert!((gauge.level_dbfs + 9.03).abs() < 0.01, "{gauge:?}");
        assert!((gauge.peak_dbfs + 6.02).abs() < 0.01, "{gauge:?}");
        assert_eq!(gauge.held_dbfs, gauge.peak_dbfs);
    }

    #[test]
    fn it_falls_slowly_and_the_held_peak_after_a_second_and_a_half() {
        let [at_once, a_second, held, fallen] = [0, 50, 75, 75 + 85].map(after);

        assert!((a_second.level_dbfs - at_once.level_dbfs + 48.0).abs() < 0.01);
        assert!((a_second.peak_dbfs - at_once.peak_dbfs + 48.0).abs() < 0.01);
        assert_eq!(held.held_dbfs, at_once.held_dbfs);
        assert!((fallen.held_dbfs - at_once.held_dbfs + 20.0).abs() < 0.01);
    }

    #[test]
    fn nothing_falls_below_the_bottom() {
        assert_eq!(after(5_000), Gauge::SILENCE);
        assert_eq!(Needle::default().gauge(), Gauge::SILENCE);
    }
}
