//! Why a conversation ended.

use std::fmt;

use shared::recording::RecordingEnd;

/// Why a conversation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// The caller said goodbye.
    HungUp,
    /// Somebody who knows the call's URL deleted it.
    Deleted,
    /// Nothing was heard of the caller any more.
    Vanished,
    /// The caller never got as far as a connection.
    NeverConnected,
    /// The connection stands, but no audio comes.
    NoMedia,
    /// The connection broke, or could never have worked.
    Failed,
    /// The server stops.
    Stopped,
}

impl EndReason {
    /// The same in the words of a recording's description.
    pub(super) fn of_recording(self) -> RecordingEnd {
        match self {
            Self::HungUp => RecordingEnd::ClientClosed,
            Self::Deleted => RecordingEnd::Deleted,
            Self::NoMedia => RecordingEnd::Idle,
            Self::Vanished | Self::Failed | Self::NeverConnected => RecordingEnd::IceFailed,
            Self::Stopped => RecordingEnd::Shutdown,
        }
    }
}

impl fmt::Display for EndReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HungUp => "hung up",
            Self::Deleted => "deleted",
            Self::Vanished => "vanished",
            Self::NeverConnected => "never connected",
            Self::NoMedia => "no media",
            Self::Failed => "failed",
            Self::Stopped => "server stopped",
        })
    }
}
