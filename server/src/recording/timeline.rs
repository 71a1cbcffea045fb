//! From RTP time to the file's time: how much silence stands before a packet, if any.
//!
//! The sender's clock is the file's clock: nothing is resampled and no drift is corrected. The
//! arrival times only bound what the sender's timestamps may claim.

use std::time::{Duration, Instant};

use super::opus::MAX_PACKET_SAMPLES;

/// RFC 7845 §4.1: concealment comes in steps of 2.5 ms.
const STEP: u64 = 120;
/// With no packet missing, less than this is the sender's inaccuracy: 20 ms.
const RESIDUE: u64 = 960;
/// Timestamps that go further back than this begin anew: 1 s.
const MAX_BACK: i64 = 48_000;
/// The file may be this far ahead of the wall clock: 2 s, and the drift of a bad clock.
const AHEAD: u64 = 96_000;
const DRIFT_PER: u64 = 1000;
/// Packets themselves may be 8 s further: those that a network held back come all at once. So
/// much later than the call's beginning the first one may have come, too.
const BURST: u64 = 384_000;
/// So many packets that repeat written time are dropped; then the sender's clock went back.
const MAX_STALE: u32 = 5;
/// A shorter hole in the arrivals is jitter: 100 ms.
const MIN_OUTAGE: u64 = 4800;
/// A shorter silence before the end is not worth writing.
const MIN_TAIL: Duration = Duration::from_secs(1);

/// What lies between a packet and the one before it; the later kinds outweigh the earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// No packet is missing.
    Contiguous,
    /// Some are.
    AfterHole,
    /// The timestamps are those of another source.
    NewSource,
}

/// One packet, as the timeline sees it.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    pub timestamp_48k: u32,
    pub samples: u32,
    pub arrived: Instant,
    pub step: Step,
}

/// Why there is silence before a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    Loss,
    /// The sender did not send (RFC 7587 §3.1.3).
    Dtx,
    /// The timestamps began anew, and nothing was heard for a while.
    Reset,
}

/// What to do with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// Its time is already written.
    Stale,
    /// Write so many samples of silence, then the packet.
    After { silence: u64, cause: Cause },
}

/// Where the file ends, in every clock.
#[derive(Debug)]
pub struct Timeline {
    started: Instant,
    /// Samples in the file.
    written: u64,
    /// Those of them that packets brought.
    received: u64,
    /// How much more was received than time had gone by since the first packet: by that much, the
    /// network held it back. At most [`BURST`].
    held_back: u64,
    /// The RTP time of the file's end.
    end_48k: u32,
    /// When the last packet came, and how long it lasts.
    last: (Instant, u32),
    stale_in_a_row: u32,
    resets: u64,
}

impl Timeline {
    /// Begins with this packet at the file's start.
    #[must_use]
    pub fn starting_with(first: Mark) -> Self {
        Self {
            started: first.arrived,
            written: u64::from(first.samples),
            received: u64::from(first.samples),
            held_back: 0,
            end_48k: first.timestamp_48k.wrapping_add(first.samples),
            last: (first.arrived, first.samples),
            stale_in_a_row: 0,
            resets: 0,
        }
    }

    #[must_use]
    pub fn resets(&self) -> u64 {
        self.resets
    }

    /// Places the next packet.
    pub fn place(&mut self, mark: Mark) -> Placement {
        debug_assert!(mark.samples <= MAX_PACKET_SAMPLES);
        if self.written + u64::from(mark.samples) > self.wall(mark.arrived) + AHEAD + BURST {
            return Placement::Stale;
        }
        // RFC 3550 §5.1: timestamps wrap, so the shorter way round is the way.
        let gap = i64::from(mark.timestamp_48k.wrapping_sub(self.end_48k).cast_signed());
        let is_repeated = gap + i64::from(mark.samples) <= 0;
        let (silence, cause) = silence_in(gap, mark.step);
        let is_explained = silence == 0 || self.written + silence <= self.limit(mark.arrived);
        if mark.step == Step::NewSource || gap < -MAX_BACK || !is_explained {
            return self.reset(mark);
        }
        if is_repeated && self.stale_in_a_row >= MAX_STALE {
            return self.reset(mark);
        }
        if is_repeated {
            self.stale_in_a_row += 1;
            return Placement::Stale;
        }
        self.end_48k = self.end_48k.wrapping_add(low_bits(silence));
        self.advance(mark, silence);
        Placement::After { silence, cause }
    }

    /// Silence between the last packet and the end of the call.
    pub fn end(&mut self, now: Instant) -> u64 {
        let (arrived, _) = self.last;
        if now.saturating_duration_since(arrived) <= MIN_TAIL {
            return 0;
        }
        let wall = samples_in(now.saturating_duration_since(self.started));
        let room = (wall + self.held_back).saturating_sub(self.written);
        let silence = whole_steps(self.outage(now).min(room));
        self.written += silence;
        silence
    }

    /// The sender's clock tells nothing: take the hole in the arrivals, and begin anew.
    fn reset(&mut self, mark: Mark) -> Placement {
        self.resets += 1;
        let outage = self.outage(mark.arrived);
        let room = self.limit(mark.arrived).saturating_sub(self.written);
        let silence = if outage < MIN_OUTAGE {
            0
        } else {
            whole_steps(outage.min(room))
        };
        self.end_48k = mark.timestamp_48k;
        self.advance(mark, silence);
        Placement::After {
            silence,
            cause: Cause::Reset,
        }
    }

    fn advance(&mut self, mark: Mark, silence: u64) {
        self.written += silence + u64::from(mark.samples);
        self.received += u64::from(mark.samples);
        let ahead = self.received.saturating_sub(self.wall(mark.arrived));
        self.held_back = self.held_back.max(ahead.min(BURST));
        self.end_48k = self.end_48k.wrapping_add(mark.samples);
        let (latest, _) = self.last;
        self.last = (latest.max(mark.arrived), mark.samples);
        self.stale_in_a_row = 0;
    }

    /// How long nothing was heard before `now`.
    fn outage(&self, now: Instant) -> u64 {
        let (arrived, samples) = self.last;
        samples_in(now.saturating_duration_since(arrived)).saturating_sub(samples.into())
    }

    /// How much file the time that went by explains: what the network held back, too.
    fn limit(&self, now: Instant) -> u64 {
        self.wall(now) + self.held_back + AHEAD
    }

    /// The time since the first packet, by the fastest clock a sender may have.
    fn wall(&self, now: Instant) -> u64 {
        let wall = samples_in(now.saturating_duration_since(self.started));
        wall + wall / DRIFT_PER
    }
}

/// The silence that a gap in the timestamps stands for, and why it is there.
fn silence_in(gap: i64, step: Step) -> (u64, Cause) {
    // A gap below zero means that part of the packet repeats written time: the file stays ahead
    // until a later gap takes it back.
    let gap = u64::try_from(gap).unwrap_or(0);
    match step {
        Step::Contiguous if gap < RESIDUE => (0, Cause::Dtx),
        Step::Contiguous => (whole_steps(gap), Cause::Dtx),
        Step::AfterHole | Step::NewSource => (whole_steps(gap), Cause::Loss),
    }
}

pub(super) fn whole_steps(samples: u64) -> u64 {
    samples - samples % STEP
}

/// The part of a duration that RTP time keeps.
fn low_bits(samples: u64) -> u32 {
    u32::try_from(samples & u64::from(u32::MAX)).unwrap_or(0)
}

pub(super) fn samples_in(duration: Duration) -> u64 {
    duration.as_secs().saturating_mul(48_000) + u64::from(duration.subsec_nanos()) * 48 / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(start: Instant, milliseconds: u64, timestamp_48k: u32, step: Step) -> Mark {
        Mark {
            timestamp_48k,
            samples: 960,
            arrived: start + Duration::from_millis(milliseconds),
            step,
        }
    }

    fn timeline(start: Instant) -> Timeline {
        Timeline::starting_with(mark(start, 0, 0, Step::NewSource))
    }

    #[test]
    fn what_is_less_than_a_step_is_carried_over_to_the_next_gap() {
        let start = Instant::now();
        let mut timeline = timeline(start);

        let first = timeline.place(mark(start, 30, 960 + 970, Step::AfterHole));
        let second = timeline.place(mark(start, 60, 960 + 970 + 960 + 110, Step::AfterHole));

        let cause = Cause::Loss;
        assert_eq!(
            first,
            Placement::After {
                silence: 960,
                cause
            }
        );
        // 10 samples stayed over from the first gap.
        assert_eq!(
            second,
            Placement::After {
                silence: 120,
                cause
            }
        );
        assert_eq!(timeline.written, 960 * 3 + 960 + 120);
    }

    #[test]
    fn a_gap_without_a_missing_packet_is_written_from_20_ms_on() {
        let start = Instant::now();
        let [short, long] = [959, 960].map(|gap| {
            let next = mark(start, 40, 960 + gap, Step::Contiguous);
            timeline(start).place(next)
        });

        let cause = Cause::Dtx;
        assert_eq!(short, Placement::After { silence: 0, cause });
        assert_eq!(
            long,
            Placement::After {
                silence: 960,
                cause
            }
        );
    }

    #[test]
    fn a_jump_that_the_wall_clock_does_not_explain_begins_anew() {
        let start = Instant::now();
        let mut timeline = timeline(start);

        let placement = timeline.place(mark(start, 20, 48_000 * 3600, Step::Contiguous));

        let cause = Cause::Reset;
        assert_eq!(placement, Placement::After { silence: 0, cause });
        assert_eq!((timeline.written, timeline.resets()), (1920, 1));
    }

    #[test]
    fn the_same_jump_is_silence_when_that_time_went_by() {
        let start = Instant::now();
        let mut timeline = timeline(start);

        let placement = timeline.place(mark(start, 3_600_000, 48_000 * 3600, Step::Contiguous));

        let silence = 48_000 * 3600 - 960;
        let cause = Cause::Dtx;
        assert_eq!(placement, Placement::After { silence, cause });
    }

    #[test]
    fn a_packet_that_overlaps_is_written_and_the_next_gap_takes_it_back() {
        let start = Instant::now();
        let mut timeline = timeline(start);

        let overlapping = timeline.place(mark(start, 20, 960 - 480, Step::Contiguous));
        let after = timeline.place(mark(start, 60, 960 * 3, Step::AfterHole));

        let silence = |silence, cause| Placement::After { silence, cause };
        assert_eq!(overlapping, silence(0, Cause::Dtx));
        assert_eq!(after, silence(960, Cause::Loss));
        assert_eq!(timeline.written, 960 * 4);
    }

    #[test]
    fn a_short_pause_before_the_end_is_not_written() {
        let start = Instant::now();
        let mut timeline = timeline(start);

        assert_eq!(timeline.end(start + Duration::from_secs(1)), 0);
        assert_eq!(timeline.end(start + Duration::from_secs(2)), 96_000 - 960);
    }
}
