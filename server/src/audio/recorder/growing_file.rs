//! A recording's file while it grows: whole pages only, whatever the disk does.

use std::fs::File;
use std::io::{self, Write};

/// Invariant: after a failed write the file is cut back to the pages that were written before.
#[derive(Debug)]
pub(super) struct GrowingFile {
    file: File,
    whole_bytes: u64,
}

impl GrowingFile {
    pub(super) fn new(file: File) -> Self {
        Self {
            file,
            whole_bytes: 0,
        }
    }

    /// Appends whole pages.
    pub(super) fn append(&mut self, pages: &[u8]) -> io::Result<()> {
        match self.file.write_all(pages) {
            Ok(()) => {
                self.whole_bytes += pages.len() as u64;
                Ok(())
            }
            Err(error) => {
                // Should the disk refuse this too, a player still skips the torn page.
                drop(self.file.set_len(self.whole_bytes));
                Err(error)
            }
        }
    }

    /// Bytes of whole pages in the file.
    pub(super) fn whole_bytes(&self) -> u64 {
        self.whole_bytes
    }

    /// Brings what was written to the disk.
    pub(super) fn sync_bytes(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// The same for good, with the file's length.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_an_error_and_counts_nothing() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut file = GrowingFile::new(full);

        let error = file.append(b"OggS").unwrap_err();

        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert_eq!(file.whole_bytes(), 0);
    }
}
