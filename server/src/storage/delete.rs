//! Deleting a recording with all that belongs to it: its name is gone at once, and its bytes, where
//! the disk refuses, some minute later.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

use shared::ConversationId;
use shared::recording::{METADATA_FILE, RecordingStatus};
use shared::signaling::RECORDING_FILE;

use super::{Storage, open_file};

/// What is being deleted is called so, and its id.
pub(super) const DELETED: &str = ".deleted-";
/// Whoever was just writing into the folder is done after one more look.
const TRIES: usize = 10;

/// A recording was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteError {
    #[error("there is no such recording")]
    NotFound,
    #[error("it still grows")]
    Live,
    #[error("it cannot be deleted")]
    Disk(#[source] io::Error),
}

impl From<io::Error> for DeleteError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            _ => Self::Disk(error),
        }
    }
}

impl Storage {
    /// Deletes a recording, its description and its peaks. Whoever reads it just now reads on.
    ///
    /// # Errors
    /// There is none, or it still grows, in this process or another.
    pub fn delete(&self, id: ConversationId) -> Result<(), DeleteError> {
        let folder = self.folder_of(id);
        if !self.is_recording(id) {
            return Err(DeleteError::NotFound);
        }
        // Held until its name is gone: nobody begins to mend it meanwhile.
        let _locked = self.lock(id)?;
        let deleted = self.folder.join(format!("{DELETED}{id}"));
        fs::rename(&folder, &deleted)?;
        File::open(&self.folder)?.sync_all()?;
        remove(&deleted)?;
        Ok(())
    }

    /// Whether a folder is one of ours: it has audio, or a description of it. Somebody else's may be
    /// called by a number, too.
    pub(super) fn is_recording(&self, id: ConversationId) -> bool {
        let folder = self.folder_of(id);
        let is_folder = fs::symlink_metadata(&folder).is_ok_and(|found| found.is_dir());
        let names = [RECORDING_FILE, METADATA_FILE];
        is_folder && names.iter().any(|name| folder.join(name).is_file())
    }

    /// The audio, so that nobody else changes it. None where there is none, or where disks know no
    /// locks.
    fn lock(&self, id: ConversationId) -> Result<Option<File>, DeleteError> {
        let path = self.folder_of(id).join(RECORDING_FILE);
        let file = match open_file(OpenOptions::new().read(true).write(true), &path) {
            Ok(file) => file,
            // A call that was not recorded has a description alone.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        // Whoever only reads it shares it.
        let locked = match file.try_lock() {
            Err(TryLockError::WouldBlock) => file.try_lock_shared(),
            other => other,
        };
        match locked {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::Error(_)) if !self.is_described_as_live(id) => Ok(None),
            Err(_) => Err(DeleteError::Live),
        }
    }

    /// Where disks know no locks, the description says whether a recording grows.
    pub(super) fn is_described_as_live(&self, id: ConversationId) -> bool {
        let metadata = self.metadata(id);
        metadata.map_or(true, |metadata| {
            metadata.status == RecordingStatus::Recording
        })
    }

    /// Completes what a crash or the disk interrupted. How many there were.
    ///
    /// # Errors
    /// Whatever the disk answered, of the last one that could not be.
    pub fn finish_deletes(&self) -> io::Result<usize> {
        let (mut count, mut outcome) = (0, Ok(()));
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let id = name.to_str().and_then(|name| name.strip_prefix(DELETED));
            if id.is_some_and(|id| id.parse::<ConversationId>().is_ok()) {
                match remove(&entry.path()) {
                    Ok(()) => count += 1,
                    Err(error) => outcome = Err(error),
                }
            }
        }
        outcome.map(|()| count)
    }
}

/// Removes a folder that nobody can find any more. Who had it open may still put a file into it, and
/// who looks for what was left may remove it first.
fn remove(folder: &Path) -> io::Result<()> {
    for _ in 1..TRIES {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            other => return other,
        }
    }
    fs::remove_dir_all(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    fn id() -> ConversationId {
        ConversationId::from_nanoseconds(7)
    }

    fn with_recording() -> (tempfile::TempDir, Storage) {
        let home = tempfile::tempdir().unwrap();
        let storage = Storage::new(home.path().to_owned()).unwrap();
        storage.create(id()).unwrap().write_all(b"OggS").unwrap();
        fs::write(home.path().join("7/metadata.json"), "{}").unwrap();
        fs::write(home.path().join("7/peaks.bin"), "").unwrap();
        (home, storage)
    }

    fn entries(home: &tempfile::TempDir) -> usize {
        fs::read_dir(home.path()).unwrap().count()
    }

    #[test]
    fn nothing_is_left_and_whoever_listens_hears_the_end() {
        let (home, storage) = with_recording();
        let (mut open, _) = storage.open(id()).unwrap();

        storage.delete(id()).unwrap();

        let mut heard = String::new();
        open.read_to_string(&mut heard).unwrap();
        assert_eq!((entries(&home), heard.as_str()), (0, "OggS"));
        assert!(matches!(storage.delete(id()), Err(DeleteError::NotFound)));
    }

    #[test]
    fn what_still_grows_stays() {
        let home = tempfile::tempdir().unwrap();
        let storage = Storage::new(home.path().to_owned()).unwrap();
        let growing = storage.create(id()).unwrap();

        let refused = storage.delete(id());

        assert!(matches!(refused, Err(DeleteError::Live)), "{refused:?}");
        assert_eq!(storage.ids().unwrap(), [id()]);
        drop(growing);
        storage.delete(id()).unwrap();
        assert_eq!(entries(&home), 0);
    }

    #[test]
    fn whoever_only_reads_it_keeps_nobody_from_deleting_it() {
        let (home, storage) = with_recording();
        let (reader, _) = storage.open(id()).unwrap();
        reader.lock_shared().unwrap();

        storage.delete(id()).unwrap();

        assert_eq!(entries(&home), 0);
    }

    #[test]
    fn a_description_without_audio_is_deleted_too() {
        let (home, storage) = with_recording();
        fs::remove_file(storage.audio_path(id())).unwrap();

        storage.delete(id()).unwrap();

        assert_eq!(entries(&home), 0);
    }

    #[test]
    fn a_delete_that_was_interrupted_is_completed_and_nothing_else_is() {
        let (home, storage) = with_recording();
        let deleted = home.path().join(".deleted-7");
        fs::rename(home.path().join("7"), &deleted).unwrap();
        for other in [".deleted-x", "deleted-8", "8"] {
            fs::create_dir(home.path().join(other)).unwrap();
        }

        assert_eq!(storage.finish_deletes().unwrap(), 1);

        assert!(!deleted.exists());
        assert_eq!(entries(&home), 3);
        assert!(storage.ids().unwrap().iter().all(|found| *found != id()));
    }

    #[test]
    fn a_folder_that_is_not_ours_stays_whatever_it_is_called() {
        let (home, storage) = with_recording();
        fs::create_dir(home.path().join("2024")).unwrap();
        fs::write(home.path().join("2024/taxes.txt"), "mine").unwrap();
        let strange = ConversationId::from_nanoseconds(2024);

        let refused = storage.delete(strange);

        assert!(matches!(refused, Err(DeleteError::NotFound)), "{refused:?}");
        assert!(home.path().join("2024/taxes.txt").exists());
        let held = storage.holdings().unwrap();
        assert!(held.iter().all(|held| held.id != strange));
    }

    #[test]
    fn a_link_in_place_of_a_recording_leads_nowhere() {
        let (home, storage) = with_recording();
        let elsewhere = tempfile::tempdir().unwrap();
        fs::write(elsewhere.path().join("canary"), "sings").unwrap();
        fs::remove_dir_all(home.path().join("7")).unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), home.path().join("7")).unwrap();

        // Whatever becomes of the link, what it points to stays.
        drop(storage.delete(id()));

        assert!(elsewhere.path().join("canary").exists());
    }
}
