//! Opus as ffmpeg's libopus makes it.

use std::process::Command;
use std::time::Instant;

use bytes::Bytes;

/// The packets that the calls are made of.
pub(crate) struct Speech {
    /// When the calls begin.
    pub(crate) start: Instant,
    packets: Vec<Bytes>,
}

impl Speech {
    /// Packets of 20 ms, mono.
    #[must_use]
    pub(crate) fn new() -> Self {
        let options = ["-ac", "1", "-b:a", "32k", "-application", "voip"];
        Self {
            start: Instant::now(),
            packets: encoded(&options),
        }
    }

    /// The packet of this number; after some seconds it is said again.
    #[must_use]
    pub(crate) fn packet(&self, n: u32) -> Bytes {
        let place = usize::try_from(n).expect("32 bits fit") % self.packets.len();
        self.packets[place].clone()
    }
}

/// Five seconds of a rising tone; `options` choose the coding.
#[must_use]
pub(crate) fn encoded(options: &[&str]) -> Vec<Bytes> {
    let tone = "aevalsrc=0.4*sin(2*PI*(200*t+100*t*t)):s=48000:d=5";
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", tone])
        .args(["-c:a", "libopus"])
        .args(options)
        .args(["-f", "ogg", "-"])
        .output()
        .expect("ffmpeg is installed");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "ffmpeg: {words}");
    packets_of(&output.stdout)
}

/// The packets of a stranger's file, whose pages may be laid out in other ways than ours.
fn packets_of(file: &[u8]) -> Vec<Bytes> {
    let mut reader = ogg::PacketReader::new(std::io::Cursor::new(file));
    let packets = std::iter::from_fn(|| reader.read_packet().expect("ffmpeg's file is whole"));
    packets.skip(2).map(|packet| packet.data.into()).collect()
}
