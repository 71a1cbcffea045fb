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

fn all(project: &Project, steps: &Steps) -> Result<()> {
    words(project, steps)?;
    code(project, steps)
}

/// Checks what needs no compiler.
pub(crate) fn words(project: &Project, steps: &Steps) -> Result<()> {
    steps.step("format", || {
        run(project.cargo().args(["fmt", "--all", "--check"]))
    })?;
    steps.step("tidy", || tidy::tidy(project))?;
    steps.step("spelling", || {
        let typos = strangers::install_typos(project)?;
        run(&mut project.program(typos))
    })
}

/// Checks what compilers say.
pub(crate) fn code(project: &Project, steps: &Steps) -> Result<()> {
    let cargo = |arguments: &[&str]| run(project.cargo().args(arguments));

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
            // As the page is built, so that its macros are built once.
            "--profile=wasm-release",
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
