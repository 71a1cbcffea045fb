//! Where a call stands, and what remains of it.

use shared::ConversationId;

use super::Problem;
use crate::own_path::OwnPath;

/// The phases a person tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Idle,
    Asking,
    Connecting,
    Live,
    Reconnecting,
    Ended,
    Failed,
}

impl Phase {
    /// The name that styles and tests know.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Asking => "asking",
            Self::Connecting => "connecting",
            Self::Live => "live",
            Self::Reconnecting => "reconnecting",
            Self::Ended => "ended",
            Self::Failed => "failed",
        }
    }

    /// Whether the button hangs up.
    #[must_use]
    pub fn is_running(self) -> bool {
        match self {
            Self::Idle | Self::Ended | Self::Failed => false,
            Self::Asking | Self::Connecting | Self::Live | Self::Reconnecting => true,
        }
    }
}

/// What remains of a call that is over.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    pub ending: Ending,
    pub conversation: Option<ConversationId>,
    pub recording: Recording,
    /// Where the recording is described, once it was found.
    pub found: Option<OwnPath>,
}

/// Why a call is over.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// The caller hung up.
    HungUp,
    /// The server said goodbye.
    Goodbye,
    /// It never was live.
    Failed(Problem),
    /// It was live and broke off.
    Broken(Problem),
}

/// What became of the recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recording {
    /// The call never was live.
    None,
    /// The call was live, and was not recorded.
    Off,
    /// The server may still be writing.
    Finishing,
    Ready,
    /// The server has none.
    Missing,
    /// The server could not keep one.
    Refused,
    /// It is not for the caller to hear.
    Closed,
    /// The server did not say.
    OutOfReach,
}
