//! `cargo xtask bench`: what the recorder costs, measured on this machine.

use anyhow::Result;

use crate::{command::run, project::Project};

/// Runs the benchmarks; `filter` is passed on to them.
pub(crate) fn bench(project: &Project, filter: &[String]) -> Result<()> {
    run(project
        .cargo()
        .args(["bench", "--locked", "--package", "server"])
        .args(["--bench", "recorder", "--"])
        .args(filter))
}
