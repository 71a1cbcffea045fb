//! What happens to a call, and what is to be done for it.

use std::time::Duration;

use shared::ConversationId;

use super::Problem;

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The one button.
    Pressed,
    MuteToggled,
    VolumeSet(Volume),
    TappedToHear,
    /// For a recording that was out of reach.
    LookedAgain,
    /// The page is closed, reloaded or put away.
    PageLeft,
    /// What came of an effect of that attempt.
    News(Attempt, News),
}

/// What came of an effect.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    MicrophoneOpened,
    Answered(Answer),
    Link(Link),
    Sound(Sound),
    DeadlinePassed,
    Broke(Problem),
    HungUp(Farewell),
    Searched(Search),
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    AskMicrophone,
    /// Makes an offer, sends it and waits for the answer.
    Offer,
    /// Takes the answer (SDP).
    Accept(String),
    /// Reports `DeadlinePassed` unless told to stop waiting.
    Await(Deadline),
    StopWaiting,
    StartClock,
    Mute,
    Unmute,
    SetVolume(Volume),
    Play,
    /// Closes and stops all that the page holds for the call.
    Release,
    /// Hangs up and reports what the server said.
    HangUp(HangUpPath),
    /// The same again after that pause; the server answers as often as it is asked.
    HangUpAgain(HangUpPath, Duration),
    /// Hangs up what nobody waits for any more, and reports nothing: it may be an earlier attempt’s.
    GiveBack(HangUpPath),
    Find(ConversationId),
}

/// Which press of the button news belong to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempt(u32);

impl Attempt {
    /// The one that follows.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }
}

/// The server's answer to an offer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub sdp: String,
    pub conversation: ConversationId,
    pub hang_up: HangUpPath,
}

/// Where a call is hung up.
///
/// Invariant: a path on the server the page came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HangUpPath(String);

impl HangUpPath {
    /// A path of our own server, or nothing: `//host/…` and `/\host/…` lead elsewhere.
    #[must_use]
    pub fn parse(location: &str) -> Option<Self> {
        let rest = location.strip_prefix('/')?;
        let is_ours = !rest.is_empty() && !rest.starts_with(['/', '\\']);
        is_ours.then(|| Self(location.to_owned()))
    }

    /// The path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How the connection to the server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    Up,
    /// Nothing came for a while; it may come back by itself.
    Shaky,
    Down,
    /// The server closed it properly.
    Goodbye,
}

/// Whether the echo plays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sound {
    #[default]
    Plays,
    /// The browser wants a tap first.
    Blocked,
}

/// What a call waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deadline {
    Connecting,
    Reconnecting,
}

/// What the server said to our hanging up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Farewell {
    /// If there is a recording, nothing is added to it any more.
    Final,
    /// It may still be writing, or did not answer.
    Unsure,
}

/// What looking for a recording found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    Found,
    Missing,
    NoReply,
}

/// How loud the echo plays, in per cent.
///
/// Invariant: 0 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Volume(u8);

impl Volume {
    /// At most 100.
    #[must_use]
    pub fn from_percent(percent: u8) -> Self {
        Self(percent.min(100))
    }

    /// 0 to 100.
    #[must_use]
    pub fn percent(self) -> u8 {
        self.0
    }

    /// 0 to 1, as media elements want it.
    #[must_use]
    pub fn fraction(self) -> f64 {
        f64::from(self.0) / 100.0
    }
}

impl Default for Volume {
    fn default() -> Self {
        Self(100)
    }
}
