//! The recordings' folder: one folder a conversation, named by its id.
//!
//! Only a [`ConversationId`] names anything here, so no path can come from outside. Folders and
//! files are readable by the server's user alone.

pub mod check;
mod delete;
mod holdings;
mod key;
mod lingering;
pub mod mend;
mod opened;
mod packets;
mod pair;
pub mod repair;
pub mod sidecar;
mod stored;

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::fs::OFlags;
use shared::ConversationId;
use shared::peaks::PEAKS_FILE;
use shared::recording::METADATA_FILE;
use shared::signaling::RECORDING_FILE;

pub use delete::DeleteError;
pub use key::{KEY_BYTES, read_key_file};
pub use opened::Opened;
pub use packets::PacketReader;
pub use pair::Pair;
pub use sidecar::{Durability, ReadMetadataError};
pub use stored::Stored;

const PRIVATE_FOLDER: u32 = 0o700;
const PRIVATE_FILE: u32 = 0o600;
/// Whoever looks at a file without a byte is done sooner.
const LOCK_DEADLINE: Duration = Duration::from_millis(100);

/// The recordings' folder is of no use.
#[derive(Debug, thiserror::Error)]
#[error("the recordings' folder {} cannot be {needed}", folder.display())]
pub struct FolderError {
    folder: PathBuf,
    /// What it cannot be: written, read.
    needed: &'static str,
    source: io::Error,
}

/// Where recordings lie. A clone means the same folder.
#[derive(Clone, Debug)]
pub struct Storage {
    folder: Arc<Path>,
}

impl Storage {
    /// Makes sure that the folder exists and can be written.
    ///
    /// # Errors
    /// Whatever the disk answered, with the folder's name.
    pub fn new(folder: PathBuf) -> Result<Self, FolderError> {
        match prepare(&folder) {
            Ok(()) => Ok(Self {
                folder: folder.into(),
            }),
            Err(source) => Err(FolderError {
                folder,
                needed: "written",
                source,
            }),
        }
    }

    /// Makes the file of a new recording, locked until it is closed: so other processes know that
    /// it grows.
    ///
    /// # Errors
    /// There is one already, or whatever the disk answered.
    pub fn create(&self, id: ConversationId) -> io::Result<File> {
        let folder = self.folder_of(id);
        let made_folder = match DirBuilder::new().mode(PRIVATE_FOLDER).create(&folder) {
            Ok(()) => true,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
            Err(error) => return Err(error),
        };
        let file = create_locked(&folder.join(RECORDING_FILE));
        if file.is_err() && made_folder {
            // Best effort: an empty folder does no harm, and the file's error is what matters.
            drop(fs::remove_dir(&folder));
        }
        file
    }

    /// Bytes that this server's user can still write to the folder's disk.
    ///
    /// # Errors
    /// Whatever the disk answered.
    pub fn free_bytes(&self) -> io::Result<u64> {
        let disk = rustix::fs::statvfs(&*self.folder)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    /// Opens a recording, which may still be growing.
    ///
    /// # Errors
    /// `NotFound` if there is none; else whatever the disk answered.
    pub fn open(&self, id: ConversationId) -> io::Result<(File, Metadata)> {
        let path = self.audio_path(id);
        let file = open_file(OpenOptions::new().read(true), &path).map_err(|error| {
            if fs::symlink_metadata(&path).is_ok_and(|found| !found.is_file()) {
                io::ErrorKind::NotFound.into()
            } else {
                error
            }
        })?;
        let metadata = file.metadata()?;
        Ok((file, metadata))
    }

    fn open_peaks_file(&self, id: ConversationId) -> io::Result<(File, Metadata)> {
        let path = self.folder_of(id).join(PEAKS_FILE);
        let file = open_file(OpenOptions::new().read(true), &path)?;
        let metadata = file.metadata()?;
        Ok((file, metadata))
    }

    /// The latest conversation that has a folder here: the next one's id has to be higher.
    ///
    /// # Errors
    /// Whatever the disk answered, with the folder's name.
    pub fn newest_id(&self) -> Result<Option<ConversationId>, FolderError> {
        newest_id(&self.folder).map_err(|source| FolderError {
            folder: self.folder.to_path_buf(),
            needed: "read",
            source,
        })
    }

    /// All conversations that have a folder here, oldest first.
    ///
    /// # Errors
    /// Whatever the disk answered.
    pub fn ids(&self) -> io::Result<Vec<ConversationId>> {
        let mut ids = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let id = name
                .to_str()
                .and_then(|name| name.parse::<ConversationId>().ok());
            ids.extend(id.filter(|_| entry.file_type().is_ok_and(|kind| kind.is_dir())));
        }
        ids.sort_unstable();
        Ok(ids)
    }

    /// Where the audio of a conversation lies, if it has any.
    #[must_use]
    pub fn audio_path(&self, id: ConversationId) -> PathBuf {
        self.folder_of(id).join(RECORDING_FILE)
    }

    /// Removes a conversation's folder if nothing is in it.
    ///
    /// # Errors
    /// Something is, or whatever the disk answered.
    pub fn remove_empty(&self, id: ConversationId) -> io::Result<()> {
        fs::remove_dir(self.folder_of(id))
    }

    /// Makes a recording's name survive a power cut; its file does that for its bytes.
    ///
    /// # Errors
    /// Whatever the disk answered.
    pub fn sync_name(&self, id: ConversationId) -> io::Result<()> {
        File::open(self.folder_of(id))?.sync_all()?;
        File::open(&self.folder)?.sync_all()
    }

    /// Brings all that was written to the folder's disk, by whomever, to where a power cut leaves
    /// it.
    ///
    /// # Errors
    /// Whatever the disk answered.
    pub fn sync_disk(&self) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        rustix::fs::syncfs(File::open(&self.folder)?)?;
        #[cfg(not(target_os = "linux"))]
        rustix::fs::sync();
        Ok(())
    }

    /// Takes back a recording that came to nothing.
    ///
    /// # Errors
    /// Whatever the disk answered.
    pub fn discard(&self, id: ConversationId) -> io::Result<()> {
        let folder = self.folder_of(id);
        for name in [RECORDING_FILE, METADATA_FILE, sidecar::UNFINISHED_METADATA] {
            match fs::remove_file(folder.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        fs::remove_dir(folder)
    }

    fn folder_of(&self, id: ConversationId) -> PathBuf {
        self.folder.join(id.to_string())
    }
}

/// Opens a file that lies where a recording's should. What else may lie there, a link or a pipe,
/// is nothing that we made.
///
/// # Errors
/// It is no file, or whatever the disk answered.
fn open_file(how: &mut OpenOptions, path: &Path) -> io::Result<File> {
    // Without waiting: nobody may ever write into a pipe.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = how.custom_flags(flags.bits().cast_signed()).open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is no ordinary file",
        ))
    }
}

/// A new file in place of what a crash may have left there: nobody has it open yet, and it is
/// private whatever the one before was.
///
/// # Errors
/// What lies there is no file, or whatever the disk answered.
fn create_private(path: &Path) -> io::Result<File> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => fs::remove_file(path)?,
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        // What else lies there stays: the file has to be new.
        _ => {}
    }
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(PRIVATE_FILE)
        .open(path)
}

/// A new file that is locked and has its name.
fn create_locked(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(PRIVATE_FILE)
        .open(path)?;
    let deadline = Instant::now() + LOCK_DEADLINE;
    loop {
        match file.try_lock() {
            // Some disks know no locks.
            Ok(()) | Err(TryLockError::Error(_)) => break,
            // Somebody looks at it: it is empty, so that takes no time.
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => std::thread::yield_now(),
            Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::WouldBlock.into()),
        }
    }
    // Whoever looked may have taken it for a left-over, and removed it.
    if file.metadata()?.nlink() == 0 {
        return Err(io::ErrorKind::NotFound.into());
    }
    Ok(file)
}

/// Creates the folder and tries to write into it.
fn prepare(folder: &Path) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(PRIVATE_FOLDER)
        .create(folder)?;
    // Permissions do not tell it all: a disk can be mounted read-only.
    let trial = folder.join(format!(".trial-{}", std::process::id()));
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(PRIVATE_FILE)
        .open(&trial)?;
    fs::remove_file(trial)
}

fn newest_id(folder: &Path) -> io::Result<Option<ConversationId>> {
    let mut newest = None;
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let id = name.to_str().and_then(|name| name.parse().ok());
        newest = newest.max(id);
    }
    Ok(newest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::os::unix::fs::PermissionsExt;

    fn id(nanoseconds: u64) -> ConversationId {
        ConversationId::from_nanoseconds(nanoseconds)
    }

    #[test]
    fn what_was_created_can_be_opened_and_is_private() {
        let home = tempfile::tempdir().unwrap();
        let storage = Storage::new(home.path().join("new/folder")).unwrap();

        storage.create(id(7)).unwrap().write_all(b"OggS").unwrap();
        let (mut file, metadata) = storage.open(id(7)).unwrap();

        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        let folder = fs::metadata(home.path().join("new/folder/7")).unwrap();
        assert_eq!((text.as_str(), metadata.len()), ("OggS", 4));
        assert_eq!(metadata.permissions().mode() & 0o777, PRIVATE_FILE);
        assert_eq!(folder.permissions().mode() & 0o777, PRIVATE_FOLDER);
    }

    #[test]
    fn a_recording_is_never_overwritten() {
        let home = tempfile::tempdir().unwrap();
        let storage = Storage::new(home.path().to_owned()).unwrap();
        storage.create(id(7)).unwrap().write_all(b"OggS").unwrap();

        let error = storage.create(id(7)).unwrap_err();

        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(storage.open(id(7)).unwrap().1.len(), 4);
    }

    #[test]
    fn a_recording_that_is_not_there_is_not_found() {
        let home = tempfile::tempdir().unwrap();
        let storage = Storage::new(home.path().to_owned()).unwrap();
        fs::create_dir_all(home.path().join("8").join(RECORDING_FILE)).unwrap();

        for id in [id(7), id(8)] {
            let error = storage.open(id).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::NotFound);
        }
    }

    #[test]
    fn what_came_to_nothing_leaves_nothing_behind() {
        let home = tempfile::tempdir().unwrap();
        let storage = Storage::new(home.path().to_owned()).unwrap();
        storage.create(id(7)).unwrap();

        storage.discard(id(7)).unwrap();

        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
    }

    #[test]
    fn the_newest_id_is_found_among_strangers() {
        let home = tempfile::tempdir().unwrap();
        let storage = Storage::new(home.path().to_owned()).unwrap();
        assert_eq!(storage.newest_id().unwrap(), None);
        for name in ["9", "10", "README.md", "011", "-12"] {
            fs::create_dir(home.path().join(name)).unwrap();
        }

        assert_eq!(storage.newest_id().unwrap(), Some(id(10)));
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named_in_the_error() {
        let home = tempfile::tempdir().unwrap();
        let in_the_way = home.path().join("file");
        fs::write(&in_the_way, "").unwrap();

        let error = Storage::new(in_the_way.clone()).unwrap_err();

        let folder = in_the_way.display();
        assert_eq!(
            error.to_string(),
            format!("the recordings' folder {folder} cannot be written")
        );
        assert_eq!(error.source.kind(), io::ErrorKind::AlreadyExists);
    }
}
