//! A file as it lies there, to be handed out.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use crate::forms::{Form, PIECE_BYTES};

/// So many bytes of a file from its beginning, for it may grow meanwhile.
pub struct Stored {
    file: Arc<File>,
    bytes: u64,
}

impl Stored {
    #[must_use]
    pub fn new(file: Arc<File>, bytes: u64) -> Self {
        Self { file, bytes }
    }
}

impl Form for Stored {
    fn bytes(&self) -> u64 {
        self.bytes
    }

    fn read(&mut self, at: u64, piece: &mut Vec<u8>) -> io::Result<()> {
        let rest = self.bytes.saturating_sub(at);
        let wanted = usize::try_from(rest).map_or(PIECE_BYTES, |rest| rest.min(PIECE_BYTES));
        let begin = piece.len();
        piece.resize(begin + wanted, 0);
        let room = piece.get_mut(begin..).unwrap_or_default();
        let outcome = loop {
            match self.file.read_at(room, at) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => break outcome,
            }
        };
        piece.truncate(begin + outcome.as_ref().map_or(0, |count| *count));
        outcome.map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn what_was_announced_is_read_and_no_more() {
        let lies: Vec<u8> = (0..=u8::MAX).cycle().take(3 * PIECE_BYTES + 5).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&lies).unwrap();
        let bytes = lies.len() - 7;
        let mut stored = Stored::new(Arc::new(file), bytes as u64);

        for from in [
            0,
            1,
            PIECE_BYTES,
            bytes - 1,
            bytes,
            bytes + 3,
            lies.len() + 1,
        ] {
            let mut read = Vec::new();
            loop {
                let before = read.len();
                stored.read((from + before) as u64, &mut read).unwrap();
                if read.len() == before {
                    break;
                }
            }

            let expected = lies.get(from..bytes).unwrap_or_default();
            assert!(read == expected, "from {from}: {} bytes", read.len());
        }
    }

    #[test]
    fn a_file_that_was_cut_meanwhile_ends_early() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"short").unwrap();
        let mut stored = Stored::new(Arc::new(file), 100);
        let mut read = b"before".to_vec();

        stored.read(2, &mut read).unwrap();
        stored.read(5, &mut read).unwrap();

        assert_eq!(read, b"beforeort");
    }
}
