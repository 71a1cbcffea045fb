//! Builds the page into `dist/`, where the server takes it from.

mod budget;
mod dist;

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::{
    command,
    project::Project,
    steps::Steps,
    tools::{self, RunInstall},
};

/// `cargo xtask page`.
pub(crate) fn page(project: &Project) -> Result<()> {
    let steps = Steps::begin();
    let outcome = install_and_build(project, &steps, command::run);
    steps.print_summary();
    outcome
}

/// Installs what is missing, then builds.
pub(crate) fn install_and_build(project: &Project, steps: &Steps, run: RunInstall) -> Result<()> {
    steps.step("tools of the page", || {
        tools::install_wasm_target(project)?;
        tools::install_page_tools(project, run)
    })?;
    steps.step("page", || build(project, run))
}

/// Builds with trunk beside `dist/`, then brings `dist/` up to date.
///
/// A `dist/` that did not change is not touched, so the server need not be built again.
fn build(project: &Project, run: fn(&mut Command) -> Result<()>) -> Result<()> {
    ensure!(
        project.root.join("Trunk.toml").is_file(),
        "there is no Trunk.toml: no page to build"
    );
    let built = project.target.join("page");
    let mut trunk = tools::with_tools(project, project.program("trunk"))?;
    // Offline for trunk means to fetch no programs, but for cargo it means to fetch no crates.
    trunk
        .args(["build", "--release", "--offline", "--dist"])
        .arg(&built);

    run(project.cargo().args(["fetch", "--quiet", "--locked"]))?;
    run(&mut trunk)?;
    let dist = project.root.join("dist");
    dist::update(&built, &dist).context("cannot bring dist/ up to date")?;
    budget::check(&dist)
}
