//! The program: reads what is asked for, measures, and prints what came of it.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use bench::figures::Figures;
use bench::load::{self, LoadError};
use bench::options::Options;
use bench::report::Report;
use bench::search::{self, Limit, Verdict};
use clap::Parser;
use rustix::process::{Resource, getrlimit, setrlimit};

/// A measurement that was not made, or not told of.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error("the figures could not be written: {0}")]
    Output(#[from] io::Error),
    #[error("not even a single call was fit for voice")]
    NothingHolds,
    #[error("the caller could not keep the pace of a single call: nothing is known of the server")]
    CallerLate,
}

fn main() -> ExitCode {
    let options = Options::parse();
    open_many_files();
    match measure(&options) {
        Ok(report) if report.is_complete() => ExitCode::SUCCESS,
        Ok(_) | Err(Error::NothingHolds) => ExitCode::from(1),
        Err(error) => {
            say(&format!("voicechat-bench: {error}"));
            ExitCode::from(2)
        }
    }
}

fn measure(options: &Options) -> Result<Report, Error> {
    let calls = options.calls.get();
    if options.find_max {
        return find_most(options, calls);
    }
    let report = run(options, calls)?;
    tell(options, &report.figures())?;
    Ok(report)
}

fn find_most(options: &Options, most: usize) -> Result<Report, Error> {
    let (mut told, mut has_held) = (None, false);
    let found = search::greatest(most, |calls| {
        let report = run(options, calls)?;
        let verdict = report.verdict();
        if !options.quiet {
            let word = match verdict {
                Verdict::Hold => "hold",
                Verdict::TooMany => "are too many",
                Verdict::CallerLate => "are more than the caller keeps the pace of",
            };
            say(&format!("{calls} calls {word}\n{}", report.figures()));
        }
        let holds = verdict == Verdict::Hold;
        // Where none hold, the last ones tell why.
        if holds || !has_held {
            told = Some(report);
        }
        has_held |= holds;
        Ok::<Verdict, Error>(verdict)
    })?;
    let report = told.ok_or(Error::NothingHolds)?;
    let mut figures = report.figures();
    figures.search = Some(found);
    tell(options, &figures)?;
    match found.limited_by {
        _ if has_held => Ok(report),
        Limit::Caller => Err(Error::CallerLate),
        Limit::Server | Limit::Asked => Err(Error::NothingHolds),
    }
}

fn run(options: &Options, calls: usize) -> Result<Report, LoadError> {
    load::run(options, calls, |state| {
        if !options.quiet {
            say(state);
        }
    })
}

fn tell(options: &Options, figures: &Figures) -> io::Result<()> {
    let mut output = io::stdout().lock();
    let Some(path) = &options.json else {
        return write!(output, "{figures}");
    };
    let json = serde_json::to_string_pretty(figures)?;
    if path == Path::new("-") {
        return writeln!(output, "{json}");
    }
    std::fs::write(path, json + "\n")?;
    write!(output, "{figures}")
}

/// Whoever does not read what is said misses it.
fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Every call has a socket. What the machine does not allow will be missed where it is needed.
fn open_many_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
}
