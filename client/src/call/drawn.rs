//! What is drawn of a call.

use shared::ConversationId;

use crate::own_path::OwnPath;

use super::{
    Attempt, Call, Ending, Joined, Phase, Problem, Recorded, Recording, Sound, State, Summary,
    Volume,
};

impl Call {
    /// Tells the news of this call from those of earlier ones.
    #[must_use]
    pub fn attempt(&self) -> Attempt {
        self.attempt
    }

    /// Where the call stands, in the words of a person.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match &self.state {
            State::Idle => Phase::Idle,
            State::Asking => Phase::Asking,
            State::Offering | State::Joining(_) => Phase::Connecting,
            State::Live(_) => Phase::Live,
            State::Reconnecting(..) => Phase::Reconnecting,
            State::Over(summary, _) => match summary.ending {
                Ending::HungUp | Ending::Goodbye | Ending::Broken(_) => Phase::Ended,
                Ending::Failed(_) => Phase::Failed,
            },
        }
    }

    /// Whether the caller can be heard, and so can mute himself.
    #[must_use]
    pub fn is_talking(&self) -> bool {
        matches!(self.state, State::Live(_) | State::Reconnecting(..))
    }

    /// Whether the call is live, or was before it ended.
    #[must_use]
    pub fn was_live(&self) -> bool {
        let is_recorded = |summary: &Summary| summary.recording != Recording::None;
        self.is_talking() || self.summary().is_some_and(is_recorded)
    }

    /// The call itself, where the server tells of it and changes it, while it can be heard.
    #[must_use]
    pub fn path(&self) -> Option<&OwnPath> {
        match &self.state {
            State::Live(joined) | State::Reconnecting(joined, _) => Some(&joined.path),
            _ => None,
        }
    }

    /// Whether the caller silenced his microphone.
    #[must_use]
    pub fn is_muted(&self) -> bool {
        self.is_muted
    }

    /// Whether the browser waits for a tap before it plays the echo.
    #[must_use]
    pub fn needs_tap(&self) -> bool {
        self.is_talking() && self.sound == Sound::Blocked
    }

    /// How loud the echo plays.
    #[must_use]
    pub fn volume(&self) -> Volume {
        self.volume
    }

    /// The conversation of the running call, or of the one that is over.
    #[must_use]
    pub fn conversation(&self) -> Option<ConversationId> {
        match self.summary() {
            Some(summary) => summary.conversation,
            None => self.joined().map(|joined| joined.conversation),
        }
    }

    /// Whether the running call is recorded, as the server said; nothing before it did.
    #[must_use]
    pub fn recorded(&self) -> Option<Recorded> {
        self.joined().map(|joined| joined.recorded)
    }

    /// The ICE session in force, by its `ETag`.
    #[must_use]
    pub fn ice_session(&self) -> Option<&str> {
        self.joined()?.ice_session.as_deref()
    }

    fn joined(&self) -> Option<&Joined> {
        match &self.state {
            State::Joining(joined) | State::Live(joined) | State::Reconnecting(joined, _) => {
                Some(joined)
            }
            State::Idle | State::Asking | State::Offering | State::Over(..) => None,
        }
    }

    /// What remains of a call that is over.
    #[must_use]
    pub fn summary(&self) -> Option<&Summary> {
        match &self.state {
            State::Over(summary, _) => Some(summary),
            _ => None,
        }
    }

    /// What went wrong, if anything did.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        match &self.summary()?.ending {
            Ending::Failed(problem) | Ending::Broken(problem) => Some(problem),
            Ending::HungUp | Ending::Goodbye => None,
        }
    }
}
