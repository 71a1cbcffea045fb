//! Sounds made for tests: the same every time.

use std::f64::consts::TAU;

pub(super) const RATE: u32 = 48_000;

/// A sound of full scale 1 at `RATE`.
pub(super) type Sound = Vec<f32>;

/// xorshift64: evenly from -1 to 1.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(super) fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        f64::from(u32::try_from(self.0 >> 32).unwrap()) / f64::from(u32::MAX) * 2.0 - 1.0
    }
}

fn count(seconds: f64) -> u32 {
    let milliseconds = std::time::Duration::from_secs_f64(seconds).as_millis();
    u32::try_from(milliseconds).unwrap() * (RATE / 1000)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "samples are of full scale 1"
)]
fn sound_of(samples: impl Iterator<Item = f64>) -> Sound {
    samples.map(|sample| sample as f32).collect()
}

fn power(samples: &[f64]) -> f64 {
    let length = f64::from(u32::try_from(samples.len()).unwrap());
    samples.iter().map(|sample| sample * sample).sum::<f64>() / length
}

fn at(samples: &[f64], power: f64, dbfs: f64) -> Sound {
    let factor = (10_f64.powf(dbfs / 10.0) / power).sqrt();
    sound_of(samples.iter().map(|sample| sample * factor))
}

pub(super) fn zeros(seconds: f64) -> Sound {
    vec![0.0; count(seconds).try_into().unwrap()]
}

/// White noise.
pub(super) fn noise(seconds: f64, dbfs: f64, seed: u64) -> Sound {
    let mut random = Random::new(seed);
    let samples: Vec<f64> = (0..count(seconds)).map(|_| random.next()).collect();
    at(&samples, 1.0 / 3.0, dbfs)
}

/// Noise that is louder the deeper it is, 6 dB an octave above 60 Hz: traffic, wind, a fan.
pub(super) fn rumble(seconds: f64, dbfs: f64, seed: u64) -> Sound {
    let mut random = Random::new(seed);
    let mut last = 0.0;
    let samples: Vec<f64> = (0..count(seconds))
        .map(|_| {
            last += (random.next() - last) * (TAU * 60.0 / f64::from(RATE));
            last
        })
        .collect();
    at(&samples, power(&samples), dbfs)
}

/// The mains: 50 Hz and some of its harmonics.
pub(super) fn hum(seconds: f64, dbfs: f64) -> Sound {
    let samples: Vec<f64> = (0..count(seconds))
        .map(|n| {
            let phase = f64::from(n) / f64::from(RATE) * TAU * 50.0;
            phase.sin() + 0.5 * (3.0 * phase).sin() + 0.3 * (5.0 * phase).sin()
        })
        .collect();
    at(&samples, power(&samples), dbfs)
}

/// Like speech: utterances of 1.6 s of a harmonic tone of 140 Hz that swells 3 to 8 times a second, with
/// pauses of 0.4 s. `dbfs` is the mean power of the utterances.
pub(super) fn speech(seconds: f64, dbfs: f64) -> Sound {
    let mut phase = 0.0;
    let mut swell = 0.0;
    let samples: Vec<f64> = (0..count(seconds))
        .map(|n| {
            let time = f64::from(n) / f64::from(RATE);
            let syllables = 5.5 + 2.5 * (time * 0.7 * TAU).sin();
            phase += 140.0 / f64::from(RATE) * TAU;
            swell += syllables / f64::from(RATE) * TAU;
            if time % 2.0 > 1.6 {
                return 0.0;
            }
            let tone: f64 = (1..20_u8)
                .map(|harmonic| (phase * f64::from(harmonic)).sin() / f64::from(harmonic))
                .sum();
            let envelope = 0.02 + (0.5 - 0.5 * swell.cos()).powi(2);
            tone * envelope
        })
        .collect();
    at(&samples, power(&samples) / 0.8, dbfs)
}

/// Keys that are hit five times a second, each a burst of noise that dies away within 30 ms.
pub(super) fn typing(seconds: f64, peak_dbfs: f64) -> Sound {
    let mut random = Random::new(77);
    let peak = 10_f64.powf(peak_dbfs / 20.0);
    sound_of((0..count(seconds)).map(|n| {
        let since = f64::from(n % (RATE / 5)) / f64::from(RATE);
        random.next() * peak * (-since / 0.006).exp()
    }))
}

/// A tone that swells at once and is too loud for its scale.
pub(super) fn too_loud(seconds: f64) -> Sound {
    sound_of((0..count(seconds)).map(|n| {
        let phase = f64::from(n) / f64::from(RATE) * TAU * 300.0;
        (phase.sin() * 3.0).clamp(-1.0, 1.0)
    }))
}

/// Both at once, as long as the first.
pub(super) fn mixed(one: &[f32], other: &[f32]) -> Sound {
    let other = other.iter().chain(std::iter::repeat(&0.0));
    one.iter()
        .zip(other)
        .map(|(one, other)| one + other)
        .collect()
}

/// Levels below the limit are cut away, as by a gate with a hold of 100 ms.
pub(super) fn gated(sound: &[f32], limit_dbfs: f64, below_dbfs: f64) -> Sound {
    let limit = 10_f64.powf(limit_dbfs / 20.0);
    let rest = noise(
        f64::from(u32::try_from(sound.len()).unwrap()) / f64::from(RATE) + 0.01,
        below_dbfs,
        5,
    );
    let mut open_for = 0;
    sound
        .iter()
        .zip(rest)
        .map(|(sample, rest)| {
            if f64::from(sample.abs()) > limit {
                open_for = RATE / 10;
            }
            open_for = u32::saturating_sub(open_for, 1);
            if open_for > 0 { *sample } else { rest }
        })
        .collect()
}
