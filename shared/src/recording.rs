//! A recording as its `metadata.json` describes it, beside the audio.
//!
//! Times are RFC 3339 in UTC, durations are milliseconds, samples are at 48 kHz. What is not known
//! (yet, or any more) is `null`.

use serde::{Deserialize, Serialize};

use crate::ConversationId;

/// The file's name in the conversation's folder.
pub const METADATA_FILE: &str = "metadata.json";

/// Everything that is known of one recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Metadata {
    pub schema: Schema,
    pub conversation_id: ConversationId,
    pub status: RecordingStatus,
    /// When the call was answered.
    pub started_at: String,
    pub first_packet_at: Option<String>,
    pub last_packet_at: Option<String>,
    pub ended_at: Option<String>,
    pub end_reason: Option<RecordingEnd>,
    /// Absent while the file grows, and where there is none.
    pub file: Option<FileFacts>,
    pub codec: Codec,
    /// Absent while the call goes on, and where the file is not the one that was meant: after a
    /// crash, where the disk failed, and where nothing was recorded.
    pub rtp: Option<Rtp>,
    /// Absent where `rtp` is: the file tells no causes.
    pub filled_ms: Option<Filled>,
    /// Absent where `rtp` is.
    pub clock: Option<Clock>,
    pub client: Client,
    pub software: Software,
    /// It was completed by a later start of the server.
    pub recovered: bool,
    /// When the finished file was read back and found sound.
    pub verified_at: Option<String>,
}

/// The version of this description.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Schema {
    #[serde(rename = "recording/1")]
    V1,
}

/// How far a recording is, and whether it holds the whole call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RecordingStatus {
    /// The file still grows.
    Recording,
    /// It ended with its call, or at a limit that was set for it.
    Complete,
    /// It ended before its call, at its last whole page, because the disk did not keep up.
    Truncated,
    /// The server was gone before it ended; a later start completed it.
    Recovered,
    /// The server was gone before any audio was written.
    Empty,
    /// It never began: there was no room for it.
    Refused,
}

/// Why a recording ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RecordingEnd {
    /// The caller said goodbye.
    ClientClosed,
    /// The call was deleted by its URL.
    Deleted,
    /// The connection broke, or nothing was heard of the caller any more.
    IceFailed,
    /// The connection stood, but no audio came.
    Idle,
    /// The longest duration or the largest size of a recording was reached.
    Limit,
    /// The server stopped.
    Shutdown,
    /// The server was gone.
    Crash,
    /// More packets waited for the disk than its queue holds.
    SlowDisk,
    /// The disk was full.
    Enospc,
    /// The disk failed.
    Io,
    /// Less space was left on the disk than is to be kept free.
    LowSpace,
    /// All recordings together waited for the disk with more than may wait.
    Backlog,
}

/// The audio file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FileFacts {
    pub name: String,
    pub bytes: u64,
    /// In lower-case hexadecimal digits.
    pub sha256: String,
    pub pages: u64,
    /// Audio packets, those that fill gaps included.
    pub packets: u64,
    /// The last granule position.
    pub samples: u64,
    pub pre_skip: u16,
    /// What a player plays: `(samples - pre_skip) / 48`.
    pub duration_ms: f64,
    /// In frames without a byte: nothing was received for so long, or the sender sent such frames.
    pub concealed_ms: f64,
}

/// How the audio is coded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Codec {
    pub mime: String,
    pub clock_rate: u32,
    /// What the file's header says: 1, or 2 if the caller was asked for stereo.
    pub channels_header: u8,
    /// As it was answered (RFC 7587 §6.1).
    pub fmtp: String,
    /// Durations of the packets that were written.
    pub ptime_ms_seen: Vec<f64>,
    /// Configuration numbers of the packets that were written (RFC 6716 §3.1).
    pub toc_configs_seen: Vec<u8>,
    /// Written packets that are stereo.
    pub stereo_packets: u64,
    pub payload_type: u8,
}

/// What became of the packets.
///
/// Invariant: `received` is the sum of `written`, `late`, `duplicated`, `malformed`, `skipped`,
/// `stale` and `refused`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rtp {
    /// In the order they were heard first; the first 16.
    pub ssrcs: Vec<u32>,
    pub received: u64,
    pub written: u64,
    /// What the written packets last.
    pub written_ms: f64,
    /// Given up, by the sequence numbers: what never came, and what came `late`.
    pub lost: u64,
    pub late: u64,
    pub duplicated: u64,
    /// Came out of order, and was put right.
    pub reordered: u64,
    /// Not a packet of Opus (RFC 6716 §3.4).
    pub malformed: u64,
    /// Carried no audio, or numbers that nothing confirmed.
    pub skipped: u64,
    /// Repeated time that was already written.
    pub stale: u64,
    /// Found no room when the recording had reached a limit.
    pub refused: u64,
    /// How often the sender's clock began anew.
    pub resets: u64,
    pub ssrc_changes: u64,
    /// Interarrival jitter at the end (RFC 3550 §6.4.1).
    pub jitter_ms: f64,
}

/// Time in the file that no packet brought, by cause.
///
/// Invariant: with `written_ms` it is the file's `samples`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Filled {
    pub loss: f64,
    /// The sender did not send.
    pub dtx: f64,
    /// The sender's clock began anew, and nothing was heard for a while.
    pub reset: f64,
    /// Between the last packet and the end of the call.
    pub tail: f64,
    /// How many gaps there were.
    pub events: u64,
    pub longest: f64,
}

/// The sender's clock beside ours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Clock {
    /// How much longer the call took than its file lasts, from the first packet to the last.
    pub wall_minus_file_ms: f64,
    /// How much faster the sender's clock runs, in millionths; absent for short calls.
    pub drift_ppm: Option<f64>,
    /// At the start, every 10 s and wherever the sender's clock began anew.
    pub map: Vec<ClockPoint>,
}

/// One moment in every clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClockPoint {
    /// Where in the file the packet begins, in samples.
    pub granule: u64,
    pub rtp_ts: u32,
    /// When the packet arrived.
    pub at: String,
    /// The sender's last report before it (RFC 3550 §6.4.1).
    pub sr: Option<SenderClock>,
}

/// What the sender's own wall clock said for a moment of its RTP clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SenderClock {
    pub ntp: String,
    pub rtp_ts: u32,
}

/// Who called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Client {
    pub user_agent: Option<String>,
    /// The subject of the token that he called with, where there are such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

/// Who recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Software {
    pub name: String,
    pub version: String,
}
