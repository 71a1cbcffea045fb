//! What calls cost here and elsewhere: the same callers, one server after the other, again and
//! again, so that what else this machine does meets all of them.

use std::{collections::BTreeMap, fmt::Write, path::Path, process::Command};

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use super::most;
use super::servers::{ADDRESS, Programs, Running, Server};
use crate::{command::output_with, command::run, project::Project, steps};

/// Each figure is the median of so many.
pub(super) const ROUNDS: usize = 3;
const LOADS: [u32; 3] = [100, 200, 400];
/// How the tool ends: all calls came up and lasted, or one did not, which its figures tell, too.
const MEASURED: [i32; 2] = [0, 1];
/// aiortc encodes anew, and holds no more.
const AIORTC_LOAD: u32 = 4;

/// What a table shows of a measurement: heading, place in its figures, digits.
const COLUMNS: [(&str, &str, usize); 10] = [
    ("µs CPU a packet", "/server/cpu/us_per_echo", 1),
    ("the caller's", "/caller/cpu/us_per_echo", 1),
    ("its packets late %", "/caller/sent_late_percent", 2),
    ("% of a core a call", "/server/cpu_percent_per_call", 3),
    ("KiB a call", "/server/memory_kib_per_call", 0),
    ("round trip p50 µs", "/round_trip_us/p50", 0),
    ("p99 µs", "/round_trip_us/p99", 0),
    ("set-up p50 ms", "/set_up_ms/p50", 1),
    ("p99 ms", "/set_up_ms/p99", 1),
    ("loss %", "/packets/loss_percent", 3),
];

/// Has this program run in a network of its own, where nothing but it is heard.
pub(super) fn in_own_network(arguments: &[&str]) -> Result<()> {
    let program = std::env::current_exe()?;
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--net"]).arg(program);
    run(command.args(arguments))
}

/// A part of the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// What calls cost each server under some loads.
    Loads,
    /// The most calls that each holds on one core.
    Most,
    /// Two shards on two cores beside one on one.
    Shards,
}

impl Part {
    pub(super) const ALL: [Self; 3] = [Self::Loads, Self::Most, Self::Shards];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Loads => "loads",
            Self::Most => "most",
            Self::Shards => "shards",
        }
    }
}

/// Measures these, in a network that is our own.
pub(super) fn measure(
    project: &Project,
    parts: &[Part],
    python: Option<&Path>,
    json: Option<&Path>,
) -> Result<()> {
    set_up_network()?;
    let programs = Programs::find(project, python);
    let mut known = Known {
        json,
        figures: Map::new(),
    };
    for part in parts {
        match part {
            Part::Loads => loads(&programs, &mut known)?,
            Part::Most => most::on_one_core(&programs, &mut known)?,
            Part::Shards => most::on_two_cores(&programs, &mut known)?,
        }
    }
    Ok(())
}

/// What is known by now, written down each time: whatever fails later does not take it away.
pub(super) struct Known<'a> {
    json: Option<&'a Path>,
    figures: Map<String, Value>,
}

impl Known<'_> {
    /// In place of what was known of it before.
    pub(super) fn note(&mut self, name: &str, figures: Value) -> Result<()> {
        self.figures.insert(name.to_owned(), figures);
        let Some(json) = self.json else { return Ok(()) };
        let text = serde_json::to_string_pretty(&self.figures)? + "\n";
        std::fs::write(json, text)
            .with_context(|| format!("the figures could not be written to {}", json.display()))
    }
}

/// What calls cost under each load, with all runs.
fn loads(programs: &Programs, known: &mut Known<'_>) -> Result<()> {
    let mut all: BTreeMap<(u32, Server), Vec<Value>> = BTreeMap::new();
    for round in 1..=ROUNDS {
        for (calls, server) in plan(programs) {
            steps::say(&format!("round {round}: {}, {calls} calls", server.name()));
            let figures = under_load(programs, server, &APART, calls)?;
            say_doubts(&figures);
            all.entry((calls, server)).or_default().push(figures);
            known.note("loads", rows(&all))?;
        }
    }
    steps::say(&table(&all));
    Ok(())
}

fn rows(all: &BTreeMap<(u32, Server), Vec<Value>>) -> Value {
    let rows = all.iter().map(
        |((calls, server), runs)| json!({"server": server.name(), "calls": calls, "runs": runs}),
    );
    rows.collect()
}

/// For what reasons figures say less of a server.
fn say_doubts(figures: &Value) {
    if number(figures, "/calls/failed") != Some(0.0) {
        let reasons = figures.pointer("/calls/reasons").unwrap_or(&Value::Null);
        let failed = failed(std::slice::from_ref(figures));
        steps::say(&format!("{failed} calls failed: {reasons}"));
    }
    if !kept_pace(figures) {
        steps::say("the caller did not keep its pace: these figures say less of the server");
    }
}

fn set_up_network() -> Result<()> {
    let ip = |words: &str| run(Command::new("ip").args(words.split(' ')));
    ip("link set lo up")?;
    ip("link add voice0 type veth peer name voice1")?;
    ip(&format!("address add {ADDRESS}/24 dev voice0"))?;
    ip("link set voice1 up")?;
    ip("link set voice0 up")
}

/// The loads of one round, peers side by side.
fn plan(programs: &Programs) -> Vec<(u32, Server)> {
    let servers = programs.servers();
    let mut plan = Vec::new();
    for calls in LOADS {
        // Janus fails at 400: it is judged by how many it holds.
        let fit = servers.iter().filter(|server| match server {
            Server::Aiortc => false,
            Server::Janus => calls < 400,
            _ => true,
        });
        plan.extend(fit.map(|server| (calls, *server)));
    }
    if servers.contains(&Server::Aiortc) {
        plan.push((AIORTC_LOAD, Server::Aiortc));
    }
    plan
}

/// Which cores a server and its callers have, and how far the callers give way.
pub(super) struct Place {
    pub(super) server: &'static str,
    pub(super) callers: &'static str,
    pub(super) niceness: &'static str,
}

/// Server on one core, callers on the other.
pub(super) const APART: Place = Place {
    server: "0",
    callers: "1",
    niceness: "0",
};

/// The figures of so many calls.
pub(super) fn under_load(
    programs: &Programs,
    server: Server,
    place: &Place,
    calls: u32,
) -> Result<Value> {
    let calls = calls.to_string();
    ask(
        programs,
        server,
        place,
        &["--calls", &calls, "--seconds", "8"],
    )
}

/// Starts the server, and what the tool says of it when it is asked so.
pub(super) fn ask(
    programs: &Programs,
    server: Server,
    place: &Place,
    options: &[&str],
) -> Result<Value> {
    let running = programs.start(server, place.server)?;
    measured(programs, &running, place, options)
}

/// What the tool says of a server that runs.
pub(super) fn measured(
    programs: &Programs,
    running: &Running,
    place: &Place,
    options: &[&str],
) -> Result<Value> {
    let server = running.server;
    let mut command = Command::new("nice");
    command
        .args(["-n", place.niceness, "taskset", "-c", place.callers])
        .arg(programs.release.join("voicechat-bench"))
        .arg(&running.url)
        .args(["--api", server.api(), "--pid", &running.pid().to_string()])
        .args(["--quiet", "--json", "-"])
        .args(options);
    let not_measured = || format!("{} was not measured", server.name());
    let text = output_with(&mut command, &MEASURED).with_context(not_measured)?;
    serde_json::from_str(&text).with_context(not_measured)
}

fn kept_pace(figures: &Value) -> bool {
    figures
        .pointer("/caller/kept_pace")
        .and_then(Value::as_bool)
        != Some(false)
}

pub(super) fn number(figures: &Value, place: &str) -> Option<f64> {
    figures.pointer(place)?.as_f64()
}

pub(super) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

fn table(all: &BTreeMap<(u32, Server), Vec<Value>>) -> String {
    let mut text = String::from("| server | calls |");
    for (heading, _, _) in COLUMNS {
        // Writing to a string cannot fail.
        let _ = write!(text, " {heading} |");
    }
    text += " failed calls |\n|---|---|---|";
    text += &"---|".repeat(COLUMNS.len());
    for ((calls, server), runs) in all {
        let _ = write!(text, "\n| {} | {calls} |", server.name());
        for (_, place, digits) in COLUMNS {
            let figures = runs.iter().filter_map(|run| number(run, place)).collect();
            let _ = write!(text, " {:.digits$} |", median(figures));
        }
        let _ = write!(text, " {} |", failed(runs));
    }
    text
}

/// How many calls failed, of all that were asked for.
fn failed(runs: &[Value]) -> String {
    let all = |place| {
        let figures = runs.iter().filter_map(|run| number(run, place));
        figures.sum::<f64>()
    };
    format!("{} of {}", all("/calls/failed"), all("/calls/asked_for"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_that_failed_stand_in_the_table() {
        let run = |failed: u32| json!({"calls": {"asked_for": 100, "failed": failed}});
        let all = BTreeMap::from([((100, Server::Janus), vec![run(0), run(1), run(2)])]);

        let table = table(&all);

        assert!(table.contains("| loss % | failed calls |\n"), "{table}");
        assert!(table.starts_with("| server |") && table.contains("\n| Janus | 100 |"));
        assert!(table.ends_with(" 3 of 300 |"), "{table}");
    }

    #[test]
    fn what_is_known_is_written_down_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let json = folder.path().join("figures.json");
        let mut known = Known {
            json: Some(&json),
            figures: Map::new(),
        };

        known.note("loads", json!([1])).unwrap();
        known.note("loads", json!([1, 2])).unwrap();

        let text = std::fs::read_to_string(&json).unwrap();
        let written: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(written, json!({"loads": [1, 2]}));
    }
}
