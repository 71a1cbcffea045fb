//! A recording's waveform, made from its packets. It knows no file.

use shared::peaks::{Column, MAX_COLUMNS, Peaks, SAMPLES_PER_COLUMN};

use crate::audio::decoder::Decoder;

const COLUMN_SAMPLES: usize = SAMPLES_PER_COLUMN as usize;

/// Hears a recording packet by packet, faster than it was spoken, and draws it.
///
/// It keeps one frame's samples and three bytes for every 20 ms, of a day at most.
pub struct PeaksMaker {
    /// None once it failed.
    decoder: Option<Decoder>,
    drawing: Drawing,
}

struct Drawing {
    channels: usize,
    /// What is still to be cut from the beginning (RFC 7845 §4.2).
    pre_skip: usize,
    begun: Begun,
    peaks: Peaks,
}

/// The column that is being drawn.
#[derive(Clone, Copy, Debug, Default)]
struct Begun {
    /// The zero line is part of every column.
    min: f32,
    max: f32,
    /// Per channel, as all of these.
    samples: usize,
    missing_samples: usize,
}

impl PeaksMaker {
    /// For a recording with this header; none if it is neither mono nor stereo.
    #[must_use]
    pub fn new(channels: u8, pre_skip: u16) -> Option<Self> {
        Some(Self {
            decoder: Some(Decoder::new(channels)?),
            drawing: Drawing {
                channels: channels.into(),
                pre_skip: pre_skip.into(),
                begun: Begun::default(),
                peaks: Peaks::default(),
            },
        })
    }

    /// Draws the next packet of the recording.
    pub fn push(&mut self, packet: &[u8]) {
        let Self { decoder, drawing } = self;
        if drawing.peaks.columns().len() == MAX_COLUMNS {
            return;
        }
        let decoded = decoder.as_mut().and_then(|decoder| {
            decoder.decode(packet, &mut |samples, is_missing| {
                drawing.draw(samples, is_missing);
            })
        });
        // One recording without peaks is better than no inspector.
        if decoded.is_none() {
            *decoder = None;
        }
    }

    /// The waveform; none if the decoder failed, even if only once.
    #[must_use]
    pub fn finish(self) -> Option<Peaks> {
        let Self { decoder, drawing } = self;
        decoder?;
        let Drawing {
            begun, mut peaks, ..
        } = drawing;
        if begun.samples > 0 {
            peaks.push(begun.column());
        }
        Some(peaks)
    }
}

impl Drawing {
    fn draw(&mut self, samples: &[f32], is_missing: bool) {
        let skipped = self.pre_skip.min(samples.len() / self.channels);
        self.pre_skip -= skipped;
        let mut rest = samples.get(skipped * self.channels..).unwrap_or_default();
        while !rest.is_empty() {
            let room = (COLUMN_SAMPLES - self.begun.samples) * self.channels;
            let (now, later) = rest.split_at_checked(room).unwrap_or((rest, &[]));
            self.begun.add(now, now.len() / self.channels, is_missing);
            if self.begun.samples == COLUMN_SAMPLES {
                self.peaks.push(std::mem::take(&mut self.begun).column());
            }
            rest = later;
        }
    }
}

impl Begun {
    fn add(&mut self, samples: &[f32], count: usize, is_missing: bool) {
        for &sample in samples {
            self.min = self.min.min(sample);
            self.max = self.max.max(sample);
        }
        self.samples += count;
        self.missing_samples += if is_missing { count } else { 0 };
    }

    fn column(self) -> Column {
        let missing = self.missing_samples * usize::from(u8::MAX) / self.samples.max(1);
        Column {
            min: level(self.min),
            max: level(self.max),
            missing: u8::try_from(missing).unwrap_or(u8::MAX),
        }
    }
}

/// 1.0 is full scale, and a decoder may exceed it.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a cast from a float saturates, as a level should"
)]
fn level(sample: f32) -> i8 {
    (sample * 128.0).round() as i8
}
