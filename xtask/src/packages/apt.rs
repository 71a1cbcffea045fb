//! How Debian's packages are installed, and what has to be known before.

use std::process::Command;

use anyhow::{Result, bail};

use crate::{
    command::{is_installed, output_of, run},
    steps::say,
};

const COTURN: &str = "coturn";

/// Debian starts coturn once it is installed and at each boot, open to everybody. The tests start
/// one of their own, so nobody needs that service.
const MASK: [&str; 3] = ["systemctl", "mask", "coturn.service"];

const INSTALL: [&str; 4] = ["apt-get", "install", "--yes", "--no-install-recommends"];

/// Installs the packages when we may, else says with which line it is done.
pub(super) fn install(packages: &[&str]) -> Result<()> {
    let masks = packages.contains(&COTURN) && is_installed("systemctl");
    if !is_root()? {
        // Before the first `apt-get update` nothing is on offer.
        if has_lists()? {
            refuse_what_is_not_on_offer(packages)?;
        }
        bail!(
            "the tests need more programs, please run:\n\n{}\n",
            line(packages, masks)
        );
    }

    say(&format!("installing {}", packages.join(" ")));
    run(Command::new("apt-get").args(["update", "--quiet"]))?;
    refuse_what_is_not_on_offer(packages)?;
    if masks {
        run(&mut command(&MASK))?;
    }
    run(command(&INSTALL)
        .arg("--quiet")
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive"))
}

fn is_root() -> Result<bool> {
    Ok(output_of(Command::new("id").arg("-u"))?.trim() == "0")
}

fn has_lists() -> Result<bool> {
    Ok(policy(&[])?.lines().any(|line| line.ends_with(" Packages")))
}

/// One package that does not exist would have apt install none of the others.
fn refuse_what_is_not_on_offer(packages: &[&str]) -> Result<()> {
    let missing = not_on_offer(packages, &policy(packages)?);
    if missing.is_empty() {
        return Ok(());
    }

    let mut message = format!("this system's apt has no {}", missing.join(", no "));
    if missing.iter().any(|name| name.starts_with("chromium")) {
        message += ": on Ubuntu, Chromium is a snap, which the tests do not know. Use Debian, \
                    or put a `chromium` and a `chromedriver` of the same version into PATH \
                    and run this again";
    }
    bail!(message)
}

/// What apt knows of the packages, or of its sources when none is named.
fn policy(packages: &[&str]) -> Result<String> {
    output_of(
        Command::new("apt-cache")
            .arg("policy")
            .args(packages)
            .env("LC_ALL", "C"),
    )
}

/// The packages that have no version to install, by what `apt-cache policy` says.
fn not_on_offer<'a>(packages: &[&'a str], policy: &str) -> Vec<&'a str> {
    let is_offered = |package: &str| {
        let title = format!("{package}:");
        policy
            .lines()
            .skip_while(|line| *line != title)
            .skip(1)
            .take_while(|line| line.starts_with(' '))
            .filter_map(|line| line.trim_start().strip_prefix("Candidate: "))
            .any(|version| version != "(none)")
    };

    packages
        .iter()
        .copied()
        .filter(|package| !is_offered(package))
        .collect()
}

/// What a person types who is not root.
fn line(packages: &[&str], masks: bool) -> String {
    let mask = masks.then(|| format!("sudo {} && ", MASK.join(" ")));

    format!(
        "{}sudo apt-get update && sudo {} {}",
        mask.unwrap_or_default(),
        INSTALL.join(" "),
        packages.join(" ")
    )
}

fn command(words: &[&str]) -> Command {
    let mut words = words.iter();
    let mut command = Command::new(words.next().copied().unwrap_or_default());
    command.args(words);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As apt says it on Ubuntu, which knows no `chromium-driver` at all.
    const UBUNTU: &str = "\
chromium:
  Installed: (none)
  Candidate: (none)
  Version table:
ffmpeg:
  Installed: (none)
  Candidate: 7:6.1.1-3ubuntu5
  Version table:
     7:6.1.1-3ubuntu5 500
";

    #[test]
    fn a_package_without_a_candidate_is_not_on_offer() {
        let wanted = ["chromium", "chromium-driver", "ffmpeg"];

        assert_eq!(
            not_on_offer(&wanted, UBUNTU),
            ["chromium", "chromium-driver"]
        );
    }

    #[test]
    fn a_package_is_not_taken_for_its_namesake() {
        assert_eq!(not_on_offer(&["peg"], UBUNTU), ["peg"]);
    }

    #[test]
    fn coturn_is_masked_before_it_is_installed() {
        assert_eq!(
            line(&["coturn", "ffmpeg"], true),
            "sudo systemctl mask coturn.service && sudo apt-get update && \
             sudo apt-get install --yes --no-install-recommends coturn ffmpeg"
        );
    }

    #[test]
    fn without_coturn_nothing_is_masked() {
        assert_eq!(
            line(&["ffmpeg"], false),
            "sudo apt-get update && sudo apt-get install --yes --no-install-recommends ffmpeg"
        );
    }
}
