//! Whether a licence expression (SPDX 2.1, annex D) can be met with the licences we accept.

/// None of them asks more of us than to keep its text with what we ship.
const ACCEPTED: [&str; 15] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    // Of the fuzzer that `server/fuzz` links.
    "NCSA",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Whether one way to read the expression asks only for licences we accept.
pub(super) fn is_accepted(expression: &str) -> bool {
    // Old manifests write `A/B` for `A OR B`.
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();

    any(&mut words) && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any(words: &mut Words<'_>) -> bool {
    let mut is_accepted = all(words);
    while words.next_if_eq(&"OR").is_some() {
        // Not `||`: the words have to be read in any case.
        is_accepted |= all(words);
    }
    is_accepted
}

fn all(words: &mut Words<'_>) -> bool {
    let mut is_accepted = one(words);
    while words.next_if_eq(&"AND").is_some() {
        is_accepted &= one(words);
    }
    is_accepted
}

fn one(words: &mut Words<'_>) -> bool {
    if words.next_if_eq(&"(").is_some() {
        return any(words) & (words.next() == Some(")"));
    }
    let Some(name) = words.next() else {
        return false;
    };
    if words.next_if_eq(&"WITH").is_some() {
        let exception = words.next().unwrap_or_default();
        return ACCEPTED.contains(&format!("{name} WITH {exception}").as_str());
    }
    ACCEPTED.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_several_licences_is_enough() {
        assert!(is_accepted("GPL-3.0-only OR MIT"));
        assert!(is_accepted("MIT/GPL-3.0-only"));
        assert!(is_accepted(
            "Apache-2.0 WITH LLVM-exception OR GPL-2.0-only"
        ));
    }

    #[test]
    fn all_of_several_licences_are_needed() {
        assert!(is_accepted("(MIT OR GPL-3.0-only) AND Unicode-3.0"));
        assert!(!is_accepted("MIT AND GPL-3.0-only"));
        assert!(!is_accepted("(GPL-3.0-only OR AGPL-3.0-only) AND MIT"));
    }

    #[test]
    fn no_licence_and_nonsense_are_not_accepted() {
        for nonsense in [
            "",
            "(MIT",
            "MIT)",
            "MIT MIT",
            "OR",
            "MIT AND",
            "GPL-2.0-only WITH x",
        ] {
            assert!(!is_accepted(nonsense), "{nonsense}");
        }
    }
}
