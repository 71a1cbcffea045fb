//! Where a known sound lies in another one, and how alike the two are.

use std::f32::consts::TAU;

/// Where a sound was found best.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    pub start: usize,
    /// The cosine between the two: 1 is the same sound at any loudness, 0 is another one.
    pub likeness: f32,
}

/// The place in `whole` that is most like `part`.
#[must_use]
pub fn find(part: &[f32], whole: &[f32]) -> Found {
    let nothing = Found {
        start: 0,
        likeness: 0.0,
    };
    let Some(places) = whole.len().checked_sub(part.len()) else {
        return nothing;
    };
    let products = correlate(part, whole);
    let part_energy = energy(part);
    // What is far below the part itself is silence: its likeness to anything is noise.
    let floor = part_energy * 1e-4;
    let mut window = energy(&whole[..part.len()]);
    let mut best = nothing;
    for start in 0..=places {
        if window > floor {
            let likeness = (f64::from(products[start]) / (part_energy * window).sqrt()).abs();
            #[expect(clippy::cast_possible_truncation, reason = "a cosine")]
            let likeness = likeness as f32;
            if likeness > best.likeness {
                best = Found { start, likeness };
            }
        }
        if start < places {
            window += square(whole[start + part.len()]) - square(whole[start]);
        }
    }
    best
}

fn square(sample: f32) -> f64 {
    f64::from(sample) * f64::from(sample)
}

fn energy(samples: &[f32]) -> f64 {
    samples.iter().copied().map(square).sum()
}

/// The inner product of `part` with `whole` at every place, by way of the spectrum.
fn correlate(part: &[f32], whole: &[f32]) -> Vec<f32> {
    let length = (part.len() + whole.len()).next_power_of_two();
    let mut part = spectrum(part, length);
    let whole = spectrum(whole, length);
    for (part, whole) in part.iter_mut().zip(&whole) {
        // conj(part) · whole, conjugated again so that the forward transform inverts it.
        *part = (
            part.0 * whole.0 + part.1 * whole.1,
            part.1 * whole.0 - part.0 * whole.1,
        );
    }
    transform(&mut part);
    #[expect(clippy::cast_precision_loss, reason = "a few million at most")]
    let scale = 1.0 / length as f32;
    part.iter().map(|value| value.0 * scale).collect()
}

fn spectrum(samples: &[f32], length: usize) -> Vec<(f32, f32)> {
    let mut values: Vec<(f32, f32)> = samples.iter().map(|sample| (*sample, 0.0)).collect();
    values.resize(length, (0.0, 0.0));
    transform(&mut values);
    values
}

/// The discrete Fourier transform (radix 2, in place); the length is a power of two.
fn transform(values: &mut [(f32, f32)]) {
    let length = values.len();
    let bits = length.trailing_zeros();
    for place in 0..length {
        let mirrored = place.reverse_bits() >> (usize::BITS - bits.max(1));
        if place < mirrored {
            values.swap(place, mirrored);
        }
    }
    let mut half = 1;
    while half < length {
        #[expect(clippy::cast_precision_loss, reason = "a few million at most")]
        let twiddles: Vec<(f32, f32)> = (0..half)
            .map(|k| (TAU * k as f32 / (2 * half) as f32).sin_cos())
            .collect();
        for block in values.chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            for ((low, high), (sin, cos)) in low.iter_mut().zip(high).zip(&twiddles) {
                let turned = (high.0 * cos + high.1 * sin, high.1 * cos - high.0 * sin);
                *high = (low.0 - turned.0, low.1 - turned.1);
                *low = (low.0 + turned.0, low.1 + turned.1);
            }
        }
        half *= 2;
    }
}
