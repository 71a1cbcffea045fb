//! Carries out what the shelves ask for, and tells them what came of it.

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::ConversationId;

use super::{
    Effect, Event, Fresh, Listed, News, Place, Remembered, Shelf, Source, Trouble, Visit, Wave,
    remembered,
};
use crate::api::requests;
use crate::browser::element;
use crate::browser::speaker::can_play;
use crate::browser::storage::{Term, keep, kept};
use crate::browser::timer::sleep;
use crate::call::Search;
use crate::entrance::driver::Desk;
use crate::entrance::{Entrance, Event as EntranceEvent};
use crate::own_path::OwnPath;

/// The name under which this browser's own recordings are remembered.
const REMEMBERED: &str = "voicechat.recordings";

/// Which shelf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The recording of the call that was over just now.
    Latest,
    /// All there are.
    All,
}

impl Which {
    const BOTH: [Self; 2] = [Self::Latest, Self::All];

    /// How the ids of its elements begin.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Latest => "recording",
            Self::All => "listed",
        }
    }
}

/// The id of the element at that place of a shelf.
#[must_use]
pub fn element_id(which: Which, place: Place) -> String {
    let name = which.name();
    match place {
        Place::Top => format!("{name}-top"),
        Place::Retry => format!("{name}-retry"),
        Place::Piece(id) => format!("{name}-{id}"),
        Place::Player(id) => format!("{name}-player-{id}"),
        Place::Delete(id) => format!("{name}-delete-{id}"),
        Place::Keep(id) => format!("{name}-keep-{id}"),
    }
}

/// The one owner of both shelves. Components read them and send them events.
#[derive(Clone, Copy)]
pub struct Shelves {
    latest: RwSignal<Shelf>,
    all: RwSignal<Shelf>,
    desk: Desk,
    /// By the ids of players that are drawn anew.
    left: StoredValue<BTreeMap<String, Left>>,
}

/// Where a player was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Left {
    pub second: f64,
    pub is_paused: bool,
}

impl Shelves {
    #[must_use]
    pub fn new(desk: Desk) -> Self {
        Self {
            latest: RwSignal::new(Shelf::default()),
            all: RwSignal::new(Shelf::default()),
            desk,
            left: StoredValue::new(BTreeMap::new()),
        }
    }

    /// The player of that id, which is still there, is about to be drawn anew: the next one goes on
    /// where it is.
    pub fn keep_place(self, player: String) {
        let left = Left {
            second: element::second_of(&player),
            is_paused: element::is_paused(&player),
        };
        self.left.update_value(|all| {
            all.insert(player, left);
        });
    }

    /// Where a player of that id goes on.
    #[must_use]
    pub fn take_left(self, player: &str) -> Option<Left> {
        self.left
            .try_update_value(|all| all.remove(player))
            .flatten()
    }

    #[must_use]
    pub fn shelf(self, which: Which) -> ReadSignal<Shelf> {
        self.signal(which).read_only()
    }

    /// Shows the recording of a call that was over just now.
    pub fn show_latest(self, id: ConversationId, path: OwnPath) {
        let one = vec![Remembered { id, path }];
        self.send(Which::Latest, Event::Opened(Source::Remembered(one)));
    }

    /// Shows all recordings: of the server, or those that this browser remembers.
    pub fn show_all(self) {
        let may_list = self.desk.entrance().with_untracked(Entrance::may_list);
        let source = if may_list {
            Source::Server(None)
        } else {
            Source::Remembered(read())
        };
        self.send(Which::All, Event::Opened(source));
    }

    /// The shelf goes on to its next state, and what that asks for is done.
    pub fn send(self, which: Which, event: Event) {
        let signal = self.signal(which);
        let (shelf, effects) = signal.get_untracked().next(event);
        let visit = shelf.visit();
        signal.set(shelf);
        for effect in effects {
            self.carry_out(which, visit, effect);
        }
    }

    fn signal(self, which: Which) -> RwSignal<Shelf> {
        match which {
            Which::Latest => self.latest,
            Which::All => self.all,
        }
    }

    fn tell(self, which: Which, visit: Visit, news: News) {
        self.send(which, Event::News(visit, news));
    }

    fn carry_out(self, which: Which, visit: Visit, effect: Effect) {
        match effect {
            Effect::List(before) => spawn_local(async move {
                let listed = requests::list(before).await;
                self.tell(which, visit, News::Listed(listed));
            }),
            Effect::LookUp(wanted) => spawn_local(async move {
                let listed = look_up(wanted).await;
                self.tell(which, visit, News::Listed(listed));
            }),
            Effect::Freshen(id, purpose, path) => spawn_local(async move {
                let found = requests::describe(path).await;
                let fresh = found.map(|found| Fresh {
                    playable: found.facts.playable(can_play).cloned(),
                    facts: Box::new(found.facts),
                });
                self.tell(which, visit, News::Freshened(id, purpose, fresh));
            }),
            Effect::LookLater(id, pause) => spawn_local(async move {
                // Without a timer it is not looked at: without a pause there would be no end of it.
                if sleep(pause).await.is_ok() {
                    self.tell(which, visit, News::Due(id));
                }
            }),
            Effect::KeepPlace(id) => self.keep_place(element_id(which, Place::Player(id))),
            Effect::HandFocus(id, place) => {
                if element::has_focus(&element_id(which, Place::Piece(id))) {
                    element::focus(element_id(which, place));
                }
            }
            Effect::Delete(id, path) => spawn_local(async move {
                let deleted = requests::delete(&path).await;
                self.tell(which, visit, News::Deleted(id, deleted));
            }),
            Effect::Download(id, path) => element::download(path.as_str(), &file_name(id)),
            Effect::Draw(id, path) => spawn_local(async move {
                let peaks = requests::peaks(&path).await;
                let wave = peaks.map(|peaks| Wave::of(&peaks));
                self.tell(which, visit, News::Drawn(id, wave));
            }),
            Effect::Forget(id) => {
                write(&remembered::without(read(), id));
                for shelf in Which::BOTH {
                    self.send(shelf, Event::Gone(id));
                }
            }
            Effect::Focus(place) => element::focus(element_id(which, place)),
            Effect::AskKey => self.desk.send(EntranceEvent::KeyRefused),
        }
    }
}

/// How a downloaded recording is called.
#[must_use]
pub fn file_name(id: ConversationId) -> String {
    format!("voicechat-{id}.ogg")
}

/// Where the recording of a call is described, which this browser remembers from now on. A server
/// that began anew does not know the call; then it is where this browser remembers it.
///
/// # Errors
/// There is none, or the server does not say.
pub async fn whereabouts(
    call: OwnPath,
    conversation: Option<ConversationId>,
) -> Result<OwnPath, Search> {
    let path = requests::whereabouts(&call).await?;
    match (path, conversation) {
        (Some(path), Some(conversation)) => {
            remember(conversation, path.clone());
            Ok(path)
        }
        (Some(path), None) => Ok(path),
        (None, Some(conversation)) => {
            remembered::path_of(&read(), conversation).ok_or(Search::Missing)
        }
        (None, None) => Err(Search::Missing),
    }
}

fn remember(id: ConversationId, path: OwnPath) {
    write(&remembered::with(read(), Remembered { id, path }));
}

fn read() -> Vec<Remembered> {
    let text = kept(Term::Good, REMEMBERED);
    remembered::read(&text.unwrap_or_default())
}

fn write(all: &[Remembered]) {
    keep(Term::Good, REMEMBERED, &remembered::write(all));
}

/// One after the other: a hundred at once would be unkind.
async fn look_up(wanted: Vec<Remembered>) -> Result<Listed, Trouble> {
    let mut listed = Listed::default();
    for Remembered { path, .. } in wanted {
        match requests::describe(path).await {
            Ok(found) => listed.found.push(found),
            // It may be another's in this mode, or its disk may come back: the key is kept.
            Err(Trouble::Gone) => {}
            Err(trouble) => return Err(trouble),
        }
    }
    Ok(listed)
}
