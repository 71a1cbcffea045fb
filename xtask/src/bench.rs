//! `cargo xtask bench`: what recordings and calls cost, measured on this machine.

mod calls;
mod servers;

use std::path::{Path, PathBuf, absolute};
use std::process::Command;

use anyhow::Result;

use crate::{command::run, packages, project::Project};

/// The part that is no benchmark of single functions: a thousand recordings in real time.
const LOAD: &str = "load";
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
    /// `calls` compares with other servers; else part of a benchmark's name, of which that of the
    /// thousand recordings is `load`; behind `--`, what the benchmarks themselves are told
    filter: Vec<String>,
}

/// Measures what the options ask for.
pub(crate) fn bench(project: &Project, options: &Options) -> Result<()> {
    let json = options.json.as_deref();
    let python = options.python.as_deref();
    if options.in_own_network {
        return calls::measure(project, python, json);
    }
    packages::install_compilers()?;
    if options.filter == ["calls"] {
        return compare(project, python, json);
    }
    recorder(project, &options.filter, json)
}

fn compare(project: &Project, python: Option<&Path>, json: Option<&Path>) -> Result<()> {
    run(project.cargo().args(BUILD))?;
    run(project
        .cargo()
        .args(["build", "--locked", "--release", "--manifest-path"])
        .arg(format!("{PEERS}/Cargo.toml"))
        .arg("--target-dir")
        .arg(project.target.join("peers")))?;
    let mut arguments = vec!["bench".to_owned(), "--in-own-network".to_owned()];
    for (name, path) in [("--python", python), ("--json", json)] {
        if let Some(path) = path {
            arguments.push(name.to_owned());
            arguments.push(absolute(path)?.display().to_string());
        }
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    calls::in_own_network(&arguments)
}

/// Runs the benchmarks whose name has a part of `filter` in it, or all; the figures of the
/// thousand recordings go into the file too.
fn recorder(project: &Project, filter: &[String], json: Option<&Path>) -> Result<()> {
    run(benchmark(project, "recorder").args(filter))?;
    run(benchmark(project, "secure").args(filter))?;
    if filter.is_empty() || filter.iter().any(|word| LOAD.contains(word)) {
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
