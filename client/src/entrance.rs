//! What has to be known and chosen before a call: what the server is, the key it wants, and whether
//! calls are recorded. A pure state machine.

#[cfg(target_arch = "wasm32")]
pub mod driver;
#[cfg(test)]
mod tests;

use shared::about::{About, AuthMode, RecordingPolicy};

use crate::api::about::unknown;
use crate::call::Wish;

/// What is known and chosen so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entrance {
    about: Option<About>,
    key: Key,
    choice: Choice,
}

/// What is there to be shown to the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Key {
    #[default]
    None,
    /// Just given; the server is asked what it thinks of it.
    Tried,
    Kept,
    /// The server did not take the last one.
    Refused,
}

/// What the person chose where he may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    Record,
    #[default]
    DontRecord,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// With what was kept of earlier visits.
    Opened(Key, Choice),
    /// What the server said of itself, if it did.
    Told(Option<About>),
    KeyGiven(String),
    /// The server did not take it.
    KeyRefused,
    /// The server has other rules by now than those that were told.
    RulesChanged,
    Chosen(Choice),
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Reports `Told`.
    AskAbout,
    KeepKey(String),
    DropKey,
    KeepChoice(Choice),
    Focus(Place),
}

/// Where the focus goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Key,
    /// The one button.
    Call,
}

type Step = (Entrance, Vec<Effect>);

impl Entrance {
    /// What becomes of it by an event, and what has to be done for it, in that order.
    #[must_use]
    pub fn next(self, event: Event) -> Step {
        match event {
            Event::Opened(key, choice) => (
                Self {
                    key,
                    choice,
                    ..self
                },
                vec![Effect::AskAbout],
            ),
            Event::Told(about) => self.learn(about),
            Event::KeyGiven(key) => self.try_key(&key),
            Event::KeyRefused => self.refuse(),
            Event::RulesChanged => (self, vec![Effect::AskAbout]),
            Event::Chosen(choice) => {
                let effects = vec![Effect::KeepChoice(choice)];
                (Self { choice, ..self }, effects)
            }
        }
    }

    fn learn(self, about: Option<About>) -> Step {
        let about = about.or(self.about).unwrap_or_else(unknown);
        // Whoever has the one key may list; what another token may is told when it is used.
        let is_wrong = about.auth == AuthMode::Token && !about.may_list;
        let was_tried = self.key == Key::Tried;
        let about = Some(about);
        match self.key {
            Key::Tried | Key::Kept if is_wrong => Self { about, ..self }.refuse(),
            Key::Tried | Key::Kept => {
                let key = Key::Kept;
                let effects = was_tried.then_some(Effect::Focus(Place::Call));
                let entrance = Self { about, key, ..self };
                (entrance, effects.into_iter().collect())
            }
            Key::None | Key::Refused => (Self { about, ..self }, Vec::new()),
        }
    }

    fn try_key(self, key: &str) -> Step {
        let given = key.trim();
        // What a header cannot carry is no key.
        if given.is_empty() || !given.chars().all(|letter| letter.is_ascii_graphic()) {
            return self.refuse();
        }
        let effects = vec![Effect::KeepKey(given.to_owned()), Effect::AskAbout];
        let key = Key::Tried;
        (Self { key, ..self }, effects)
    }

    fn refuse(self) -> Step {
        let key = Key::Refused;
        let effects = vec![Effect::DropKey, Effect::Focus(Place::Key)];
        (Self { key, ..self }, effects)
    }
}

/// What is drawn.
impl Entrance {
    /// What the server said of itself; nothing before it did.
    #[must_use]
    pub fn about(&self) -> Option<&About> {
        self.about.as_ref()
    }

    #[must_use]
    pub fn key(&self) -> Key {
        self.key
    }

    #[must_use]
    pub fn choice(&self) -> Choice {
        self.choice
    }

    /// How the server knows who asks.
    #[must_use]
    pub fn auth(&self) -> AuthMode {
        self.about
            .as_ref()
            .map_or(AuthMode::None, |about| about.auth)
    }

    /// Whether a key has to be given before anything else.
    #[must_use]
    pub fn asks_for_key(&self) -> bool {
        match self.key {
            Key::None => self.auth() != AuthMode::None,
            Key::Tried | Key::Refused => true,
            Key::Kept => false,
        }
    }

    /// Whether the server's list answers, or only what this browser remembers.
    #[must_use]
    pub fn may_list(&self) -> bool {
        self.about.as_ref().is_some_and(|about| about.may_list)
    }

    /// What an offer says of recording. Whoever read that nothing is recorded is not, even if the
    /// server's rule became another one since.
    #[must_use]
    pub fn wish(&self) -> Wish {
        let policy = self.about.as_ref().map(|about| about.recording);
        match (policy, self.choice) {
            (Some(RecordingPolicy::Ask), Choice::Record) => Wish::Record,
            (Some(RecordingPolicy::Ask), Choice::DontRecord)
            | (Some(RecordingPolicy::Never), _) => Wish::DontRecord,
            (Some(RecordingPolicy::Always) | None, _) => Wish::Unasked,
        }
    }
}
