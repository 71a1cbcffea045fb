//! Whether a file is what the recorder promises: read without the crate that writes it, so that
//! one fault cannot hide in both.

/// What a sound file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    pub serial: u32,
    pub channels: u8,
    pub pre_skip: u16,
    pub bytes: u64,
    pub pages: u64,
    /// Of audio.
    pub packets: u64,
    /// The last granule position.
    pub samples: u64,
    /// In frames without a byte.
    pub concealed_samples: u64,
}

/// Where a file breaks which rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("page {page}: {rule}")]
pub struct Fault {
    /// Counted from 0.
    pub page: u64,
    pub rule: &'static str,
}

/// The part of a file that is sound from its beginning, in whole pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Whole {
    /// Where it ends, in bytes.
    pub bytes: u64,
    /// Where its last page begins, in bytes.
    pub last_page_at: u64,
    /// Whether there is a page of audio in it.
    pub has_audio: bool,
    /// Whether its last page ends the stream.
    pub has_end: bool,
}

/// Reads a file piece by piece, and keeps no more than one page of it.
#[derive(Debug, Default)]
pub struct Verifier {}

impl Verifier {
    /// Takes the next bytes of the file; gives every packet of audio in sound pages to `listen`.
    ///
    /// # Errors
    /// [`Fault`] at the first rule that is broken; all further bytes are then ignored.
    pub fn push(&mut self, _bytes: &[u8], _listen: &mut dyn FnMut(&[u8])) -> Result<(), Fault> {
        unimplemented!()
    }

    /// What is sound so far.
    #[must_use]
    pub fn whole(&self) -> Whole {
        unimplemented!()
    }

    /// Ends the file.
    ///
    /// # Errors
    /// [`Fault`] if it broke a rule, or ends where it must not.
    pub fn finish(self) -> Result<Stream, Fault> {
        unimplemented!()
    }
}
