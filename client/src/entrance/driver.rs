//! Carries out what the entrance asks for, and tells it what came of it.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{Choice, Effect, Entrance, Event, Key, Place};
use crate::api::requests;
use crate::browser::element;
use crate::browser::storage::{Term, drop_kept, keep, kept};

/// The name under which the key is kept, as long as the tab is open.
pub const KEY: &str = "voicechat.key";
/// The name under which the choice is kept.
const CHOICE: &str = "voicechat.record";
const RECORD: &str = "yes";
const DONT_RECORD: &str = "no";

/// The ids of what takes the focus.
pub const KEY_FIELD: &str = "key";
pub const CALL_BUTTON: &str = "call";

/// The one owner of what has to be known before a call. Components read it and send it events.
#[derive(Clone, Copy)]
pub struct Desk {
    entrance: RwSignal<Entrance>,
    typed: RwSignal<String>,
}

impl Desk {
    /// Asks the server at once.
    #[must_use]
    pub fn open() -> Self {
        let desk = Self {
            entrance: RwSignal::new(Entrance::default()),
            typed: RwSignal::new(String::new()),
        };
        let key = match kept(Term::Tab, KEY) {
            Some(_) => Key::Kept,
            None => Key::None,
        };
        let choice = match kept(Term::Good, CHOICE).as_deref() {
            Some(RECORD) => Choice::Record,
            _ => Choice::DontRecord,
        };
        desk.send(Event::Opened(key, choice));
        desk
    }

    #[must_use]
    pub fn entrance(self) -> ReadSignal<Entrance> {
        self.entrance.read_only()
    }

    /// A key as far as it is typed. It stays when the form is drawn anew.
    #[must_use]
    pub fn typed(self) -> RwSignal<String> {
        self.typed
    }

    /// The entrance goes on to its next state, and what that asks for is done.
    pub fn send(self, event: Event) {
        let (entrance, effects) = self.entrance.get_untracked().next(event);
        // Before the signal: whoever hears of a key may use it at once.
        for effect in effects {
            self.carry_out(effect);
        }
        self.entrance.set(entrance);
    }

    fn carry_out(self, effect: Effect) {
        match effect {
            Effect::AskAbout => spawn_local(async move {
                let about = requests::about().await;
                self.send(Event::Told(about));
            }),
            Effect::KeepKey(key) => keep(Term::Tab, KEY, &key),
            Effect::DropKey => drop_kept(Term::Tab, KEY),
            Effect::KeepChoice(choice) => {
                let text = match choice {
                    Choice::Record => RECORD,
                    Choice::DontRecord => DONT_RECORD,
                };
                keep(Term::Good, CHOICE, text);
            }
            Effect::Focus(Place::Key) => element::focus(KEY_FIELD.to_owned()),
            Effect::Focus(Place::Call) => element::focus(CALL_BUTTON.to_owned()),
        }
    }
}
