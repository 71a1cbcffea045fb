//! The last seconds of a call as a picture: the voice above the line, its echo below.

use std::collections::VecDeque;
use std::fmt::Write;
use std::time::Duration;

use super::Levels;

/// Time between two points of the picture.
pub const STEP: Duration = Duration::from_millis(50);

/// Points a picture is wide: six seconds.
pub const WIDTH: usize = 120;

/// The levels of the last seconds, oldest first.
///
/// Invariant: exactly `WIDTH` points.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace(VecDeque<Levels>);

/// Which half of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// What goes out, upwards.
    Out,
    /// What comes back, downwards.
    Back,
}

impl Trace {
    /// Takes in one more point; the oldest is forgotten.
    pub fn push(&mut self, levels: Levels) {
        self.0.pop_front();
        self.0.push_back(levels);
    }

    /// One half as strokes of an SVG path, one unit a point and one unit high from a line at 0.
    #[must_use]
    pub fn strokes(&self, half: Half) -> String {
        let mut strokes = String::with_capacity(WIDTH * 12);
        for (x, levels) in self.0.iter().enumerate() {
            let height = match half {
                Half::Out => -levels.out.fraction(),
                Half::Back => levels.back.fraction(),
            };
            if height != 0.0 {
                write!(strokes, "M{x} 0v{height:.2}").expect("a string takes all that is written");
            }
        }
        strokes
    }
}

impl Default for Trace {
    fn default() -> Self {
        Self(VecDeque::from([Levels::SILENCE; WIDTH]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::Level;

    #[test]
    fn silence_draws_nothing() {
        let trace = Trace::default();

        assert_eq!(trace.strokes(Half::Out), "");
        assert_eq!(trace.strokes(Half::Back), "");
    }

    #[test]
    fn the_voice_goes_up_and_its_echo_down_a_moment_later() {
        let loud = Level::of(&[1.0]);
        let mut trace = Trace::default();

        trace.push(Levels {
            out: loud,
            back: Level::SILENCE,
        });
        trace.push(Levels {
            out: Level::SILENCE,
            back: loud,
        });

        assert_eq!(trace.strokes(Half::Out), "M118 0v-1.00");
        assert_eq!(trace.strokes(Half::Back), "M119 0v1.00");
    }

    #[test]
    fn what_is_older_than_the_picture_is_forgotten() {
        let mut trace = Trace::default();

        trace.push(Levels {
            out: Level::of(&[1.0]),
            back: Level::of(&[1.0]),
        });
        for _ in 0..WIDTH {
            trace.push(Levels::SILENCE);
        }

        assert_eq!(trace, Trace::default());
    }
}
