//! A recording's file as it is handed out: up to its last whole page, where it may still be growing.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::FileExt;
use std::time::SystemTime;

use shared::ConversationId;
use shared::recording::RecordingStatus;

use super::Storage;
use crate::recording::verify;

/// A file that is open for whoever asked.
pub struct Opened {
    pub file: File,
    pub modified: SystemTime,
    /// So many may be read.
    pub bytes: u64,
}

impl Opened {
    fn new(file: File, metadata: &Metadata) -> io::Result<Self> {
        Ok(Self {
            modified: metadata.modified()?,
            bytes: metadata.len(),
            file,
        })
    }
}

impl Storage {
    /// Opens a recording. One that grows, or that a crash left, ends at its last whole page.
    ///
    /// # Errors
    /// `NotFound` if there is none; else whatever the disk answered.
    pub fn open_whole(&self, id: ConversationId) -> io::Result<Opened> {
        // Asked first: what is final then has all its bytes.
        let described = self.metadata(id);
        let may_grow = described.is_ok_and(|it| it.status == RecordingStatus::Recording);
        let (file, metadata) = self.open(id)?;
        let mut opened = Opened::new(file, &metadata)?;
        if may_grow {
            opened.bytes = whole_bytes(&opened.file, opened.bytes)?;
        }
        Ok(opened)
    }

    /// Opens the peaks of a recording.
    ///
    /// # Errors
    /// `NotFound` if there are none; else whatever the disk answered.
    pub fn open_peaks(&self, id: ConversationId) -> io::Result<Opened> {
        let (file, metadata) = self.open_peaks_file(id)?;
        Opened::new(file, &metadata)
    }
}

/// Where the last whole page ends of so many bytes.
fn whole_bytes(file: &File, bytes: u64) -> io::Result<u64> {
    let from = bytes.saturating_sub(verify::TAIL_BYTES as u64);
    let mut tail = vec![0; usize::try_from(bytes - from).map_err(io::Error::other)?];
    let mut read = 0;
    while let Some(rest) = tail.get_mut(read..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, from + read as u64) {
            // It was cut meanwhile.
            Ok(0) => break,
            Ok(count) => read += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    tail.truncate(read);
    Ok(verify::end_of_whole(&tail).map_or(0, |end| from + end as u64))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::recording::sidecar;
    use crate::recording::tests::sample;
    use crate::recording::verify::Verifier;
    use crate::storage::Durability;

    #[test]
    fn what_may_grow_ends_at_its_last_whole_page_and_what_is_final_is_handed_out_as_it_lies() {
        let id = ConversationId::from_nanoseconds(7);
        let origin = sample::origin(id);
        // Some large pages, so that more than one look back is in the file.
        let (pages, complete) = sample::complete(&origin, 9_000);
        let half_a_page = pages.get(..20).unwrap();
        let no_page = [b"OggS\0".as_slice(), &[0xff; 300]].concat();
        for torn in [&[], half_a_page, &no_page, &[0; 70_000]] {
            let home = tempfile::tempdir().unwrap();
            let storage = Storage::new(home.path().to_owned()).unwrap();
            let mut file = storage.create(id).unwrap();
            file.write_all(&pages).unwrap();
            file.write_all(torn).unwrap();
            let put = |metadata: &shared::recording::Metadata| {
                storage.put_metadata(metadata, Durability::Later).unwrap();
            };

            put(&sidecar::begun(&origin));
            let growing = storage.open_whole(id).unwrap().bytes;
            put(&complete);
            let finished = storage.open_whole(id).unwrap().bytes;

            assert_eq!(growing, pages.len() as u64, "{} torn", torn.len());
            assert_eq!(finished, (pages.len() + torn.len()) as u64);
        }
    }

    #[test]
    fn wherever_it_is_cut_only_whole_pages_are_left() {
        let id = ConversationId::from_nanoseconds(7);
        let (pages, _) = sample::complete(&sample::origin(id), 60);
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("cut");

        for cut in 0..=pages.len() {
            let begun = pages.get(..cut).unwrap();
            std::fs::write(&path, begun).unwrap();
            let file = File::open(&path).unwrap();
            let whole = usize::try_from(whole_bytes(&file, cut as u64).unwrap()).unwrap();

            let mut verifier = Verifier::default();
            verifier.push(begun, &mut |_| {}).unwrap();
            assert_eq!(whole as u64, verifier.whole().bytes, "{cut}");
        }
    }
}
