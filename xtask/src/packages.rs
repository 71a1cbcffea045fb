//! What the tests need from the machine's own packages: browsers, players, Python, Node.

use std::process::Command;

use anyhow::{Result, bail, ensure};

use crate::{
    command::{is_installed, output_of, run},
    steps::say,
};

/// A program, and the packages that bring it.
struct Need {
    program: &'static str,
    debian: &'static str,
    brew: Brew,
}

/// How Homebrew names a package; a cask and a formula cannot share a command.
enum Brew {
    Cask(&'static str),
    Formula(&'static str),
}

const NEEDS: [Need; 7] = [
    Need {
        program: "chromium",
        debian: "chromium",
        brew: Brew::Cask("chromium"),
    },
    Need {
        program: "chromedriver",
        debian: "chromium-driver",
        brew: Brew::Cask("chromedriver"),
    },
    Need {
        program: "opusdec",
        debian: "opus-tools",
        brew: Brew::Formula("opus-tools"),
    },
    Need {
        program: "ffmpeg",
        debian: "ffmpeg",
        brew: Brew::Formula("ffmpeg"),
    },
    Need {
        program: "turnserver",
        debian: "coturn",
        brew: Brew::Formula("coturn"),
    },
    Need {
        program: "python3",
        debian: "python3 python3-venv",
        brew: Brew::Formula("python"),
    },
    Need {
        program: "npm",
        debian: "nodejs npm",
        brew: Brew::Formula("node"),
    },
];

/// Installs what is missing when we may, else says with which line it is done.
pub(crate) fn install() -> Result<()> {
    let missing: Vec<&Need> = NEEDS
        .iter()
        .filter(|need| !is_installed(need.program))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let apt = is_installed("apt-get");
    if !apt && is_installed("brew") {
        bail!(
            "the tests need more programs, please run:\n\n{}\n",
            brew_line(&missing)
        );
    }
    ensure!(
        apt,
        "the tests need more programs, please install: {}",
        programs(&missing)
    );

    let packages = debian_packages(&missing);
    if !is_root()? {
        bail!(
            "the tests need more programs, please run:\n\n\
             sudo apt-get install --yes --no-install-recommends {}\n",
            packages.join(" ")
        );
    }
    say(&format!("installing {}", packages.join(" ")));
    run(Command::new("apt-get").args(["update", "--quiet"]))?;
    run(Command::new("apt-get")
        .args(["install", "--yes", "--quiet", "--no-install-recommends"])
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive"))
}

fn is_root() -> Result<bool> {
    Ok(output_of(Command::new("id").arg("-u"))?.trim() == "0")
}

fn programs(missing: &[&Need]) -> String {
    missing
        .iter()
        .map(|need| need.program)
        .collect::<Vec<_>>()
        .join(", ")
}

fn debian_packages(missing: &[&Need]) -> Vec<&'static str> {
    missing
        .iter()
        .flat_map(|need| need.debian.split(' '))
        .collect()
}

fn brew_line(missing: &[&Need]) -> String {
    let (mut casks, mut formulas) = (Vec::new(), Vec::new());
    for need in missing {
        match need.brew {
            Brew::Cask(name) => casks.push(name),
            Brew::Formula(name) => formulas.push(name),
        }
    }
    let commands = [("brew install --cask", casks), ("brew install", formulas)];
    commands
        .iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(command, names)| format!("{command} {}", names.join(" ")))
        .collect::<Vec<_>>()
        .join(" && ")
}

/// Python's `venv` is a package of its own on Debian and has no program to look for.
pub(crate) fn blame_venv(error: anyhow::Error) -> anyhow::Error {
    if is_installed("apt-get") {
        return error
            .context("Python cannot make a virtual environment: is python3-venv installed?");
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debian_installs_what_is_missing_in_one_line() {
        let missing: Vec<&Need> = NEEDS.iter().skip(4).collect();

        assert_eq!(
            debian_packages(&missing),
            ["coturn", "python3", "python3-venv", "nodejs", "npm"]
        );
    }

    #[test]
    fn homebrew_installs_casks_apart_from_formulas() {
        let missing: Vec<&Need> = NEEDS.iter().skip(1).take(2).collect();

        assert_eq!(
            brew_line(&missing),
            "brew install --cask chromedriver && brew install opus-tools"
        );
    }
}
