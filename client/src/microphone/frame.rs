//! Samples → frames of 20 ms with what is to be known of each.

use std::time::Duration;

use super::thresholds::{CLIPPED_RUN, CLIPPED_SAMPLE};

/// Frames a second.
pub(super) const RATE: u32 = 50;

/// As quiet as anything is told to be, in dBFS: a little below one step of 16 bits.
pub(super) const BOTTOM_DBFS: f64 = -100.0;

/// What is slower than this is rumble, hum or an offset of the sound card, in Hz. The deepest voices
/// speak at 80.
const CUT_OFF: f64 = 50.0;

/// How many frames last as long.
pub(super) fn frames(duration: Duration) -> usize {
    let frames = duration.as_millis() * u128::from(RATE) / 1000;
    usize::try_from(frames).unwrap_or(usize::MAX)
}

/// How long so many frames last.
pub(super) fn lasting(frames: usize) -> Duration {
    let frames = u32::try_from(frames).unwrap_or(u32::MAX);
    Duration::from_secs(frames.into()) / RATE
}

/// In dBFS, of a mean square.
pub(super) fn dbfs(power: f64) -> f64 {
    (10.0 * power.log10()).clamp(BOTTOM_DBFS, 0.0)
}

/// Of mean squares; nothing of none.
pub(super) fn mean<'a>(powers: impl IntoIterator<Item = &'a f64>) -> f64 {
    let mut sum = 0.0;
    let mut count = 0.0;
    for power in powers {
        sum += power;
        count += 1.0;
    }
    sum / f64::max(count, 1.0)
}

/// 20 ms of sound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Frame {
    /// Mean square, without what is slower than a voice.
    pub(super) power: f64,
    /// The largest sample as it came.
    pub(super) peak: f64,
    /// Flat tops that were recognised within it.
    pub(super) clipped_runs: u32,
}

impl Frame {
    pub(super) fn dbfs(&self) -> f64 {
        dbfs(self.power)
    }

    pub(super) fn peak_dbfs(&self) -> f64 {
        dbfs(self.peak * self.peak)
    }
}

/// Cuts samples into frames.
#[derive(Clone, Debug, Default)]
pub(super) struct Framer {
    rate: u32,
    /// Samples of a frame; nothing is heard as long as it is 0.
    length: u32,
    count: u32,
    sum: f64,
    peak: f64,
    clipped_runs: u32,
    /// Clipped samples up to the last one, all of one sign.
    run: u32,
    is_run_positive: bool,
    filter: [HighPass; 2],
}

impl Framer {
    /// At another rate everything begins anew.
    pub(super) fn set_rate(&mut self, rate: u32) {
        if rate != self.rate {
            *self = Self {
                rate,
                length: rate / RATE,
                filter: [HighPass::new(rate); 2],
                ..Self::default()
            };
        }
    }

    /// Takes in a sample, and gives the frame that it completes.
    pub(super) fn push(&mut self, sample: f32) -> Option<Frame> {
        if self.length == 0 {
            return None;
        }
        let sample = if sample.is_finite() { sample } else { 0.0 };
        self.count_clipped(sample);
        let mut passed = f64::from(sample);
        self.peak = self.peak.max(passed.abs());
        for filter in &mut self.filter {
            passed = filter.pass(passed);
        }
        self.sum += passed * passed;
        self.count += 1;
        (self.count == self.length).then(|| self.complete())
    }

    fn count_clipped(&mut self, sample: f32) {
        if sample.abs() < CLIPPED_SAMPLE {
            self.run = 0;
            return;
        }
        let is_positive = sample > 0.0;
        if is_positive != self.is_run_positive {
            self.run = 0;
            self.is_run_positive = is_positive;
        }
        self.run = self.run.saturating_add(1);
        // A longer one is still one.
        if self.run == CLIPPED_RUN {
            self.clipped_runs += 1;
        }
    }

    fn complete(&mut self) -> Frame {
        let frame = Frame {
            power: self.sum / f64::from(self.length),
            peak: self.peak,
            clipped_runs: self.clipped_runs,
        };
        self.count = 0;
        self.sum = 0.0;
        self.peak = 0.0;
        self.clipped_runs = 0;
        frame
    }
}

/// Lets pass what is faster than `CUT_OFF`; of first order.
#[derive(Clone, Copy, Debug, Default)]
struct HighPass {
    factor: f64,
    last_in: f64,
    last_out: f64,
}

impl HighPass {
    fn new(rate: u32) -> Self {
        let step = std::f64::consts::TAU * CUT_OFF / f64::from(rate.max(1));
        Self {
            factor: 1.0 / (1.0 + step),
            last_in: 0.0,
            last_out: 0.0,
        }
    }

    fn pass(&mut self, sample: f64) -> f64 {
        let out = self.factor * (self.last_out + sample - self.last_in);
        self.last_in = sample;
        // Numbers too small to be normal are slow to reckon with.
        self.last_out = if out.abs() < 1e-12 { 0.0 } else { out };
        self.last_out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(samples: &[f32], rate: u32) -> Vec<Frame> {
        let mut framer = Framer::default();
        framer.set_rate(rate);
        samples
            .iter()
            .filter_map(|sample| framer.push(*sample))
            .collect()
    }

    #[test]
    fn a_frame_is_twenty_milliseconds_at_any_rate() {
        for (rate, length) in [(8_000, 160), (16_000, 320), (44_100, 882), (48_000, 960)] {
            let samples = vec![0.0; length * 3 + 1];

            assert_eq!(framed(&samples, rate).len(), 3, "{rate}");
        }
    }

    #[test]
    fn no_rate_is_no_sound() {
        assert_eq!(framed(&[0.5; 1000], 0), []);
        assert_eq!(framed(&[0.5; 1000], 49), []);
    }

    #[test]
    fn a_sine_of_half_scale_is_nine_decibels_below_with_its_peak_at_six() {
        let sine: Vec<f32> = (0..4800_u16)
            .map(|n| 0.5 * (f32::from(n) * std::f32::consts::TAU / 48.0).sin())
            .collect();

        let frame = framed(&sine, 48_000)[4];

        assert!((frame.dbfs() + 9.1).abs() < 0.2, "{}", frame.dbfs());
        assert!((frame.peak_dbfs() + 6.02).abs() < 0.01, "{frame:?}");
    }

    #[test]
    fn an_offset_of_the_sound_card_is_no_sound() {
        let frames = framed(&[0.02; 48_000], 48_000);

        assert_eq!(frames[49].dbfs(), BOTTOM_DBFS);
    }

    #[test]
    fn numbers_that_are_none_are_silence() {
        let samples = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY].repeat(320);

        let [frame] = framed(&samples, 48_000)[..] else {
            panic!("one frame");
        };

        assert_eq!(
            frame,
            Frame {
                power: 0.0,
                peak: 0.0,
                clipped_runs: 0
            }
        );
    }

    #[test]
    fn a_flat_top_counts_once_and_a_peak_that_fits_does_not() {
        let top = |length: usize, size: f32| {
            let mut samples = vec![0.0; 960];
            samples[10..10 + length].fill(size);
            framed(&samples, 48_000)[0].clipped_runs
        };

        assert_eq!(top(2, 1.0), 0);
        assert_eq!(top(3, 1.0), 1);
        assert_eq!(top(900, -1.0), 1);
        assert_eq!(top(900, 0.98), 0);
    }

    #[test]
    fn each_side_of_a_square_wave_is_a_flat_top_of_its_own() {
        let square = [[1.0; 24], [-1.0; 24]].concat().repeat(20);

        assert_eq!(framed(&square, 48_000)[0].clipped_runs, 40);
    }

    #[test]
    fn a_flat_top_across_two_frames_is_one() {
        let mut samples = vec![0.0; 1920];
        samples[955..965].fill(1.0);

        let runs: u32 = framed(&samples, 48_000)
            .iter()
            .map(|frame| frame.clipped_runs)
            .sum();

        assert_eq!(runs, 1);
    }
}
