//! `cargo xtask tidy`: the rules of STYLE.md that words can check and no compiler knows.

mod dependencies;
mod doors;
mod licence;
mod links;
mod options;
mod protocol;
mod shape;
mod source;

use std::fmt;

use anyhow::{Result, bail};

use crate::{project::Project, steps::say, tools};

/// A broken rule, and where.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    path: String,
    /// None when the whole file is meant.
    line: Option<usize>,
    message: String,
}

impl Finding {
    fn of_file(path: &str, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line: None,
            message: message.into(),
        }
    }

    fn of_line(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line: Some(line),
            message: message.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            line,
            message,
        } = self;
        match line {
            Some(line) => write!(f, "{path}:{line}: {message}"),
            None => write!(f, "{path}: {message}"),
        }
    }
}

/// Checks every rule, names every breach.
pub(crate) fn tidy(project: &Project) -> Result<()> {
    let files = source::files(project)?;
    let mut findings: Vec<Finding> = files
        .iter()
        .flat_map(|file| [shape::check(file), doors::check(file)])
        .flatten()
        .collect();
    findings.extend(links::check(&files));
    findings.extend(options::check(&files));
    findings.extend(protocol::check(&files));
    findings.extend(dependencies::check(project)?);
    findings.extend(wasm_bindgen_is_one(project)?);

    for finding in &findings {
        say(&finding.to_string());
    }
    match findings.len() {
        0 => say(&format!("{} files are tidy", files.len())),
        count => bail!("{count} rules are broken"),
    }
    Ok(())
}

/// Records that docs/PROTOCOL.md describes the wire as it is now.
pub(crate) fn accept_protocol(project: &Project) -> Result<()> {
    protocol::accept(project, &source::files(project)?)
}

fn wasm_bindgen_is_one(project: &Project) -> Result<Option<Finding>> {
    let (page, tool) = (
        project.locked_version("wasm-bindgen")?,
        tools::wasm_tools_version(project)?,
    );

    Ok((page != tool).then(|| {
        Finding::of_file(
            "xtask/wasm-tools/Cargo.toml",
            format!("has wasm-bindgen-cli {tool}, but the page has wasm-bindgen {page}"),
        )
    }))
}
