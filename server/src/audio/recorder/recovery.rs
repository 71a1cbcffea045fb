//! What an earlier process did not live to finish: completed at the next start (nothing that may
//! be audio is ever deleted).

use std::io;
use std::time::Duration;

use jiff::Timestamp;
use shared::ConversationId;
use shared::recording::{Metadata, RecordingStatus};
use tracing::{info, warn};

use crate::recording::consistency::Audio;
use crate::recording::sidecar::{found, recovered};
use crate::storage::mend::{Copy, Locked, Mended, mend};
use crate::storage::{Durability, ReadMetadataError, Storage};

/// A younger folder may be one that another process has just made.
const MIN_AGE_OF_EMPTY: Duration = Duration::from_secs(60);

/// So many are brought to the disk at once: one by one, a thousand would take minutes.
const BATCH: usize = 128;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Completed, with audio.
    pub(super) recovered: u64,
    /// Had no audio.
    pub(super) empty: u64,
    /// Had no description, and needed nothing else.
    pub(super) described: u64,
    /// Could not be completed; the next start tries again.
    pub(super) failed: u64,
    /// Somebody else holds them: another server, or a reader for a moment.
    pub(super) busy: Vec<ConversationId>,
}

/// Completes what is unfinished among these conversations.
///
/// What another process is writing is left to it. Done twice, it changes nothing the second time.
pub(super) fn recover(
    storage: &Storage,
    ids: &[ConversationId],
    now: Timestamp,
    is_cancelled: &dyn Fn() -> bool,
) -> Tally {
    let mut tally = Tally::default();
    let mut unfinished = Vec::new();
    for &id in ids {
        if is_cancelled() {
            break;
        }
        match mend_one(storage, id) {
            Ok(Looked::Untouched) => {}
            Ok(Looked::Busy) => tally.busy.push(id),
            Ok(Looked::Unfinished(mended)) => unfinished.push(mended),
            Err(error) => tally.note_failure(id, &error),
        }
        if unfinished.len() == BATCH {
            complete(storage, std::mem::take(&mut unfinished), now, &mut tally);
        }
    }
    complete(storage, unfinished, now, &mut tally);
    let Tally {
        recovered,
        empty,
        described,
        failed,
        busy: _,
    } = tally;
    if recovered + empty + described + failed > 0 {
        info!(
            recovered,
            empty, described, failed, "recordings of an earlier run were completed"
        );
    }
    tally
}

impl Tally {
    fn note_failure(&mut self, id: ConversationId, error: &io::Error) {
        warn!(%id, %error, "recording was not recovered");
        self.failed += 1;
    }
}

/// Describes what was mended.
fn complete(storage: &Storage, unfinished: Vec<Unfinished>, now: Timestamp, tally: &mut Tally) {
    if unfinished.is_empty() {
        return;
    }
    // What a description says of a file has to be true after a power cut, too.
    let synced = storage.sync_disk();
    for unfinished in unfinished {
        let id = unfinished.id;
        let described = match &synced {
            Ok(()) => unfinished.describe(storage, now),
            Err(error) => Err(error.kind().into()),
        };
        match described {
            Ok(Outcome::Untouched) => {}
            Ok(Outcome::Recovered) => tally.recovered += 1,
            Ok(Outcome::Empty) => tally.empty += 1,
            Ok(Outcome::Described) => tally.described += 1,
            Err(error) => tally.note_failure(id, &error),
        }
    }
}

/// What a first look found.
enum Looked {
    Untouched,
    /// Somebody else holds it.
    Busy,
    Unfinished(Unfinished),
}

/// A recording whose audio is as it will be, and is not described.
struct Unfinished {
    id: ConversationId,
    begun: Begun,
    /// Held until it is described; `None` if there is no file.
    audio: Option<(Mended, Locked)>,
}

/// What became of it.
enum Outcome {
    Untouched,
    Recovered,
    Empty,
    Described,
}

fn mend_one(storage: &Storage, id: ConversationId) -> io::Result<Looked> {
    if begun(storage, id)?.is_none() {
        return Ok(Looked::Untouched);
    }
    let locked = match Locked::open(storage.audio_path(id)) {
        Ok(Some(locked)) => Some(locked),
        Ok(None) => return Ok(Looked::Busy),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    // Asked again: whoever had the lock may have finished it just now.
    let Some(begun) = begun(storage, id)? else {
        return Ok(Looked::Untouched);
    };
    let audio = match locked {
        Some(locked) => {
            let mended = mend(&locked, Copy::IfUnexplained, Durability::Later)?;
            Some((mended, locked))
        }
        None => None,
    };
    Ok(Looked::Unfinished(Unfinished { id, begun, audio }))
}

impl Unfinished {
    fn describe(self, storage: &Storage, now: Timestamp) -> io::Result<Outcome> {
        let Self { id, begun, audio } = self;
        let Some((mended, _locked)) = audio else {
            return without_audio(storage, id, begun, now);
        };
        match mended {
            Mended::Sound(audio) => describe(storage, id, begun, &audio, now),
            Mended::Cut {
                audio, original, ..
            } => {
                if original.is_some() {
                    warn!(%id, "recording was damaged: the original was kept beside it");
                }
                put(storage, id, begun, Some(&audio), now)?;
                Ok(Outcome::Recovered)
            }
            Mended::Empty { original } => {
                if original.is_some() {
                    warn!(%id, "recording has no sound page: the original was kept beside it");
                }
                without_audio(storage, id, begun, now)
            }
        }
    }
}

/// What is known of how it began; `None` if its description says that it is finished.
fn begun(storage: &Storage, id: ConversationId) -> io::Result<Option<Begun>> {
    match storage.metadata(id) {
        Ok(metadata) if metadata.status == RecordingStatus::Recording => {
            Ok(Some(Begun::Said(Box::new(metadata))))
        }
        Ok(_) | Err(ReadMetadataError::Later) => Ok(None),
        Err(ReadMetadataError::Content(_)) => Ok(Some(Begun::Damaged)),
        Err(ReadMetadataError::Disk(error)) if error.kind() == io::ErrorKind::NotFound => {
            Ok(Some(Begun::Nothing))
        }
        Err(ReadMetadataError::Disk(error)) => Err(error),
    }
}

/// What is known of how a recording began.
enum Begun {
    Said(Box<Metadata>),
    Damaged,
    Nothing,
}

impl Begun {
    fn said(self) -> Option<Metadata> {
        match self {
            Self::Said(metadata) => Some(*metadata),
            Self::Damaged | Self::Nothing => None,
        }
    }
}

/// A sound file whose description is missing or behind.
fn describe(
    storage: &Storage,
    id: ConversationId,
    begun: Begun,
    audio: &Audio,
    now: Timestamp,
) -> io::Result<Outcome> {
    if !matches!(begun, Begun::Nothing) {
        put(storage, id, begun, Some(audio), now)?;
        return Ok(Outcome::Recovered);
    }
    // Where the recorder ends a file, its description lies beside it: something else made this one.
    let file = found(&audio.stream, audio.sha256);
    let mut metadata = recovered(id, None, Some(file), now);
    metadata.codec.channels_header = audio.stream.channels;
    metadata.status = RecordingStatus::Complete;
    (metadata.recovered, metadata.ended_at, metadata.end_reason) = (false, None, None);
    storage.remove_unfinished(id)?;
    storage.put_metadata(&metadata, Durability::Later)?;
    Ok(Outcome::Described)
}

fn without_audio(
    storage: &Storage,
    id: ConversationId,
    begun: Begun,
    now: Timestamp,
) -> io::Result<Outcome> {
    if !matches!(begun, Begun::Nothing) {
        put(storage, id, begun, None, now)?;
        return Ok(Outcome::Empty);
    }
    let made = Timestamp::from_nanosecond(id.nanoseconds().into()).unwrap_or(now);
    let is_young = now.duration_since(made).abs()
        < jiff::SignedDuration::try_from(MIN_AGE_OF_EMPTY).unwrap_or_default();
    if is_young {
        return Ok(Outcome::Untouched);
    }
    storage.remove_unfinished(id)?;
    match storage.remove_empty(id) {
        Ok(()) => Ok(Outcome::Empty),
        // Whatever else lies there is not ours.
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(Outcome::Untouched),
        // Somebody else removed it.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Outcome::Untouched),
        Err(error) => Err(error),
    }
}

fn put(
    storage: &Storage,
    id: ConversationId,
    begun: Begun,
    audio: Option<&Audio>,
    now: Timestamp,
) -> io::Result<()> {
    if matches!(begun, Begun::Damaged) {
        // It may be of a later version, or tell a person more than us.
        storage.keep_metadata(id)?;
    }
    let file = audio.map(|audio| found(&audio.stream, audio.sha256));
    let mut metadata = recovered(id, begun.said(), file, now);
    if let Some(audio) = audio {
        metadata.codec.channels_header = audio.stream.channels;
    }
    storage.remove_unfinished(id)?;
    storage.put_metadata(&metadata, Durability::Later)
}

#[cfg(test)]
mod tests;
