//! What lies beside a recording's audio: its description and its peaks, each replaced as a whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use shared::ConversationId;
use shared::peaks::{PEAKS_FILE, Peaks};
use shared::recording::{METADATA_FILE, Metadata};

use super::{PRIVATE_FILE, Storage};

/// A description is some kilobytes, half a megabyte after twelve hours; more is none of ours.
const MAX_METADATA_BYTES: u64 = 4 * 1024 * 1024;
/// What is being written is called so until it is whole.
const UNFINISHED: &str = "tmp";

/// A description could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadMetadataError {
    #[error("the description cannot be read")]
    Disk(#[from] io::Error),
    #[error("the description is none")]
    Content(#[from] serde_json::Error),
}

/// Whether what is written has to survive a power cut when the call returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]

pub enum Durability {
    Now,
    /// Whenever the system gets round to it.
    Later,
}

impl Storage {
    /// The description of a recording.
    ///
    /// # Errors
    /// There is none, or it is damaged.
    pub fn metadata(&self, id: ConversationId) -> Result<Metadata, ReadMetadataError> {
        read(&self.folder_of(id).join(METADATA_FILE))
    }

    /// Writes or replaces the description of a recording: whoever reads it sees the old one or the
    /// new one.
    ///
    /// # Errors
    /// Whatever the disk answered.
    pub fn put_metadata(&self, metadata: &Metadata, durability: Durability) -> io::Result<()> {
        write(
            &self.folder_of(metadata.conversation_id),
            metadata,
            durability,
        )
    }

    /// Writes or replaces the peaks of a recording.
    ///
    /// # Errors
    /// Whatever the disk answered.
    pub fn put_peaks(&self, id: ConversationId, peaks: &Peaks) -> io::Result<()> {
        let folder = self.folder_of(id);
        replace(&folder, PEAKS_FILE, &peaks.to_bytes(), Durability::Later)
    }

    /// Whether a recording has peaks.
    #[must_use]
    pub fn has_peaks(&self, id: ConversationId) -> bool {
        self.folder_of(id).join(PEAKS_FILE).is_file()
    }

    /// Removes what was being written beside a recording when the server was gone.
    ///
    /// # Errors
    /// Whatever the disk answered.
    pub fn remove_unfinished(&self, id: ConversationId) -> io::Result<()> {
        for name in [METADATA_FILE, PEAKS_FILE] {
            let path = self.folder_of(id).join(name).with_extension(UNFINISHED);
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Reads a description.
///
/// # Errors
/// There is none, or it is damaged.
pub fn read(path: &Path) -> Result<Metadata, ReadMetadataError> {
    let mut json = Vec::new();
    let file = File::open(path)?;
    file.take(MAX_METADATA_BYTES).read_to_end(&mut json)?;
    Ok(serde_json::from_slice(&json)?)
}

/// Writes or replaces the description in a conversation's folder.
///
/// # Errors
/// Whatever the disk answered.
pub fn write(folder: &Path, metadata: &Metadata, durability: Durability) -> io::Result<()> {
    let mut json = serde_json::to_vec_pretty(metadata)?;
    json.push(b'\n');
    replace(folder, METADATA_FILE, &json, durability)
}

fn replace(folder: &Path, name: &str, bytes: &[u8], durability: Durability) -> io::Result<()> {
    let path = folder.join(name);
    let unfinished = path.with_extension(UNFINISHED);
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(PRIVATE_FILE)
        .open(&unfinished)?;
    file.write_all(bytes)?;
    if durability == Durability::Now {
        file.sync_all()?;
    }
    fs::rename(unfinished, path)?;
    if durability == Durability::Now {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
