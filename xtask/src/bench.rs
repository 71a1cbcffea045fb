//! `cargo xtask bench`: what recordings and calls cost, measured on this machine.

mod calls;
mod most;
mod servers;

use std::path::{Path, PathBuf, absolute};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::{command::run, packages, project::Project};
use calls::Part;

/// What compares with other servers.
const CALLS: &str = "calls";
/// What is no benchmark of single functions: a thousand recordings in real time.
const LOAD: &str = "load";
/// The benchmarks of single functions, by the program they are in.
const BENCHMARKS: [(&str, &[&str]); 2] = [
    (
        "recorder",
        &[
            "recording_in_order",
            "recording_with_loss_and_disorder",
            "tee_push_and_take",
            "reference_queue",
            "reference_copy_and_checksum",
        ],
    ),
    ("secure", &["both_ends_of_an_echo", "copy_alone"]),
];
/// All of this in release, built together so that what they share is built once.
const BUILD: [&str; 8] = [
    "build",
    "--locked",
    "--release",
    "--package",
    "server",
    "--package",
    "bench",
    "--bins",
];
/// The servers beside ours, which are a workspace of their own.
const PEERS: &str = "tests/bench/peers";

/// What is measured.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Write the figures of the thousand recordings, or of the calls, there, too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// A Python with aiortc and aiohttp, so that `calls` measures aiortc, too
    #[arg(long, value_name = "PROGRAM")]
    python: Option<PathBuf>,
    /// We are in a network of our own already
    #[arg(long, hide = true)]
    in_own_network: bool,
    /// `calls` compares with other servers, wholly or by its parts `loads`, `most` and `shards`; else
    /// parts of benchmarks' names, of which that of the thousand recordings is `load`; all but `calls`
    /// if none is named
    names: Vec<String>,
    /// What the benchmarks of single functions are told themselves
    #[arg(last = true)]
    told: Vec<String>,
}

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
enum Subject {
    Calls(Vec<Part>),
    Recorder,
}

impl Options {
    fn subject(&self) -> Result<Subject> {
        if let [first, parts @ ..] = self.names.as_slice()
            && first == CALLS
        {
            ensure!(self.told.is_empty(), "`{CALLS}` takes nothing behind `--`");
            return Ok(Subject::Calls(parts_named(parts)?));
        }
        for name in &self.names {
            ensure!(name != CALLS, "`{CALLS}` is measured alone");
            ensure!(
                known().any(|known| known.contains(name.as_str())),
                "no benchmark has `{name}` in its name; there are: {CALLS}, {}",
                known().collect::<Vec<_>>().join(", ")
            );
        }
        ensure!(self.python.is_none(), "`--python` is for `{CALLS}`");
        Ok(Subject::Recorder)
    }

    fn wants_load(&self) -> bool {
        match self.names.as_slice() {
            // What the benchmarks are told says what they are to do.
            [] => self.told.is_empty(),
            names => names.iter().any(|name| LOAD.contains(name.as_str())),
        }
    }
}

/// All of them if none is named.
fn parts_named(names: &[String]) -> Result<Vec<Part>> {
    if names.is_empty() {
        return Ok(Part::ALL.to_vec());
    }
    let part = |name: &String| {
        let part = Part::ALL.into_iter().find(|part| part.name() == name);
        let all = Part::ALL.map(Part::name).join(", ");
        part.with_context(|| format!("`{CALLS}` has no part `{name}`; it has: {all}"))
    };
    names.iter().map(part).collect()
}

fn known() -> impl Iterator<Item = &'static str> {
    let benchmarks = BENCHMARKS.iter().flat_map(|(_, names)| *names);
    std::iter::once(LOAD).chain(benchmarks.copied())
}

/// Measures what the options ask for.
pub(crate) fn bench(project: &Project, options: &Options) -> Result<()> {
    let json = options.json.as_deref();
    let python = options.python.as_deref();
    match options.subject()? {
        Subject::Calls(parts) if options.in_own_network => {
            calls::measure(project, &parts, python, json)
        }
        Subject::Calls(parts) => compare(project, &parts, python, json),
        Subject::Recorder => recorder(project, options),
    }
}

fn compare(
    project: &Project,
    parts: &[Part],
    python: Option<&Path>,
    json: Option<&Path>,
) -> Result<()> {
    packages::install_compilers()?;
    run(project.cargo().args(BUILD))?;
    run(project
        .cargo()
        .args(["build", "--locked", "--release", "--manifest-path"])
        .arg(format!("{PEERS}/Cargo.toml"))
        .arg("--target-dir")
        .arg(project.target.join("peers")))?;
    let mut arguments = ["bench", "--in-own-network", CALLS]
        .map(str::to_owned)
        .to_vec();
    arguments.extend(parts.iter().map(|part| part.name().to_owned()));
    for (name, path) in [("--python", python), ("--json", json)] {
        if let Some(path) = path {
            arguments.push(name.to_owned());
            arguments.push(absolute(path)?.display().to_string());
        }
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    calls::in_own_network(&arguments)
}

/// Runs the benchmarks whose name has a part of the options' names in it, or all; the figures of
/// the thousand recordings go into the file too.
fn recorder(project: &Project, options: &Options) -> Result<()> {
    packages::install_compilers()?;
    for (program, _) in BENCHMARKS {
        let mut command = benchmark(project, program);
        run(command.args(&options.names).args(&options.told))?;
    }
    if options.wants_load() {
        let json = options.json.as_deref();
        run(&mut prove(project, &[LOAD.to_owned()], json)?)?;
    }
    Ok(())
}

/// The program of the proofs, asked for these.
pub(crate) fn prove(project: &Project, names: &[String], json: Option<&Path>) -> Result<Command> {
    let mut command = benchmark(project, "prove");
    command.args(names);
    if let Some(json) = json {
        // It runs in another folder than we do.
        command.arg("--json").arg(absolute(json)?);
    }
    Ok(command)
}

/// Built in release. All name the same packages, so that what they depend on is built once.
fn benchmark(project: &Project, name: &str) -> Command {
    let mut command = project.cargo();
    command
        .args(["bench", "--locked", "--package", "server"])
        .args(["--package", "tests", "--bench", name, "--"]);
    command
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    fn options(words: &[&str]) -> Options {
        Line::parse_from([&["bench"], words].concat()).options
    }

    fn refusal(words: &[&str]) -> String {
        options(words).subject().unwrap_err().to_string()
    }

    #[test]
    fn options_stand_on_either_side_of_names() {
        for words in [
            ["calls", "--python", "p", "--json", "f"],
            ["--python", "p", "calls", "--json", "f"],
            ["--python", "p", "--json", "f", "calls"],
        ] {
            let options = options(&words);

            assert_eq!(
                options.subject().unwrap(),
                Subject::Calls(Part::ALL.to_vec())
            );
            assert_eq!(options.python.as_deref(), Some(Path::new("p")));
            assert_eq!(options.json.as_deref(), Some(Path::new("f")));
        }
    }

    #[test]
    fn calls_are_compared_by_parts_too() {
        let options = options(&["calls", "shards", "--json", "f", "loads"]);

        let parts = vec![Part::Shards, Part::Loads];
        assert_eq!(options.subject().unwrap(), Subject::Calls(parts));
    }

    #[test]
    fn parts_of_names_are_names() {
        let options = options(&[
            "both_ends",
            "loa",
            "--json",
            "f",
            "--",
            "--sample-count",
            "9",
        ]);

        assert_eq!(options.subject().unwrap(), Subject::Recorder);
        assert_eq!(options.names, ["both_ends", "loa"]);
        assert_eq!(options.told, ["--sample-count", "9"]);
        assert!(options.wants_load());
    }

    #[test]
    fn the_thousand_recordings_are_left_out_unless_they_are_meant() {
        let wants_load = |words: &[&str]| options(words).wants_load();

        assert!(wants_load(&[]) && wants_load(&["load"]));
        assert!(!wants_load(&["tee"]) && !wants_load(&["--", "--list"]));
    }

    #[test]
    fn unknown_names_are_refused_with_the_known_ones() {
        let refusal = refusal(&["cals"]);

        assert!(
            refusal.starts_with("no benchmark has `cals` in its name; there are: calls, load,")
        );
        assert!(refusal.ends_with("copy_alone"), "{refusal}");
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        assert_eq!(refusal(&["load", "calls"]), "`calls` is measured alone");
        assert_eq!(
            refusal(&["calls", "load"]),
            "`calls` has no part `load`; it has: loads, most, shards"
        );
        assert_eq!(
            refusal(&["load", "--python", "p"]),
            "`--python` is for `calls`"
        );
        let told = refusal(&["calls", "--", "--list"]);
        assert_eq!(told, "`calls` takes nothing behind `--`");
    }

    #[test]
    fn every_benchmark_is_known() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for (program, names) in BENCHMARKS {
            let path = root.join(format!("server/benches/{program}.rs"));
            let text = std::fs::read_to_string(path).unwrap();

            let written: Vec<&str> = text
                .split("#[divan::bench")
                .skip(1)
                .filter_map(|rest| rest.split_once("\nfn ")?.1.split_once('('))
                .map(|(name, _)| name)
                .collect();

            assert_eq!(written, names, "{program}");
        }
    }
}
