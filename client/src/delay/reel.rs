//! The last seconds of one sound: how loud it was, and how far its waveform went.

/// Milliseconds of a frame.
pub const FRAME_MS: f64 = 5.0;
/// How long frames are kept, in frames: a shown stretch of 8 s and the longest delay before it.
const KEPT: usize = 4_000;
/// Fine levels to a frame: one a millisecond.
pub const FINE: usize = 5;

/// Mean square at which loudness begins to count: -70 dBFS.
const QUIET: f32 = 1e-7;
/// What is measured lies between these, in Hz: no hum, and nothing that a codec may leave out.
const BAND_HZ: (f64, f64) = (150.0, 4_000.0);

/// How far the waveform went within one frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Peaks {
    pub low: f32,
    pub high: f32,
    /// Whether it was not heard at all.
    pub is_missed: bool,
}

/// The last seconds of one sound, frame by frame.
///
/// Invariant: `FINE` fine levels for each frame.
#[derive(Clone, Debug)]
pub struct Reel {
    cutter: Cutter,
    fine: Kept<f32>,
    levels: Kept<f32>,
    peaks: Kept<Peaks>,
}

impl Reel {
    /// An empty one, for that many samples a second.
    #[must_use]
    pub fn new(rate: f64) -> Self {
        Self {
            cutter: Cutter::new(rate),
            fine: Kept::new(KEPT * FINE),
            levels: Kept::new(KEPT),
            peaks: Kept::new(KEPT),
        }
    }

    /// Takes in what was heard.
    pub fn push(&mut self, samples: &[f32]) {
        for sample in samples {
            if let Some(energy) = self.cutter.take(*sample) {
                self.add(energy);
            }
        }
    }

    /// Takes in that so many samples were missed. A frame that is begun counts as missed, too.
    pub fn miss(&mut self, samples: usize) {
        // More than is kept need not be counted one by one, but frames of both reels must agree.
        for _ in 0..samples {
            self.cutter.is_missed = true;
            if let Some(energy) = self.cutter.take(0.0) {
                self.add(energy);
            }
        }
    }

    fn add(&mut self, energy: f32) {
        self.fine.push(loudness(energy));
        self.cutter.energies += energy;
        self.cutter.fine += 1;
        if self.cutter.fine == FINE {
            let mean = self.cutter.energies / FINE as f32;
            self.levels.push(loudness(mean));
            self.peaks.push(self.cutter.next_frame());
        }
    }

    /// `count` levels, the newest of them `ago` frames before the newest there is.
    #[must_use]
    pub fn levels(&self, count: usize, ago: usize) -> Option<&[f32]> {
        self.levels.last(count, ago)
    }

    /// The same in milliseconds instead of frames. The newest frame's end is the newest moment.
    #[must_use]
    pub fn fine(&self, count: usize, ago: usize) -> Option<&[f32]> {
        // Fine levels of a frame not yet whole are left out, so that all agree.
        self.fine.last(count, ago + self.cutter.fine)
    }

    /// How far the waveform went in those frames.
    #[must_use]
    pub fn peaks(&self, count: usize, ago: usize) -> Option<&[Peaks]> {
        self.peaks.last(count, ago)
    }

    /// Frames that are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.levels.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Loudness of a mean square: even in decibels where it is loud, 0 where it is quiet.
fn loudness(energy: f32) -> f32 {
    (1.0 + energy / QUIET).log10()
}

/// Decibels above the quietest that counts, of a loudness: 0 is -70 dBFS.
#[must_use]
pub fn decibels(loudness: f32) -> f32 {
    // The inverse of `loudness`, which is 0.3 at -70 dBFS.
    10.0 * (10.0_f32.powf(loudness) - 1.0).max(1e-3).log10()
}

/// Cuts samples into milliseconds, whatever the rate.
#[derive(Clone, Debug)]
struct Cutter {
    samples_a_ms: f64,
    /// Samples until the millisecond is whole.
    left: f64,
    sum: f32,
    count: f32,
    band: Band,
    /// Of the frame that is begun:
    fine: usize,
    energies: f32,
    low: f32,
    high: f32,
    is_missed: bool,
}

impl Cutter {
    fn new(rate: f64) -> Self {
        Self {
            samples_a_ms: rate / 1000.0,
            left: rate / 1000.0,
            sum: 0.0,
            count: 0.0,
            band: Band::new(rate),
            fine: 0,
            energies: 0.0,
            low: 0.0,
            high: 0.0,
            is_missed: false,
        }
    }

    /// The mean square of a millisecond, once it is whole.
    fn take(&mut self, sample: f32) -> Option<f32> {
        self.low = self.low.min(sample);
        self.high = self.high.max(sample);
        let heard = self.band.take(sample);
        self.sum += heard * heard;
        self.count += 1.0;
        self.left -= 1.0;
        if self.left >= 0.5 {
            return None;
        }
        self.left += self.samples_a_ms;
        let mean = self.sum / self.count;
        (self.sum, self.count) = (0.0, 0.0);
        // A sound that is no number must not spoil what comes after it.
        Some(if mean.is_finite() { mean } else { 0.0 })
    }

    fn next_frame(&mut self) -> Peaks {
        let peaks = Peaks {
            low: self.low,
            high: self.high,
            is_missed: self.is_missed,
        };
        (self.low, self.high, self.is_missed) = (0.0, 0.0, false);
        (self.fine, self.energies) = (0, 0.0);
        peaks
    }
}

/// A band-pass of two first-order filters.
#[derive(Clone, Debug)]
struct Band {
    slow: f32,
    fast: f32,
    below: f32,
    smooth: f32,
}

impl Band {
    #[expect(clippy::cast_possible_truncation, reason = "filters need no more")]
    fn new(rate: f64) -> Self {
        let share = |hertz: f64| (1.0 - (-std::f64::consts::TAU * hertz / rate).exp()) as f32;
        Self {
            slow: share(BAND_HZ.0),
            fast: share(BAND_HZ.1),
            below: 0.0,
            smooth: 0.0,
        }
    }

    fn take(&mut self, sample: f32) -> f32 {
        if !sample.is_finite() {
            return 0.0;
        }
        self.below += self.slow * (sample - self.below);
        self.smooth += self.fast * (sample - self.below - self.smooth);
        self.smooth
    }
}

/// The newest of many values, in one piece.
#[derive(Clone, Debug)]
struct Kept<T> {
    values: Vec<T>,
    most: usize,
}

impl<T> Kept<T> {
    fn new(most: usize) -> Self {
        Self {
            values: Vec::with_capacity(most * 2),
            most,
        }
    }

    fn push(&mut self, value: T) {
        if self.values.len() == self.most * 2 {
            self.values.drain(..self.most);
        }
        self.values.push(value);
    }

    fn len(&self) -> usize {
        self.values.len().min(self.most)
    }

    fn last(&self, count: usize, ago: usize) -> Option<&[T]> {
        let end = self.values.len().checked_sub(ago)?;
        self.values.get(end.checked_sub(count)?..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_five_milliseconds_at_any_rate() {
        for (rate, samples) in [(48_000.0, 48_000), (44_100.0, 44_100), (16_000.0, 16_000)] {
            let mut reel = Reel::new(rate);

            reel.push(&vec![0.1; samples]);

            assert_eq!(reel.len(), 200, "{rate}");
            assert_eq!(reel.fine(1000, 0).unwrap().len(), 1000);
        }
    }

    #[test]
    fn what_is_missed_is_silent_and_said_to_be_missed() {
        let mut reel = Reel::new(8_000.0);

        reel.push(&[0.5; 40]);
        reel.miss(40);
        reel.push(&[-0.5; 40]);

        let missed: Vec<_> = reel
            .peaks(3, 0)
            .unwrap()
            .iter()
            .map(|p| p.is_missed)
            .collect();
        assert_eq!(missed, [false, true, false]);
        let [_, middle, last] = *reel.peaks(3, 0).unwrap() else {
            panic!("three were asked for");
        };
        assert_eq!((middle.low, middle.high), (0.0, 0.0));
        assert_eq!((last.low, last.high), (-0.5, 0.0));
    }

    #[test]
    fn only_the_last_seconds_are_kept() {
        let mut reel = Reel::new(8_000.0);

        reel.push(&vec![0.1; 8_000 * 50]);

        assert_eq!(reel.len(), KEPT);
        assert!(reel.levels(KEPT, 0).is_some());
        assert!(reel.levels(KEPT * 3, 0).is_none());
    }

    #[test]
    fn a_sound_that_is_no_number_spoils_nothing() {
        let mut reel = Reel::new(8_000.0);

        reel.push(&[f32::NAN; 40]);
        reel.push(&[f32::INFINITY; 40]);
        reel.push(&[0.0; 400]);

        assert!(
            reel.levels(12, 0)
                .unwrap()
                .iter()
                .all(|level| *level == 0.0)
        );
    }

    #[test]
    fn loudness_and_decibels_undo_each_other() {
        for above in [10.0_f32, 30.0, 60.0] {
            let energy = QUIET * 10.0_f32.powf(above / 10.0);

            assert!((decibels(loudness(energy)) - above).abs() < 0.1, "{above}");
        }
    }
}
