//! Which language the page speaks: as the browser prefers it, until the person chooses.

use leptos::prelude::*;

use crate::browser::page;
use crate::browser::storage::{Term, keep, kept};
use crate::text::{Language, page as words, speak};

/// The name under which the choice is remembered.
const CHOSEN: &str = "voicechat.language";

/// The one owner of the language.
#[derive(Clone, Copy)]
pub struct Tongue(RwSignal<Language>);

impl Tongue {
    /// Speaks what was chosen the last time, or what the browser prefers.
    #[must_use]
    pub fn open() -> Self {
        let chosen = kept(Term::Good, CHOSEN).and_then(|tag| Language::of_tag(&tag));
        let preferred = || {
            let tags = page::languages();
            tags.iter().find_map(|tag| Language::of_tag(tag))
        };
        let language = chosen.or_else(preferred).unwrap_or_default();
        let tongue = Self(RwSignal::new(language));
        speak_here(language);
        tongue
    }

    /// Whoever reads it is drawn anew with another language.
    #[must_use]
    pub fn language(self) -> ReadSignal<Language> {
        self.0.read_only()
    }

    /// Speaks another language from now on.
    pub fn choose(self, language: Language) {
        keep(Term::Good, CHOSEN, language.tag());
        speak_here(language);
        self.0.set(language);
    }
}

/// The page says so itself, too.
fn speak_here(language: Language) {
    speak(language);
    page::set_language(
        language.tag(),
        &format!("{} – {}", words::TITLE.now(), words::BRAND),
    );
}
