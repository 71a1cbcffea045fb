//! Interarrival jitter: how unevenly a source's packets come (RFC 3550 §6.4.1, appendix A.8).

use std::time::Instant;

use super::timeline::samples_in;
use crate::packet::AudioPacket;

/// A larger step is a clock that began anew: 2 s.
const MAX_STEP: u64 = 96_000;

/// The running estimate over packets in the order of arrival.
#[derive(Debug, Default)]
pub struct Jitter {
    last: Option<(Instant, u32, u32)>,
    samples: f64,
}

impl Jitter {
    pub fn note(&mut self, packet: &AudioPacket) {
        let this = (packet.arrived, packet.timestamp_48k, packet.ssrc);
        let Some((arrived, timestamp, ssrc)) = self.last.replace(this) else {
            return;
        };
        if ssrc != packet.ssrc {
            return;
        }
        let wall = samples_in(packet.arrived.saturating_duration_since(arrived));
        let sent = packet.timestamp_48k.wrapping_sub(timestamp).cast_signed();
        let step = i64::try_from(wall)
            .unwrap_or(i64::MAX)
            .saturating_sub(i64::from(sent))
            .unsigned_abs();
        if let Ok(step) = u32::try_from(step)
            && u64::from(step) <= MAX_STEP
        {
            self.samples += (f64::from(step) - self.samples) / 16.0;
        }
    }

    /// In samples at 48 kHz.
    #[must_use]
    pub fn samples(&self) -> f64 {
        self.samples
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn packets_that_come_late_by_turns_have_a_jitter_of_that_delay() {
        let start = Instant::now();
        let mut jitter = Jitter::default();

        for n in 0..500 {
            let mut packet = AudioPacket::in_time(start, n, b"x");
            packet.arrived += Duration::from_millis(u64::from(n % 2) * 5);
            jitter.note(&packet);
        }

        assert!(
            (jitter.samples() - 240.0).abs() < 0.1,
            "{}",
            jitter.samples()
        );
    }
}
