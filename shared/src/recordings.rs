//! Recordings as a listener finds, opens and deletes them.

use serde::{Deserialize, Serialize};

use crate::ConversationId;
use crate::recording::{Client, Metadata, RecordingEnd, RecordingStatus};

/// Recordings of one page when nobody asks for more or less.
pub const DEFAULT_LIMIT: usize = 50;
/// Recordings of one page at most.
pub const MAX_LIMIT: usize = 200;

/// The body of `GET /conversations`: newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecordingPage {
    pub recordings: Vec<Recording>,
    /// Ask for what is before this one to get the next page; absent on the last.
    pub next_before: Option<ConversationId>,
}

/// The body of `GET /conversations/<id>`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Recording {
    #[serde(flatten)]
    pub metadata: Metadata,
    pub links: Links,
}

/// What a page shows of a [`RecordingPage`]: the code that reads all of it is larger to load.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct SummaryPage {
    pub recordings: Vec<Summary>,
    pub next_before: Option<ConversationId>,
}

/// What a page shows of a [`Recording`].
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Summary {
    pub conversation_id: ConversationId,
    pub status: RecordingStatus,
    pub started_at: String,
    pub end_reason: Option<RecordingEnd>,
    pub file: Option<FileSummary>,
    pub client: Client,
    pub links: Links,
}

/// What a page shows of a [`crate::recording::FileFacts`].
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct FileSummary {
    pub bytes: u64,
    pub duration_ms: f64,
}

/// Where the parts of a recording are: paths with their query, with the key that opens them where
/// one is needed. Absent is what there is not, or what the asker may not do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Links {
    /// Ogg Opus; `&format=wav` and `&format=caf` give other forms of it.
    pub audio: Option<String>,
    /// For players without Ogg.
    pub wav: Option<String>,
    pub caf: Option<String>,
    pub peaks: Option<String>,
    /// What `DELETE` takes.
    pub delete: Option<String>,
}
