//! A recording's waveform, made from its packets: the only user of a decoder. It knows no file.

use std::panic::{AssertUnwindSafe, catch_unwind};

use opus_rs::OpusDecoder;
use shared::peaks::{Column, MAX_COLUMNS, Peaks, SAMPLES_PER_COLUMN};

use crate::recording::opus::{MAX_PACKET_SAMPLES, Shape};

const SAMPLE_RATE: i32 = 48_000;
/// No packet lasts longer, per channel.
const MAX_SAMPLES: usize = MAX_PACKET_SAMPLES as usize;
const COLUMN_SAMPLES: usize = SAMPLES_PER_COLUMN as usize;

/// Hears a recording packet by packet, faster than it was spoken, and draws it.
///
/// It keeps one packet's samples and three bytes for every 20 ms, of a day at most.
pub(super) struct PeaksMaker {
    /// None once it failed: its state means nothing then.
    decoder: Option<OpusDecoder>,
    channels: usize,
    /// Of one packet, with the channels interleaved.
    samples: Vec<f32>,
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
    pub(super) fn new(channels: u8, pre_skip: u16) -> Option<Self> {
        let channels = usize::from(channels);
        let decoder = catch_unwind(|| OpusDecoder::new(SAMPLE_RATE, channels)).ok()?;
        Some(Self {
            decoder: Some(decoder.ok()?),
            channels,
            samples: vec![0.0; MAX_SAMPLES * channels],
            pre_skip: pre_skip.into(),
            begun: Begun::default(),
            peaks: Peaks::default(),
        })
    }

    /// Draws the next packet of the recording.
    pub(super) fn push(&mut self, packet: &[u8]) {
        if self.peaks.columns().len() >= MAX_COLUMNS {
            return;
        }
        let Some((heard, missing)) = self.decode(packet) else {
            self.decoder = None;
            return;
        };
        let skipped = self.pre_skip.min(heard);
        self.pre_skip -= skipped;
        let samples = self
            .samples
            .get(skipped * self.channels..heard * self.channels);
        let mut rest = samples.unwrap_or_default();
        while !rest.is_empty() {
            let room = (COLUMN_SAMPLES - self.begun.samples) * self.channels;
            let (now, later) = rest.split_at_checked(room).unwrap_or((rest, &[]));
            let count = now.len() / self.channels;
            self.begun.add(now, count, count * missing / heard);
            if self.begun.samples == COLUMN_SAMPLES {
                self.peaks.push(std::mem::take(&mut self.begun).column());
            }
            rest = later;
        }
    }

    /// The waveform; none if the decoder failed, even if only once.
    #[must_use]
    pub(super) fn finish(mut self) -> Option<Peaks> {
        self.decoder?;
        if self.begun.samples > 0 {
            self.peaks.push(self.begun.column());
        }
        Some(self.peaks)
    }

    /// Fills `samples`; how many there are per channel, and how many of them are concealed.
    ///
    /// None if the decoder did not do as the packet says, or panicked: the packets are a
    /// stranger's, and one recording without peaks is better than no inspector.
    fn decode(&mut self, packet: &[u8]) -> Option<(usize, usize)> {
        let shape = Shape::of(packet).ok()?;
        let expected = usize::try_from(shape.samples()).ok()?;
        let concealed = usize::try_from(shape.concealed_samples()).ok()?;
        let decoder = self.decoder.as_mut()?;
        let output = self.samples.get_mut(..expected * self.channels)?;
        // Nothing that a panic left half done is looked at again: the decoder is dropped, and
        // samples are only samples.
        let decode = AssertUnwindSafe(|| decoder.decode(packet, expected, output));
        let heard = catch_unwind(decode).ok()?.ok()?;
        (heard == expected).then_some((heard, concealed))
    }
}

impl Begun {
    fn add(&mut self, samples: &[f32], count: usize, missing: usize) {
        for &sample in samples {
            self.min = self.min.min(sample);
            self.max = self.max.max(sample);
        }
        self.samples += count;
        self.missing_samples += missing;
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
