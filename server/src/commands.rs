//! The command line: without a command it is the server, with one it looks at recordings.

mod repair;
mod retention;
mod verify;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, LONG_ABOUT};
pub use retention::Retention;

/// What was asked for.
#[derive(Debug, Parser)]
#[command(
    name = "voicechat-server",
    version,
    about,
    long_about = LONG_ABOUT,
    max_term_width = 100,
    args_conflicts_with_subcommands = true
)]
pub struct CommandLine {
    #[command(flatten)]
    pub config: Config,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What can be done with recordings, whether or not a server runs.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Check recordings from their first byte to their last, and the metadata.json beside them
    ///
    /// Exit code: 0 if all are sound, 1 if one is not, 2 if one could not be looked at. One that is
    /// just being recorded counts as sound.
    Verify(Paths),
    /// Complete recordings that were cut off, as the server does when it starts
    ///
    /// What is sound stays as it is. Where more than a torn page has to be cut off, the file as it
    /// was is kept beside the repaired one. Exit code: 0 if all are sound now or without audio for a
    /// reason that is told, 1 if there was no audio to keep in one, 2 if one could not be repaired.
    Repair(Paths),
    /// Delete finished recordings that are kept no longer, oldest first
    ///
    /// What a running server still records is never touched. Exit code: 0, or 2 if the folder could
    /// not be looked through.
    Retention(Retention),
}

/// Where to look.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// An audio file, a conversation's folder, or the folder of all recordings
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// One JSON object a recording, with its `path` and `verdict`
    #[arg(long)]
    json: bool,
}

impl CommandLine {
    /// Reads the command line and the environment. Ends the process with a usage message when
    /// they cannot be understood, or when help was asked for.
    #[must_use]
    pub fn read() -> Self {
        Self::parse()
    }
}

/// Carries a command out. If nobody listens to the end of what it says, not all was looked at.
#[must_use]
pub fn run(command: &Command) -> ExitCode {
    let mut out = io::stdout().lock();
    let worst = match command {
        Command::Verify(paths) => verify::run(paths, &mut out),
        Command::Repair(paths) => repair::run(paths, &mut out),
        Command::Retention(rules) => retention::run(rules, &mut out),
    };
    worst
        .and_then(|worst| out.flush().map(|()| worst))
        .unwrap_or(Worst::NotSeen)
        .into()
}

/// What is worst among the recordings; a shell sees its number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Worst {
    #[default]
    AllSound,
    NotSound,
    NotSeen,
}

impl From<Worst> for ExitCode {
    fn from(worst: Worst) -> Self {
        Self::from(match worst {
            Worst::AllSound => 0,
            Worst::NotSound => 1,
            Worst::NotSeen => 2,
        })
    }
}

/// Looks at every recording that the paths mean, says one line each, and one in the end for a
/// person.
fn each<T: serde::Serialize>(
    paths: &Paths,
    out: &mut impl Write,
    look: impl Fn(&std::path::Path) -> io::Result<(T, String, Worst)>,
) -> io::Result<Worst> {
    use crate::storage::check::audio_files;

    let (mut worst, mut count, mut bad) = (Worst::default(), 0_u64, 0_u64);
    for path in &paths.paths {
        let files = match audio_files(path) {
            Ok(files) => files,
            Err(error) => {
                worst = Worst::NotSeen;
                bad += 1;
                say_unseen(paths, out, path, &error)?;
                continue;
            }
        };
        for file in files {
            count += 1;
            let (words, verdict) = match look(&file) {
                Ok((finding, words, verdict)) => {
                    if paths.json {
                        say_json(out, &file, &finding)?;
                    }
                    (words, verdict)
                }
                Err(error) => {
                    say_unseen(paths, out, &file, &error)?;
                    (String::new(), Worst::NotSeen)
                }
            };
            bad += u64::from(verdict > Worst::AllSound);
            worst = worst.max(verdict);
            if !paths.json && !words.is_empty() {
                writeln!(out, "{}: {words}", file.display())?;
            }
        }
    }
    if !paths.json {
        writeln!(out, "{count} recordings, {bad} of them not sound")?;
    }
    Ok(worst)
}

/// A finding with the file that it is about.
#[derive(serde::Serialize)]
struct About<'a, T> {
    path: std::borrow::Cow<'a, str>,
    #[serde(flatten)]
    finding: &'a T,
}

/// A file that could not be looked at.
#[derive(serde::Serialize)]
struct Unseen {
    verdict: &'static str,
    error: String,
}

fn say_json<T: serde::Serialize>(
    out: &mut impl Write,
    path: &std::path::Path,
    finding: &T,
) -> io::Result<()> {
    let path = path.to_string_lossy();
    serde_json::to_writer(&mut *out, &About { path, finding })?;
    writeln!(out)
}

fn say_unseen(
    paths: &Paths,
    out: &mut impl Write,
    path: &std::path::Path,
    error: &io::Error,
) -> io::Result<()> {
    if !paths.json {
        return writeln!(out, "{}: could not be looked at: {error}", path.display());
    }
    let error = error.to_string();
    let verdict = "not_seen";
    say_json(out, path, &Unseen { verdict, error })
}

#[cfg(test)]
mod tests;
