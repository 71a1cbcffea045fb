//! `cargo xtask prove`: the proofs that take longer than tests may.

use std::path::Path;

use anyhow::Result;

use crate::{bench, command::run, packages, page, project::Project, steps::Steps};

/// As users run it: the server in release, and with it the proofs.
const BUILD: [&str; 9] = [
    "build",
    "--locked",
    "--release",
    "--package",
    "server",
    "--package",
    "tests",
    "--bin=voicechat-server",
    "--bench=prove",
];

/// The proof that needs the page, built before the server, which has it inside.
const PAGE: &str = "page";

/// Runs the proofs of these names, or all; their figures go into the file too.
pub(crate) fn prove(project: &Project, names: &[String], json: Option<&Path>) -> Result<()> {
    let steps = Steps::begin();
    let outcome = all(project, &steps, names, json);
    steps.print_summary();
    outcome
}

fn all(project: &Project, steps: &Steps, names: &[String], json: Option<&Path>) -> Result<()> {
    steps.step("programs for the proofs", packages::install)?;
    if names.is_empty() || names.iter().any(|name| name == PAGE) {
        page::install_and_build(project, steps, run)?;
    }
    steps.step("build of the proofs", || run(project.cargo().args(BUILD)))?;
    steps.step("proofs", || run(&mut bench::prove(project, names, json)?))
}
