//! Recordings as a person lists, plays and deletes them: a pure state machine. The server's list is
//! one shelf, the recording of the call that was just over is another.

#[cfg(target_arch = "wasm32")]
pub mod driver;
pub mod event;
pub mod facts;
mod links;
mod looks;
pub mod remembered;
#[cfg(test)]
mod tests;
pub mod wave;

use shared::ConversationId;

pub use event::{Effect, Event, Fresh, News, Place, Purpose, Visit};
pub use facts::{Facts, Found, Listed, Trouble};
pub use remembered::Remembered;
pub use wave::Wave;

use crate::own_path::OwnPath;

/// How many of the remembered recordings are looked for at once.
const BATCH: usize = 20;

/// Where recordings are found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The server's list, before that recording.
    Server(Option<ConversationId>),
    /// Those that this browser remembers, newest first.
    Remembered(Vec<Remembered>),
}

/// Some recordings, and what is being done with them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shelf {
    /// News of earlier visits come late and are told apart by this number.
    visit: Visit,
    state: State,
    pieces: Vec<Piece>,
    /// Where what is not shown yet is found.
    rest: Option<Source>,
    /// A button that is gone by now asked for what is loading; the focus has to go on.
    is_pressed: bool,
    note: Option<Note>,
}

/// How far the list is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum State {
    #[default]
    Closed,
    Loading,
    Loaded,
    Failed(Trouble),
}

/// One recording of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    pub found: Found,
    pub player: Player,
    pub download: Download,
    pub fate: Fate,
    pub drawing: Drawing,
    /// How often its waveform was looked for in vain.
    looks: usize,
}

/// Whether its waveform is drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Drawing {
    #[default]
    None,
    Asked,
    Drawn(Wave),
}

/// Whether it is played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Player {
    Closed,
    /// The server is asked for links that are still good.
    Opening,
    Open(OwnPath),
    Failed(Trouble),
}

/// Whether its file is fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Download {
    Idle,
    /// The server is asked for a link that is still good.
    Asked,
    Failed(Trouble),
}

/// Whether it stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    Kept,
    /// The person is asked whether he means it.
    Doubted,
    Deleting,
    NotDeleted(Trouble),
}

/// What was done last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// The one that began then (RFC 3339 in UTC).
    Deleted { started_at: String },
}

type Step = (Shelf, Vec<Effect>);

impl Shelf {
    /// What the shelf becomes by an event, and what has to be done for it, in that order.
    #[must_use]
    pub fn next(self, event: Event) -> Step {
        match event {
            Event::Opened(source) => self.open(source),
            Event::Closed => {
                let visit = self.visit.next();
                let shelf = Self {
                    visit,
                    ..Self::default()
                };
                (shelf, Vec::new())
            }
            Event::OlderWanted | Event::Retried if self.state != State::Loading => {
                let is_pressed = true;
                Self { is_pressed, ..self }.ask()
            }
            Event::PlayPressed(id) => self.open_player(id),
            Event::DownloadPressed(id) => self.ask_for_file(id),
            Event::PlayerBroke(id) => self.close_broken_player(id),
            Event::DeletePressed(id) => self.doubt(id),
            Event::DeleteDropped(id) => self.keep(id),
            Event::DeleteConfirmed(id) => self.delete(id),
            Event::Gone(id) => self.remove(id),
            Event::News(visit, news) if visit == self.visit => self.hear(news),
            // It is gone, whoever listens.
            Event::News(_, News::Deleted(id, Ok(()))) => (self, vec![Effect::Forget(id)]),
            Event::OlderWanted | Event::Retried | Event::News(..) => (self, Vec::new()),
        }
    }

    fn open(self, source: Source) -> Step {
        let shelf = Self {
            visit: self.visit.next(),
            rest: Some(source),
            ..Self::default()
        };
        shelf.ask()
    }

    /// For the first recordings, or for those that follow.
    fn ask(self) -> Step {
        let effect = match &self.rest {
            None => return (self, Vec::new()),
            Some(Source::Server(before)) => Effect::List(*before),
            Some(Source::Remembered(all)) => {
                Effect::LookUp(all.iter().take(BATCH).cloned().collect())
            }
        };
        let shelf = Self {
            state: State::Loading,
            ..self
        };
        (shelf, vec![effect])
    }

    fn hear(self, news: News) -> Step {
        match news {
            News::Listed(Ok(listed)) => self.take(listed),
            News::Listed(Err(trouble)) => {
                let effects = go_on_after(&trouble, self.is_pressed.then_some(Place::Retry));
                let shelf = Self {
                    state: State::Failed(trouble),
                    is_pressed: false,
                    ..self
                };
                (shelf, effects)
            }
            News::Freshened(id, Purpose::Play, fresh) => self.play(id, fresh),
            News::Freshened(id, Purpose::Download, fresh) => self.download(id, fresh),
            News::Freshened(id, Purpose::Look, fresh) => self.see(id, fresh),
            News::Due(id) => self.look(id),
            News::Drawn(id, wave) => {
                let drawing = wave.map_or(Drawing::None, Drawing::Drawn);
                (self.change(id, |piece| piece.drawing = drawing), Vec::new())
            }
            News::Deleted(id, Ok(())) => self.mourn(id),
            News::Deleted(id, Err(trouble)) => {
                let effects = go_on_after(&trouble, Some(Place::Keep(id)));
                let shelf = self.change(id, |piece| piece.fate = Fate::NotDeleted(trouble));
                (shelf, effects)
            }
        }
    }

    fn take(mut self, listed: Listed) -> Step {
        let mut effects = Vec::new();
        let shown = self.pieces.len();
        for found in listed.found {
            let id = found.facts.id;
            if self.piece(id).is_none() {
                let mut piece = Piece {
                    found,
                    player: Player::Closed,
                    download: Download::Idle,
                    fate: Fate::Kept,
                    drawing: Drawing::None,
                    looks: 0,
                };
                let peaks = piece.found.facts.short_peaks().cloned();
                effects.extend(piece.draw(peaks));
                effects.extend(piece.look_later());
                self.pieces.push(piece);
            }
        }
        self.rest = match self.rest {
            None | Some(Source::Server(_)) => {
                let older = listed.older;
                older.map(|id| Source::Server(Some(id)))
            }
            Some(Source::Remembered(mut all)) => {
                all.drain(..BATCH.min(all.len()));
                (!all.is_empty()).then_some(Source::Remembered(all))
            }
        };
        self.state = State::Loaded;
        if self.pieces.is_empty() && self.rest.is_some() {
            // A page may be empty and still not be the last.
            return self.ask();
        }
        if std::mem::take(&mut self.is_pressed) {
            let first = self.pieces.get(shown);
            let place = first.map_or(Place::Top, |piece| Place::Piece(piece.found.facts.id));
            effects.push(Effect::Focus(place));
        }
        (self, effects)
    }

    fn doubt(self, id: ConversationId) -> Step {
        let may_delete =
            |piece: &Piece| piece.fate == Fate::Kept && piece.found.facts.delete.is_some();
        if !self.piece(id).is_some_and(may_delete) {
            return (self, Vec::new());
        }
        let shelf = Self { note: None, ..self };
        let shelf = shelf.change(id, |piece| piece.fate = Fate::Doubted);
        (shelf, vec![Effect::Focus(Place::Keep(id))])
    }

    fn keep(self, id: ConversationId) -> Step {
        let is_asked = |piece: &Piece| matches!(piece.fate, Fate::Doubted | Fate::NotDeleted(_));
        if !self.piece(id).is_some_and(is_asked) {
            return (self, Vec::new());
        }
        let shelf = self.change(id, |piece| piece.fate = Fate::Kept);
        (shelf, vec![Effect::Focus(Place::Delete(id))])
    }

    fn delete(self, id: ConversationId) -> Step {
        let Some(piece) = self.piece(id) else {
            return (self, Vec::new());
        };
        match (&piece.fate, &piece.found.facts.delete) {
            (Fate::Doubted | Fate::NotDeleted(_), Some(path)) => {
                let effects = vec![Effect::Delete(id, path.clone())];
                let shelf = self.change(id, |piece| piece.fate = Fate::Deleting);
                (shelf, effects)
            }
            _ => (self, Vec::new()),
        }
    }

    /// The focus goes to the recording that follows, or to where the list begins.
    fn mourn(self, id: ConversationId) -> Step {
        let place = self
            .pieces
            .iter()
            .position(|piece| piece.found.facts.id == id);
        let Some(place) = place else {
            return (self, vec![Effect::Forget(id)]);
        };
        let mut shelf = self;
        let deleted = shelf.pieces.remove(place);
        let focus = shelf.place_at(place);
        let started_at = deleted.found.facts.started_at;
        shelf.note = Some(Note::Deleted { started_at });
        (shelf, vec![Effect::Forget(id), Effect::Focus(focus)])
    }

    /// It was deleted from another shelf.
    fn remove(mut self, id: ConversationId) -> Step {
        self.pieces.retain(|piece| piece.found.facts.id != id);
        if let Some(Source::Remembered(all)) = &mut self.rest {
            all.retain(|one| one.id != id);
        }
        (self, Vec::new())
    }

    /// Where the focus goes when the recording that stood there is gone.
    fn place_at(&self, place: usize) -> Place {
        let neighbour = self.pieces.get(place).or(self.pieces.last());
        neighbour.map_or(Place::Top, |piece| Place::Piece(piece.found.facts.id))
    }

    fn change(mut self, id: ConversationId, change: impl FnOnce(&mut Piece)) -> Self {
        let mut pieces = self.pieces.iter_mut();
        if let Some(piece) = pieces.find(|piece| piece.found.facts.id == id) {
            change(piece);
        }
        self
    }
}

/// What is drawn.
impl Shelf {
    /// Tells the news of this visit from those of earlier ones.
    #[must_use]
    pub fn visit(&self) -> Visit {
        self.visit
    }

    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The recordings, newest first.
    #[must_use]
    pub fn ids(&self) -> Vec<ConversationId> {
        let ids = self.pieces.iter().map(|piece| piece.found.facts.id);
        ids.collect()
    }

    /// One of them.
    #[must_use]
    pub fn piece(&self, id: ConversationId) -> Option<&Piece> {
        let mut pieces = self.pieces.iter();
        pieces.find(|piece| piece.found.facts.id == id)
    }

    /// Whether it was asked for.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state != State::Closed
    }

    /// Whether there is nothing to show, and that is all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.state == State::Loaded && self.pieces.is_empty()
    }

    /// Whether the list goes on.
    #[must_use]
    pub fn has_older(&self) -> bool {
        self.state == State::Loaded && self.rest.is_some()
    }

    /// What was done last, if that has to be said.
    #[must_use]
    pub fn note(&self) -> Option<&Note> {
        self.note.as_ref()
    }
}

/// Where the person goes on: with the key, which takes the focus by itself, or at that place.
fn go_on_after(trouble: &Trouble, place: Option<Place>) -> Vec<Effect> {
    match trouble {
        Trouble::KeyRefused => vec![Effect::AskKey],
        _ => place.map(Effect::Focus).into_iter().collect(),
    }
}
