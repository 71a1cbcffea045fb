//! Which language the page speaks: chosen by the person, kept by the browser.

use leptos::prelude::*;

use super::{Language, now, speak};
use crate::browser::page;
use crate::browser::storage::{Term, keep, kept};

/// The name under which the language is kept.
const LANGUAGE: &str = "voicechat.language";

/// The one owner of the page's language.
#[derive(Clone, Copy)]
pub struct Tongue {
    language: RwSignal<Language>,
}

impl Tongue {
    /// Speaks what was chosen the last time, else what the browser says its person reads.
    #[must_use]
    pub fn open() -> Self {
        let kept = kept(Term::Good, LANGUAGE).and_then(|tag| Language::from_tag(&tag));
        let language = kept.unwrap_or_else(|| Language::of_choice(page::languages()));
        begin(language);
        Self {
            language: RwSignal::new(language),
        }
    }

    /// Whatever says something in words is drawn anew with it.
    #[must_use]
    pub fn language(self) -> ReadSignal<Language> {
        self.language.read_only()
    }

    /// From now on, and the next time.
    pub fn choose(self, language: Language) {
        if language == self.language.get_untracked() {
            return;
        }
        keep(Term::Good, LANGUAGE, language.tag());
        // Before the signal: whatever is drawn by it finds the new words.
        begin(language);
        self.language.set(language);
    }
}

fn begin(language: Language) {
    speak(language);
    let words = now().page;
    page::speak(language.tag(), words.document, words.broken);
}
