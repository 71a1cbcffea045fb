//! Other programs: how they are called, watched and blamed.

use std::{
    ffi::OsString,
    io::{self, BufRead, BufReader, Read},
    path::Path,
    process::{Command, Stdio},
    thread,
};

use anyhow::{Context, Result, bail, ensure};

use crate::steps;

/// Runs to the end, with its output going where ours goes.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(|error| blame(command, error))?;

    ensure!(status.success(), "`{}` failed: {status}", words(command));
    Ok(())
}

/// Runs to the end, with each line of its output marked by who says it.
///
/// For programs that run beside others.
pub(crate) fn run_marked(mark: &str, command: &mut Command) -> Result<()> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| blame(command, error))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());

    thread::scope(|scope| {
        scope.spawn(|| stdout.map(|lines| pass_on(mark, lines)));
        scope.spawn(|| stderr.map(|lines| pass_on(mark, lines)));
    });
    let status = child.wait().context("a child process was lost")?;

    ensure!(status.success(), "`{}` failed: {status}", words(command));
    Ok(())
}

/// What a program says on its standard output.
pub(crate) fn output_of(command: &mut Command) -> Result<String> {
    output_with(command, &[0])
}

/// The same of one that may end with any of these codes.
pub(crate) fn output_with(command: &mut Command, codes: &[i32]) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| blame(command, error))?;

    let code = output.status.code();
    ensure!(
        code.is_some_and(|code| codes.contains(&code)),
        "`{}` failed: {}",
        words(command),
        output.status
    );
    String::from_utf8(output.stdout).with_context(|| format!("`{}` is no text", words(command)))
}

/// The version a program gives for itself: the second word of `program --version`.
///
/// None when there is no such program or it does not run.
pub(crate) fn version_of(program: impl AsRef<Path>) -> Option<String> {
    let output = Command::new(program.as_ref())
        .arg("--version")
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;

    text.split_whitespace().nth(1).map(ToOwned::to_owned)
}

/// Whether a program is found in PATH.
pub(crate) fn is_installed(program: &str) -> bool {
    std::env::split_paths(&path()).any(|folder| folder.join(program).is_file())
}

/// PATH with `folder` in front.
pub(crate) fn path_with(folder: &Path) -> Result<OsString> {
    let path = path();
    let folders = [folder.to_path_buf()]
        .into_iter()
        .chain(std::env::split_paths(&path));

    Ok(std::env::join_paths(folders)?)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the server reads its options in config.rs; this is a build tool that looks for programs"
)]
fn path() -> OsString {
    std::env::var_os("PATH").unwrap_or_default()
}

fn pass_on(mark: &str, output: impl Read) {
    for line in BufReader::new(output).lines().map_while(io::Result::ok) {
        steps::say(&format!("{mark:>6} │ {line}"));
    }
}

fn blame(command: &Command, error: io::Error) -> anyhow::Error {
    if error.kind() == io::ErrorKind::NotFound {
        let program = command.get_program().to_string_lossy();
        return anyhow::anyhow!("`{program}` was not found: {}", remedy(&program));
    }
    anyhow::Error::new(error).context(format!("`{}` did not start", words(command)))
}

fn remedy(program: &str) -> &'static str {
    match program {
        "rustup" | "cargo" | "rustc" => "install Rust with rustup (https://rustup.rs) first",
        "git" => "install git; the checks ask it which files belong to the project",
        _ => "is it installed, and in PATH?",
    }
}

fn words(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or_default();
    let words = std::iter::once(program).chain(command.get_args());

    words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Becomes the program: signals that were meant for us reach it, and its exit code is ours.
pub(crate) fn become_program(command: &mut Command) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;

        let error = command.exec();
        bail!(blame(command, error))
    }
    #[cfg(not(unix))]
    run(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_named_with_its_remedy() {
        let error = run(&mut Command::new("no-such-program-anywhere")).unwrap_err();

        assert_eq!(
            error.to_string(),
            "`no-such-program-anywhere` was not found: is it installed, and in PATH?"
        );
    }

    #[test]
    fn a_failing_program_is_named_with_its_arguments() {
        let error = run(Command::new("sh").args(["-c", "exit 3"])).unwrap_err();

        assert_eq!(error.to_string(), "`sh -c exit 3` failed: exit status: 3");
    }

    #[test]
    fn what_a_program_says_is_taken_with_the_codes_that_are_asked_for() {
        let says = |code: &str, codes: &[i32]| {
            let words = format!("echo told; exit {code}");
            output_with(Command::new("sh").args(["-c", &words]), codes)
        };

        assert_eq!(says("1", &[0, 1]).unwrap(), "told\n");
        assert!(says("1", &[0]).is_err());
        assert!(says("2", &[0, 1]).is_err());
    }

    #[test]
    fn a_program_that_does_not_run_has_no_version() {
        assert_eq!(version_of("no-such-program-anywhere"), None);
    }

    #[test]
    fn a_marked_program_that_fails_is_an_error() {
        let error = run_marked("test", Command::new("sh").args(["-c", "exit 1"])).unwrap_err();

        assert_eq!(error.to_string(), "`sh -c exit 1` failed: exit status: 1");
    }
}
