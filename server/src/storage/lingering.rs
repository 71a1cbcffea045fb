//! What deleted recordings still take up, because somebody reads them.

use std::collections::BTreeMap;
use std::fs::{self, DirEntry, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::Storage;
use super::delete::DELETED;

/// Every process, and below it what it has open.
const PROCESSES: &str = "/proc";

impl Storage {
    /// Bytes that the disk gives back by itself once nobody reads what was deleted here. Looks through
    /// all open files of all processes that this user may look into; elsewhere than on Linux there is
    /// nothing to see.
    #[must_use]
    pub fn lingering_bytes(&self) -> u64 {
        // As the system names it.
        let Ok(home) = fs::canonicalize(&*self.folder) else {
            return 0;
        };
        // By its number: whoever opens a file twice keeps it once.
        let lingering: BTreeMap<u64, u64> = entries(Path::new(PROCESSES))
            .flat_map(|process| entries(&process.path().join("fd")))
            .filter_map(|opened| deleted_file(&opened.path(), &home))
            .map(|file| (file.ino(), file.len()))
            .collect();
        lingering.values().sum()
    }
}

/// What can be seen of a folder: processes come and go, and not all of them are ours.
fn entries(folder: &Path) -> impl Iterator<Item = DirEntry> + use<> {
    fs::read_dir(folder).into_iter().flatten().flatten()
}

/// What is open there, if it is a file of a recording that was deleted from `home`.
fn deleted_file(opened: &Path, home: &Path) -> Option<Metadata> {
    // By its name first: what else is open may lie on a disk that hangs.
    let name = fs::read_link(opened).ok()?;
    let folder = name.parent()?;
    let is_deleted = folder.file_name()?.to_str()?.starts_with(DELETED);
    if !is_deleted || folder.parent() != Some(home) {
        return None;
    }
    let file = fs::metadata(opened).ok()?;
    (file.is_file() && file.nlink() == 0).then_some(file)
}
