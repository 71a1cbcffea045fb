//! What is known of a recording, and what can go wrong with it.

use std::time::Duration;

use shared::ConversationId;
use shared::recording::{RecordingEnd, RecordingStatus};
use shared::recordings::Summary;

use crate::own_path::OwnPath;

/// The waveform of a longer recording is fetched when it is played: a list may have many.
const DRAWN_UNASKED: Duration = Duration::from_secs(10 * 60);

/// What a person is told of a recording, and where its parts are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    pub id: ConversationId,
    /// RFC 3339 in UTC.
    pub started_at: String,
    /// Absent while it grows, and where there is no file.
    pub duration: Option<Duration>,
    pub status: RecordingStatus,
    pub end: Option<RecordingEnd>,
    pub user_agent: Option<String>,
    pub audio: Option<OwnPath>,
    pub wav: Option<OwnPath>,
    pub caf: Option<OwnPath>,
    /// Its waveform; absent until it was drawn.
    pub peaks: Option<OwnPath>,
    /// Of the file.
    pub bytes: Option<u64>,
    /// Absent where it may not be deleted, or not yet.
    pub delete: Option<OwnPath>,
}

impl Facts {
    /// What the page needs of a description.
    #[must_use]
    pub fn of(recording: Summary) -> Self {
        let Summary { links, .. } = recording;
        let own = |link: Option<String>| OwnPath::parse(&link?);
        let bytes = recording.file.map(|file| file.bytes);
        let duration = recording.file.map(|file| file.duration_ms / 1000.0);
        Self {
            id: recording.conversation_id,
            started_at: recording.started_at,
            duration: duration.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
            status: recording.status,
            end: recording.end_reason,
            user_agent: recording.client.user_agent,
            audio: own(links.audio),
            wav: own(links.wav),
            caf: own(links.caf),
            peaks: own(links.peaks),
            bytes,
            delete: own(links.delete),
        }
    }

    /// Whether the call goes on.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.status == RecordingStatus::Recording
    }

    /// Where its waveform is, if that is short enough to be drawn unasked.
    #[must_use]
    pub fn short_peaks(&self) -> Option<&OwnPath> {
        self.peaks.as_ref().filter(|_| self.is_short())
    }

    /// Whether it will have a waveform that is drawn unasked. Without sound, or for those who may not
    /// play it, there is none to come.
    #[must_use]
    pub fn awaits_short_peaks(&self) -> bool {
        self.peaks.is_none() && self.audio.is_some() && !self.is_live() && self.is_short()
    }

    fn is_short(&self) -> bool {
        self.duration.is_some_and(|length| length <= DRAWN_UNASKED)
    }

    /// The form of the sound that this browser plays: as it was received, the same packets in another
    /// file, or as plain samples.
    #[must_use]
    pub fn playable(&self, plays: impl Fn(&str) -> bool) -> Option<&OwnPath> {
        let forms = [(OGG, &self.audio), (CAF, &self.caf), (WAV, &self.wav)];
        let mut forms = forms
            .into_iter()
            .filter(|(media_type, _)| plays(media_type));
        forms.find_map(|(_, path)| path.as_ref())
    }
}

const OGG: &str = shared::signaling::OGG_OPUS;
const CAF: &str = "audio/x-caf; codecs=opus";
const WAV: &str = "audio/wav";

/// A recording, and where it is described: with the key that opens it, where one is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub path: OwnPath,
    pub facts: Facts,
}

/// Some recordings of a list, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    pub found: Vec<Found>,
    /// The list goes on before this one.
    pub older: Option<ConversationId>,
}

/// Why something could not be done with recordings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    Away,
    KeyRefused,
    Gone,
    /// Its call goes on.
    Live,
    /// The browser plays none of its forms.
    Unplayable,
    /// It was played, and broke off.
    BrokeOff,
    /// The server said no, and why.
    Refused {
        reason: String,
    },
}
