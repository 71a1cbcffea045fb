//! The shape of a file: its name, its length, how it opens, what it must not hold.

use super::{Finding, source::SourceFile};

/// A file that is longer holds two rooms.
const LINE_LIMIT: usize = 400;

/// Names that say nothing about what is inside.
const DRAWERS: [&str; 7] = [
    "common.rs",
    "helper.rs",
    "helpers.rs",
    "misc.rs",
    "types.rs",
    "util.rs",
    "utils.rs",
];

/// Put together here, so that this file passes its own check.
const LEFT_OVERS: [&str; 3] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
];

/// How a figure is called that is still to be measured, in the page that strangers read.
const UNMEASURED: [&str; 2] = ["FIRST_", "NEXT_"];

/// Names every fault of a file's shape.
pub(super) fn check(file: &SourceFile) -> Vec<Finding> {
    let mut findings = whole_file(file);
    for (number, line) in file.lines() {
        if line.ends_with([' ', '\t', '\r']) {
            findings.push(Finding::of_line(&file.path, number, "ends with a blank"));
        }
        if let Some(left_over) = LEFT_OVERS.iter().find(|word| has_word(line, word)) {
            let message = format!("`{left_over}`: do it, or write it down where work is planned");
            findings.push(Finding::of_line(&file.path, number, message));
        }
        if file.path == "README.md" && UNMEASURED.iter().any(|word| line.contains(word)) {
            let message = "a figure that nobody has measured yet";
            findings.push(Finding::of_line(&file.path, number, message));
        }
    }
    findings
}

fn whole_file(file: &SourceFile) -> Vec<Finding> {
    let mut messages = Vec::new();
    if !file.text.is_empty() && !file.text.ends_with('\n') {
        messages.push("does not end with a new line".to_owned());
    }
    if file.is_rust() {
        messages.extend(rust_file(file));
    }
    messages
        .into_iter()
        .map(|message| Finding::of_file(&file.path, message))
        .collect()
}

fn rust_file(file: &SourceFile) -> Vec<String> {
    let mut messages = Vec::new();
    // Unit tests in a file of their own are still part of the room they test.
    if !file.text.starts_with("//!") && file.name() != "tests.rs" {
        messages.push("does not open with `//!`: what does this room own?".to_owned());
    }
    if file.name() == "mod.rs" {
        messages.push("`a/mod.rs` is called `a.rs` here".to_owned());
    }
    if DRAWERS.contains(&file.name()) {
        messages.push("this name is a drawer: what is it for?".to_owned());
    }
    let length = file.lines_without_tests().count();
    if length > LINE_LIMIT {
        messages.push(format!(
            "{length} lines without its tests, {LINE_LIMIT} is the limit"
        ));
    }
    messages
}

fn has_word(line: &str, word: &str) -> bool {
    line.split(|letter: char| !letter.is_alphanumeric())
        .any(|part| part == word)
}

#[cfg(test)]
mod tests {
    use super::{super::source::file, *};

    fn messages(path: &str, text: &str) -> Vec<String> {
        check(&file(path, text))
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_well_shaped_file_passes() {
        assert_eq!(messages("a.rs", "//! A room.\n\nfn a() {}\n"), [""; 0]);
    }

    #[test]
    fn a_file_says_what_it_owns() {
        assert_eq!(
            messages("a.rs", "fn a() {}\n"),
            ["a.rs: does not open with `//!`: what does this room own?"]
        );
    }

    #[test]
    fn four_hundred_lines_are_the_limit_without_tests() {
        let code = format!("//! A room.\n{}", "a();\n".repeat(399));
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "b();\n".repeat(500));

        assert_eq!(messages("a.rs", &(code.clone() + &tests)), [""; 0]);
        assert_eq!(
            messages("a.rs", &(code + "a();\n" + &tests)),
            ["a.rs: 401 lines without its tests, 400 is the limit"]
        );
    }

    #[test]
    fn drawers_and_mod_files_are_refused() {
        assert_eq!(
            messages("a/mod.rs", "//! A room.\n"),
            ["a/mod.rs: `a/mod.rs` is called `a.rs` here"]
        );
        assert_eq!(
            messages("a/util.rs", "//! A room.\n"),
            ["a/util.rs: this name is a drawer: what is it for?"]
        );
    }

    #[test]
    fn trailing_blanks_and_left_overs_are_found_in_any_text() {
        let text = format!("a \nb\n# {}: later\n", LEFT_OVERS[0]);

        let found = messages("README.md", &text);

        assert_eq!(found.len(), 2);
        assert_eq!(found[0], "README.md:1: ends with a blank");
        assert!(found[1].starts_with("README.md:3: "));
    }

    #[test]
    fn the_readme_holds_measured_figures_only() {
        let text = "| first `run` | 8 min |\n| first `test` | FIRST_TEST |\n| then | NEXT_TEST |\n";

        assert_eq!(
            messages("README.md", text),
            [
                "README.md:2: a figure that nobody has measured yet",
                "README.md:3: a figure that nobody has measured yet"
            ]
        );
        assert_eq!(messages("docs/A.md", text), [""; 0]);
    }

    #[test]
    fn the_last_line_is_ended() {
        assert_eq!(
            messages("a.md", "a"),
            ["a.md: does not end with a new line"]
        );
    }
}
