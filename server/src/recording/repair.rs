//! What has to be done to a file whose recording was cut off; it touches none itself.

use super::verify::page::{self, CAPTURE, MAX_BYTES};
use super::verify::{Fault, Stream, Whole};

/// What makes a file sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// It is.
    Nothing,
    /// Cut it off, then make its last page end the stream.
    Cut {
        /// The new length, in bytes.
        at: u64,
        /// Where the page begins that is to be given to [`ended`]; none if it ends the stream.
        end_page_at: Option<u64>,
    },
    /// There is no page of audio to keep.
    NothingToKeep,
}

impl Remedy {
    /// Decides by what a [`Verifier`](super::verify::Verifier) said of the file.
    #[must_use]
    pub fn of(whole: Whole, verdict: &Result<Stream, Fault>) -> Self {
        match verdict {
            Ok(_) => Self::Nothing,
            Err(_) if !whole.has_audio => Self::NothingToKeep,
            Err(_) => Self::Cut {
                at: whole.bytes,
                end_page_at: (!whole.has_end).then_some(whole.last_page_at),
            },
        }
    }
}

/// The same page as the last one of its stream; `None` if the bytes are not one whole page.
#[must_use]
pub fn ended(page: &[u8]) -> Option<Vec<u8>> {
    page::Page::read(page).ok()?;
    let mut page = page.to_vec();
    page::end(&mut page)?;
    Some(page)
}

/// Looks at what is to be cut off: the rest of a torn page, or something that may be audio?
///
/// It keeps no more than one page of what it is given: whatever is longer is no torn page.
#[derive(Debug, Default)]
pub struct Offcut {
    /// Invariant: never more than [`MAX_BYTES`].
    kept: Vec<u8>,
}

impl Offcut {
    /// Takes the next bytes that are to be cut off.
    pub fn push(&mut self, bytes: &[u8]) {
        let room = MAX_BYTES - self.kept.len();
        let (kept, _) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
        self.kept.extend_from_slice(kept);
    }

    /// Whether cutting it off can lose no more than one page that was being written.
    #[must_use]
    pub fn is_worthless(self) -> bool {
        let is_torn = page::bytes(&self.kept).is_ok_and(|whole| self.kept.len() < whole);
        is_torn && !self.has_whole_page()
    }

    /// Whether a page lies in it that was not torn. However hostile the bytes are, they are those
    /// of one page, so this costs no more than 100 milliseconds or so.
    fn has_whole_page(&self) -> bool {
        (0..self.kept.len())
            .filter_map(|at| self.kept.get(at..))
            .any(|rest| rest.starts_with(CAPTURE) && page::is_whole_at(rest))
    }
}

#[cfg(test)]
mod tests;
