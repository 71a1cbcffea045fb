//! What lies in the recordings' folder, and for how long.

use std::fs::{self, File, TryLockError};
use std::io;
use std::time::SystemTime;

use shared::ConversationId;
use shared::signaling::RECORDING_FILE;

use super::Storage;
use crate::retention::Held;

impl Storage {
    /// Every recording with all that belongs to it, those that grow included.
    ///
    /// # Errors
    /// The folder cannot be read. A recording that cannot is left out.
    pub fn holdings(&self) -> io::Result<Vec<Held>> {
        let ids = self.ids()?.into_iter();
        let ours = ids.filter(|id| self.is_recording(*id));
        Ok(ours.filter_map(|id| self.held(id).ok()).collect())
    }

    fn held(&self, id: ConversationId) -> io::Result<Held> {
        let (mut bytes, mut ended) = (0, SystemTime::UNIX_EPOCH);
        for entry in fs::read_dir(self.folder_of(id))? {
            let metadata = entry?.metadata()?;
            bytes += metadata.len();
            if metadata.is_file() {
                ended = ended.max(metadata.modified()?);
            }
        }
        // The waveform may have been drawn much later.
        let audio = fs::metadata(self.folder_of(id).join(RECORDING_FILE));
        if let Ok(audio) = audio {
            ended = audio.modified()?;
        }
        Ok(Held {
            id,
            ended,
            bytes,
            is_live: self.is_growing(id),
        })
    }

    /// Whether somebody holds its file.
    fn is_growing(&self, id: ConversationId) -> bool {
        let Ok((file, _)) = self.open(id) else {
            return false;
        };
        match File::try_lock_shared(&file) {
            Ok(()) => false,
            Err(TryLockError::WouldBlock) => true,
            Err(TryLockError::Error(_)) => self.is_described_as_live(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn everything_of_a_recording_counts_and_what_is_held_grows() {
        let home = tempfile::tempdir().unwrap();
        let storage = Storage::new(home.path().to_owned()).unwrap();
        let id = ConversationId::from_nanoseconds;
        storage.create(id(1)).unwrap().write_all(b"OggS").unwrap();
        fs::write(home.path().join("1/metadata.json"), "{}").unwrap();
        let growing = storage.create(id(2)).unwrap();
        fs::write(home.path().join(".key"), "secret").unwrap();

        let mut held = storage.holdings().unwrap();
        held.sort_unstable_by_key(|held| held.id);

        let facts: Vec<(u64, u64, bool)> = held
            .iter()
            .map(|held| (held.id.nanoseconds(), held.bytes, held.is_live))
            .collect();
        assert_eq!(facts, [(1, 6, false), (2, 0, true)]);
        drop(growing);
        assert!(storage.holdings().unwrap().iter().all(|held| !held.is_live));
    }
}
