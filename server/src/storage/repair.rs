//! One recording repaired on demand: its audio, and the description beside it.

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use shared::ConversationId;
use shared::recording::{Metadata, RecordingStatus};

use super::Durability;
use super::check::{conversation_of, description_beside, is_recording};
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
    /// Nothing: there is no audio, and the description says why.
    WithoutAudio,
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

/// Repairs an audio file and, if it is a conversation's and there is one, the description beside
/// it.
///
/// # Errors
/// It is something else that lies in a conversation's folder, or has no audio and any other name:
/// it is left as it is. Or whatever the disk answered.
pub fn repair(audio: &Path, now: Timestamp) -> io::Result<Repaired> {
    if !is_recording(audio) && conversation_of(audio).is_some() {
        return Err(left_alone("a conversation's recording is user_audio.ogg"));
    }
    let locked = match Locked::open(audio.to_owned()) {
        Ok(Some(locked)) => locked,
        Ok(None) => return Ok(Repaired::Busy),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return without_file(audio, now);
        }
        Err(error) => return Err(error),
    };
    if !is_recording(audio) && !locked.has_audio()? {
        return Err(left_alone("it has no page of audio"));
    }
    let was_unfinished = match told_beside(audio)? {
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
    let Some((id, told)) = told_beside(path)? else {
        return Ok(Repaired::Sound);
    };
    if told
        .as_ref()
        .is_some_and(|told| check(told, Some(id), Some(audio)).is_ok())
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

/// There is no audio any more, or there never was any.
fn say_empty(path: &Path, now: Timestamp) -> io::Result<()> {
    let Some((id, told)) = told_beside(path)? else {
        return Ok(());
    };
    if told
        .as_ref()
        .is_some_and(|told| check(told, Some(id), None).is_ok())
    {
        return Ok(());
    }
    if told
        .as_ref()
        .is_none_or(|told| told.status != RecordingStatus::Recording)
    {
        // What it says of a file that is lost is evidence.
        sidecar::keep(folder_of(path))?;
    }
    put(path, &recovered(id, told, None, now))
}

/// There is no file: it was never made, or somebody took it away.
fn without_file(path: &Path, now: Timestamp) -> io::Result<Repaired> {
    let described = told_beside(path)?;
    if let Some((id, Some(told))) = &described {
        if check(told, Some(*id), None).is_ok() {
            return Ok(Repaired::WithoutAudio);
        }
        if told.status != RecordingStatus::Recording {
            // It is all that is left of the recording.
            return Ok(Repaired::Empty { original: None });
        }
    }
    say_empty(path, now)?;
    Ok(Repaired::Empty { original: None })
}

fn left_alone(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("left alone: {why}"))
}

/// Of whom the description is, and what it says if it can be read.
fn told_beside(audio: &Path) -> io::Result<Option<(ConversationId, Option<Metadata>)>> {
    match description_beside(audio) {
        Ok(told) => Ok(told.map(|metadata| {
            // The folder's name counts; where it is none, nobody else knows better.
            let id = conversation_of(audio).unwrap_or(metadata.conversation_id);
            (id, Some(metadata))
        })),
        Err(ReadMetadataError::Disk(error)) => Err(error),
        Err(error @ ReadMetadataError::Later) => Err(io::Error::other(error)),
        Err(ReadMetadataError::Content(_)) => Ok(conversation_of(audio).map(|id| (id, None))),
    }
}

fn put(audio: &Path, metadata: &Metadata) -> io::Result<()> {
    sidecar::write(folder_of(audio), metadata, Durability::Now)
}
