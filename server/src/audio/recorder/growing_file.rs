//! A recording's file while it grows: whole pages only, whatever the disk does.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use sha2::{Digest, Sha256};

use crate::recording::repair::{self, Remedy};
use crate::recording::verify::{Fault, Stream, Verifier, Whole};

/// RFC 3533 §6: what stands before a page's table of segments, and its last byte, their count.
const PAGE_HEADER_BYTES: usize = 27;
/// Two of headers and one of audio: less is no recording.
const FEWEST_PAGES: usize = 3;
const READ_BYTES: usize = 64 * 1024;

/// Invariant: after a failed write the file is cut back to the last whole page.
#[derive(Debug)]
pub(super) struct GrowingFile {
    file: File,
    whole_bytes: u64,
    digest: Sha256,
}

impl GrowingFile {
    /// `file` is empty.
    pub(super) fn new(file: File) -> Self {
        Self {
            file,
            whole_bytes: 0,
            digest: Sha256::new(),
        }
    }

    /// Appends whole pages; the first time, with the headers and a page of audio among them.
    pub(super) fn append(&mut self, pages: &[u8]) -> io::Result<()> {
        let (written, outcome) = self.write(pages);
        let kept = if outcome.is_ok() {
            pages
        } else {
            let fewest = if self.whole_bytes == 0 {
                FEWEST_PAGES
            } else {
                0
            };
            whole_pages(written, fewest)
        };
        self.digest.update(kept);
        self.whole_bytes += kept.len() as u64;
        if outcome.is_err() {
            // Should the disk refuse this too, a player still skips the torn page.
            drop(self.file.set_len(self.whole_bytes));
        }
        outcome
    }

    /// Bytes of whole pages in the file.
    pub(super) fn whole_bytes(&self) -> u64 {
        self.whole_bytes
    }

    /// The SHA-256 of all that was appended.
    pub(super) fn sha256(&self) -> [u8; 32] {
        self.digest.clone().finalize().into()
    }

    /// Brings what was written to the disk.
    pub(super) fn sync_bytes(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// The same for good, with the file's length.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    /// Ends the stream at its last whole page, after a failure, and tells what the disk holds
    /// then; `None` if there is no audio in it.
    pub(super) fn mend(&self) -> io::Result<Option<(Stream, [u8; 32])>> {
        let (whole, verdict, _) = self.read_back()?;
        match Remedy::of(whole, &verdict) {
            Remedy::Nothing => {}
            Remedy::NothingToKeep if self.whole_bytes == 0 => return Ok(None),
            // What was written reads back damaged: the next start keeps a copy before it cuts.
            Remedy::NothingToKeep => return Err(io::ErrorKind::InvalidData.into()),
            Remedy::Cut { at, .. } if at < self.whole_bytes => {
                return Err(io::ErrorKind::InvalidData.into());
            }
            Remedy::Cut { at, end_page_at } => {
                self.file.set_len(at)?;
                if let Some(page_at) = end_page_at {
                    self.end_page(page_at, at)?;
                }
            }
        }
        self.file.sync_all()?;
        let (_, verdict, sha256) = self.read_back()?;
        let stream = verdict.map_err(io::Error::other)?;
        Ok(Some((stream, sha256)))
    }

    /// Writes as much as the disk takes.
    fn write<'pages>(&self, pages: &'pages [u8]) -> (&'pages [u8], io::Result<()>) {
        let mut written = 0;
        while let Some(rest) = pages.get(written..).filter(|rest| !rest.is_empty()) {
            match self.file.write_at(rest, self.whole_bytes + written as u64) {
                Ok(0) => return (head(pages, written), Err(io::ErrorKind::WriteZero.into())),
                Ok(bytes) => written += bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return (head(pages, written), Err(error)),
            }
        }
        (pages, Ok(()))
    }

    fn read_back(&self) -> io::Result<(Whole, Result<Stream, Fault>, [u8; 32])> {
        let (mut verifier, mut digest) = (Verifier::default(), Sha256::new());
        let (mut buffer, mut offset) = (vec![0; READ_BYTES], 0);
        loop {
            let bytes = self.file.read_at(&mut buffer, offset)?;
            if bytes == 0 {
                break;
            }
            let piece = head(&buffer, bytes);
            digest.update(piece);
            offset += bytes as u64;
            // The fault is told again at the end.
            let _ = verifier.push(piece, &mut |_| {});
        }
        Ok((
            verifier.whole(),
            verifier.finish(),
            digest.finalize().into(),
        ))
    }

    fn end_page(&self, page_at: u64, end: u64) -> io::Result<()> {
        let bytes = usize::try_from(end.saturating_sub(page_at)).map_err(io::Error::other)?;
        let mut page = vec![0; bytes];
        self.file.read_exact_at(&mut page, page_at)?;
        let page = repair::ended(&page).ok_or(io::ErrorKind::InvalidData)?;
        self.file.write_all_at(&page, page_at)
    }
}

/// The whole pages at the beginning of `bytes`; none if there are fewer than `fewest`.
fn whole_pages(bytes: &[u8], fewest: usize) -> &[u8] {
    let (mut end, mut count) = (0, 0);
    while let Some(page) = bytes.get(end..).and_then(page_bytes)
        && bytes.len() - end >= page
    {
        end += page;
        count += 1;
    }
    if count < fewest {
        &[]
    } else {
        head(bytes, end)
    }
}

/// How long the page is that begins here.
fn page_bytes(bytes: &[u8]) -> Option<usize> {
    let segments = usize::from(*bytes.get(PAGE_HEADER_BYTES - 1)?);
    let body_at = PAGE_HEADER_BYTES + segments;
    let lacing = bytes.get(PAGE_HEADER_BYTES..body_at)?;
    Some(
        body_at
            + lacing
                .iter()
                .map(|&bytes| usize::from(bytes))
                .sum::<usize>(),
    )
}

fn head(bytes: &[u8], length: usize) -> &[u8] {
    bytes.get(..length).unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page of one segment.
    fn page(body: &[u8]) -> Vec<u8> {
        let mut page = vec![0; PAGE_HEADER_BYTES];
        page[PAGE_HEADER_BYTES - 1] = 1;
        page.push(u8::try_from(body.len()).unwrap());
        page.extend(body);
        page
    }

    #[test]
    fn what_is_kept_are_whole_pages_and_at_first_one_of_audio_too() {
        let pages: Vec<u8> = (0..4).flat_map(|_| page(b"OggS")).collect();
        let one = pages.len() / 4;

        let kept = |written: usize, fewest| whole_pages(&pages[..written], fewest).len() / one;

        assert_eq!([kept(0, 0), kept(one - 1, 0), kept(one, 0)], [0, 0, 1]);
        assert_eq!([kept(one + 1, 0), kept(4 * one, 0)], [1, 4]);
        assert_eq!([kept(3 * one - 1, 3), kept(3 * one, 3)], [0, 3]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_an_error_and_counts_nothing() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut file = GrowingFile::new(full);

        let error = file.append(b"OggS").unwrap_err();

        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert_eq!(file.whole_bytes(), 0);
    }
}
