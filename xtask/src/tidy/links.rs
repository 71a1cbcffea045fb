//! Links between our pages lead somewhere.

use std::collections::BTreeSet;

use super::{Finding, source::SourceFile};

/// Names every link in a Markdown file that leads to no file or folder of the project.
pub(super) fn check(files: &[SourceFile]) -> Vec<Finding> {
    let places = places(files);
    let mut findings = Vec::new();

    for file in files.iter().filter(|file| file.path.ends_with(".md")) {
        for (number, line) in file.lines() {
            for target in targets(line) {
                if !places.contains(&resolve(&file.path, target)) {
                    let message = format!("the link to `{target}` leads nowhere");
                    findings.push(Finding::of_line(&file.path, number, message));
                }
            }
        }
    }
    findings
}

/// Every file and every folder with a file in it. Pictures are no text, so they are not checked.
fn places(files: &[SourceFile]) -> BTreeSet<String> {
    let mut places = BTreeSet::from([String::new()]);
    for file in files {
        for (at, _) in file.path.match_indices('/') {
            places.extend(file.path.get(..at).map(ToOwned::to_owned));
        }
        places.insert(file.path.clone());
    }
    places
}

/// The targets of `[text](target)` in a line that are files of ours, without their `#anchor`.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    line.split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', ' ']).next())
        .filter_map(|target| target.split('#').next())
        .filter(|target| !target.is_empty() && !target.contains(':') && !is_picture(target))
}

fn is_picture(target: &str) -> bool {
    [".png", ".jpg", ".webp"]
        .iter()
        .any(|ending| target.ends_with(ending))
}

/// A link's target as a path from the root.
fn resolve(page: &str, target: &str) -> String {
    let mut path: Vec<&str> = page.split('/').collect();
    path.pop();
    for part in target.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(path.pop()),
            part => path.push(part),
        }
    }
    path.join("/")
}

#[cfg(test)]
mod tests {
    use super::{super::source::file, *};

    #[test]
    fn a_link_to_nothing_is_found_and_others_are_not() {
        let files = [
            file(
                "docs/A.md",
                "[a](B.md#part) [b](../STYLE.md) [c](https://a.b/C.md) [d](#here)\n[e](gone.md)\n",
            ),
            file("docs/B.md", "[up](../docs/) [root](..)\n"),
            file("STYLE.md", ""),
        ];

        let found: Vec<_> = check(&files).iter().map(ToString::to_string).collect();

        assert_eq!(found, ["docs/A.md:2: the link to `gone.md` leads nowhere"]);
    }
}
