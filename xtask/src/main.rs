//! The one door for chores: everything that is done to the project is a word after `cargo xtask`.

mod bench;
mod check;
mod command;
mod packages;
mod page;
mod project;
mod prove;
mod run;
mod steps;
mod strangers;
mod test;
mod tidy;
mod tools;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use project::Project;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The one door for chores")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Build the page and the server and serve them on port 3001
    Run {
        /// Options of the server, see `cargo xtask run -- --help`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
    /// Do all that continuous integration does: every check, then every test
    Test,
    /// Do the cheap half of `test`: everything but building the page and running tests
    Check,
    /// Run the tests that need no browser and no other program, the page's too
    Unit(Filter),
    /// Run the browser's tests only
    E2e(Filter),
    /// Run the tests in Firefox, which `test` does not; they need Debian
    Firefox(Filter),
    /// Run the tests with other people's WebRTC libraries only
    Foreign(Filter),
    /// Measure what recordings cost, a packet alone and a thousand calls at once, or what calls
    /// cost here and elsewhere
    Bench(bench::Options),
    /// Prove what takes minutes: hours of silence, a thousand calls, kill -9, disks in trouble,
    /// crowds, what memory a call holds, floods, attacks, what the page draws and costs
    Prove {
        /// `silence`, `load`, `crash`, `recovery`, `disk`, `crowd`, `memory`, `flood`, `hostile`, `page`, or all if none is named
        names: Vec<String>,
        /// Write all figures there, too
        #[arg(long, value_name = "FILE")]
        json: Option<PathBuf>,
    },
    /// Build the page into `dist/`, compressed copies included
    Page,
    /// Check the rules that neither the compiler nor clippy knows
    Tidy {
        /// Record that docs/PROTOCOL.md describes the wire as it is now
        #[arg(long)]
        accept_protocol: bool,
    },
}

#[derive(clap::Args)]
struct Filter {
    /// Passed on to nextest, for example a part of a test's name
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    filter: Vec<String>,
}

fn main() -> ExitCode {
    match do_chore(Arguments::parse().chore) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            steps::complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn do_chore(chore: Chore) -> anyhow::Result<()> {
    let project = Project::find()?;

    match chore {
        Chore::Run { options } => run::run(&project, &options),
        Chore::Test => test::test(&project),
        Chore::Check => check::check(&project),
        Chore::Unit(Filter { filter }) => test::unit(&project, &filter),
        Chore::E2e(Filter { filter }) => test::e2e(&project, &filter),
        Chore::Firefox(Filter { filter }) => test::firefox(&project, &filter),
        Chore::Foreign(Filter { filter }) => test::foreign(&project, &filter),
        Chore::Bench(options) => bench::bench(&project, &options),
        Chore::Prove { names, json } => prove::prove(&project, &names, json.as_deref()),
        Chore::Page => page::page(&project),
        Chore::Tidy {
            accept_protocol: false,
        } => tidy::tidy(&project),
        Chore::Tidy {
            accept_protocol: true,
        } => tidy::accept_protocol(&project),
    }
}
