//! What happens to a shelf, and what is to be done for it.

use std::time::Duration;

use shared::ConversationId;

use super::{Facts, Listed, Remembered, Source, Trouble, Wave};
use crate::own_path::OwnPath;

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// From now on its recordings are shown; an open one begins anew.
    Opened(Source),
    Closed,
    OlderWanted,
    Retried,
    PlayPressed(ConversationId),
    /// For links that are good for minutes only.
    DownloadPressed(ConversationId),
    PlayerBroke(ConversationId),
    DeletePressed(ConversationId),
    DeleteConfirmed(ConversationId),
    DeleteDropped(ConversationId),
    /// It was deleted, from this shelf or another.
    Gone(ConversationId),
    /// What came of an effect of that visit.
    News(Visit, News),
}

/// What came of an effect.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    Listed(Result<Listed, Trouble>),
    Freshened(ConversationId, Purpose, Result<Fresh, Trouble>),
    /// The pause before a look at it is over.
    Due(ConversationId),
    /// None if it cannot be had; the recording plays without it.
    Drawn(ConversationId, Option<Wave>),
    Deleted(ConversationId, Result<(), Trouble>),
}

/// A recording as it is described now, with links that are good now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fresh {
    /// Of the form that this browser plays.
    pub playable: Option<OwnPath>,
    /// In a box, or all news would be as large.
    pub facts: Box<Facts>,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Asks for the server's list before that one.
    List(Option<ConversationId>),
    /// Asks for each of these, and reports them as a list.
    LookUp(Vec<Remembered>),
    /// Asks for the recording that is described there, and its links.
    Freshen(ConversationId, Purpose, OwnPath),
    /// Reports after that pause that it is due.
    LookLater(ConversationId, Duration),
    /// Its row is about to be drawn anew: its player goes on where it is.
    KeepPlace(ConversationId),
    /// What stands in its row is about to go: a focus that is there goes to that place.
    HandFocus(ConversationId, Place),
    Download(ConversationId, OwnPath),
    /// Fetches the waveform there.
    Draw(ConversationId, OwnPath),
    Delete(ConversationId, OwnPath),
    /// Takes it out of what this browser remembers, and out of every shelf.
    Forget(ConversationId),
    Focus(Place),
    /// The server wants a key, or another one.
    AskKey,
}

/// Why a recording is described anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Play,
    Download,
    /// To see what has become of it; nobody pressed a button.
    Look,
}

/// Where the focus goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Where the shelf begins.
    Top,
    /// The button that asks once more.
    Retry,
    Piece(ConversationId),
    Player(ConversationId),
    /// The button that begins a deletion.
    Delete(ConversationId),
    /// The button that ends one harmlessly.
    Keep(ConversationId),
}

/// Which opening of a shelf news belong to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Visit(u32);

impl Visit {
    /// The one that follows.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }
}
