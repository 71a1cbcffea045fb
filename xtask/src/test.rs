//! `cargo xtask test`: installs what tests need, checks, builds each thing once, and runs everything.

use std::{process::Command, thread};

use anyhow::{Result, anyhow};

use crate::{
    check,
    command::{run, run_marked},
    packages, page,
    project::Project,
    steps::Steps,
    strangers, tools,
};

/// What is built for a test run: the server's binary too, which the tests of the whole start, and what
/// fuzzers run, which has to build with the toolchain that is pinned, too.
const BUILD: [&str; 5] = ["build", "--locked", "--workspace", "--bins", "--tests"];

/// What is built for the tests in Firefox. The whole workspace is named all the same, so that what is
/// built for other tests serves these.
const BUILD_FOR_FIREFOX: [&str; 5] = [
    "build",
    "--locked",
    "--workspace",
    "--bin=voicechat-server",
    "--test=firefox",
];

/// Does all that continuous integration does.
pub(crate) fn test(project: &Project) -> Result<()> {
    let steps = Steps::begin();
    let outcome = all(project, &steps);
    steps.print_summary();
    outcome
}

/// Runs the tests that need neither a browser nor any other program.
pub(crate) fn unit(project: &Project, filter: &[String]) -> Result<()> {
    // Not `cargo test`: a test that listens to the log needs a process of its own.
    packages::install_compilers()?;
    tools::install_nextest(project)?;
    run(nextest(project)?
        .args(["--workspace", "--lib", "--bins"])
        // A fuzzer's programs are no tests.
        .args(["--exclude", "server-fuzz"])
        .args(filter))
}

/// Runs the browser's tests.
pub(crate) fn e2e(project: &Project, filter: &[String]) -> Result<()> {
    some(project, "binary(e2e)", filter)
}

/// Runs the tests with other people's WebRTC libraries.
pub(crate) fn foreign(project: &Project, filter: &[String]) -> Result<()> {
    some(project, "binary(integration) & test(/^foreign::/)", filter)
}

/// Runs the tests in Firefox, which nothing else runs.
pub(crate) fn firefox(project: &Project, filter: &[String]) -> Result<()> {
    let steps = Steps::begin();
    let outcome = in_firefox(project, &steps, filter);
    steps.print_summary();
    outcome
}

fn all(project: &Project, steps: &Steps) -> Result<()> {
    install(project, steps)?;
    check::words(project, steps)?;
    check_and_build_the_page(project, steps)?;
    steps.step("build of the tests", || run(project.cargo().args(BUILD)))?;
    steps.step("tests", || run(nextest(project)?.args(["--workspace"])))
}

/// The page's tools, and the page at its end, keep one core busy for minutes: code is checked meanwhile.
fn check_and_build_the_page(project: &Project, steps: &Steps) -> Result<()> {
    thread::scope(|scope| {
        let page = scope.spawn(|| {
            page::install_and_build(project, steps, |command| run_marked("page", command))
        });
        let checked = check::code(project, steps);

        let page = page
            .join()
            .map_err(|_| anyhow!("the building of the page panicked"))?;
        checked.and(page)
    })
}

fn some(project: &Project, which: &str, filter: &[String]) -> Result<()> {
    let steps = Steps::begin();
    install(project, &steps)?;
    page::install_and_build(project, &steps, run)?;
    steps.step("build of the tests", || run(project.cargo().args(BUILD)))?;

    let outcome = steps.step("tests", || {
        run(nextest(project)?
            .args(["--workspace", "--filterset", which])
            .args(filter))
    });
    steps.print_summary();
    outcome
}

fn in_firefox(project: &Project, steps: &Steps, filter: &[String]) -> Result<()> {
    steps.step("programs for the tests", || {
        packages::install_for_firefox()?;
        tools::install_geckodriver(project)?;
        tools::install_nextest(project)
    })?;
    page::install_and_build(project, steps, run)?;
    steps.step("build of the tests", || {
        run(project.cargo().args(BUILD_FOR_FIREFOX))
    })?;
    steps.step("tests", || {
        run(nextest(project)?
            .args(["--workspace", "--test=firefox"])
            .args(filter))
    })
}

fn install(project: &Project, steps: &Steps) -> Result<()> {
    steps.step("programs for the tests", || {
        packages::install()?;
        strangers::install_callers(project)?;
        tools::install_nextest(project)
    })
}

fn nextest(project: &Project) -> Result<Command> {
    let mut command = tools::with_tools(project, project.cargo())?;
    command.args(["nextest", "run", "--locked"]);
    Ok(command)
}
