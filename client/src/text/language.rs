//! The languages of the page. What is said is always said in all of them: a sentence that lacks one
//! does not build.

use std::cell::Cell;

/// A language the page speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    #[default]
    English,
    Ukrainian,
    German,
}

impl Language {
    pub const ALL: [Self; 3] = [Self::English, Self::Ukrainian, Self::German];

    /// By a tag such as `de-AT` (RFC 5646); none if the page does not speak it.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next()?.to_ascii_lowercase();
        Self::ALL
            .into_iter()
            .find(|language| language.tag() == primary)
    }

    /// RFC 5646.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Ukrainian => "uk",
            Self::German => "de",
        }
    }

    /// What it calls itself.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Ukrainian => "Українська",
            Self::German => "Deutsch",
        }
    }
}

thread_local! {
    static SPOKEN: Cell<Language> = const { Cell::new(Language::English) };
}

/// What is spoken now.
#[must_use]
pub fn spoken() -> Language {
    SPOKEN.get()
}

/// Speaks another language from now on. What is drawn already has to be drawn anew.
pub fn speak(language: Language) {
    SPOKEN.set(language);
}

/// Of the same in all languages that of the one that is spoken: English, Ukrainian, German.
#[must_use]
pub fn choose<T>(english: T, ukrainian: T, german: T) -> T {
    match spoken() {
        Language::English => english,
        Language::Ukrainian => ukrainian,
        Language::German => german,
    }
}

/// A sentence in all languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    english: &'static str,
    ukrainian: &'static str,
    german: &'static str,
}

impl Words {
    /// In the language that is spoken.
    #[must_use]
    pub fn now(self) -> &'static str {
        choose(self.english, self.ukrainian, self.german)
    }
}

/// A sentence in English, Ukrainian and German.
#[must_use]
pub const fn words(english: &'static str, ukrainian: &'static str, german: &'static str) -> Words {
    Words {
        english,
        ukrainian,
        german,
    }
}

/// A number with its noun in Ukrainian: one, two to four, or more of it (1 секунда, 2 секунди, 5
/// секунд).
#[must_use]
pub fn ukrainian_count(count: u64, [one, few, many]: [&str; 3]) -> String {
    let noun = match (count % 10, count % 100) {
        (_, 11..=14) => many,
        (1, _) => one,
        (2..=4, _) => few,
        _ => many,
    };
    format!("{count} {noun}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_found_by_its_tag_and_in_its_countries() {
        let found = ["en", "uk-UA", "de_AT", "DE", "fr", ""].map(Language::of_tag);

        assert_eq!(
            found,
            [
                Some(Language::English),
                Some(Language::Ukrainian),
                Some(Language::German),
                Some(Language::German),
                None,
                None
            ]
        );
    }

    #[test]
    fn what_is_said_is_said_in_the_language_that_is_spoken() {
        let yes = words("yes", "так", "ja");
        let said = Language::ALL.map(|language| {
            speak(language);
            yes.now()
        });
        speak(Language::English);

        assert_eq!(said, ["yes", "так", "ja"]);
    }

    #[test]
    fn ukrainian_counts() {
        let nouns = ["секунда", "секунди", "секунд"];
        let counted = [1, 2, 5, 11, 12, 21, 24, 111].map(|count| ukrainian_count(count, nouns));

        assert_eq!(
            counted,
            [
                "1 секунда",
                "2 секунди",
                "5 секунд",
                "11 секунд",
                "12 секунд",
                "21 секунда",
                "24 секунди",
                "111 секунд"
            ]
        );
    }
}
