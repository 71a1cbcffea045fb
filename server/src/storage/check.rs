//! What lies in one conversation's folder, judged: the audio, and whether its description says the
//! same.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use shared::ConversationId;
use shared::recording::{METADATA_FILE, Metadata, RecordingStatus};
use shared::signaling::RECORDING_FILE;

use super::mend::examine;
use super::{open_file, sidecar};
use crate::recording::consistency::{self, Audio};
use crate::recording::sidecar::found;

/// What a recording was found to be.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Finding {
    /// The audio keeps every rule, and its description, if there is one, says the same.
    Sound {
        bytes: u64,
        sha256: String,
        pages: u64,
        packets: u64,
        samples: u64,
        duration_ms: f64,
        concealed_ms: f64,
        is_described: bool,
    },
    /// Another process is writing it.
    BeingRecorded,
    /// There is no audio, and the description says why.
    WithoutAudio { status: RecordingStatus },
    /// It was cut off: the next start of the server, or `repair`, completes it.
    Unfinished { fault: String },
    /// It breaks a rule.
    Unsound { fault: String },
}

impl Finding {
    /// Nobody has to act.
    #[must_use]
    pub fn is_well(&self) -> bool {
        match self {
            Self::Sound { .. } | Self::BeingRecorded | Self::WithoutAudio { .. } => true,
            Self::Unfinished { .. } | Self::Unsound { .. } => false,
        }
    }
}

/// The audio files that a path means: itself, its own if it is a conversation's folder, or those
/// of all conversations in it.
///
/// # Errors
/// There is nothing by that name, or it cannot be read.
pub fn audio_files(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !fs::metadata(path)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    if [RECORDING_FILE, METADATA_FILE]
        .iter()
        .any(|name| path.join(name).exists())
    {
        return Ok(vec![path.join(RECORDING_FILE)]);
    }
    let mut ids: Vec<ConversationId> = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name();
        let id = name
            .to_str()
            .and_then(|name| name.parse::<ConversationId>().ok());
        // A link may lead to a folder, too.
        ids.extend(id.filter(|_| entry.path().is_dir()));
    }
    ids.sort_unstable();
    let folders = ids.iter().map(|id| path.join(id.to_string()));
    Ok(folders.map(|folder| folder.join(RECORDING_FILE)).collect())
}

/// Judges an audio file and the description beside it.
///
/// # Errors
/// Whatever the disk answered.
pub fn check(audio: &Path) -> io::Result<Finding> {
    let file = match open_file(OpenOptions::new().read(true), audio) {
        Ok(file) => Some(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    if let Some(Err(TryLockError::WouldBlock)) = file.as_ref().map(File::try_lock_shared) {
        return Ok(Finding::BeingRecorded);
    }
    // Read under the lock: a writer lets go of it when both are final.
    let metadata = match description_beside(audio) {
        Ok(metadata) => metadata,
        Err(sidecar::ReadMetadataError::Disk(error)) => return Err(error),
        Err(error @ sidecar::ReadMetadataError::Later) => return Err(io::Error::other(error)),
        Err(error @ sidecar::ReadMetadataError::Content(_)) => {
            let fault = format!("metadata.json: {error}");
            return Ok(Finding::Unsound { fault });
        }
    };
    let is_unfinished = metadata
        .as_ref()
        .is_some_and(|metadata| metadata.status == RecordingStatus::Recording);
    let finding = match file {
        Some(file) => judge(&file, conversation_of(audio), metadata.as_ref())?,
        None => without_audio(conversation_of(audio), metadata.as_ref()),
    };
    Ok(match finding {
        Finding::Unsound { fault } if is_unfinished => Finding::Unfinished { fault },
        finding => finding,
    })
}

/// Whose folder a file lies in; none if it was taken elsewhere.
pub(super) fn conversation_of(audio: &Path) -> Option<ConversationId> {
    // A path may name only the file, and the folder by being there.
    let audio = std::path::absolute(audio).ok()?;
    audio.parent()?.file_name()?.to_str()?.parse().ok()
}

fn judge(
    file: &File,
    folder: Option<ConversationId>,
    metadata: Option<&Metadata>,
) -> io::Result<Finding> {
    let Some(examined) = examine(file, &mut |_| {}, &|| false)? else {
        return Err(io::ErrorKind::Interrupted.into());
    };
    let audio = match examined.audio() {
        Ok(audio) => audio,
        Err(fault) => {
            let fault = fault.to_string();
            return Ok(Finding::Unsound { fault });
        }
    };
    let consistent = metadata.map_or(Ok(()), |told| {
        consistency::check(told, folder, Some(&audio))
    });
    Ok(match consistent {
        Ok(()) => sound(&audio, metadata.is_some()),
        Err(inconsistency) => Finding::Unsound {
            fault: inconsistency.to_string(),
        },
    })
}

fn sound(audio: &Audio, is_described: bool) -> Finding {
    let facts = found(&audio.stream, audio.sha256);
    Finding::Sound {
        bytes: facts.bytes,
        sha256: facts.sha256,
        pages: facts.pages,
        packets: facts.packets,
        samples: facts.samples,
        duration_ms: facts.duration_ms,
        concealed_ms: facts.concealed_ms,
        is_described,
    }
}

fn without_audio(folder: Option<ConversationId>, metadata: Option<&Metadata>) -> Finding {
    let Some(metadata) = metadata else {
        let fault = "there is neither audio nor a description".to_owned();
        return Finding::Unsound { fault };
    };
    match consistency::check(metadata, folder, None) {
        Ok(()) => Finding::WithoutAudio {
            status: metadata.status,
        },
        Err(inconsistency) => Finding::Unsound {
            fault: inconsistency.to_string(),
        },
    }
}

/// Only the recording itself is described: not what was kept or put beside it.
pub(super) fn description_beside(
    audio: &Path,
) -> Result<Option<Metadata>, sidecar::ReadMetadataError> {
    if !is_recording(audio) {
        return Ok(None);
    }
    match sidecar::read(&audio.with_file_name(METADATA_FILE)) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(sidecar::ReadMetadataError::Disk(error)) if error.kind() == io::ErrorKind::NotFound => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Whether a file has the name of a recording's audio.
pub(super) fn is_recording(audio: &Path) -> bool {
    audio.file_name().is_some_and(|name| name == RECORDING_FILE)
}

#[cfg(test)]
mod tests;
