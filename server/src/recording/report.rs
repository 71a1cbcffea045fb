//! What is known of a recording once it is over: counts, samples and moments, no words.

use std::time::{Duration, Instant};

use super::clock_map::ClockMap;

/// So many sources are named; a hostile caller may send from any number of them.
const MAX_SSRCS: usize = 16;
/// Concealment and packets last a multiple of this: 2.5 ms.
const STEP: u32 = 120;

/// What became of the packets, counted in packets, and what stands in the file, in samples.
///
/// Once finished: `received` is the sum of `written`, `late`, `duplicated`, `malformed`,
/// `skipped`, `stale` and `refused`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub received: u64,
    pub written: u64,
    /// Given up, by the sequence numbers: what never came, and what came `late`.
    pub lost: u64,
    pub late: u64,
    pub duplicated: u64,
    /// Came out of order, and was put right.
    pub reordered: u64,
    /// Not a packet of Opus (RFC 6716 §3.4).
    pub malformed: u64,
    /// Carried no audio, or numbers that nothing confirmed.
    pub skipped: u64,
    /// Repeated time that was already written.
    pub stale: u64,
    /// Came when the recording had reached a limit.
    pub refused: u64,
    /// Written packets that are stereo.
    pub stereo: u64,
    /// How often the sender's clock began anew.
    pub resets: u64,
    /// The file's last granule position.
    pub samples: u64,
    pub silence: Silence,
}

/// Samples that no packet brought, by cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Silence {
    pub loss: u64,
    pub dtx: u64,
    pub reset: u64,
    /// Between the last packet and the end of the call.
    pub tail: u64,
}

/// Everything a finished recording knows of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    pub totals: Totals,
    /// A limit was reached: there was more than the file holds.
    pub is_full: bool,
    /// When the first and the last of the written packets came.
    pub arrivals: Option<(Instant, Instant)>,
    /// Of the packets that were put in order; the first 16.
    pub ssrcs: Vec<u32>,
    pub ssrc_changes: u64,
    /// Bit `n` stands for written packets of `n` times 2.5 ms.
    pub durations_seen: u64,
    /// Bit `n` stands for the configuration `n` (RFC 6716 §3.1) of written packets.
    pub configs_seen: u32,
    /// What the written packets last.
    pub written_samples: u64,
    /// In frames without a byte, whoever made them.
    pub concealed_samples: u64,
    pub fill_events: u64,
    /// In samples.
    pub longest_fill: u64,
    /// In samples, at the end (RFC 3550 §6.4.1).
    pub jitter: f64,
    /// In the file: all its pages, all its packets of audio, all its bytes.
    pub pages: u64,
    pub packets: u64,
    pub bytes: u64,
    pub clock: ClockMap,
}

impl Report {
    pub(super) fn note_source(&mut self, ssrc: u32) {
        self.ssrc_changes += u64::from(!self.ssrcs.is_empty());
        if self.ssrcs.len() < MAX_SSRCS && !self.ssrcs.contains(&ssrc) {
            self.ssrcs.push(ssrc);
        }
    }

    pub(super) fn note_arrival(&mut self, arrived: Instant) {
        let (first, last) = self.arrivals.unwrap_or((arrived, arrived));
        self.arrivals = Some((first.min(arrived), last.max(arrived)));
    }

    pub(super) fn note_written(&mut self, samples: u32, config: u8) {
        self.written_samples += u64::from(samples);
        self.durations_seen |= 1 << (samples / STEP).min(63);
        self.configs_seen |= 1 << config.min(31);
    }

    pub(super) fn note_fill(&mut self, samples: u64) {
        self.fill_events += u64::from(samples > 0);
        self.longest_fill = self.longest_fill.max(samples);
    }

    /// Durations of the written packets, in steps of 2.5 ms, the shortest first.
    pub fn durations(&self) -> impl Iterator<Item = Duration> {
        (0..64_u32)
            .filter(|bit| self.durations_seen >> bit & 1 == 1)
            .map(|steps| Duration::from_micros(2500) * steps)
    }

    /// Configurations of the written packets, in their order.
    pub fn configs(&self) -> impl Iterator<Item = u8> {
        (0..32_u8).filter(|bit| self.configs_seen >> bit & 1 == 1)
    }
}
