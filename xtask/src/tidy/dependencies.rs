//! What we depend on: where it comes from, under which licence, and which must be there once only.

use anyhow::Result;
use serde_json::Value;

use super::{Finding, licence};
use crate::{command, project::Project};

const LOCK: &str = "Cargo.lock";

/// Two of these would be two TLS stacks, two runtimes or two wire formats in one program.
const ONCE: [&str; 11] = [
    "axum",
    "bytes",
    "hyper",
    "ring",
    "rtc",
    "rustls",
    "shared",
    "tokio",
    "tracing",
    "wasm-bindgen",
    "webrtc",
];

/// Needs a C toolchain, and a second crypto library beside ring gains nothing.
const BANNED: [&str; 3] = ["aws-lc-rs", "native-tls", "openssl"];

/// Names every dependency that breaks a rule.
pub(super) fn check(project: &Project) -> Result<Vec<Finding>> {
    let arguments = ["metadata", "--format-version=1", "--locked", "--quiet"];
    let metadata = command::output_of(project.cargo().args(arguments))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let packages: Vec<_> = metadata
        .get("packages")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(Package::of)
        .collect();

    let mut findings: Vec<_> = packages.iter().flat_map(faults).collect();
    findings.extend(duplicates(&packages));
    Ok(findings)
}

struct Package<'a> {
    name: &'a str,
    version: &'a str,
    licence: &'a str,
    /// None for our own.
    source: Option<&'a str>,
}

impl<'a> Package<'a> {
    fn of(package: &'a Value) -> Self {
        let text = |field: &str| package.get(field).and_then(Value::as_str);
        Self {
            name: text("name").unwrap_or_default(),
            version: text("version").unwrap_or_default(),
            licence: text("license").unwrap_or_default(),
            source: text("source"),
        }
    }
}

/// How cargo names the source of a package from crates.io, whatever host serves the index.
fn is_crates_io(source: &str) -> bool {
    source.starts_with("registry+") && source.ends_with("/crates.io-index")
}

fn faults(package: &Package<'_>) -> Vec<Finding> {
    let Package {
        name,
        version,
        licence,
        source,
    } = package;
    let mut faults = Vec::new();
    if source.is_some_and(|source| !is_crates_io(source)) {
        faults.push(format!("{name} {version} does not come from crates.io"));
    }
    if BANNED.contains(name) {
        faults.push(format!("{name} {version} is not wanted here"));
    }
    // Under which licence our own packages are given away is for their owner to say.
    if source.is_some() && !licence::is_accepted(licence) {
        faults.push(format!(
            "{name} {version} is under `{licence}`, which is not on our list"
        ));
    }
    faults
        .into_iter()
        .map(|fault| Finding::of_file(LOCK, fault))
        .collect()
}

fn duplicates(packages: &[Package<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for name in ONCE {
        let versions: Vec<_> = packages
            .iter()
            .filter(|package| package.name == name)
            .map(|package| package.version)
            .collect();
        if versions.len() > 1 {
            let message = format!("{name} is there more than once: {}", versions.join(", "));
            findings.push(Finding::of_file(LOCK, message));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    const CRATES_IO: &str = "registry+https://index.example.org/crates.io-index";

    fn package<'a>(name: &'a str, licence: &'a str, source: Option<&'a str>) -> Package<'a> {
        Package {
            name,
            version: "1.0.0",
            licence,
            source,
        }
    }

    #[test]
    fn our_own_and_free_packages_of_the_registry_pass() {
        assert_eq!(faults(&package("server", "", None)), []);
        assert_eq!(faults(&package("bytes", "MIT", Some(CRATES_IO))), []);
    }

    #[test]
    fn a_package_of_the_registry_without_a_free_licence_is_named() {
        let faults = faults(&package("bytes", "", Some(CRATES_IO)));

        assert_eq!(
            faults,
            [Finding::of_file(
                LOCK,
                "bytes 1.0.0 is under ``, which is not on our list"
            )]
        );
    }

    #[test]
    fn a_package_from_elsewhere_is_named() {
        let elsewhere = package("bytes", "MIT", Some("git+https://example.org/bytes"));

        assert_eq!(
            faults(&elsewhere),
            [Finding::of_file(
                LOCK,
                "bytes 1.0.0 does not come from crates.io"
            )]
        );
    }

    #[test]
    fn a_second_crypto_library_is_named() {
        let faults = faults(&package("openssl", "Apache-2.0", Some(CRATES_IO)));

        assert_eq!(
            faults,
            [Finding::of_file(LOCK, "openssl 1.0.0 is not wanted here")]
        );
    }

    #[test]
    fn a_second_version_is_named_where_one_must_be() {
        let twice = [
            package("ring", "ISC", Some(CRATES_IO)),
            package("ring", "ISC", Some(CRATES_IO)),
        ];

        assert_eq!(
            duplicates(&twice),
            [Finding::of_file(
                LOCK,
                "ring is there more than once: 1.0.0, 1.0.0"
            )]
        );
    }
}
