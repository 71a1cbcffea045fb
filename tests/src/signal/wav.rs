//! WAV files of 16 bits, as Chromium and the Opus tools read and write them.

#![expect(clippy::cast_possible_truncation, reason = "samples of 16 bits")]

use std::fs;
use std::path::Path;

use super::RATE;

/// Writes one channel at 48 kHz.
pub fn write_wav(path: &Path, samples: &[f32]) {
    let size = u32::try_from(samples.len() * 2).unwrap();
    let mut file = Vec::new();
    file.extend(b"RIFF");
    file.extend((36 + size).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    file.extend(1_u16.to_le_bytes()); // PCM
    file.extend(1_u16.to_le_bytes()); // channels
    file.extend(RATE.to_le_bytes());
    file.extend((RATE * 2).to_le_bytes());
    file.extend(2_u16.to_le_bytes());
    file.extend(16_u16.to_le_bytes());
    file.extend(b"data");
    file.extend(size.to_le_bytes());
    for sample in samples {
        file.extend(((sample.clamp(-1.0, 1.0) * 32_767.0) as i16).to_le_bytes());
    }
    fs::write(path, file).unwrap();
}

/// The samples of the first channel, at 48 kHz.
#[must_use]
pub fn read_wav(path: &Path) -> Vec<f32> {
    let file = fs::read(path).unwrap();
    assert_eq!((&file[..4], &file[8..12]), (&b"RIFF"[..], &b"WAVE"[..]));
    let mut channels = 0;
    let mut chunks = &file[12..];
    loop {
        let (name, rest) = chunks.split_at(4);
        let size = u32::from_le_bytes(rest[..4].try_into().unwrap()) as usize;
        let body = &rest[4..];
        if name == b"fmt " {
            channels = usize::from(u16::from_le_bytes([body[2], body[3]]));
            assert_eq!(body[4..8], RATE.to_le_bytes(), "another sampling rate");
            assert_eq!(body[14..16], 16_u16.to_le_bytes(), "not 16 bits");
        }
        if name == b"data" {
            // A tool that writes to a pipe does not know the size.
            let body = &body[..size.min(body.len())];
            return body
                .chunks_exact(2 * channels)
                .map(|frame| f32::from(i16::from_le_bytes([frame[0], frame[1]])) / 32_768.0)
                .collect();
        }
        chunks = &body[size + size % 2..];
    }
}
