//! What can go wrong with a call. What a person is told about it stands in `text`.

use std::time::Duration;

/// What went wrong, by what the caller can do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    PermissionDenied,
    NoMicrophone,
    MicrophoneBusy,
    /// The microphone went away during the call.
    MicrophoneLost,
    /// Browsers give no microphone to pages that came unencrypted.
    InsecureOrigin,
    ServerAway,
    ServerFull {
        retry_after: Option<Duration>,
    },
    ServerStopping,
    /// The server wants a key, or another one.
    KeyRefused,
    /// The server records every call by now, and this one was not to be.
    RecordingRequired,
    /// More calls than the server takes of one client, at once or in so short a time.
    TooManyCalls {
        retry_after: Option<Duration>,
    },
    /// The server said no, and why.
    ServerRefused {
        reason: String,
    },
    /// The server answered, but no audio comes through.
    NetworkBlocked,
    /// The call was live, and then nothing came any more.
    ConnectionLost,
    /// The way to the server came back, but it had ended the call meanwhile.
    CallOver,
    /// The browser failed in a way we have no better word for.
    Browser {
        reason: String,
    },
}

impl Problem {
    /// The name that tests know.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::PermissionDenied => "permission-denied",
            Self::NoMicrophone => "no-microphone",
            Self::MicrophoneBusy => "microphone-busy",
            Self::MicrophoneLost => "microphone-lost",
            Self::InsecureOrigin => "insecure-origin",
            Self::ServerAway => "server-away",
            Self::ServerFull { .. } => "server-full",
            Self::ServerStopping => "server-stopping",
            Self::KeyRefused => "key-refused",
            Self::RecordingRequired => "recording-required",
            Self::TooManyCalls { .. } => "too-many-calls",
            Self::ServerRefused { .. } => "server-refused",
            Self::NetworkBlocked => "network-blocked",
            Self::ConnectionLost => "connection-lost",
            Self::CallOver => "call-over",
            Self::Browser { .. } => "browser",
        }
    }
}
