//! What the first bytes of an Opus packet say: its frames, and so its duration (RFC 6716 §3).
//!
//! Nothing is decoded. A packet is well-formed or it is not; its bytes are never changed.

pub mod frames;

/// RFC 6716 §3.2.1: no frame is longer.
const MAX_FRAME_BYTES: usize = 1275;

/// RFC 6716 §3.2.5: no packet lasts longer than 120 ms.
pub const MAX_PACKET_SAMPLES: u32 = 5760;

/// The table-of-contents byte: how every frame of its packet is coded (RFC 6716 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Toc(pub u8);

impl Toc {
    /// The configuration number, 0 to 31.
    #[must_use]
    pub fn config(self) -> u8 {
        self.0 >> 3
    }

    #[must_use]
    pub fn is_stereo(self) -> bool {
        self.0 & 0x04 != 0
    }

    /// Samples at 48 kHz in one frame.
    #[must_use]
    pub fn frame_samples(self) -> u32 {
        match (self.config(), self.config() & 0x03) {
            (0..12, 0) => 480,
            (0..12, 1) => 960,
            (0..12, 2) => 1920,
            (0..12, _) => 2880,
            (12..16, size) => 480 << (size & 1),
            (_, size) => 120 << size,
        }
    }
}

/// The bytes are no Opus packet (RFC 6716 §3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an Opus packet")]
pub struct Malformed;

/// A well-formed packet, measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub toc: Toc,
    pub frames: u32,
    /// Frames without a byte, which a decoder conceals.
    pub empty_frames: u32,
}

impl Shape {
    /// Measures a packet, or refuses it by the rules R1 to R7 of RFC 6716 §3.4.
    ///
    /// # Errors
    /// [`Malformed`] if the packet breaks any of the rules.
    pub fn of(packet: &[u8]) -> Result<Self, Malformed> {
        let (&toc, body) = packet.split_first().ok_or(Malformed)?;
        let toc = Toc(toc);
        let (frames, empty_frames) = match toc.0 & 0x03 {
            0 => equal_frames(body, 1)?,
            1 => equal_frames(body, 2)?,
            2 => two_frames(body)?,
            _ => many_frames(toc, body)?,
        };
        Ok(Self {
            toc,
            frames,
            empty_frames,
        })
    }

    /// Samples at 48 kHz.
    #[must_use]
    pub fn samples(self) -> u32 {
        self.toc.frame_samples() * self.frames
    }

    /// Samples at 48 kHz in frames without a byte.
    #[must_use]
    pub fn concealed_samples(self) -> u32 {
        self.toc.frame_samples() * self.empty_frames
    }
}

/// How many frames there are, and how many of them have no byte.
type Count = (u32, u32);

fn equal_frames(body: &[u8], frames: u32) -> Result<Count, Malformed> {
    let count = usize::try_from(frames).map_err(|_| Malformed)?;
    let is_sound = body.len().is_multiple_of(count) && body.len() / count <= MAX_FRAME_BYTES;
    let empty = if body.is_empty() { frames } else { 0 };
    is_sound.then_some((frames, empty)).ok_or(Malformed)
}

/// RFC 6716 §3.2.4: the first frame has a length, the second takes the rest.
fn two_frames(body: &[u8]) -> Result<Count, Malformed> {
    let (first, rest) = frame_length(body)?;
    let second = rest.len().checked_sub(first).ok_or(Malformed)?;
    let empty = u32::from(first == 0) + u32::from(second == 0);
    (second <= MAX_FRAME_BYTES)
        .then_some((2, empty))
        .ok_or(Malformed)
}

/// RFC 6716 §3.2.5: a count, then perhaps padding, then frames of equal or of given lengths.
fn many_frames(toc: Toc, body: &[u8]) -> Result<Count, Malformed> {
    let (&head, mut body) = body.split_first().ok_or(Malformed)?;
    let frames = u32::from(head & 0x3f);
    if frames == 0 || frames * toc.frame_samples() > MAX_PACKET_SAMPLES {
        return Err(Malformed);
    }
    if head & 0x40 != 0 {
        body = without_padding(body)?;
    }
    if head & 0x80 == 0 {
        return equal_frames(body, frames);
    }
    let (mut frame_bytes, mut empty) = (0, 0);
    for _ in 1..frames {
        let (length, rest) = frame_length(body)?;
        frame_bytes += length;
        empty += u32::from(length == 0);
        body = rest;
    }
    let last = body.len().checked_sub(frame_bytes).ok_or(Malformed)?;
    empty += u32::from(last == 0);
    (last <= MAX_FRAME_BYTES)
        .then_some((frames, empty))
        .ok_or(Malformed)
}

/// Reads the padding's length; 255 stands for 254 bytes and says that another byte follows.
fn without_padding(mut body: &[u8]) -> Result<&[u8], Malformed> {
    let mut padding = 0;
    loop {
        let (&byte, rest) = body.split_first().ok_or(Malformed)?;
        body = rest;
        if byte < 255 {
            padding += usize::from(byte);
            break;
        }
        padding += 254;
    }
    let kept = body.len().checked_sub(padding).ok_or(Malformed)?;
    body.get(..kept).ok_or(Malformed)
}

/// RFC 6716 §3.2.1: one byte below 252, else two; their greatest value is 1275.
fn frame_length(body: &[u8]) -> Result<(usize, &[u8]), Malformed> {
    match *body {
        [short, ref rest @ ..] if short < 252 => Ok((usize::from(short), rest)),
        [low, high, ref rest @ ..] => Ok((usize::from(high) * 4 + usize::from(low), rest)),
        _ => Err(Malformed),
    }
}

/// Packets without any coded audio that last `samples`: what a decoder conceals.
///
/// They keep the coding of `previous` and change the frame size as late as possible (RFC 7845
/// §4.1). What is left over is less than 2.5 ms.
pub fn concealment(previous: Toc, samples: u64) -> impl Iterator<Item = Vec<u8>> {
    let mut left = samples;
    std::iter::from_fn(move || {
        let toc = largest_frame(previous, left)?;
        let frame = u64::from(toc.frame_samples());
        let fitting = left.min(u64::from(MAX_PACKET_SAMPLES)) / frame;
        left -= fitting * frame;
        let frames = u8::try_from(fitting).ok()?;
        Some(match frames {
            1 => vec![toc.0],
            // RFC 6716 §3.2.5: code 3, so many frames of equal length: zero.
            _ => vec![toc.0 | 0x03, frames],
        })
    })
}

/// The coding closest to `previous` with a frame no longer than `samples`; its code is 0.
fn largest_frame(previous: Toc, samples: u64) -> Option<Toc> {
    let config = previous.config();
    let stereo = previous.0 & 0x04;
    // Same mode and bandwidth, from the packet's own frame size down.
    let same_mode = (config
        & if (12..16).contains(&config) {
            0b1_1110
        } else {
            0b1_1100
        }..=config)
        .rev();
    // SILK and hybrid frames last 10 ms or more, so CELT ends them (RFC 7845 §4.1), in the same
    // bandwidth, or in the next wider one for medium band, which CELT does not have.
    let celt_base: u8 = match config {
        0..4 => 16,
        4..12 => 20,
        12..14 => 24,
        14..16 => 28,
        _ => config & 0b1_1100,
    };
    let short_celt = [celt_base + 1, celt_base];
    same_mode
        .chain(short_celt)
        .map(|config| Toc(config << 3 | stereo))
        .find(|toc| u64::from(toc.frame_samples()) <= samples)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn conceal(previous: u8, milliseconds_times_2: u64) -> Vec<Vec<u8>> {
        concealment(Toc(previous), milliseconds_times_2 * 24).collect()
    }

    #[test]
    fn the_example_of_rfc_7845_is_made_to_the_byte() {
        let packets = conceal(0x48, 2 * 95);

        assert_eq!(packets, [vec![0x4b, 0x04], vec![0x40], vec![0xa8]]);
    }

    #[test]
    fn medium_band_ends_in_wide_band_celt() {
        let packets = conceal(5 << 3 | 4, 2 * 25);

        assert_eq!(packets, [vec![5 << 3 | 4], vec![21 << 3 | 4]]);
    }

    #[test]
    fn long_concealment_is_cut_into_packets_of_120_ms() {
        let packets = conceal(0x78, 2 * 250);

        assert_eq!(packets, [vec![0x7b, 6], vec![0x7b, 6], vec![0x70]]);
    }

    #[test]
    fn malformed_packets_are_refused() {
        for packet in [
            &[][..],
            // Code 1 with an odd body; code 2 that ends early; code 3 without a count.
            &[0x01, 0],
            &[0x02],
            &[0x02, 2, 0],
            &[0x03],
            &[0x03, 0],
            // 13 frames of 10 ms; padding longer than the packet; 3 bytes for 2 frames.
            &[0x03, 13],
            &[0x03, 0x41, 5],
            &[0x03, 2, 0, 0, 0],
        ] {
            assert_eq!(Shape::of(packet), Err(Malformed), "{packet:?}");
        }
        assert_eq!(Shape::of(&[0x78; 1277]), Err(Malformed));
    }

    proptest! {
        #[test]
        fn concealment_lasts_exactly_as_long_as_asked(config: u8, eighths in 0_u64..5000) {
            let packets = concealment(Toc(config), eighths * 120);

            let mut total = 0;
            for packet in packets {
                let shape = Shape::of(&packet).unwrap();
                prop_assert_eq!(shape.toc.is_stereo(), Toc(config).is_stereo());
                prop_assert!(shape.samples() <= MAX_PACKET_SAMPLES);
                total += u64::from(shape.samples());
            }
            prop_assert_eq!(total, eighths * 120);
        }
    }
}
