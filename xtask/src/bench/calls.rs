//! What calls cost here and elsewhere: the same callers, one server after the other, again and
//! again, so that what else this machine does meets all of them.

use std::{collections::BTreeMap, fmt::Write, path::Path, process::Command};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::servers::{ADDRESS, Programs, Server};
use crate::{command::output_of, command::run, project::Project, steps};

/// Each figure is the median of so many.
const ROUNDS: usize = 3;
const LOADS: [u32; 3] = [100, 200, 400];
/// aiortc encodes anew, and holds no more.
const AIORTC_LOAD: u32 = 4;
/// Where the search for the most calls ends.
const MOST: u32 = 4_800;

/// What a table shows of a measurement: heading, place in its figures, digits.
const COLUMNS: [(&str, &str, usize); 8] = [
    ("µs CPU a packet", "/server/cpu/us_per_echo", 1),
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

/// Measures all, in a network that is our own.
pub(super) fn measure(project: &Project, python: Option<&Path>, json: Option<&Path>) -> Result<()> {
    set_up_network()?;
    let programs = Programs::find(project, python);
    let mut all: BTreeMap<(u32, Server), Vec<Value>> = BTreeMap::new();
    for round in 1..=ROUNDS {
        for (calls, server) in plan(&programs) {
            steps::say(&format!("round {round}: {}, {calls} calls", server.name()));
            let calls_text = calls.to_string();
            let figures = one(
                &programs,
                server,
                &["--calls", &calls_text, "--seconds", "8"],
            )?;
            all.entry((calls, server)).or_default().push(figures);
        }
    }
    steps::say(&table(&all));
    let most = most(&programs)?;
    let shards = shards(&programs)?;
    if let Some(json) = json {
        let rows: Vec<Value> = all
            .iter()
            .map(|((calls, server), runs)| json!({"server": server.name(), "calls": calls, "runs": runs}))
            .collect();
        let figures = json!({"loads": rows, "most": most, "shards": shards});
        std::fs::write(json, serde_json::to_string_pretty(&figures)? + "\n")?;
    }
    Ok(())
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

/// Server on one core, callers on the other.
fn one(programs: &Programs, server: Server, options: &[&str]) -> Result<Value> {
    on_cores(programs, server, ("0", "1"), options)
}

fn on_cores(
    programs: &Programs,
    server: Server,
    (servers, callers): (&str, &str),
    options: &[&str],
) -> Result<Value> {
    let recordings = Recordings::new()?;
    let running = programs.start(server, servers, &recordings.0)?;
    let mut command = Command::new("taskset");
    command
        .args(["-c", callers])
        .arg(programs.release.join("voicechat-bench"))
        .arg(&running.url)
        .args(["--api", server.api(), "--pid", &running.pid().to_string()])
        .args(["--quiet", "--json", "-"])
        .args(options);
    let text =
        output_of(&mut command).with_context(|| format!("{} was not measured", server.name()))?;
    Ok(serde_json::from_str(&text)?)
}

/// The most calls on one core that are fit for voice.
fn most(programs: &Programs) -> Result<Value> {
    let mut found = serde_json::Map::new();
    let servers = programs.servers().into_iter();
    for server in servers.filter(|server| !matches!(server, Server::Aiortc | Server::Bare)) {
        // Janus is far from the others: once is enough to tell.
        let rounds = if server == Server::Janus { 1 } else { ROUNDS };
        let mut runs = Vec::new();
        for _ in 0..rounds {
            let limit = MOST.to_string();
            let options = [
                "--find-max",
                "--calls",
                &limit,
                "--ramp",
                "200",
                "--seconds",
                "5",
            ];
            let figures = one(programs, server, &options)?;
            runs.push(number(&figures, "/calls/up").context("no number of calls")?);
        }
        let calls = median(runs.clone());
        steps::say(&format!(
            "most calls on one core: {}: {calls} of {runs:?}",
            server.name()
        ));
        found.insert(server.name().to_owned(), json!(calls));
    }
    Ok(found.into())
}

/// Two shards on two cores, with the callers beside them, against one shard on one core: by what a
/// call costs, twice the calls cost.
fn shards(programs: &Programs) -> Result<Value> {
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        let place = "/server/cpu/us_per_echo";
        let options = ["--calls", "200", "--seconds", "8"];
        let one = on_cores(programs, Server::Ours(1), ("0", "0,1"), &options)?;
        let options = ["--calls", "400", "--seconds", "8"];
        let two = on_cores(programs, Server::Ours(2), ("0,1", "0,1"), &options)?;
        let cost = |figures| number(figures, place).context("no cost");
        ratios.push(2.0 * cost(&one)? / cost(&two)?);
    }
    let ratio = median(ratios.clone());
    steps::say(&format!(
        "two shards hold {ratio:.2} times the calls of one: {ratios:.2?}"
    ));
    Ok(json!(ratio))
}

fn number(figures: &Value, place: &str) -> Option<f64> {
    figures.pointer(place)?.as_f64()
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

fn table(all: &BTreeMap<(u32, Server), Vec<Value>>) -> String {
    let mut text = String::from("| server | calls |");
    for (heading, _, _) in COLUMNS {
        // Writing to a string cannot fail.
        let _ = write!(text, " {heading} |");
    }
    text += "\n|---|---|";
    text += &"---|".repeat(COLUMNS.len());
    for ((calls, server), runs) in all {
        let _ = write!(text, "\n| {} | {calls} |", server.name());
        for (_, place, digits) in COLUMNS {
            let figures = runs.iter().filter_map(|run| number(run, place)).collect();
            let _ = write!(text, " {:.digits$} |", median(figures));
        }
    }
    text
}

/// A folder for one server's recordings.
struct Recordings(std::path::PathBuf);

impl Recordings {
    fn new() -> Result<Self> {
        let made = output_of(Command::new("mktemp").arg("--directory"))?;
        let folder = made.trim();
        ensure!(!folder.is_empty(), "mktemp made no folder");
        Ok(Self(folder.into()))
    }
}

impl Drop for Recordings {
    fn drop(&mut self) {
        // What is left over lies among other temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
