//! Whether the microphone hears the loudspeaker, round and round, told by two levels alone.
//!
//! What separates a howl from loud speech: speech falls, a howl does not. Words come 3 to 8 syllables
//! a second, and between two of them the level of 20 ms falls by far more than `FLAT`, so both ways
//! are never loud without a break for longer than a third of a second. A loop that feeds itself has
//! no such gaps: it rises until something clips, and then it stays. So two things are a howl, both of
//! them out and back at once above `LOUD`: what rises for `GROWING` by `GROWTH` without falling back,
//! and what stays within `FLAT` for `STAYING`.
//!
//! The limit of it: a loud note that is sung for longer than `STAYING` with headphones on is taken for
//! a howl. It costs some seconds of a softer echo, and one press takes it back.

use std::time::Duration;

use super::choices::Switch;
use crate::level::{FLOOR, Level, Levels};

/// How often the guard wants to hear the levels.
pub const STEP: Duration = Duration::from_millis(50);

/// In dBFS. Speech at a healthy distance rarely reaches it.
const LOUD: f32 = -12.0;
/// Below this, in dBFS, a howl has fallen.
const FALLEN: f32 = -18.0;
/// In dB.
const GROWTH: f32 = 3.0;
/// How far a rising level may fall back, in dB.
const WAVER: f32 = 1.0;
/// In dB, from the lowest to the highest.
const FLAT: f32 = 4.0;

const GROWING: Duration = Duration::from_millis(300);
const STAYING: Duration = Duration::from_millis(600);
/// How long it has to have fallen.
const RELEASE: Duration = Duration::from_secs(2);
/// Between two levels further apart anything may have been.
const DEAF: Duration = Duration::from_millis(200);

/// Listens for feedback while nothing cancels the echo.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Guard {
    state: State,
    heard_at: Duration,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum State {
    #[default]
    Quiet,
    /// Both ways are loud without a break.
    Loud(Run),
    Howling {
        /// Since when it has fallen, if it has.
        fallen: Option<Duration>,
    },
}

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Howls,
    Calm,
}

impl Guard {
    /// Hears both levels at that time, and says what changed by it.
    pub fn hear(
        &mut self,
        levels: Levels,
        echo_cancellation: Switch,
        now: Duration,
    ) -> Option<Verdict> {
        let was_deaf = now.saturating_sub(self.heard_at) > DEAF;
        self.heard_at = now;
        let (out, back) = (decibels(levels.out), decibels(levels.back));
        match self.state {
            State::Howling { .. } if echo_cancellation.is_on() => self.calm(),
            State::Howling { fallen } => self.wait_for_calm(out, fallen, now),
            _ if echo_cancellation.is_on() || out.min(back) < LOUD => {
                self.state = State::Quiet;
                None
            }
            State::Loud(run) if !was_deaf => self.listen_on(run.with(out, back), now),
            State::Loud(_) | State::Quiet => {
                self.state = State::Loud(Run::new(out, back, now));
                None
            }
        }
    }

    fn listen_on(&mut self, run: Run, now: Duration) -> Option<Verdict> {
        let lasts = now.saturating_sub(run.since);
        let rises = run.out.rises() && run.back.rises();
        let has_grown = run.out.growth().max(run.back.growth()) >= GROWTH;
        let is_flat = run.out.is_flat() && run.back.is_flat();
        if (lasts >= GROWING && rises && has_grown) || (lasts >= STAYING && is_flat) {
            self.state = State::Howling { fallen: None };
            return Some(Verdict::Howls);
        }
        self.state = if rises || is_flat {
            State::Loud(run)
        } else {
            State::Loud(Run::new(run.out.last, run.back.last, now))
        };
        None
    }

    /// The echo is softer now, but its level comes before that; what goes out tells.
    fn wait_for_calm(
        &mut self,
        out: f32,
        fallen: Option<Duration>,
        now: Duration,
    ) -> Option<Verdict> {
        let fallen = (out < FALLEN).then(|| fallen.unwrap_or(now));
        self.state = State::Howling { fallen };
        let is_over = fallen.is_some_and(|fallen| now.saturating_sub(fallen) >= RELEASE);
        if is_over { self.calm() } else { None }
    }

    fn calm(&mut self) -> Option<Verdict> {
        self.state = State::Quiet;
        Some(Verdict::Calm)
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Run {
    since: Duration,
    out: Course,
    back: Course,
}

impl Run {
    fn new(out: f32, back: f32, now: Duration) -> Self {
        Self {
            since: now,
            out: Course::new(out),
            back: Course::new(back),
        }
    }

    fn with(self, out: f32, back: f32) -> Self {
        Self {
            out: self.out.with(out),
            back: self.back.with(back),
            ..self
        }
    }
}

/// How one level went, in dBFS.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Course {
    first: f32,
    last: f32,
    low: f32,
    high: f32,
    /// The furthest it was below what it had reached, in dB.
    dip: f32,
}

impl Course {
    fn new(level: f32) -> Self {
        Self {
            first: level,
            last: level,
            low: level,
            high: level,
            dip: 0.0,
        }
    }

    fn with(self, level: f32) -> Self {
        Self {
            first: self.first,
            last: level,
            low: self.low.min(level),
            high: self.high.max(level),
            dip: self.dip.max(self.high - level),
        }
    }

    fn rises(self) -> bool {
        self.dip <= WAVER
    }

    fn growth(self) -> f32 {
        self.last - self.first
    }

    fn is_flat(self) -> bool {
        self.high - self.low <= FLAT
    }
}

fn decibels(level: Level) -> f32 {
    FLOOR * (1.0 - level.fraction())
}

#[cfg(test)]
mod tests;
