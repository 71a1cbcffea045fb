//! The project's text files, as git knows them.

use std::fs;

use anyhow::{Context, Result};

use crate::{command, project::Project};

/// Written by machines.
const GENERATED: [&str; 2] = ["Cargo.lock", "package-lock.json"];

/// A text file of the project.
pub(super) struct SourceFile {
    /// From the project's root, with `/`.
    pub(super) path: String,
    pub(super) text: String,
}

impl SourceFile {
    /// Every line with its number, from one.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
    }

    /// The lines before the unit tests, which stand last.
    pub(super) fn lines_without_tests(&self) -> impl Iterator<Item = (usize, &str)> {
        let tests = if self.is_of_tests() {
            Some(1)
        } else {
            self.start_of_tests()
        };
        let tests = tests.unwrap_or(usize::MAX);
        self.lines().take_while(move |(number, _)| *number < tests)
    }

    /// The lines before the unit tests that are neither empty nor a comment.
    pub(super) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines_without_tests().filter(|(_, line)| {
            let line = line.trim_start();
            !line.is_empty() && !line.starts_with("//")
        })
    }

    pub(super) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    pub(super) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Whether a file below some `src/` holds unit tests only.
    pub(super) fn is_of_tests(&self) -> bool {
        let room = self.path.split_once("/src/").map_or("", |(_, room)| room);
        room.split('/')
            .any(|part| part == "tests" || part == "tests.rs")
    }

    fn start_of_tests(&self) -> Option<usize> {
        let mut previous = (0, "");
        for (number, line) in self.lines() {
            if previous.1 == "#[cfg(test)]" && line.starts_with("mod ") && line.ends_with('{') {
                return Some(previous.0);
            }
            previous = (number, line);
        }
        None
    }
}

/// All text files that are in git or would be by `git add`.
pub(super) fn files(project: &Project) -> Result<Vec<SourceFile>> {
    let names = command::output_of(project.program("git").args([
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "-z",
    ]))?;

    let mut files = Vec::new();
    for path in names.split_terminator('\0') {
        let place = project.root.join(path);
        let is_generated = GENERATED.iter().any(|name| path.ends_with(name));
        // A file that was deleted but not yet in git is still listed.
        if is_generated || !place.is_file() {
            continue;
        }
        let bytes = fs::read(&place).with_context(|| format!("cannot read {path}"))?;
        // A file that is no text is none of ours to check.
        if let Ok(text) = String::from_utf8(bytes) {
            files.push(SourceFile {
                path: path.to_owned(),
                text,
            });
        }
    }
    Ok(files)
}

#[cfg(test)]
pub(super) fn file(path: &str, text: &str) -> SourceFile {
    SourceFile {
        path: path.to_owned(),
        text: text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_what_is_left_without_comments_and_tests() {
        let text =
            "//! A room.\n\nfn a() {}\n    // Why.\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n";

        let code: Vec<_> = file("a.rs", text)
            .code()
            .map(|(n, line)| (n, line.to_owned()))
            .collect();

        assert_eq!(code, [(3, "fn a() {}".to_owned())]);
    }

    #[test]
    fn a_function_for_tests_is_not_the_start_of_the_tests() {
        let text = "#[cfg(test)]\nfn a() {}\nfn b() {}\n";

        assert_eq!(file("a.rs", text).code().count(), 3);
    }
}
