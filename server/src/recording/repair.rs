//! What has to be done to a file whose recording was cut off; it touches none itself.

use shared::recording::{Metadata, RecordingEnd, RecordingStatus};

use super::consistency::{Audio, facts};
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
/// It keeps no more than two pages of what it is given.
#[derive(Debug, Default)]
pub struct Offcut {
    kept: Vec<u8>,
    is_torn_page: Option<bool>,
    has_whole_page: bool,
}

impl Offcut {
    /// Takes the next bytes that are to be cut off.
    pub fn push(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(MAX_BYTES) {
            if self.has_whole_page {
                return;
            }
            self.kept.extend_from_slice(piece);
            if self.kept.len() > MAX_BYTES {
                // More than the longest page follows what was cut off first.
                self.is_torn_page.get_or_insert(false);
                self.search(self.kept.len() - MAX_BYTES);
            }
        }
    }

    /// Whether cutting it off can lose no more than one page that was being written.
    #[must_use]
    pub fn is_worthless(mut self) -> bool {
        let is_torn = self
            .is_torn_page
            .unwrap_or_else(|| page::bytes(&self.kept).is_ok_and(|whole| self.kept.len() < whole));
        self.search(self.kept.len());
        is_torn && !self.has_whole_page
    }

    /// Looks for whole pages that begin in the first `bytes`, and lets go of those.
    fn search(&mut self, bytes: usize) {
        self.has_whole_page |= (0..bytes).any(|at| {
            self.kept
                .get(at..)
                .is_some_and(|rest| rest.starts_with(CAPTURE) && page::is_whole_at(rest))
        });
        self.kept.drain(..bytes);
    }
}

/// What the description of a recording says after its file was repaired, or was found to hold no
/// audio. The causes of silence are not in the file, so they are not known any more.
#[must_use]
pub fn recovered(mut metadata: Metadata, audio: Option<&Audio>, now: String) -> Metadata {
    let was_unfinished = metadata.status == RecordingStatus::Recording;
    if was_unfinished || metadata.end_reason.is_none() {
        metadata.end_reason = Some(RecordingEnd::Crash);
    }
    metadata.status = match audio {
        Some(_) => RecordingStatus::Recovered,
        None => RecordingStatus::Empty,
    };
    metadata.recovered = true;
    metadata.file = audio.map(facts);
    metadata.rtp = None;
    metadata.filled_ms = None;
    metadata.clock = None;
    metadata.verified_at = audio.map(|_| now);
    metadata
}
