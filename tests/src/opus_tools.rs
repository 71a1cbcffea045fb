//! The one door to other people's Opus programs: ffmpeg encodes, opusdec decodes, opusinfo judges.

use std::fs;
use std::io::{self, Cursor};
use std::path::Path;
use std::process::{Command, Stdio};

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
    try_check(ogg).unwrap_or_else(|fault| panic!("{fault}"));
}

/// The same without a panic.
///
/// # Errors
/// What opusinfo says, if it warns of anything.
pub fn try_check(ogg: &Path) -> Result<(), String> {
    let verdict = try_run(Command::new("opusinfo").arg(ogg))?;
    if verdict.to_lowercase().contains("warning") {
        return Err(format!("opusinfo of {}:\n{verdict}", ogg.display()));
    }
    Ok(())
}

/// How many samples at 48 kHz opusdec and ffmpeg play of a mono file, which may be of many hours.
///
/// # Errors
/// A decoder failed or complained.
pub fn played_samples(ogg: &Path) -> Result<[u64; 2], String> {
    let mut opusdec = Command::new("opusdec");
    opusdec
        .args(["--quiet", "--rate", "48000"])
        .arg(ogg)
        .arg("-");
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg
        .args(["-nostdin", "-v", "warning", "-i"])
        .arg(ogg)
        .args(["-f", "s16le", "-ac", "1", "-ar", "48000", "-"]);
    std::thread::scope(|scope| {
        let by_ffmpeg = scope.spawn(|| count_samples(&mut ffmpeg));
        let by_opusdec = count_samples(&mut opusdec)?;
        Ok([by_opusdec, by_ffmpeg.join().unwrap()?])
    })
}

/// Counts the samples of 16 bits that a program writes to its standard output.
fn count_samples(command: &mut Command) -> Result<u64, String> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{command:?} (is it installed?): {error}"))?;
    // Neither says enough there to fill a pipe.
    let bytes = io::copy(&mut child.stdout.take().unwrap(), &mut io::sink()).unwrap();
    let output = child.wait_with_output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() || !words.trim().is_empty() {
        return Err(format!("{command:?}: {}, {words}", output.status));
    }
    Ok(bytes / 2)
}

fn run(command: &mut Command) -> String {
    try_run(command).unwrap_or_else(|fault| panic!("{fault}"))
}

fn try_run(command: &mut Command) -> Result<String, String> {
    let output = command
        .output()
        .map_err(|error| format!("{command:?} (is it installed?): {error}"))?;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    if output.status.success() {
        Ok(text)
    } else {
        Err(format!("{command:?} failed:\n{text}"))
    }
}
