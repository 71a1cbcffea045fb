//! PCM of 16 bits in a WAVE file: every player has it, at 12 times the size and more.

use std::io;

use super::{Form, FormError, Header, PIECE_BYTES, Packets, samples};
use crate::audio::decoder::Decoder;

const SAMPLE_RATE: u32 = 48_000;
const SAMPLE_BYTES: u16 = 2;
const HEADER_BYTES: usize = 44;
/// What RIFF counts from behind its own size.
const RIFF_HEAD_BYTES: u32 = 8;
/// A decoder that begins anew is right after so long, in samples: RFC 7845 §4.6 wants 80 ms at
/// least, after which speech may still differ by a tenth.
const PRE_ROLL: u64 = 24_000;

/// A recording, decoded.
pub struct Wav<P> {
    packets: P,
    channels: u8,
    /// Of one channel, as all samples here.
    pre_skip: u64,
    playable: u64,
    head: [u8; HEADER_BYTES],
    decoder: Option<Decoder>,
    packet: Vec<u8>,
    /// Where the packet begins that comes next.
    position: u64,
    /// What the last packet was decoded to, and where that begins.
    pcm: Vec<u8>,
    pcm_at: u64,
}

impl<P: Packets> Wav<P> {
    /// Reads the packets once to know their length.
    ///
    /// # Errors
    /// There are none, or more than a WAVE file can hold; or whatever the disk answered.
    pub fn new(mut packets: P) -> Result<Self, FormError> {
        let (mut packet, mut position) = (Vec::new(), 0);
        packets.rewind()?;
        while packets.next(&mut packet)? {
            position += samples(&packet);
        }
        let Header { channels, pre_skip } = packets.header().ok_or(FormError::Empty)?;
        let playable = position.saturating_sub(pre_skip.into());
        let frame = SAMPLE_BYTES * u16::from(channels);
        let bytes = playable.checked_mul(frame.into());
        let bytes = bytes.and_then(|bytes| u32::try_from(bytes).ok());
        let head = bytes.and_then(|bytes| head(channels, bytes));
        Ok(Self {
            head: head.ok_or(FormError::TooLong)?,
            channels,
            pre_skip: pre_skip.into(),
            playable,
            decoder: None,
            packet,
            // At the end: whatever is read first begins anew.
            position,
            pcm: Vec::new(),
            pcm_at: position,
            packets,
        })
    }

    fn frame_bytes(&self) -> u64 {
        u64::from(SAMPLE_BYTES) * u64::from(self.channels)
    }

    /// Makes `pcm` hold the sample at `wanted`. False if there is none.
    fn seek(&mut self, wanted: u64) -> io::Result<bool> {
        let is_behind = wanted < self.pcm_at;
        if is_behind || wanted > self.position + PRE_ROLL {
            self.packets.rewind()?;
            self.position = 0;
            self.decoder = None;
            self.pcm.clear();
            self.pcm_at = 0;
        }
        while wanted >= self.pcm_at + self.pcm.len() as u64 / self.frame_bytes() {
            if !self.packets.next(&mut self.packet)? {
                return Ok(false);
            }
            let begins = self.position;
            self.position += samples(&self.packet);
            self.pcm.clear();
            self.pcm_at = begins;
            if self.position + PRE_ROLL > wanted {
                self.decode(begins);
            } else {
                self.pcm_at = self.position;
            }
        }
        Ok(true)
    }

    fn decode(&mut self, begins: u64) {
        let Self {
            decoder,
            packet,
            pcm,
            ..
        } = self;
        if decoder.is_none() {
            *decoder = Decoder::new(self.channels);
        }
        let decoded = decoder.as_mut().and_then(|decoder| {
            decoder.decode(packet, &mut |samples, _| {
                pcm.extend(samples.iter().flat_map(|sample| quantised(*sample)));
            })
        });
        if decoded.is_none() {
            self.decoder = None;
        }
        // A packet that no decoder takes is silence, so that the rest is in its place.
        let bytes = (self.position - begins) * self.frame_bytes();
        self.pcm.resize(usize::try_from(bytes).unwrap_or(0), 0);
    }
}

impl<P: Packets> Form for Wav<P> {
    fn bytes(&self) -> u64 {
        HEADER_BYTES as u64 + self.playable * self.frame_bytes()
    }

    fn read(&mut self, at: u64, piece: &mut Vec<u8>) -> io::Result<()> {
        let place = usize::try_from(at).unwrap_or(usize::MAX);
        if let Some(rest) = self.head.get(place..).filter(|rest| !rest.is_empty()) {
            piece.extend_from_slice(rest);
            return Ok(());
        }
        let begins = self.pre_skip * self.frame_bytes();
        let end = begins + self.playable * self.frame_bytes();
        let mut at = at - HEADER_BYTES as u64 + begins;
        while piece.len() < PIECE_BYTES && at < end && self.seek(at / self.frame_bytes())? {
            let from = at - self.pcm_at * self.frame_bytes();
            let from = usize::try_from(from).unwrap_or(usize::MAX);
            let left = usize::try_from(end - at).unwrap_or(usize::MAX);
            let rest = self.pcm.get(from..).unwrap_or_default();
            let rest = rest.get(..left).unwrap_or(rest);
            piece.extend_from_slice(rest);
            at += rest.len() as u64;
        }
        Ok(())
    }
}

/// 1.0 is full scale, and a decoder may exceed it.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a cast from a float saturates, as a sample should"
)]
fn quantised(sample: f32) -> [u8; 2] {
    ((sample * 32_768.0).round() as i16).to_le_bytes()
}

/// The header of so many bytes of audio; none if they do not fit into one file.
fn head(channels: u8, bytes: u32) -> Option<[u8; HEADER_BYTES]> {
    let frame = SAMPLE_BYTES * u16::from(channels);
    let all = bytes.checked_add(u32::try_from(HEADER_BYTES).ok()? - RIFF_HEAD_BYTES)?;
    let mut head = Vec::with_capacity(HEADER_BYTES);
    head.extend(b"RIFF");
    head.extend(all.to_le_bytes());
    head.extend(b"WAVEfmt ");
    head.extend(16_u32.to_le_bytes());
    // PCM.
    head.extend(1_u16.to_le_bytes());
    head.extend(u16::from(channels).to_le_bytes());
    head.extend(SAMPLE_RATE.to_le_bytes());
    head.extend((SAMPLE_RATE * u32::from(frame)).to_le_bytes());
    head.extend(frame.to_le_bytes());
    head.extend((SAMPLE_BYTES * 8).to_le_bytes());
    head.extend(b"data");
    head.extend(bytes.to_le_bytes());
    head.try_into().ok()
}
