//! Sounds for tests: a voice, and what a line makes of it.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "samples and their places, made up here"
)]

use std::f64::consts::TAU;

/// The place of a moment, in samples.
pub(super) fn place(seconds: f64, rate: f64) -> usize {
    (seconds * rate).round() as usize
}

/// Numbers that are the same every time.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// 0 to 1.
    pub(super) fn roll(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.roll()
    }
}

/// Syllables of 3 to 8 a second with a moving pitch, some of them hissed, and pauses.
pub(super) fn voice(rate: f64, seconds: f64, seed: u64) -> Vec<f32> {
    let mut dice = Dice::new(seed);
    let count = (rate * seconds) as usize;
    let mut sound: Vec<f32> = (0..count)
        .map(|_| (dice.between(-1.0, 1.0) * 0.0005) as f32)
        .collect();
    let mut at = rate * 0.3;
    let mut until_pause = 6.0;
    while (at as usize) < count {
        let length = rate / dice.between(3.0, 8.0);
        let voiced = length * dice.between(0.5, 0.95);
        syllable(&mut sound, at as usize, voiced as usize, rate, &mut dice);
        at += length;
        until_pause -= 1.0;
        if until_pause < 0.0 {
            at += rate * dice.between(0.2, 0.7);
            until_pause = dice.between(4.0, 10.0);
        }
    }
    sound
}

fn syllable(sound: &mut [f32], at: usize, length: usize, rate: f64, dice: &mut Dice) {
    let loud = dice.between(0.05, 0.3);
    let attack = rate * dice.between(0.005, 0.04);
    let (mut pitch, glide) = (dice.between(90.0, 220.0), dice.between(-0.3, 0.3));
    let hiss = if dice.roll() < 0.25 { 1.0 } else { 0.1 };
    let mut phase = 0.0;
    for step in 0..length {
        let Some(sample) = sound.get_mut(at + step) else {
            return;
        };
        let along = step as f64 / length as f64;
        let rise = (step as f64 / attack).min(1.0);
        let shape = rise * (1.0 - along).powf(0.7);
        pitch *= 1.0 + glide / length as f64;
        phase += pitch / rate;
        let tone: f64 = (1..12)
            .map(|k| (TAU * phase * f64::from(k)).sin() / f64::from(k))
            .sum();
        let mixed = tone * (1.0 - hiss) + hiss * dice.between(-1.0, 1.0);
        *sample += (loud * shape * mixed) as f32;
    }
}

/// What a line does to a sound.
#[derive(Clone, Copy)]
pub(super) struct Line {
    pub(super) delay_ms: f64,
    pub(super) gain: f64,
    /// Cut-off of a low-pass, Hz.
    pub(super) low_pass: f64,
    /// Share of 20 ms that are silent.
    pub(super) lost: f64,
    /// Noise below the voice, in dB.
    pub(super) noise_db: f64,
}

impl Line {
    pub(super) fn bad(delay_ms: f64) -> Self {
        Self {
            delay_ms,
            gain: 0.4,
            low_pass: 3_000.0,
            lost: 0.1,
            noise_db: -30.0,
        }
    }

    pub(super) fn clean(delay_ms: f64) -> Self {
        Self {
            delay_ms,
            gain: 1.0,
            low_pass: 20_000.0,
            lost: 0.0,
            noise_db: -90.0,
        }
    }

    pub(super) fn carry(self, sound: &[f32], rate: f64, seed: u64) -> Vec<f32> {
        let mut dice = Dice::new(seed);
        let shift = (self.delay_ms / 1000.0 * rate).round() as usize;
        let power: f64 = sound.iter().map(|s| f64::from(*s).powi(2)).sum();
        let noise = self.gain
            * (power / sound.len() as f64).sqrt()
            * 3.0_f64.sqrt()
            * 10.0_f64.powf(self.noise_db / 20.0);
        let share = 1.0 - (-TAU * self.low_pass / rate).exp();
        let frame = (rate * 0.02) as usize;
        let mut smooth = 0.0;
        let mut is_lost = false;
        (0..sound.len())
            .map(|at| {
                if at % frame == 0 {
                    is_lost = dice.roll() < self.lost;
                }
                let came = at.checked_sub(shift).and_then(|from| sound.get(from));
                let came = came.map_or(0.0, |sample| f64::from(*sample)) * self.gain;
                smooth += share * (came - smooth);
                let heard = if is_lost { 0.0 } else { smooth };
                (heard + noise * dice.between(-1.0, 1.0)) as f32
            })
            .collect()
    }
}
