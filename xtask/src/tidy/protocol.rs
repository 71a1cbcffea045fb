//! The files that define the wire cannot change without docs/PROTOCOL.md being looked at.
//!
//! That page carries a hash of their code (without comments and tests).

use std::fs;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use super::{Finding, source::SourceFile};
use crate::{project::Project, steps::say};

const PAGE: &str = "docs/PROTOCOL.md";

const WIRE: [&str; 23] = [
    "server/src/http.rs",
    "server/src/http/about.rs",
    "server/src/http/call.rs",
    "server/src/http/call/change.rs",
    "server/src/http/call/echo.rs",
    "server/src/http/conversations.rs",
    "server/src/http/conversations/list.rs",
    "server/src/http/conversations/range.rs",
    "server/src/http/conversations/serve.rs",
    "server/src/http/health.rs",
    "server/src/http/offer.rs",
    "server/src/http/problem.rs",
    "server/src/http/problem/kind.rs",
    "server/src/http/whip.rs",
    "shared/src/about.rs",
    "shared/src/call.rs",
    "shared/src/conversation_id.rs",
    "shared/src/health.rs",
    "shared/src/peaks.rs",
    "shared/src/problem.rs",
    "shared/src/recording.rs",
    "shared/src/recordings.rs",
    "shared/src/signaling.rs",
];

/// The line of the page that holds the hash.
const MARK: (&str, &str) = ("<!-- wire: ", " -->");

/// Says when the page does not describe the wire as it is.
pub(super) fn check(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings: Vec<_> = WIRE
        .iter()
        .filter(|path| find(files, path).is_none())
        .map(|path| {
            Finding::of_file(
                path,
                "defines the wire but is gone: see xtask/src/tidy/protocol.rs",
            )
        })
        .collect();
    let Some(page) = find(files, PAGE) else {
        findings.push(Finding::of_file(PAGE, "is missing"));
        return findings;
    };
    if recorded(&page.text) != Some(&hash(files)) {
        let message = "the wire's files changed: bring this page up to date, \
                       then `cargo xtask tidy --accept-protocol`";
        findings.push(Finding::of_file(PAGE, message));
    }
    findings
}

/// Writes the hash of the wire's files into the page.
pub(super) fn accept(project: &Project, files: &[SourceFile]) -> Result<()> {
    let page = find(files, PAGE).with_context(|| format!("there is no {PAGE}"))?;

    fs::write(project.root.join(PAGE), with_hash(&page.text, &hash(files)))?;
    say(&format!("{PAGE} describes the wire"));
    Ok(())
}

fn find<'a>(files: &'a [SourceFile], path: &str) -> Option<&'a SourceFile> {
    files.iter().find(|file| file.path == path)
}

fn hash(files: &[SourceFile]) -> String {
    let mut hasher = Sha256::new();
    for path in WIRE {
        hasher.update(path);
        for (_, line) in find(files, path).iter().flat_map(|file| file.code()) {
            hasher.update(line.trim());
            hasher.update("\n");
        }
    }
    hasher
        .finalize()
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn recorded(page: &str) -> Option<&str> {
    page.lines()
        .find_map(|line| line.strip_prefix(MARK.0)?.strip_suffix(MARK.1))
}

fn with_hash(page: &str, hash: &str) -> String {
    let page: String = page
        .lines()
        .filter(|line| !line.starts_with(MARK.0))
        .flat_map(|line| [line, "\n"])
        .collect();

    format!("{}\n\n{}{hash}{}\n", page.trim_end(), MARK.0, MARK.1)
}

#[cfg(test)]
mod tests {
    use super::{super::source::file, *};

    fn project(route: &str, page: &str) -> Vec<SourceFile> {
        let mut files: Vec<_> = WIRE.iter().map(|path| file(path, route)).collect();
        files.push(file(PAGE, page));
        files
    }

    #[test]
    fn an_accepted_wire_passes() {
        let page = with_hash("# Wire\n", &hash(&project("a();\n", "")));

        assert_eq!(check(&project("a();\n", &page)), []);
    }

    #[test]
    fn a_changed_wire_needs_its_page() {
        let page = with_hash("# Wire\n", &hash(&project("a();\n", "")));

        assert_eq!(check(&project("b();\n", &page)).len(), 1);
    }

    #[test]
    fn comments_and_tests_do_not_change_the_wire() {
        let page = with_hash("# Wire\n", &hash(&project("a();\n", "")));
        let told = "//! Words.\n\na();\n// More.\n#[cfg(test)]\nmod tests {\n}\n";

        assert_eq!(check(&project(told, &page)), []);
    }

    #[test]
    fn accepting_twice_leaves_one_mark() {
        let once = with_hash("# Wire\n", "0a");

        assert_eq!(with_hash(&once, "0b"), "# Wire\n\n<!-- wire: 0b -->\n");
    }

    #[test]
    fn a_wire_file_that_is_gone_is_named() {
        let mut files = project("a();\n", "");
        files.remove(0);

        assert_eq!(
            check(&files).first().map(|finding| finding.path.as_str()),
            Some(WIRE[0])
        );
    }
}
