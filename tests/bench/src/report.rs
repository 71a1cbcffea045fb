//! What was measured, as it is gathered, and what it says of a load.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::figures::{Caller, Calls, Cpu, Figures, Packets, Server, Times};
use crate::journal::{Tally, microseconds, record};
use crate::options::Options;
use crate::process::Usage;
use crate::search::Verdict;

/// More packets are not lost in a call that is fit for voice.
const MOST_LOSS: f64 = 0.001;
/// Nor do more than one in a hundred take longer, in microseconds.
const LONGEST_P99: u64 = 20_000;
/// A packet that leaves later is late, in microseconds.
const LATE: u64 = 5_000;
/// If more of its packets are late, the caller did not keep its pace: as many as may take long.
const MOST_LATE_PERCENT: f64 = 1.0;

/// Where a measurement began or ended.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    pub at: Instant,
    pub server: Option<Usage>,
    pub own: Usage,
}

/// All that was measured.
#[derive(Debug)]
pub struct Report {
    url: String,
    calls: usize,
    is_lossy: bool,
    /// Of the server before the first call.
    before: Option<Usage>,
    pub ramp_seconds: f64,
    pub begins: Option<Moment>,
    pub ends: Option<Moment>,
    pub tally: Tally,
    pub lateness: Histogram<u64>,
    set_up: Histogram<u64>,
    up: usize,
    failures: BTreeMap<String, usize>,
    looked: Looked,
}

/// What the server held while it was measured.
#[derive(Clone, Copy, Debug, Default)]
struct Looked {
    times: u64,
    memory_kib: u64,
    most_memory_kib: u64,
    most_threads: u64,
    most_files: u64,
}

impl Report {
    #[must_use]
    pub fn new(options: &Options, calls: usize, before: Option<Usage>) -> Self {
        Self {
            url: options.url.to_string(),
            calls,
            is_lossy: options.lossy.is_some(),
            before,
            ramp_seconds: 0.0,
            begins: None,
            ends: None,
            tally: Tally::default(),
            lateness: microseconds(),
            set_up: microseconds(),
            up: 0,
            failures: BTreeMap::new(),
            looked: Looked::default(),
        }
    }

    /// The server holds this now.
    pub fn look(&mut self, usage: Usage, is_window: bool) {
        let looked = &mut self.looked;
        looked.most_threads = looked.most_threads.max(usage.threads);
        looked.most_files = looked.most_files.max(usage.open_files);
        looked.most_memory_kib = looked.most_memory_kib.max(usage.memory_kib);
        if is_window {
            looked.times += 1;
            looked.memory_kib += usage.memory_kib;
        }
    }

    /// One call took so long to come up, if it did, and failed for this reason, if it did.
    pub fn call(&mut self, set_up: Option<Duration>, failure: Option<String>) {
        if let Some(set_up) = set_up {
            self.up += 1;
            record(&mut self.set_up, set_up);
        }
        if let Some(failure) = failure {
            *self.failures.entry(failure).or_default() += 1;
        }
    }

    /// Whether all calls came up and lasted.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.up == self.calls && self.failures.is_empty()
    }

    /// Whether all calls were fit for voice, if that can be said.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let is_fit = self.is_complete()
            && self.loss() < MOST_LOSS
            && self.tally.round_trip.value_at_quantile(0.99) < LONGEST_P99;
        match is_fit {
            // Nor did the server hold what was not said to it in time.
            _ if self.late_percent() > MOST_LATE_PERCENT => Verdict::CallerLate,
            true => Verdict::Hold,
            false => Verdict::TooMany,
        }
    }

    fn late_percent(&self) -> f64 {
        let late = self.lateness.count_between(LATE, u64::MAX);
        100.0 * late as f64 / self.lateness.len().max(1) as f64
    }

    fn loss(&self) -> f64 {
        let lost = self.tally.sent - self.tally.echoed;
        lost as f64 / self.tally.sent.max(1) as f64
    }

    /// All figures.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let window = self.begins.zip(self.ends);
        let seconds = window.map_or(0.0, |(begins, ends)| (ends.at - begins.at).as_secs_f64());
        let echoed = self.tally.echoed;
        Figures {
            url: self.url.clone(),
            calls: Calls {
                asked_for: self.calls,
                up: self.up,
                failed: self.failures.values().sum(),
                reasons: self.failures.clone(),
                ramp_seconds: self.ramp_seconds,
            },
            set_up_ms: Times::of(&self.set_up, 1_000.0),
            round_trip_us: Times::of(&self.tally.round_trip, 1.0),
            packets: Packets {
                sent: self.tally.sent,
                echoed,
                lost: self.tally.sent - echoed,
                loss_percent: 100.0 * self.loss(),
                duplicated: self.tally.duplicated,
                reordered: self.tally.reordered,
                altered: self.tally.altered,
                misdirected: self.tally.misdirected,
                unknown: self.tally.unknown,
                lost_to_weather: self.is_lossy.then_some(self.tally.lost_to_weather),
            },
            server: window
                .and_then(|(begins, ends)| Some((begins.server?, ends.server?)))
                .zip(self.before)
                .map(|((begins, ends), before)| self.server(begins, ends, before, seconds)),
            caller: window.map(|(begins, ends)| Caller {
                cpu: Cpu::between(begins.own, ends.own, seconds, echoed),
                sent_late_us: Times::of(&self.lateness, 1.0),
                sent_late_percent: self.late_percent(),
                kept_pace: self.late_percent() <= MOST_LATE_PERCENT,
            }),
            verdict: self.verdict(),
            search: None,
            seconds,
        }
    }

    fn server(&self, begins: Usage, ends: Usage, before: Usage, seconds: f64) -> Server {
        let looked = self.looked;
        let memory = looked.memory_kib / looked.times.max(1);
        let more = memory as f64 - before.memory_kib as f64;
        let cpu = Cpu::between(begins, ends, seconds, self.tally.echoed);
        let up = self.up.max(1) as f64;
        Server {
            cpu,
            cpu_percent_per_call: 100.0 * cpu.cores / up,
            memory_kib_before: before.memory_kib,
            memory_kib: memory,
            most_memory_kib: looked.most_memory_kib,
            memory_kib_per_call: more / up,
            most_threads: looked.most_threads,
            most_files: looked.most_files,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    /// Of one call that came up, and had a hundred echoes so many microseconds after.
    fn report(round_trip: u64, sent: u64, lateness: u64) -> Report {
        let options = Options::parse_from(["voicechat-bench", "http://127.0.0.1/"]);
        let mut report = Report::new(&options, 1, None);
        report.call(Some(Duration::from_millis(5)), None);
        report.tally.sent = sent;
        report.tally.echoed = 100;
        for _ in 0..100 {
            record(
                &mut report.tally.round_trip,
                Duration::from_micros(round_trip),
            );
            record(&mut report.lateness, Duration::from_micros(lateness));
        }
        report
    }

    #[test]
    fn what_is_lost_or_slow_is_too_many() {
        assert_eq!(report(100, 100, 0).verdict(), Verdict::Hold);
        assert_eq!(report(100, 101, 0).verdict(), Verdict::TooMany);
        assert_eq!(report(21_000, 100, 0).verdict(), Verdict::TooMany);
        let mut incomplete = report(100, 100, 0);
        incomplete.call(None, Some("the DTLS handshake failed".to_owned()));
        assert_eq!(incomplete.verdict(), Verdict::TooMany);
    }

    #[test]
    fn a_caller_who_does_not_keep_his_pace_blames_nobody() {
        assert_eq!(report(21_000, 200, 6_000).verdict(), Verdict::CallerLate);
        assert_eq!(report(100, 100, 6_000).verdict(), Verdict::CallerLate);
    }
}
