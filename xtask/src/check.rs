//! `cargo xtask check`: what can be said about the project without running it, cheap first.

use anyhow::Result;

use crate::{command::run, packages, project::Project, steps::Steps, strangers, tidy, tools};

/// Does every check.
pub(crate) fn check(project: &Project) -> Result<()> {
    let steps = Steps::begin();
    packages::install_compilers()?;
    let outcome = all(project, &steps);
    steps.print_summary();
    outcome
}

/// Does every check as steps of something larger.
pub(crate) fn all(project: &Project, steps: &Steps) -> Result<()> {
    let cargo = |arguments: &[&str]| run(project.cargo().args(arguments));

    steps.step("format", || cargo(&["fmt", "--all", "--check"]))?;
    steps.step("tidy", || tidy::tidy(project))?;
    steps.step("spelling", || {
        let typos = strangers::install_typos(project)?;
        run(&mut project.program(typos))
    })?;
    steps.step("clippy", || {
        cargo(&[
            "clippy",
            "--locked",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ])
    })?;
    // `--all-targets` leaves out what `test` does not run.
    steps.step("clippy of the tests in Firefox", || {
        cargo(&[
            "clippy",
            "--locked",
            "--workspace",
            "--test=firefox",
            "--",
            "-D",
            "warnings",
        ])
    })?;
    steps.step("clippy of the page", || {
        tools::install_wasm_target(project)?;
        cargo(&[
            "clippy",
            "--locked",
            "--package=client",
            "--target=wasm32-unknown-unknown",
            "--",
            "-D",
            "warnings",
        ])
    })?;
    steps.step("documentation", || {
        let arguments = [
            "doc",
            "--locked",
            "--workspace",
            "--no-deps",
            "--document-private-items",
        ];
        run(project
            .cargo()
            .args(arguments)
            .env("RUSTDOCFLAGS", "-D warnings"))
    })
}
