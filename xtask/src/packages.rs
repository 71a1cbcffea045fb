//! What the tests need from the machine's own packages: browsers, players, compilers, Python, Node.

mod apt;

use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::command::is_installed;

/// Something the tests need, and the packages that bring it.
struct Need {
    sign: Sign,
    debian: &'static str,
    brew: Brew,
}

/// By what we know that it is there.
enum Sign {
    Program(&'static str),
    /// Something to import. Debian's Python cannot make virtual environments by itself.
    PythonModule(&'static str),
}

/// How Homebrew names a package; a cask and a formula cannot share a command.
enum Brew {
    Cask(&'static str),
    Formula(&'static str),
}

/// What every test needs but those in Firefox.
const NEEDS: [Need; 10] = [
    Need {
        sign: Sign::Program("chromium"),
        debian: "chromium",
        brew: Brew::Cask("chromium"),
    },
    Need {
        sign: Sign::Program("chromedriver"),
        debian: "chromium-driver",
        brew: Brew::Cask("chromedriver"),
    },
    Need {
        sign: Sign::Program("opusdec"),
        debian: "opus-tools",
        brew: Brew::Formula("opus-tools"),
    },
    Need {
        sign: Sign::Program("ffmpeg"),
        debian: "ffmpeg",
        brew: Brew::Formula("ffmpeg"),
    },
    Need {
        sign: Sign::Program("turnserver"),
        debian: "coturn",
        brew: Brew::Formula("coturn"),
    },
    // libopus, which the waveforms are compared with, is built from its source.
    Need {
        sign: Sign::Program("cmake"),
        debian: "cmake",
        brew: Brew::Formula("cmake"),
    },
    Need {
        sign: Sign::Program("python3"),
        debian: "python3",
        brew: Brew::Formula("python"),
    },
    Need {
        sign: Sign::PythonModule("ensurepip"),
        debian: "python3-venv",
        brew: Brew::Formula("python"),
    },
    Need {
        sign: Sign::Program("npm"),
        debian: "nodejs npm",
        brew: Brew::Formula("node"),
    },
    // The fuzzer's own part is C++.
    Need {
        sign: Sign::Program("c++"),
        debian: "g++",
        brew: Brew::Formula("gcc"),
    },
];

/// What only the tests in Firefox need.
const FIREFOX: [Need; 2] = [
    Need {
        sign: Sign::Program("firefox"),
        debian: "firefox-esr",
        brew: Brew::Cask("firefox@esr"),
    },
    // Without a sound system Firefox has no clock for sound.
    Need {
        sign: Sign::Program("pulseaudio"),
        debian: "pulseaudio",
        brew: Brew::Formula("pulseaudio"),
    },
];

/// With what a recording is read back.
const READERS: [&str; 1] = ["opusdec"];

/// Without these not even everything can be built.
const COMPILERS: [&str; 2] = ["cmake", "c++"];

/// Installs what is missing when we may, else says with which line it is done.
pub(crate) fn install() -> Result<()> {
    install_those(NEEDS.iter())
}

/// The same for the tests in Firefox.
pub(crate) fn install_for_firefox() -> Result<()> {
    install_those(
        FIREFOX
            .iter()
            .chain(programs(&READERS))
            .chain(programs(&COMPILERS)),
    )
}

/// The same for what a build needs, and no test more.
pub(crate) fn install_compilers() -> Result<()> {
    install_those(programs(&COMPILERS))
}

fn programs(names: &[&str]) -> impl Iterator<Item = &'static Need> {
    NEEDS
        .iter()
        .filter(|need| matches!(need.sign, Sign::Program(program) if names.contains(&program)))
}

fn install_those(needs: impl Iterator<Item = &'static Need>) -> Result<()> {
    let missing: Vec<&Need> = needs.filter(|need| !need.sign.is_there()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if is_installed("apt-get") {
        return apt::install(&debian_packages(&missing));
    }
    if is_installed("brew") {
        bail!(
            "the tests need more programs, please run:\n\n{}\n",
            brew_line(&missing)
        );
    }
    bail!(
        "the tests need more programs, please install: {}",
        names(&missing)
    )
}

impl Sign {
    fn is_there(&self) -> bool {
        match self {
            Self::Program(name) => is_installed(name),
            Self::PythonModule(name) => Command::new("python3")
                .args(["-c", &format!("import {name}")])
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success()),
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Program(name) => (*name).to_owned(),
            Self::PythonModule(name) => format!("Python's {name}"),
        }
    }
}

fn names(missing: &[&Need]) -> String {
    missing
        .iter()
        .map(|need| need.sign.name())
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
        let (names, name) = match need.brew {
            Brew::Cask(name) => (&mut casks, name),
            Brew::Formula(name) => (&mut formulas, name),
        };
        // Two needs may come with one package.
        if !names.contains(&name) {
            names.push(name);
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
            [
                "coturn",
                "cmake",
                "python3",
                "python3-venv",
                "nodejs",
                "npm",
                "g++"
            ]
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

    #[test]
    fn homebrew_installs_python_once() {
        let missing: Vec<&Need> = NEEDS.iter().skip(6).take(2).collect();

        assert_eq!(brew_line(&missing), "brew install python");
    }

    #[test]
    fn a_python_module_that_cannot_be_imported_is_missing() {
        assert!(!Sign::PythonModule("no_such_module_anywhere").is_there());
    }
}
