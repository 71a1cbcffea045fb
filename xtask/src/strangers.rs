//! Other people's programs, pinned, each in a folder of its own below `target/tools`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{command::run, packages, project::Project};

const TYPOS: &str = "typos==1.52.0";
/// Folders with a Python in them, and what it needs.
const PYTHONS: [(&str, &str); 2] = [
    ("python", "tests/foreign/requirements.txt"),
    ("schemathesis", "tests/foreign/schemathesis.txt"),
];
const NODE_FILES: [&str; 2] = ["package.json", "package-lock.json"];

/// Holds what was installed, so that it is not installed again.
const STAMP: &str = ".installed";

/// Installs the spelling checker, once.
pub(crate) fn install_typos(project: &Project) -> Result<PathBuf> {
    let home = project.tools().join("typos");

    once(&home, TYPOS, || install_python(project, &home, &[TYPOS]))?;
    Ok(home.join("bin/typos"))
}

/// Installs the programs that call and question our server in its tests, once.
pub(crate) fn install_callers(project: &Project) -> Result<()> {
    let tools = project.tools();
    for (name, requirements) in PYTHONS {
        let home = tools.join(name);
        let content = read(&project.root.join(requirements))?;
        once(&home, &content, || {
            install_python(project, &home, &["--requirement", requirements])
        })?;
    }

    let node = tools.join("node");
    let foreign = project.root.join("tests/foreign");
    let [package, lock] = NODE_FILES.map(|name| read(&foreign.join(name)));
    once(&node, &(package? + &lock?), || {
        install_node(project, &foreign, &node)
    })
}

fn install_python(project: &Project, home: &Path, what: &[&str]) -> Result<()> {
    run(project
        .program("python3")
        .args(["-m", "venv", "--clear"])
        .arg(home))
    .map_err(packages::blame_venv)?;
    run(project
        .program(home.join("bin/python"))
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ])
        .args(what))
}

fn install_node(project: &Project, foreign: &Path, home: &Path) -> Result<()> {
    fs::create_dir_all(home)?;
    for name in NODE_FILES {
        fs::copy(foreign.join(name), home.join(name))?;
    }
    run(project
        .program("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(home))
}

/// Does `work` unless it was done for the same `content`.
fn once(home: &Path, content: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    let stamp = home.join(STAMP);
    if fs::read_to_string(&stamp).is_ok_and(|done| done == content) {
        return Ok(());
    }

    work()?;
    fs::write(&stamp, content).with_context(|| format!("cannot write {}", stamp.display()))
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("no {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_installed_is_not_installed_again() {
        let home = tempfile::tempdir().unwrap();
        let mut installations = 0;

        for version in ["1", "1", "2"] {
            once(home.path(), version, || {
                installations += 1;
                Ok(())
            })
            .unwrap();
        }

        assert_eq!(installations, 2);
    }

    #[test]
    fn a_failed_installation_is_tried_again() {
        let home = tempfile::tempdir().unwrap();
        once(home.path(), "1", || anyhow::bail!("no network")).unwrap_err();
        let mut is_tried = false;

        once(home.path(), "1", || {
            is_tried = true;
            Ok(())
        })
        .unwrap();

        assert!(is_tried);
    }
}
