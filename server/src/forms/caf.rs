//! The same packets of Opus in Apple's Core Audio Format, which iOS and macOS play since 11 and 10.13,
//! years before they knew Ogg. Nothing is encoded anew.

use std::io;

use super::{Form, FormError, Header, PIECE_BYTES, Packets, samples};

/// Of the table of packets, in bytes: four at most for each, so a day of 20 ms.
const MAX_TABLE_BYTES: usize = 16 * 1024 * 1024;
const SAMPLE_RATE: f64 = 48_000.0;

/// A recording, wrapped anew.
pub struct Caf<P> {
    packets: P,
    /// All that comes before the packets.
    head: Vec<u8>,
    audio_bytes: u64,
    /// The last packet, and where it begins behind the head.
    packet: Vec<u8>,
    packet_at: u64,
}

/// What has to be known of all packets before the first one.
#[derive(Default)]
struct Survey {
    packets: u64,
    samples: u64,
    audio_bytes: u64,
    /// What the first one lasts, and whether all others do, too.
    frames: u32,
    is_uneven: bool,
    /// Their sizes in bytes, and the same with what each lasts.
    sizes: Vec<u8>,
    sizes_and_frames: Vec<u8>,
}

impl<P: Packets> Caf<P> {
    /// Reads the packets once to know their sizes.
    ///
    /// # Errors
    /// There are none, or more than a table is made for; or whatever the disk answered.
    pub fn new(mut packets: P) -> Result<Self, FormError> {
        let (mut packet, mut survey) = (Vec::new(), Survey::default());
        packets.rewind()?;
        while packets.next(&mut packet)? {
            survey.note(&packet)?;
        }
        let header = packets.header().ok_or(FormError::Empty)?;
        Ok(Self {
            head: survey.head(header)?,
            audio_bytes: survey.audio_bytes,
            // At the end: whatever is read first begins anew.
            packet: Vec::new(),
            packet_at: survey.audio_bytes,
            packets,
        })
    }

    /// Makes `packet` hold the byte at `wanted`, counted behind the head. False if there is none.
    fn seek(&mut self, wanted: u64) -> io::Result<bool> {
        if wanted < self.packet_at {
            self.packets.rewind()?;
            self.packet.clear();
            self.packet_at = 0;
        }
        while wanted >= self.packet_at + self.packet.len() as u64 {
            self.packet_at += self.packet.len() as u64;
            if !self.packets.next(&mut self.packet)? {
                self.packet.clear();
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl<P: Packets> Form for Caf<P> {
    fn bytes(&self) -> u64 {
        self.head.len() as u64 + self.audio_bytes
    }

    fn read(&mut self, at: u64, piece: &mut Vec<u8>) -> io::Result<()> {
        let place = usize::try_from(at).unwrap_or(usize::MAX);
        if let Some(rest) = self.head.get(place..).filter(|rest| !rest.is_empty()) {
            piece.extend_from_slice(rest.get(..PIECE_BYTES).unwrap_or(rest));
            return Ok(());
        }
        let mut at = at - self.head.len() as u64;
        while piece.len() < PIECE_BYTES && self.seek(at)? {
            let from = usize::try_from(at - self.packet_at).unwrap_or(usize::MAX);
            let rest = self.packet.get(from..).unwrap_or_default();
            piece.extend_from_slice(rest);
            at += rest.len() as u64;
        }
        Ok(())
    }
}

impl Survey {
    fn note(&mut self, packet: &[u8]) -> Result<(), FormError> {
        let lasts = samples(packet);
        let size = (u32::try_from(packet.len()), u32::try_from(lasts));
        let (Ok(bytes), Ok(frames)) = size else {
            return Err(FormError::TooLong);
        };
        if self.packets == 0 {
            self.frames = frames;
        }
        self.is_uneven |= frames != self.frames;
        push_number(&mut self.sizes, bytes);
        push_number(&mut self.sizes_and_frames, bytes);
        push_number(&mut self.sizes_and_frames, frames);
        self.packets += 1;
        self.samples += lasts;
        self.audio_bytes += u64::from(bytes);
        if self.sizes_and_frames.len() > MAX_TABLE_BYTES {
            return Err(FormError::TooLong);
        }
        Ok(())
    }

    fn head(&self, header: Header) -> Result<Vec<u8>, FormError> {
        let (frames, table) = if self.is_uneven {
            (0, &self.sizes_and_frames)
        } else {
            (self.frames, &self.sizes)
        };
        let playable = self.samples.saturating_sub(header.pre_skip.into());
        let count = |number: u64| i64::try_from(number).map_err(|_| FormError::TooLong);
        let mut head = Vec::with_capacity(table.len() + 128);
        // Version 1, no flags.
        head.extend(b"caff\0\x01\0\0");
        head.extend(b"desc");
        head.extend(32_i64.to_be_bytes());
        head.extend(SAMPLE_RATE.to_be_bytes());
        head.extend(b"opus");
        // No flags, and packets of many sizes.
        head.extend([0; 8]);
        head.extend(frames.to_be_bytes());
        head.extend(u32::from(header.channels).to_be_bytes());
        // Compressed.
        head.extend([0; 4]);
        head.extend(b"pakt");
        head.extend(count(24 + table.len() as u64)?.to_be_bytes());
        head.extend(count(self.packets)?.to_be_bytes());
        head.extend(count(playable)?.to_be_bytes());
        // Frames to be dropped at the beginning, and at the end.
        head.extend(u32::from(header.pre_skip).to_be_bytes());
        head.extend([0; 4]);
        head.extend(table);
        head.extend(b"data");
        head.extend(count(self.audio_bytes + 4)?.to_be_bytes());
        // It was never edited.
        head.extend([0; 4]);
        Ok(head)
    }
}

/// Seven bits a byte, the highest first; all but the last have the eighth bit set.
fn push_number(table: &mut Vec<u8>, number: u32) {
    let bytes = (32 - number.leading_zeros()).div_ceil(7).max(1);
    for place in (0..bytes).rev() {
        let [.., low] = (number >> (7 * place)).to_be_bytes();
        let more = if place > 0 { 0x80 } else { 0 };
        table.push(low & 0x7f | more);
    }
}
