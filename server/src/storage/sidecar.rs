//! What lies beside a recording's audio: its description and its peaks, each replaced as a whole.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt};
use std::path::Path;

use shared::ConversationId;
use shared::peaks::{PEAKS_FILE, Peaks};
use shared::recording::{METADATA_FILE, Metadata};

use super::mend::keep_copy;
use super::{PRIVATE_FOLDER, Storage, create_private, open_file};

/// A description is some kilobytes, half a megabyte after twelve hours; more is none of ours.
const MAX_METADATA_BYTES: u64 = 4 * 1024 * 1024;
/// More than any description has when its recording begins.
const SHORT_METADATA_BYTES: usize = 64 * 1024;
/// What a file takes up is counted in blocks of this (`st_blocks`).
const BLOCK_BYTES: u64 = 512;
/// What is being written is called so until it is whole.
const UNFINISHED: &str = "tmp";
/// So an unfinished description is called.
pub(super) const UNFINISHED_METADATA: &str = "metadata.tmp";

/// A description could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadMetadataError {
    #[error("the description cannot be read")]
    Disk(#[from] io::Error),
    #[error("the description is none")]
    Content(#[from] serde_json::Error),
    #[error("the description is of a later version than this one understands")]
    Later,
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

    /// Brings the description of a recording to the disk.
    ///
    /// # Errors
    /// There is none, or whatever the disk answered.
    pub fn sync_metadata(&self, id: ConversationId) -> io::Result<()> {
        let folder = self.folder_of(id);
        open_file(OpenOptions::new().read(true), &folder.join(METADATA_FILE))?.sync_all()?;
        self.sync_name(id)
    }

    /// Writes over the description of a recording, where a full disk has no room for a new one: it
    /// has to fit into what the old one takes up, and says less if it must. Whoever reads it
    /// meanwhile may see half of each.
    ///
    /// # Errors
    /// Not even the shortest fits: the old one stays. Or whatever the disk answered.
    pub fn overwrite_metadata(&self, metadata: &Metadata) -> io::Result<()> {
        let path = self.folder_of(metadata.conversation_id).join(METADATA_FILE);
        let file = open_file(OpenOptions::new().write(true), &path)?;
        let old = file.metadata()?;
        let room = old.len().max(old.blocks().saturating_mul(BLOCK_BYTES));
        let mut json = json(metadata)?;
        if json.len() as u64 > room {
            json = json_of_facts(metadata)?;
        }
        if json.len() as u64 > room {
            return Err(io::ErrorKind::StorageFull.into());
        }
        // Blanks end what the old one had more, so that one write is enough.
        let old_bytes = usize::try_from(old.len()).unwrap_or(0);
        json.resize(json.len().max(old_bytes.min(SHORT_METADATA_BYTES)), b'\n');
        file.write_all_at(&json, 0)?;
        file.set_len(json.len() as u64)?;
        file.sync_all()
    }

    /// Leaves the description of a recording that has no audio.
    ///
    /// # Errors
    /// The conversation has a folder already, or whatever the disk answered.
    pub fn put_metadata_alone(&self, metadata: &Metadata) -> io::Result<()> {
        let folder = self.folder_of(metadata.conversation_id);
        DirBuilder::new().mode(PRIVATE_FOLDER).create(&folder)?;
        let written = self.put_metadata(metadata, Durability::Later);
        if written.is_err() {
            // Best effort: the next start removes what is empty.
            drop(self.discard(metadata.conversation_id));
        }
        written
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

    /// Keeps a copy of a description before another one takes its place.
    ///
    /// # Errors
    /// Whatever the disk answered.
    pub fn keep_metadata(&self, id: ConversationId) -> io::Result<()> {
        keep(&self.folder_of(id))
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
    let file = open_file(OpenOptions::new().read(true), path)?;
    file.take(MAX_METADATA_BYTES).read_to_end(&mut json)?;
    serde_json::from_slice(&json).map_err(|error| {
        if is_later(&json) {
            ReadMetadataError::Later
        } else {
            error.into()
        }
    })
}

/// Whether a later version wrote it: who goes back to this one must not take it for damaged.
fn is_later(json: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Versioned {
        schema: String,
    }
    let Ok(Versioned { schema }) = serde_json::from_slice(json) else {
        return false;
    };
    let version = schema.strip_prefix("recording/");
    version.is_some_and(|version| version.parse::<u32>().is_ok_and(|version| version > 1))
}

/// Keeps a copy of the description in a conversation's folder, beside earlier ones.
///
/// # Errors
/// There are too many of them, or whatever the disk answered.
pub fn keep(folder: &Path) -> io::Result<()> {
    let described = folder.join(METADATA_FILE);
    let original = open_file(OpenOptions::new().read(true), &described)?;
    keep_copy(&original, &described, "json").map(drop)
}

/// Writes or replaces the description in a conversation's folder.
///
/// # Errors
/// Whatever the disk answered.
pub fn write(folder: &Path, metadata: &Metadata, durability: Durability) -> io::Result<()> {
    replace(folder, METADATA_FILE, &json(metadata)?, durability)
}

fn json(metadata: &Metadata) -> io::Result<Vec<u8>> {
    let mut json = serde_json::to_vec_pretty(metadata)?;
    json.push(b'\n');
    Ok(json)
}

/// What is left of a description without the account of its packets.
fn json_of_facts(metadata: &Metadata) -> io::Result<Vec<u8>> {
    json(&Metadata {
        rtp: None,
        filled_ms: None,
        clock: None,
        ..metadata.clone()
    })
}

pub(super) fn replace(
    folder: &Path,
    name: &str,
    bytes: &[u8],
    durability: Durability,
) -> io::Result<()> {
    let path = folder.join(name);
    let unfinished = path.with_extension(UNFINISHED);
    let mut file = create_private(&unfinished)?;
    let written = file.write_all(bytes);
    if let Err(error) = written {
        // It takes up room that a full disk needs for other things.
        drop(fs::remove_file(&unfinished));
        return Err(error);
    }
    if durability == Durability::Now {
        file.sync_all()?;
    }
    fs::rename(unfinished, path)?;
    if durability == Durability::Now {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::recording::{Client, Codec, RecordingStatus, Schema, Software};

    fn metadata(status: RecordingStatus, user_agent: Option<String>) -> Metadata {
        Metadata {
            schema: Schema::V1,
            conversation_id: ConversationId::from_nanoseconds(7),
            status,
            started_at: "1970-01-01T00:00:00.000Z".to_owned(),
            first_packet_at: None,
            last_packet_at: None,
            ended_at: None,
            end_reason: None,
            file: None,
            codec: Codec {
                mime: "audio/opus".to_owned(),
                clock_rate: 48_000,
                channels_header: 1,
                fmtp: String::new(),
                ptime_ms_seen: Vec::new(),
                toc_configs_seen: Vec::new(),
                stereo_packets: 0,
                payload_type: 111,
            },
            rtp: None,
            filled_ms: None,
            clock: None,
            client: Client {
                user_agent,
                owner: None,
            },
            software: Software {
                name: "voicechat".to_owned(),
                version: "0".to_owned(),
            },
            recovered: false,
            verified_at: None,
        }
    }

    #[test]
    fn a_description_can_be_written_over_by_a_longer_and_by_a_shorter_one() {
        let home = tempfile::tempdir().unwrap();
        let storage = Storage::new(home.path().to_owned()).unwrap();
        let id = ConversationId::from_nanoseconds(7);
        let descriptions = [
            metadata(RecordingStatus::Recording, None),
            metadata(RecordingStatus::Truncated, Some("x".repeat(200))),
            metadata(RecordingStatus::Complete, None),
        ];
        storage.put_metadata_alone(&descriptions[0]).unwrap();

        for description in descriptions {
            storage.overwrite_metadata(&description).unwrap();

            assert_eq!(storage.metadata(id).unwrap(), description);
        }
    }

    #[test]
    fn a_description_that_does_not_fit_over_the_old_one_says_less_or_leaves_it() {
        let home = tempfile::tempdir().unwrap();
        let storage = Storage::new(home.path().to_owned()).unwrap();
        let id = ConversationId::from_nanoseconds(7);
        let old = metadata(RecordingStatus::Recording, None);
        storage.put_metadata_alone(&old).unwrap();
        let long = "x".repeat(1 << 20);
        let point = shared::recording::ClockPoint {
            granule: 0,
            rtp_ts: 0,
            at: long.clone(),
            sr: None,
        };
        let counted = Metadata {
            clock: Some(shared::recording::Clock {
                drift_ppm: None,
                wall_minus_file_ms: 0.0,
                map: vec![point],
            }),
            ..metadata(RecordingStatus::Truncated, None)
        };

        let too_long = metadata(RecordingStatus::Truncated, Some(long));
        let refused = storage.overwrite_metadata(&too_long).unwrap_err();
        let after_refusal = storage.metadata(id).unwrap();
        storage.overwrite_metadata(&counted).unwrap();

        assert_eq!(refused.kind(), io::ErrorKind::StorageFull);
        assert_eq!(after_refusal, old);
        let facts = metadata(RecordingStatus::Truncated, None);
        assert_eq!(storage.metadata(id).unwrap(), facts);
    }

    #[test]
    fn every_description_that_is_kept_stays() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path();
        for words in ["first", "second"] {
            fs::write(folder.join(METADATA_FILE), words).unwrap();
            keep(folder).unwrap();
        }

        let kept = ["metadata.damaged.json", "metadata.damaged-2.json"];
        let words = kept.map(|name| fs::read_to_string(folder.join(name)).unwrap());
        assert_eq!(words, ["first", "second"]);
    }

    #[test]
    fn a_description_alone_touches_no_folder_that_is_there() {
        let home = tempfile::tempdir().unwrap();
        let storage = Storage::new(home.path().to_owned()).unwrap();
        storage.create(ConversationId::from_nanoseconds(7)).unwrap();

        let refused = storage.put_metadata_alone(&metadata(RecordingStatus::Refused, None));

        assert_eq!(refused.unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert!(!home.path().join("7").join(METADATA_FILE).exists());
    }
}
