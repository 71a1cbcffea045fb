//! `cargo xtask run`: from a fresh clone to a served page.

use std::{path::PathBuf, process::Command, thread};

use anyhow::{Result, anyhow};

use crate::{
    command, page,
    project::Project,
    steps::{self, Steps},
};

/// Installs what is missing, builds the page and the server, and becomes the server.
pub(crate) fn run(project: &Project, options: &[String]) -> Result<()> {
    let steps = Steps::begin();

    let outcome = build(project, &steps);
    steps.print_summary();
    outcome?;

    steps::say("");
    // From here on, Ctrl-C and other signals are the server's, and so is the exit code.
    command::become_program(project.program(server(project)).args(options))
}

fn build(project: &Project, steps: &Steps) -> Result<()> {
    steps.step("sources", || {
        command::run(project.cargo().args(["fetch", "--locked"]))
    })?;
    if server(project).exists() {
        page::install_and_build(project, steps, command::run)?;
    } else {
        build_the_first_time(project, steps)?;
    }
    steps.step("server", || command::run(&mut build_server(project)))
}

/// The page's tools keep one core busy for minutes: the server's libraries are built meanwhile.
fn build_the_first_time(project: &Project, steps: &Steps) -> Result<()> {
    thread::scope(|scope| {
        let server = scope.spawn(|| {
            steps.step("server, without its page", || {
                command::run_marked("server", &mut build_server(project))
            })
        });
        let page = page::install_and_build(project, steps, |command| {
            command::run_marked("page", command)
        });

        let server = server
            .join()
            .map_err(|_| anyhow!("the building of the server panicked"))?;
        page.and(server)
    })
}

fn build_server(project: &Project) -> Command {
    let mut command = project.cargo();
    command.args(["build", "--release", "--locked", "--package", "server"]);
    command
}

fn server(project: &Project) -> PathBuf {
    project.target.join("release/voicechat-server")
}
