//! The languages the page speaks, and which of them suits a person.

/// A language of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    #[default]
    English,
    Ukrainian,
    German,
}

impl Language {
    pub const ALL: [Self; 3] = [Self::English, Self::Ukrainian, Self::German];

    /// What those who speak it call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Ukrainian => "Українська",
            Self::German => "Deutsch",
        }
    }

    /// Its tag (BCP 47).
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Ukrainian => "uk",
            Self::German => "de",
        }
    }

    /// The language of a tag with whatever follows it, such as `de-AT`. RFC 5646 §2.1.1: capitals do not
    /// matter.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let language = tag.trim().split(['-', '_']).next()?;
        let is_it = |known: &Self| known.tag().eq_ignore_ascii_case(language);
        Self::ALL.into_iter().find(is_it)
    }

    /// The first one that a person reads, of the tags he likes best first; English where there is none.
    #[must_use]
    pub fn of_choice(tags: impl IntoIterator<Item = String>) -> Self {
        let known = tags.into_iter().find_map(|tag| Self::from_tag(&tag));
        known.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_known_by_its_tag_whatever_follows() {
        let tags = ["en", "en-US", "uk-UA", "UK", "de-AT", "de_CH", "De-Latn-DE"];
        let languages = tags.map(Language::from_tag);

        assert_eq!(
            languages,
            [
                Some(Language::English),
                Some(Language::English),
                Some(Language::Ukrainian),
                Some(Language::Ukrainian),
                Some(Language::German),
                Some(Language::German),
                Some(Language::German),
            ]
        );
    }

    #[test]
    fn other_languages_are_not_taken_for_ours() {
        for tag in ["", "-", "fr", "eng", "den", "u", "*", "dé"] {
            assert_eq!(Language::from_tag(tag), None, "{tag:?}");
        }
    }

    #[test]
    fn every_language_is_found_by_its_own_tag() {
        for language in Language::ALL {
            assert_eq!(Language::from_tag(language.tag()), Some(language));
        }
    }

    #[test]
    fn the_first_language_that_we_speak_is_chosen() {
        let choice = |tags: &[&str]| Language::of_choice(tags.iter().map(|&tag| tag.to_owned()));

        assert_eq!(choice(&["fr-FR", "uk-UA", "en"]), Language::Ukrainian);
        assert_eq!(choice(&["de-AT", "de", "en"]), Language::German);
        assert_eq!(choice(&["en-US"]), Language::English);
        assert_eq!(choice(&["fr", "it"]), Language::English);
        assert_eq!(choice(&[]), Language::English);
    }
}
