//! What happens to a call, and what is to be done for it.

use std::time::Duration;

use shared::ConversationId;

use super::Problem;
use crate::own_path::OwnPath;

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The one button.
    Pressed,
    MuteToggled,
    VolumeSet(Volume),
    /// Whether the calls to come are to be recorded.
    RecordingWished(Wish),
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
    /// This machine is online again, or by another network.
    NetworkChanged,
    Restarted(Restarted),
    /// The renewed answer was taken.
    Renewed,
    Sound(Sound),
    DeadlinePassed,
    Broke(Problem),
    HungUp(Farewell),
    Searched(Search),
    /// Whether the call is recorded now.
    Recorded(Recorded),
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    AskMicrophone,
    /// Makes an offer, sends it and waits for the answer.
    Offer(Wish),
    /// Takes the answer (SDP).
    Accept(String),
    /// Makes an offer under new credentials, tells the call at that path, and reports `Restarted`.
    Restart(OwnPath),
    /// Takes an answer renewed by a restart (SDP), and reports `Renewed`.
    AcceptRenewed(String),
    /// Reports `DeadlinePassed` after that time, unless told to stop waiting or to wait anew.
    Await(Duration),
    StopWaiting,
    StartClock,
    /// Asks the call at that path where its recording is, and keeps that for later visits.
    Remember(OwnPath),
    Mute,
    Unmute,
    SetVolume(Volume),
    Play,
    /// Closes and stops all that the page holds for the call.
    Release,
    /// Hangs up and reports what the server said.
    HangUp(OwnPath),
    /// The same again after that pause; the server answers as often as it is asked.
    HangUpAgain(OwnPath, Duration),
    /// Hangs up what nobody waits for any more, and reports nothing: it may be an earlier attempt’s.
    GiveBack(OwnPath),
    /// Asks the call at that path where its recording is, and whether it is there.
    Find(OwnPath),
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
    /// The call itself: what tells how it is, changes it, and ends it.
    pub path: OwnPath,
    /// The `ETag` of the ICE session.
    pub ice_session: Option<String>,
    pub recorded: Recorded,
}

/// Whether a call is to be recorded, as its offer says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wish {
    /// There is nothing to choose.
    #[default]
    Unasked,
    Record,
    DontRecord,
}

/// Whether a call is recorded, as the server says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    Yes,
    No,
    /// It was, until its recording ended.
    CutShort,
    /// It was to be, and the server could not.
    Refused,
}

/// What came of asking the server to begin ICE anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Restarted {
    /// Its side of the new ICE session: a fragment of SDP, and the session's `ETag`.
    Renewed {
        fragment: String,
        ice_session: Option<String>,
    },
    /// There is no such call any more.
    CallOver,
    /// The server was not reached, or could not.
    Failed,
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

/// What the server said to our hanging up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Farewell {
    /// If there is a recording, nothing is added to it any more.
    Final,
    /// It may still be writing, or did not answer.
    Unsure,
}

/// What looking for a recording found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Search {
    /// Where it is described.
    Found(OwnPath),
    Missing,
    /// The server could not keep one.
    Refused,
    /// It is not for the caller to hear.
    Closed,
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
