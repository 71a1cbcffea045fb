//! Payloads that can be told from all others when they come back.
//!
//! Each is a real Opus packet of 20 ms, framed anew so that it ends in Opus padding (RFC 6716
//! §3.2.5). A decoder leaves the padding out; a stamp lies in it.

use std::f32::consts::TAU;

use opus_rs::{Application, OpusEncoder};

/// Of one frame: 20 ms at 48 kHz (RFC 7587 §4.2).
pub const FRAME_SAMPLES: u32 = 960;
const SAMPLE_RATE: i32 = 48_000;
/// What a browser sends of one voice.
const BITS_PER_SECOND: i32 = 32_000;
/// A second of sound, said again and again.
const FRAMES: usize = 50;
/// The low bits of the first byte: how many frames follow (RFC 6716 §3.1). All: as the second says.
const CODE_3: u8 = 3;
/// One frame, and padding (RFC 6716 §3.2.5).
const ONE_FRAME_AND_PADDING: u8 = 0x41;
const MAGIC: [u8; 4] = *b"echo";
/// Magic, call, number, and a digest of the two.
const STAMP: usize = STAMP_LENGTH as usize;
/// The same, as the packet says it.
const STAMP_LENGTH: u8 = 24;
const MAX_FRAME: usize = 1_275;

/// Which packet a payload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    pub call: u32,
    pub number: u64,
}

/// The encoder would not do what every encoder does.
#[derive(Debug, thiserror::Error)]
#[error("no payloads could be made: {0}")]
pub struct PayloadError(&'static str);

/// Makes the payload of any packet; the same one whenever it is asked.
pub struct Payloads {
    /// Opus packets of one frame each.
    frames: Vec<Vec<u8>>,
}

impl Payloads {
    /// Encodes a second of a voice-like sound.
    ///
    /// # Errors
    /// When the encoder refuses.
    pub fn new() -> Result<Self, PayloadError> {
        let mut encoder =
            OpusEncoder::new(SAMPLE_RATE, 1, Application::Voip).map_err(PayloadError)?;
        encoder.bitrate_bps = BITS_PER_SECOND;
        let sound: Vec<f32> = voice().collect();
        let frames = sound.chunks_exact(FRAME_SAMPLES as usize).map(|samples| {
            let mut frame = vec![0; MAX_FRAME];
            let length = encoder
                .encode(samples, FRAME_SAMPLES as usize, &mut frame)
                .map_err(PayloadError)?;
            frame.truncate(length);
            match frame.first() {
                Some(first) if first & CODE_3 == 0 => Ok(frame),
                _ => Err(PayloadError("a packet of more than one frame")),
            }
        });
        Ok(Self {
            frames: frames.collect::<Result<_, _>>()?,
        })
    }

    /// Writes the payload of a packet in place of what is there.
    pub fn write(&self, stamp: Stamp, payload: &mut Vec<u8>) {
        payload.clear();
        // Calls that all say the same at the same time would be too easy.
        let place = (stamp.number + u64::from(stamp.call) * 7) % FRAMES as u64;
        let frame = usize::try_from(place)
            .ok()
            .and_then(|place| self.frames.get(place));
        let Some((first, rest)) = frame.and_then(|frame| frame.split_first()) else {
            return;
        };
        payload.extend_from_slice(&[first | CODE_3, ONE_FRAME_AND_PADDING, STAMP_LENGTH]);
        payload.extend_from_slice(rest);
        payload.extend_from_slice(&MAGIC);
        payload.extend_from_slice(&stamp.call.to_be_bytes());
        payload.extend_from_slice(&stamp.number.to_be_bytes());
        payload.extend_from_slice(&digest(stamp).to_be_bytes());
    }
}

impl Stamp {
    /// The stamp of a payload, if it has one.
    #[must_use]
    pub fn read(payload: &[u8]) -> Option<Self> {
        let stamp: &[u8; STAMP] = payload.last_chunk()?;
        let (magic, rest) = stamp.split_first_chunk()?;
        let (call, rest) = rest.split_first_chunk()?;
        let (number, _) = rest.split_first_chunk()?;
        (*magic == MAGIC).then(|| Self {
            call: u32::from_be_bytes(*call),
            number: u64::from_be_bytes(*number),
        })
    }
}

/// Differs in about half its bits for stamps that differ at all (the finalizer of `SplitMix64`).
fn digest(stamp: Stamp) -> u64 {
    let mut mixed = stamp.number ^ u64::from(stamp.call).rotate_left(40) ^ 0x9e37_79b9_7f4a_7c15;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Harmonics that rise and fall as syllables do.
fn voice() -> impl Iterator<Item = f32> {
    let length = FRAMES * FRAME_SAMPLES as usize;
    (0..length).map(move |sample| {
        let seconds = sample as f32 / SAMPLE_RATE as f32;
        let pitch = 120.0 + 20.0 * (TAU * 2.0 * seconds).sin();
        let loudness = 0.15 * (1.0 + (TAU * 4.0 * seconds).sin());
        let harmonics = (1_u8..=12).map(f32::from);
        loudness
            * harmonics
                .map(|harmonic| (TAU * pitch * harmonic * seconds).sin() / harmonic)
                .sum::<f32>()
    })
}

#[cfg(test)]
mod tests {
    use opus_rs::OpusDecoder;

    use super::*;

    #[test]
    fn a_payload_tells_which_it_is_and_plays() {
        let payloads = Payloads::new().unwrap();
        let mut decoder = OpusDecoder::new(SAMPLE_RATE, 1).unwrap();
        let mut loudest = 0_f32;
        let mut payload = Vec::new();
        for number in 0..100 {
            let stamp = Stamp { call: 7, number };

            payloads.write(stamp, &mut payload);

            assert_eq!(Stamp::read(&payload), Some(stamp));
            assert!((60..250).contains(&payload.len()), "{}", payload.len());
            let mut sound = vec![0.0; 960];
            assert_eq!(decoder.decode(&payload, 960, &mut sound), Ok(960));
            loudest = sound.iter().copied().fold(loudest, f32::max);
        }
        assert!(loudest > 0.05, "{loudest}");
    }

    #[test]
    fn no_two_payloads_are_alike() {
        let payloads = Payloads::new().unwrap();
        let all: std::collections::HashSet<Vec<u8>> = (0..10)
            .flat_map(|call| (0..200).map(move |number| Stamp { call, number }))
            .map(|stamp| {
                let mut payload = Vec::new();
                payloads.write(stamp, &mut payload);
                payload
            })
            .collect();

        assert_eq!(all.len(), 2_000);
    }

    #[test]
    fn what_has_no_stamp_is_none_of_ours() {
        assert_eq!(Stamp::read(&[]), None);
        assert_eq!(Stamp::read(&[0; 100]), None);
    }
}
