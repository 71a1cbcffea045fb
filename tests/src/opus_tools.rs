//! The one door to other people's Opus programs: ffmpeg encodes, opusdec decodes, opusinfo judges.

use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::process::Command;

use bytes::Bytes;
use ogg::PacketReader;
use tempfile::TempDir;

use crate::signal::{read_wav, write_wav};

/// Speech as a caller's encoder makes it.
pub struct Speech {
    /// One Opus packet of 20 ms after the other.
    pub packets: Vec<Bytes>,
    /// What opusdec makes of them.
    pub sound: Vec<f32>,
}

/// Encodes a sound; the last packet is filled up with silence.
#[must_use]
pub fn encode(samples: &[f32]) -> Speech {
    let folder = TempDir::new().unwrap();
    let (wav, ogg) = (folder.path().join("in.wav"), folder.path().join("out.ogg"));
    write_wav(&wav, samples);
    run(Command::new("ffmpeg")
        .args(["-loglevel", "error", "-i"])
        .arg(&wav)
        .args(["-c:a", "libopus", "-b:a", "48k", "-application", "audio"])
        .args(["-frame_duration", "20"])
        .arg(&ogg));
    Speech {
        packets: packets(&fs::read(&ogg).unwrap()),
        sound: decode(&ogg),
    }
}

/// An Opus packet of 20 ms (RFC 6716 §3.1: CELT, full band, one frame) that nobody else sends.
#[must_use]
pub fn stamped(voice: u8, number: u32) -> Bytes {
    let mut packet = vec![0xF8, voice];
    packet.extend(number.to_be_bytes());
    packet.extend([voice ^ 0x5A; 24]);
    packet.into()
}

/// That many [`stamped`] packets.
#[must_use]
pub fn all_stamped(voice: u8, count: u32) -> Vec<Bytes> {
    (0..count).map(|number| stamped(voice, number)).collect()
}

/// The audio packets of ffmpeg's file (RFC 7845 §3: the first two are headers).
fn packets(ogg: &[u8]) -> Vec<Bytes> {
    let mut reader = PacketReader::new(Cursor::new(ogg));
    let mut packets = Vec::new();
    while let Some(packet) = reader.read_packet().unwrap() {
        packets.push(Bytes::from(packet.data));
    }
    packets.split_off(2)
}

/// What opusdec hears in the file, at 48 kHz.
#[must_use]
pub fn decode(ogg: &Path) -> Vec<f32> {
    let folder = TempDir::new().unwrap();
    let wav = folder.path().join("out.wav");
    run(Command::new("opusdec")
        .args(["--quiet", "--no-dither", "--rate", "48000"])
        .arg(ogg)
        .arg(&wav));
    read_wav(&wav)
}

/// Panics when opusinfo finds fault with the file.
pub fn check(ogg: &Path) {
    let verdict = run(Command::new("opusinfo").arg(ogg));
    let is_suspect = verdict.to_lowercase().contains("warning");
    assert!(!is_suspect, "opusinfo of {}:\n{verdict}", ogg.display());
}

fn run(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?} (is it installed?): {error}"));
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(output.status.success(), "{command:?} failed:\n{text}");
    text
}
