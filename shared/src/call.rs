//! A call as the URL that only its caller knows tells it.

use serde::{Deserialize, Serialize};

use crate::ConversationId;

/// The body of `GET /webrtc/<secret>`. Times are RFC 3339 in UTC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CallState {
    pub conversation_id: ConversationId,
    pub phase: Phase,
    /// Since when it is in this phase.
    pub since: String,
    /// Absent before the call is connected, and once it is over.
    pub traffic: Option<Traffic>,
    /// Absent where the caller hears none, and once the call is over.
    pub echo: Option<EchoMode>,
    pub recording: CallRecording,
}

/// The longest delay of an echo.
pub const MAX_ECHO_DELAY_MS: u32 = 10_000;

/// How the caller hears himself again, and the body of `PUT /webrtc/<secret>/echo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "mode", rename_all = "snake_case", deny_unknown_fields)]
pub enum EchoMode {
    /// As fast as the network takes it.
    AtOnce,
    /// So much later.
    Delayed {
        /// At most [`MAX_ECHO_DELAY_MS`].
        delay_ms: u32,
    },
    /// What was said last, once, after a pause.
    Parrot,
}

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Answered; no audio can flow yet.
    Connecting,
    Connected,
    /// Over; its recording may not be final yet.
    Ended,
}

/// What flows between caller and server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Traffic {
    /// From the caller, as we count.
    pub received: Way,
    /// To the caller, as he reports it; `packets` is what we sent.
    pub sent: Way,
    /// Absent until the caller has reported (RFC 3550 §6.4.1).
    pub round_trip_ms: Option<f64>,
    pub dropped: QueueDrops,
}

/// One direction of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Way {
    pub packets: u64,
    /// Absent until it is known.
    pub lost: Option<u64>,
    /// Interarrival jitter (RFC 3550 §6.4.1); absent until it is known.
    pub jitter_ms: Option<f64>,
}

/// Packets that found no room in a queue of ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueueDrops {
    pub echo: u64,
    pub recorder: u64,
}

/// The recording of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CallRecording {
    pub state: CallRecordingState,
    /// Path and query of `GET /conversations/<id>`, with the key that opens it where one is needed.
    /// Absent where nothing is recorded, or where the caller may not open it.
    pub url: Option<String>,
}

/// Whether a call is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CallRecordingState {
    /// Not one byte is written.
    Off,
    /// The call goes on, and is recorded.
    On,
    /// The call is over; the recording may still be finished.
    Ended,
    /// The recording ended before its call did; what it has is kept.
    CutShort,
    /// It was agreed, and the server could not keep anything.
    Refused,
}
