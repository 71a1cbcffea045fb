//! What was measured, as figures and as text.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::journal::{Tally, microseconds, record};
use crate::options::Options;
use crate::process::Usage;

/// More packets are not lost in a call that is fit for voice.
const MOST_LOSS: f64 = 0.001;
/// Nor do more than one in a hundred take longer, in microseconds.
const LONGEST_P99: u64 = 20_000;
/// Of packets: one in so many of a caller that is late by 5 ms makes the figures doubtful.
const LATE: u64 = 5_000;

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

    /// Whether all calls were fit for voice.
    #[must_use]
    pub fn is_fit(&self) -> bool {
        self.is_complete()
            && self.loss() < MOST_LOSS
            && self.tally.round_trip.value_at_quantile(0.99) < LONGEST_P99
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
        let late = self.lateness.count_between(LATE, u64::MAX);
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
            },
            server: window
                .and_then(|(begins, ends)| Some((begins.server?, ends.server?)))
                .zip(self.before)
                .map(|((begins, ends), before)| self.server(begins, ends, before, seconds)),
            caller: window.map(|(begins, ends)| {
                let cpu = Cpu::between(begins.own, ends.own, seconds, echoed);
                Caller {
                    cpu,
                    sent_late_us: Times::of(&self.lateness, 1.0),
                    sent_late_percent: 100.0 * late as f64 / self.lateness.len().max(1) as f64,
                }
            }),
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

/// What a report says, as JSON has it.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    pub url: String,
    /// That were measured.
    pub seconds: f64,
    pub calls: Calls,
    pub set_up_ms: Times,
    pub round_trip_us: Times,
    pub packets: Packets,
    /// Absent where its process was not named.
    pub server: Option<Server>,
    /// Absent where nothing was measured.
    pub caller: Option<Caller>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Calls {
    pub asked_for: usize,
    pub up: usize,
    /// Came not up, or did not last.
    pub failed: usize,
    pub reasons: BTreeMap<String, usize>,
    pub ramp_seconds: f64,
}

/// How long something took.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Times {
    pub p50: f64,
    pub p90: f64,
    pub p99: f64,
    pub p999: f64,
    pub max: f64,
}

impl Times {
    fn of(microseconds: &Histogram<u64>, unit: f64) -> Self {
        let at = |quantile| microseconds.value_at_quantile(quantile) as f64 / unit;
        Self {
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: microseconds.max() as f64 / unit,
        }
    }
}

impl Display for Times {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(0);
        let Self {
            p50,
            p90,
            p99,
            p999,
            max,
        } = self;
        write!(
            f,
            "p50 {p50:.digits$}  p90 {p90:.digits$}  p99 {p99:.digits$}  p99.9 {p999:.digits$}  max {max:.digits$}"
        )
    }
}

#[derive(Clone, Copy, Debug, Serialize)]
pub struct Packets {
    pub sent: u64,
    pub echoed: u64,
    pub lost: u64,
    pub loss_percent: f64,
    pub duplicated: u64,
    pub reordered: u64,
    pub altered: u64,
    pub misdirected: u64,
    pub unknown: u64,
}

/// What a process used while it was measured.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Cpu {
    pub cores: f64,
    /// The part of it outside the kernel.
    pub user_cores: f64,
    pub us_per_echo: f64,
}

impl Cpu {
    fn between(begins: Usage, ends: Usage, seconds: f64, echoed: u64) -> Self {
        let used = ends.cpu.saturating_sub(begins.cpu).as_secs_f64();
        let user = ends.user.saturating_sub(begins.user).as_secs_f64();
        let seconds = seconds.max(f64::MIN_POSITIVE);
        Self {
            cores: used / seconds,
            user_cores: user / seconds,
            us_per_echo: used * 1e6 / echoed.max(1) as f64,
        }
    }
}

#[derive(Clone, Copy, Debug, Serialize)]
pub struct Server {
    pub cpu: Cpu,
    pub cpu_percent_per_call: f64,
    pub memory_kib_before: u64,
    pub memory_kib: u64,
    pub most_memory_kib: u64,
    /// What it holds more than before the first call.
    pub memory_kib_per_call: f64,
    pub most_threads: u64,
    pub most_files: u64,
}

/// What the measuring itself cost.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Caller {
    pub cpu: Cpu,
    /// How late its packets left.
    pub sent_late_us: Times,
    /// Of its packets, those that left more than 5 ms late: the caller had too much to do.
    pub sent_late_percent: f64,
}

impl Display for Figures {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let calls = &self.calls;
        writeln!(
            f,
            "calls        {} of {} up in {:.1} s, {} failed; {:.1} s measured",
            calls.up, calls.asked_for, calls.ramp_seconds, calls.failed, self.seconds
        )?;
        for (reason, times) in &calls.reasons {
            writeln!(f, "             {times} × {reason}")?;
        }
        writeln!(f, "set-up       {:.1} ms", self.set_up_ms)?;
        writeln!(f, "round trip   {:.0} us", self.round_trip_us)?;
        let Packets {
            sent,
            echoed,
            lost,
            loss_percent,
            ..
        } = self.packets;
        writeln!(
            f,
            "packets      {sent} sent, {echoed} back, {lost} lost ({loss_percent:.3} %)"
        )?;
        let Packets {
            duplicated,
            reordered,
            altered,
            misdirected,
            unknown,
            ..
        } = self.packets;
        writeln!(
            f,
            "             {duplicated} twice, {reordered} overtaken, {altered} altered, {misdirected} of another call, {unknown} unknown"
        )?;
        if let Some(server) = &self.server {
            write!(f, "{server}")?;
        }
        if let Some(caller) = &self.caller {
            let Cpu {
                cores, us_per_echo, ..
            } = caller.cpu;
            writeln!(
                f,
                "caller       {cores:.3} cores, {us_per_echo:.2} us a packet; late by {:.0} us, {:.2} % by more than 5 ms",
                caller.sent_late_us, caller.sent_late_percent
            )?;
        }
        Ok(())
    }
}

impl Display for Server {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Cpu {
            cores,
            user_cores,
            us_per_echo,
        } = self.cpu;
        writeln!(
            f,
            "server       {cores:.3} cores ({user_cores:.3} of it outside the kernel), {us_per_echo:.2} us a packet, {:.3} % of a core a call",
            self.cpu_percent_per_call
        )?;
        writeln!(
            f,
            "             {} KiB, {} KiB before, {:.1} KiB a call; at most {} KiB, {} threads, {} files",
            self.memory_kib,
            self.memory_kib_before,
            self.memory_kib_per_call,
            self.most_memory_kib,
            self.most_threads,
            self.most_files
        )
    }
}
