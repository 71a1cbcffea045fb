//! How loud a sound is: decibels below full scale, and how they move on a meter.

pub mod trace;

use std::time::Duration;

/// The quietest level a meter shows, in dBFS.
pub const FLOOR: f32 = -60.0;

/// How fast a meter falls, in dB a second; it rises at once.
const FALL: f32 = 48.0;

/// In dBFS, as the meter has room for it.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a level is within -60 to 0"
)]
#[must_use]
pub fn whole(level: f32) -> i32 {
    level.clamp(FLOOR, 0.0).round() as i32
}

/// A loudness in dBFS.
///
/// Invariant: a number from `FLOOR` to 0.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Level(f32);

impl Level {
    pub const SILENCE: Self = Self(FLOOR);

    /// The loudness of a stretch of samples: their root mean square.
    #[must_use]
    pub fn of(samples: &[f32]) -> Self {
        let mut count = 0.0_f32;
        let mut sum = 0.0_f32;
        for sample in samples {
            sum += sample * sample;
            count += 1.0;
        }
        let decibels = 10.0 * (sum / count).log10();
        if decibels.is_nan() {
            return Self::SILENCE;
        }
        Self(decibels.clamp(FLOOR, 0.0))
    }

    /// What a meter shows that showed `self` a moment ago and hears `heard` now.
    #[must_use]
    pub fn towards(self, heard: Self, elapsed: Duration) -> Self {
        let fallen = self.0 - FALL * elapsed.as_secs_f32();
        Self(fallen.max(heard.0))
    }

    /// In dBFS, as a person reads it.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a level is within -60 to 0"
    )]
    pub fn whole_decibels(self) -> i32 {
        self.0.round() as i32
    }

    /// How much of a meter is filled, 0 to 1.
    #[must_use]
    pub fn fraction(self) -> f32 {
        1.0 - self.0 / FLOOR
    }
}

/// What goes out and what comes back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Levels {
    pub out: Level,
    pub back: Level,
}

impl Levels {
    pub const SILENCE: Self = Self {
        out: Level::SILENCE,
        back: Level::SILENCE,
    };

    /// Both meters a moment later.
    #[must_use]
    pub fn towards(self, heard: Self, elapsed: Duration) -> Self {
        Self {
            out: self.out.towards(heard.out, elapsed),
            back: self.back.towards(heard.back, elapsed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_full_scale_is_six_decibels_below() {
        let level = Level::of(&[0.5, -0.5, 0.5, -0.5]);

        assert!((level.0 + 6.02).abs() < 0.01, "{level:?}");
        assert_eq!(level.whole_decibels(), -6);
    }

    #[test]
    fn nothing_and_digital_silence_rest_on_the_floor() {
        for samples in [&[][..], &[0.0; 128], &[1e-9; 128]] {
            assert_eq!(Level::of(samples), Level::SILENCE, "{samples:?}");
        }
    }

    #[test]
    fn what_clips_fills_the_meter_and_no_more() {
        let level = Level::of(&[3.0, -3.0]);

        assert_eq!((level.whole_decibels(), level.fraction()), (0, 1.0));
    }

    #[test]
    fn a_meter_rises_at_once_and_falls_slowly() {
        let quiet = Level::SILENCE;
        let loud = Level::of(&[1.0; 16]);
        let frame = Duration::from_millis(250);

        assert_eq!(quiet.towards(loud, frame), loud);
        assert_eq!(loud.towards(quiet, frame), Level(-12.0));
        assert_eq!(loud.towards(quiet, Duration::from_secs(60)), quiet);
    }

    #[test]
    fn the_scale_is_even_in_decibels() {
        let fractions = [FLOOR, FLOOR / 2.0, 0.0].map(|decibels| Level(decibels).fraction());

        assert_eq!(fractions, [0.0, 0.5, 1.0]);
    }
}
