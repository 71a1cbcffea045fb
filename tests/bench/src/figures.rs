//! What a measurement says, as JSON has it and as text.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::process::Usage;
use crate::search::{Found, Limit, Verdict};

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
    /// Whether all calls were fit for voice.
    pub verdict: Verdict,
    /// Absent where the most calls were not looked for.
    pub search: Option<Found>,
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
    pub(crate) fn of(microseconds: &Histogram<u64>, unit: f64) -> Self {
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
    /// Of the lost, those that the weather took; absent in fair weather.
    pub lost_to_weather: Option<u64>,
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
    pub(crate) fn between(begins: Usage, ends: Usage, seconds: f64, echoed: u64) -> Self {
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
    /// If it did not, the figures say less of the server.
    pub kept_pace: bool,
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
        if let Some(taken) = self.packets.lost_to_weather {
            writeln!(f, "             of the lost, the weather took {taken}")?;
        }
        if let Some(server) = &self.server {
            write!(f, "{server}")?;
        }
        if let Some(caller) = &self.caller {
            write!(f, "{caller}")?;
        }
        match self.search {
            Some(found) => write!(f, "{found}"),
            None => Ok(()),
        }
    }
}

impl Display for Caller {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Cpu {
            cores, us_per_echo, ..
        } = self.cpu;
        writeln!(
            f,
            "caller       {cores:.3} cores, {us_per_echo:.2} us a packet; late by {:.0} us, {:.2} % by more than 5 ms",
            self.sent_late_us, self.sent_late_percent
        )?;
        if self.kept_pace {
            return Ok(());
        }
        writeln!(
            f,
            "             it did not keep its pace: these figures say less of the server"
        )
    }
}

impl Display for Found {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let why = match self.limited_by {
            Limit::Server => "more are too many for the server",
            Limit::Caller => "the caller cannot keep the pace of more; the server may hold them",
            Limit::Asked => "more were not asked for; the server may hold them",
        };
        writeln!(f, "most calls   {}: {why}", self.calls)
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
