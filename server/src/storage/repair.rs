//! One recording repaired on demand: its audio, and the description beside it.

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use shared::ConversationId;
use shared::recording::{METADATA_FILE, Metadata, RecordingStatus};

use super::Durability;
use super::mend::{Copy, Locked, Mended, folder_of, mend};
use super::sidecar::{self, ReadMetadataError};
use crate::recording::consistency::{Audio, check};
use crate::recording::sidecar::{found, recovered};

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repaired {
    /// Nothing: it is being recorded.
    Busy,
    /// Nothing: it is sound, and its description says the same.
    Sound,
    /// The description did not fit the sound file.
    Described,
    /// The file ends at its last sound page now.
    Cut {
        lost_bytes: u64,
        /// The file as it was, where more than a torn page was cut off.
        original: Option<PathBuf>,
    },
    /// There is no audio to keep.
    Empty { original: Option<PathBuf> },
}

/// Repairs an audio file and, if there is one, the description beside it.
///
/// # Errors
/// Whatever the disk answered.
pub fn repair(audio: &Path, now: Timestamp) -> io::Result<Repaired> {
    let locked = match Locked::open(audio) {
        Ok(Some(locked)) => locked,
        Ok(None) => return Ok(Repaired::Busy),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            say_empty(audio, now)?;
            return Ok(Repaired::Empty { original: None });
        }
        Err(error) => return Err(error),
    };
    let was_unfinished = match description_beside(audio)? {
        Some((_, Some(told))) => told.status == RecordingStatus::Recording,
        _ => false,
    };
    let copy = if was_unfinished {
        Copy::IfUnexplained
    } else {
        Copy::Always
    };
    Ok(match mend(&locked, copy, Durability::Now)? {
        Mended::Sound(found) => describe(audio, &found, now)?,
        Mended::Cut {
            audio: found,
            lost_bytes,
            original,
        } => {
            describe(audio, &found, now)?;
            Repaired::Cut {
                lost_bytes,
                original,
            }
        }
        Mended::Empty { original } => {
            say_empty(audio, now)?;
            Repaired::Empty { original }
        }
    })
}

/// Brings the description up to the file. One that is not there, or is of no conversation, stays
/// away.
fn describe(path: &Path, audio: &Audio, now: Timestamp) -> io::Result<Repaired> {
    let Some((id, told)) = description_beside(path)? else {
        return Ok(Repaired::Sound);
    };
    if told
        .as_ref()
        .is_some_and(|told| check(told, Some(audio)).is_ok())
    {
        return Ok(Repaired::Sound);
    }
    let was_unfinished = told
        .as_ref()
        .is_none_or(|told| told.status == RecordingStatus::Recording);
    if !was_unfinished || told.is_none() {
        // What it says of another file is evidence.
        sidecar::keep(folder_of(path))?;
    }
    let earlier_end = told
        .as_ref()
        .and_then(|told| Some((told.ended_at.clone()?, told.end_reason?)));
    let file = found(&audio.stream, audio.sha256);
    let mut metadata = recovered(id, told, Some(file), now);
    metadata.codec.channels_header = audio.stream.channels;
    if let (Some((ended_at, reason)), false) = (earlier_end, was_unfinished) {
        (metadata.ended_at, metadata.end_reason) = (Some(ended_at), Some(reason));
    }
    put(path, &metadata)?;
    Ok(Repaired::Described)
}

fn say_empty(path: &Path, now: Timestamp) -> io::Result<()> {
    match description_beside(path)? {
        Some((id, told)) if told.as_ref().is_none_or(|told| check(told, None).is_err()) => {
            put(path, &recovered(id, told, None, now))
        }
        _ => Ok(()),
    }
}

/// Of whom the description is, and what it says if it can be read.
fn description_beside(audio: &Path) -> io::Result<Option<(ConversationId, Option<Metadata>)>> {
    match sidecar::read(&audio.with_file_name(METADATA_FILE)) {
        Ok(metadata) => Ok(Some((metadata.conversation_id, Some(metadata)))),
        Err(ReadMetadataError::Disk(error)) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(ReadMetadataError::Disk(error)) => Err(error),
        Err(ReadMetadataError::Content(_)) => {
            let folder = audio.parent().and_then(Path::file_name);
            let id = folder.and_then(|name| name.to_str()?.parse().ok());
            Ok(id.map(|id| (id, None)))
        }
    }
}

fn put(audio: &Path, metadata: &Metadata) -> io::Result<()> {
    sidecar::write(folder_of(audio), metadata, Durability::Now)
}
