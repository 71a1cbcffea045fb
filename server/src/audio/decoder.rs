//! Packets → samples: the only user of a decoder. It knows no file.

use std::panic::{AssertUnwindSafe, catch_unwind};

use opus_rs::OpusDecoder;

use crate::recording::opus::Toc;
use crate::recording::opus::frames::frames;

const SAMPLE_RATE: i32 = 48_000;
/// RFC 6716 §2.1.4: no frame is longer than 60 ms.
const MAX_FRAME_SAMPLES: usize = 2880;

/// Hears packets one after the other, and keeps one frame of them.
pub struct Decoder {
    decoder: OpusDecoder,
    channels: usize,
    /// One frame with its TOC byte, and what is heard in it, its channels interleaved.
    packet: Vec<u8>,
    samples: Vec<f32>,
}

impl Decoder {
    /// For one channel or two; none for any other number.
    #[must_use]
    pub fn new(channels: u8) -> Option<Self> {
        let channels = usize::from(channels);
        let decoder = catch_unwind(|| OpusDecoder::new(SAMPLE_RATE, channels)).ok()?;
        Some(Self {
            decoder: decoder.ok()?,
            channels,
            packet: Vec::new(),
            samples: vec![0.0; MAX_FRAME_SAMPLES * channels],
        })
    }

    /// Decodes a packet; `hear` gets the samples of each frame, the channels interleaved, and
    /// whether the frame has no byte of sound.
    ///
    /// None if the decoder failed: it means nothing any more then, and is to be dropped.
    pub fn decode(&mut self, packet: &[u8], hear: &mut dyn FnMut(&[f32], bool)) -> Option<()> {
        let toc = Toc(*packet.first()?);
        for frame in frames(packet)? {
            let samples = self.decode_frame(toc, frame)?;
            hear(self.samples.get(..samples)?, frame.is_empty());
        }
        Some(())
    }

    /// Fills so many `samples`, those of all channels.
    ///
    /// Frame by frame, as libopus does: `opus-rs` takes an empty frame among others, and a frame
    /// of one byte anywhere, for sound, where libopus conceals both. None if it did not do as the
    /// packet says, or panicked: the packets are a stranger's.
    fn decode_frame(&mut self, toc: Toc, frame: &[u8]) -> Option<usize> {
        let samples = usize::try_from(toc.frame_samples()).ok()?;
        self.packet.clear();
        // RFC 6716 §3.2.2: one frame.
        self.packet.push(toc.0 & !0x03);
        if frame.len() > 1 {
            self.packet.extend_from_slice(frame);
        }
        let output = self.samples.get_mut(..samples * self.channels)?;
        // Nothing that a panic left half done is looked at again: the decoder is dropped, and
        // samples are only samples.
        let decode = AssertUnwindSafe(|| self.decoder.decode(&self.packet, samples, output));
        let heard = catch_unwind(decode).ok()?.ok()?;
        (heard == samples).then_some(samples * self.channels)
    }
}
