//! A recording's waveform, made from its packets: the only user of a decoder. It knows no file.

use std::panic::{AssertUnwindSafe, catch_unwind};

use opus_rs::OpusDecoder;
use shared::peaks::{Column, MAX_COLUMNS, Peaks, SAMPLES_PER_COLUMN};

use crate::recording::opus::Toc;
use crate::recording::opus::frames::frames;

const SAMPLE_RATE: i32 = 48_000;
/// RFC 6716 §2.1.4: no frame is longer than 60 ms.
const MAX_FRAME_SAMPLES: usize = 2880;
const COLUMN_SAMPLES: usize = SAMPLES_PER_COLUMN as usize;

/// Hears a recording packet by packet, faster than it was spoken, and draws it.
///
/// It keeps one frame's samples and three bytes for every 20 ms, of a day at most.
pub struct PeaksMaker {
    /// None once it failed: its state means nothing then.
    decoder: Option<OpusDecoder>,
    channels: usize,
    /// One frame with its TOC byte, and what is heard in it, its channels interleaved.
    packet: Vec<u8>,
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
    pub fn new(channels: u8, pre_skip: u16) -> Option<Self> {
        let channels = usize::from(channels);
        let decoder = catch_unwind(|| OpusDecoder::new(SAMPLE_RATE, channels)).ok()?;
        Some(Self {
            decoder: Some(decoder.ok()?),
            channels,
            packet: Vec::new(),
            samples: vec![0.0; MAX_FRAME_SAMPLES * channels],
            pre_skip: pre_skip.into(),
            begun: Begun::default(),
            peaks: Peaks::default(),
        })
    }

    /// Draws the next packet of the recording.
    pub fn push(&mut self, packet: &[u8]) {
        if self.peaks.columns().len() < MAX_COLUMNS && self.try_push(packet).is_none() {
            self.decoder = None;
        }
    }

    /// The waveform; none if the decoder failed, even if only once.
    #[must_use]
    pub fn finish(mut self) -> Option<Peaks> {
        self.decoder?;
        if self.begun.samples > 0 {
            self.peaks.push(self.begun.column());
        }
        Some(self.peaks)
    }

    fn try_push(&mut self, packet: &[u8]) -> Option<()> {
        let toc = Toc(*packet.first()?);
        for frame in frames(packet)? {
            let samples = self.decode(toc, frame)?;
            self.draw(samples, frame.is_empty());
        }
        Some(())
    }

    /// Fills `samples` with this many per channel.
    ///
    /// Frame by frame, as libopus does: `opus-rs` takes an empty frame among others, and a frame
    /// of one byte anywhere, for sound, where libopus conceals both. None if it did not do as the
    /// packet says, or panicked: the packets are a stranger's, and one recording without peaks is
    /// better than no inspector.
    fn decode(&mut self, toc: Toc, frame: &[u8]) -> Option<usize> {
        let samples = usize::try_from(toc.frame_samples()).ok()?;
        self.packet.clear();
        // RFC 6716 §3.2.2: one frame.
        self.packet.push(toc.0 & !0x03);
        if frame.len() > 1 {
            self.packet.extend_from_slice(frame);
        }
        let decoder = self.decoder.as_mut()?;
        let output = self.samples.get_mut(..samples * self.channels)?;
        // Nothing that a panic left half done is looked at again: the decoder is dropped, and
        // samples are only samples.
        let decode = AssertUnwindSafe(|| decoder.decode(&self.packet, samples, output));
        let heard = catch_unwind(decode).ok()?.ok()?;
        (heard == samples).then_some(samples)
    }

    fn draw(&mut self, samples: usize, is_missing: bool) {
        let skipped = self.pre_skip.min(samples);
        self.pre_skip -= skipped;
        let heard = skipped * self.channels..samples * self.channels;
        let mut rest = self.samples.get(heard).unwrap_or_default();
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
