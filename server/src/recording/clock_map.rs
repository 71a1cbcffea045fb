//! The sender's clock beside ours: where in the file which moment of either is.
//!
//! Nothing is corrected by it. It shows what the file alone cannot: drift, and stalls of the
//! sender that his timestamps conceal.

use std::time::{Duration, Instant};

use crate::packet::SenderReport;

/// As often as this, as long as there is room.
const EVERY: Duration = Duration::from_secs(10);
/// Over eleven hours of a call without trouble.
const MAX_POINTS: usize = 4096;
/// Enough to judge drift by; each is the fastest packet of its window.
const MAX_WINDOWS: usize = 128;
/// A shorter time says more of the network than of a clock.
const MIN_SPAN: Duration = Duration::from_secs(60);

/// One moment in every clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// Where in the file the packet begins.
    pub granule: u64,
    pub timestamp_48k: u32,
    pub arrived: Instant,
    pub sender_report: Option<SenderReport>,
}

/// Why a point is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Regular,
    Reset,
}

/// A packet on both clocks since the last reset, in samples.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Reading {
    arrived: f64,
    sent: f64,
}

/// Points in the order of the file, and the reading of the sender's clock since its last reset.
#[derive(Clone, Debug, PartialEq)]
pub struct ClockMap {
    /// Invariant: at most [`MAX_POINTS`].
    points: Vec<Point>,
    /// Of each point.
    kinds: Vec<Kind>,
    every: Duration,
    first: Option<Point>,
    last: Option<Point>,
    next_at: Option<Instant>,
    /// Where both clocks began at the last reset.
    base: Option<Instant>,
    /// The sender's clock since then, without wraps.
    sent: i64,
    window_every: Duration,
    windows: Vec<Reading>,
    window_ends: Option<Instant>,
}

impl Default for ClockMap {
    fn default() -> Self {
        Self {
            points: Vec::new(),
            kinds: Vec::new(),
            every: EVERY,
            first: None,
            last: None,
            next_at: None,
            base: None,
            sent: 0,
            window_every: EVERY,
            windows: Vec::new(),
            window_ends: None,
        }
    }
}

impl ClockMap {
    /// Notes a packet that is being written.
    pub fn note(&mut self, point: Point) {
        if self.first.is_none() {
            self.first = Some(point);
            self.last = Some(point);
            self.begin_clock(point);
            self.read_clock(point);
            self.keep(point, Kind::Regular);
            return;
        }
        let step = self.last.map_or(0, |last| {
            point
                .timestamp_48k
                .wrapping_sub(last.timestamp_48k)
                .cast_signed()
        });
        self.last = Some(point);
        self.sent += i64::from(step);
        self.read_clock(point);
        if self.next_at.is_none_or(|at| point.arrived >= at) {
            self.keep(point, Kind::Regular);
        }
    }

    /// Notes a packet that is being written, with which the sender's clock began anew.
    pub fn note_reset(&mut self, point: Point) {
        self.first.get_or_insert(point);
        self.last = Some(point);
        self.begin_clock(point);
        self.read_clock(point);
        self.keep(point, Kind::Reset);
    }

    /// In the order of the file.
    #[must_use]
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// How much more time passed than was written, from the first packet to the last.
    #[must_use]
    pub fn wall_minus_file_ms(&self) -> f64 {
        let (Some(first), Some(last)) = (self.first, self.last) else {
            return 0.0;
        };
        let wall = signed_seconds(first.arrived, last.arrived) * 1000.0;
        wall - float(i64::try_from(last.granule.saturating_sub(first.granule)).unwrap_or(i64::MAX))
            / 48.0
    }

    /// How much faster the sender's clock runs than ours, in millionths: the median of the slopes
    /// between any two readings (Theil and Sen), which a third of bad ones does not move.
    #[must_use]
    pub fn drift_ppm(&self) -> Option<f64> {
        let (first, last) = (self.windows.first()?, self.windows.last()?);
        if last.arrived - first.arrived < MIN_SPAN.as_secs_f64() * 48_000.0 {
            return None;
        }
        let mut slopes: Vec<f64> = Vec::new();
        for (index, early) in self.windows.iter().enumerate() {
            for late in self.windows.iter().skip(index + 1) {
                let wall = late.arrived - early.arrived;
                if wall > 0.0 {
                    slopes.push((late.sent - early.sent) / wall);
                }
            }
        }
        let middle = slopes.len() / 2;
        slopes.sort_by(f64::total_cmp);
        slopes.get(middle).map(|slope| (slope - 1.0) * 1_000_000.0)
    }

    fn begin_clock(&mut self, point: Point) {
        self.base = Some(point.arrived);
        self.sent = 0;
        self.windows.clear();
        self.window_every = EVERY;
        self.window_ends = None;
    }

    /// Keeps the fastest packet of each window: the network only ever adds to its time.
    fn read_clock(&mut self, point: Point) {
        let Some(base) = self.base else { return };
        let reading = Reading {
            arrived: signed_seconds(base, point.arrived) * 48_000.0,
            sent: float(self.sent),
        };
        if self.window_ends.is_none_or(|ends| point.arrived >= ends) {
            self.window_ends = Some(point.arrived + self.window_every);
            if self.windows.len() >= MAX_WINDOWS {
                self.merge_windows();
            }
            self.windows.push(reading);
        } else if let Some(fastest) = self.windows.last_mut() {
            *fastest = faster(*fastest, reading);
        }
    }

    fn merge_windows(&mut self) {
        self.windows = self
            .windows
            .chunks(2)
            .filter_map(|pair| pair.iter().copied().reduce(faster))
            .collect();
        self.window_every *= 2;
    }

    fn keep(&mut self, point: Point, kind: Kind) {
        if self.points.len() >= MAX_POINTS {
            self.thin();
        }
        self.points.push(point);
        self.kinds.push(kind);
        self.next_at = Some(point.arrived + self.every);
    }

    /// Makes room: every second point goes, resets only if they are most of it.
    fn thin(&mut self) {
        let regular = self.kinds.iter().filter(|kind| **kind == Kind::Regular);
        let spares_resets = regular.count() >= MAX_POINTS / 4;
        let mut candidates = 0_usize;
        let kept: Vec<(Point, Kind)> = self
            .points
            .iter()
            .copied()
            .zip(self.kinds.iter().copied())
            .filter(|(_, kind)| {
                let is_candidate = !(spares_resets && *kind == Kind::Reset);
                candidates += usize::from(is_candidate);
                !is_candidate || candidates % 2 == 1
            })
            .collect();
        (self.points, self.kinds) = kept.into_iter().unzip();
        if spares_resets {
            self.every *= 2;
        }
    }
}

fn faster(one: Reading, other: Reading) -> Reading {
    if other.arrived - other.sent < one.arrived - one.sent {
        other
    } else {
        one
    }
}

/// Arrivals are noted in the order of the file, which is not always theirs.
fn signed_seconds(from: Instant, to: Instant) -> f64 {
    match to.checked_duration_since(from) {
        Some(later) => later.as_secs_f64(),
        None => -from.duration_since(to).as_secs_f64(),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "exact for the first six thousand years of samples"
)]
fn float(samples: i64) -> f64 {
    samples as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packets of 20 ms whose sender's clock runs so much faster.
    fn map(seconds: u32, ppm: f64, delay: impl Fn(u32) -> Duration) -> ClockMap {
        let start = Instant::now();
        let mut map = ClockMap::default();
        for n in 0..seconds * 50 {
            let sent = Duration::from_millis(20) * n;
            let point = Point {
                granule: u64::from(n) * 960,
                timestamp_48k: (u32::MAX - 48_000).wrapping_add(n * 960),
                arrived: start + sent.mul_f64(1.0 / (1.0 + ppm / 1e6)) + delay(n),
                sender_report: None,
            };
            map.note(point);
        }
        map
    }

    #[test]
    fn a_point_is_noted_at_the_start_and_every_ten_seconds() {
        let map = map(60, 0.0, |_| Duration::ZERO);

        let granules: Vec<u64> = map.points().iter().map(|point| point.granule).collect();
        assert_eq!(
            granules,
            [0, 480_000, 960_000, 1_440_000, 1_920_000, 2_400_000]
        );
    }

    #[test]
    fn drift_shows_through_a_network_that_delays_most_packets() {
        let jitter = |n: u32| Duration::from_millis(u64::from(n * 7919 % 101));

        for ppm in [-200.0, 0.0, 55.0] {
            let measured = map(600, ppm, jitter).drift_ppm().unwrap();
            assert!((measured - ppm).abs() < 5.0, "{ppm}: {measured}");
        }
    }

    #[test]
    fn a_minute_is_needed_to_tell_drift() {
        assert_eq!(map(59, 100.0, |_| Duration::ZERO).drift_ppm(), None);
    }

    #[test]
    fn the_wall_shows_what_the_file_does_not_have() {
        let stalled = |n: u32| Duration::from_secs(if n < 500 { 0 } else { 18 });

        let missing = map(20, 0.0, stalled).wall_minus_file_ms();

        assert!((missing - 18_000.0).abs() < 1e-6, "{missing}");
    }

    #[test]
    fn a_day_and_hostile_resets_fit_below_the_cap() {
        let start = Instant::now();
        for resets_every in [1, 3, 1000] {
            let mut map = ClockMap::default();
            for n in 0..20_000_u32 {
                let point = Point {
                    granule: u64::from(n) * 960,
                    timestamp_48k: n.wrapping_mul(2_000_000_000),
                    arrived: start + EVERY * n,
                    sender_report: None,
                };
                if n > 0 && n % resets_every == 0 {
                    map.note_reset(point);
                } else {
                    map.note(point);
                }
            }

            let kept = map.points().len();
            assert!((MAX_POINTS / 4..=MAX_POINTS).contains(&kept), "{kept}");
            assert_eq!(map.points()[0].granule, 0);
            assert!(map.points().is_sorted_by_key(|point| point.granule));
            let resets = map.kinds.iter().filter(|kind| **kind == Kind::Reset);
            assert!(
                resets_every < 1000 || resets.count() == 19,
                "every reset is kept"
            );
        }
    }
}
