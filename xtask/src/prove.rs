//! `cargo xtask prove`: the proofs that take longer than tests may.

use anyhow::Result;

use crate::{command::run, packages, project::Project, steps::Steps};

/// Runs the proofs of these names, or all.
pub(crate) fn prove(project: &Project, names: &[String]) -> Result<()> {
    let steps = Steps::begin();
    steps.step("programs for the proofs", packages::install)?;
    steps.step("build of the proofs", || {
        run(project
            .cargo()
            .args([
                "build",
                "--locked",
                "--package",
                "server",
                "--package",
                "tests",
            ])
            .args(["--bins"]))
    })?;
    let outcome = steps.step("proofs", || {
        run(project
            .cargo()
            .args([
                "run",
                "--locked",
                "--package",
                "tests",
                "--bin",
                "prove",
                "--",
            ])
            .args(names))
    });
    steps.print_summary();
    outcome
}
