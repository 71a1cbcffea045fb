//! Every option of the server stands in the README's table.

use super::{Finding, source::SourceFile};

const OPTIONS: &str = "server/src/config.rs";
const PAGE: &str = "README.md";

/// Names every option, by its name in the environment, that the README does not have.
pub(super) fn check(files: &[SourceFile]) -> Vec<Finding> {
    let find = |path: &str| files.iter().find(|file| file.path == path);
    let readme = find(PAGE)
        .map(|page| page.text.as_str())
        .unwrap_or_default();

    find(OPTIONS)
        .into_iter()
        .flat_map(SourceFile::code)
        .filter_map(|(number, line)| Some((number, environment_name(line)?)))
        .filter(|(_, name)| !readme.contains(&format!("`{name}`")))
        .map(|(number, name)| {
            let message = format!("the option `{name}` is not in {PAGE}'s table");
            Finding::of_line(OPTIONS, number, message)
        })
        .collect()
}

fn environment_name(line: &str) -> Option<&str> {
    line.split_once("env = \"")?.1.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::{super::source::file, *};

    #[test]
    fn an_option_that_the_readme_does_not_have_is_named() {
        let files = [
            file(
                OPTIONS,
                "#[arg(long, env = \"PORT\")]\n#[arg(long, env = \"BIND\")]\n",
            ),
            file(PAGE, "| `--port` | `PORT` |\n"),
        ];

        let found: Vec<_> = check(&files).iter().map(ToString::to_string).collect();

        assert_eq!(
            found,
            ["server/src/config.rs:2: the option `BIND` is not in README.md's table"]
        );
    }
}
