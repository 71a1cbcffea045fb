//! Every word a person reads, in every language the page speaks.
//!
//! One topic a file: a type with a field for each sentence, and one static of it for each language, so
//! that a sentence missing in a language fails the build. `now` has those of the language spoken.

pub mod call;
pub mod delay;
pub mod devices;
#[cfg(target_arch = "wasm32")]
pub mod driver;
pub mod echo;
pub mod engineer;
pub mod entrance;
pub mod findings;
pub mod language;
pub mod microphone;
pub mod network;
mod number;
pub mod page;
pub mod player;
pub mod problem;
pub mod recordings;
pub mod takeaway;
#[cfg(test)]
mod tests;

use std::cell::Cell;

pub use language::Language;

/// All that the page says in one language. A new topic is one field here, and one line in each of the
/// three below.
pub struct Catalogue {
    pub page: &'static page::Page,
    pub entrance: &'static entrance::Entrance,
    pub call: &'static call::Call,
    pub problem: &'static problem::Problems,
    pub microphone: &'static microphone::Microphone,
    pub devices: &'static devices::Devices,
    pub echo: &'static echo::Echo,
    pub delay: &'static delay::Delay,
    pub network: &'static network::Network,
    pub engineer: &'static engineer::Engineer,
    pub findings: &'static findings::Findings,
    pub recordings: &'static recordings::Recordings,
    pub player: &'static player::Player,
}

static EN: Catalogue = Catalogue {
    page: &page::EN,
    entrance: &entrance::EN,
    call: &call::EN,
    problem: &problem::EN,
    microphone: &microphone::EN,
    devices: &devices::EN,
    echo: &echo::EN,
    delay: &delay::EN,
    network: &network::EN,
    engineer: &engineer::EN,
    findings: &findings::EN,
    recordings: &recordings::EN,
    player: &player::EN,
};

static UK: Catalogue = Catalogue {
    page: &page::UK,
    entrance: &entrance::UK,
    call: &call::UK,
    problem: &problem::UK,
    microphone: &microphone::UK,
    devices: &devices::UK,
    echo: &echo::UK,
    delay: &delay::UK,
    network: &network::UK,
    engineer: &engineer::UK,
    findings: &findings::UK,
    recordings: &recordings::UK,
    player: &player::UK,
};

static DE: Catalogue = Catalogue {
    page: &page::DE,
    entrance: &entrance::DE,
    call: &call::DE,
    problem: &problem::DE,
    microphone: &microphone::DE,
    devices: &devices::DE,
    echo: &echo::DE,
    delay: &delay::DE,
    network: &network::DE,
    engineer: &engineer::DE,
    findings: &findings::DE,
    recordings: &recordings::DE,
    player: &player::DE,
};

thread_local! {
    static SPOKEN: Cell<Language> = const { Cell::new(Language::English) };
}

/// What the page says, in the language it speaks. Not tracked: what is drawn is drawn anew when
/// `driver::Tongue` changes the language.
#[must_use]
pub fn now() -> &'static Catalogue {
    of(language())
}

/// What the page says in that language.
#[must_use]
pub fn of(language: Language) -> &'static Catalogue {
    match language {
        Language::English => &EN,
        Language::Ukrainian => &UK,
        Language::German => &DE,
    }
}

/// The language the page speaks.
#[must_use]
pub fn language() -> Language {
    SPOKEN.get()
}

/// From now on the page speaks that language.
pub fn speak(language: Language) {
    SPOKEN.set(language);
}

/// Others' words, closed with a full stop; `none` where there are none.
pub(crate) fn sentence(words: &str, none: &str) -> String {
    let words = words.trim();
    match words.chars().last() {
        None => none.to_owned(),
        Some('.' | '!' | '?') => words.to_owned(),
        Some(_) => format!("{words}."),
    }
}
