//! `cargo xtask bench`: what recordings cost, measured on this machine.

use std::path::{Path, absolute};
use std::process::Command;

use anyhow::Result;

use crate::{command::run, packages, project::Project};

/// The part that is no benchmark of single functions: a thousand recordings in real time.
const LOAD: &str = "load";

/// Runs the benchmarks whose name has a part of `filter` in it, or all; the figures of the
/// thousand recordings go into the file too.
pub(crate) fn bench(project: &Project, filter: &[String], json: Option<&Path>) -> Result<()> {
    packages::install_compilers()?;
    run(benchmark(project, "recorder").args(filter))?;
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
