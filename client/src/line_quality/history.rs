//! The last minute of the network, and its pictures.

use std::collections::VecDeque;
use std::fmt::Write;

use super::Quality;

/// Points that are kept: a minute, at one a second.
pub const POINTS: usize = 60;

/// How long a picture is, in milliseconds.
pub const SPAN_MS: f64 = 60_000.0;

/// The quality at one moment, as far as it is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    pub at_ms: f64,
    /// 0 to 1.
    pub loss_up: Option<f64>,
    /// 0 to 1.
    pub loss_down: Option<f64>,
    pub jitter_up_ms: Option<f64>,
    pub jitter_down_ms: Option<f64>,
    pub round_trip_ms: Option<f64>,
    pub kbps_up: Option<f64>,
    pub kbps_down: Option<f64>,
    pub mos_up: Option<f64>,
    pub mos_down: Option<f64>,
}

/// Oldest first; at most `POINTS`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History(VecDeque<Point>);

impl History {
    /// Takes in how it is at `at_ms`; the oldest is forgotten.
    pub fn push(&mut self, at_ms: f64, quality: &Quality) {
        if self.0.len() == POINTS {
            self.0.pop_front();
        }
        self.0.push_back(Point {
            at_ms,
            loss_up: quality.up.loss,
            loss_down: quality.down.loss,
            jitter_up_ms: quality.up.jitter_ms,
            jitter_down_ms: quality.down.jitter_ms,
            round_trip_ms: quality.round_trip_ms,
            kbps_up: quality.up.kbps,
            kbps_down: quality.down.kbps,
            mos_up: quality.up.mos,
            mos_down: quality.down.mos,
        });
    }

    #[must_use]
    pub fn points(&self) -> impl DoubleEndedIterator<Item = &Point> {
        self.0.iter()
    }

    /// The highest of what `pick` takes, but no less than `least`: as high as the picture has to be.
    #[must_use]
    pub fn top(&self, least: f64, pick: impl Fn(&Point) -> Option<f64>) -> f64 {
        self.0.iter().filter_map(pick).fold(least, f64::max)
    }

    /// The line of what `pick` takes, as an SVG path: from 0 (a minute ago) to 1 (now), and from 1 (0)
    /// up to 0 (`top`). It is broken where nothing is known.
    #[must_use]
    pub fn line(&self, top: f64, pick: impl Fn(&Point) -> Option<f64>) -> String {
        let Some(now) = self.0.back().map(|point| point.at_ms) else {
            return String::new();
        };
        let mut line = String::with_capacity(self.0.len() * 14);
        let mut is_drawing = false;
        for point in &self.0 {
            let x = 1.0 - (now - point.at_ms) / SPAN_MS;
            let Some(value) = pick(point).filter(|_| x >= 0.0) else {
                is_drawing = false;
                continue;
            };
            let y = 1.0 - (value / top).clamp(0.0, 1.0);
            // A stroke of no length is a dot: what is known alone is seen as well.
            let stroke = if is_drawing { "L" } else { "M" };
            write!(line, "{stroke}{x:.4} {y:.3}").expect("a string takes all that is written");
            if !is_drawing {
                line.push_str("h0");
            }
            is_drawing = true;
        }
        line
    }
}
