//! The server's own key, beside the recordings that it opens.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::{PRIVATE_FILE, Storage, create_private, open_file};

/// The server's own key, in bytes.
pub const KEY_BYTES: usize = 32;
const KEY_FILE: &str = ".key";
/// The longest RSA keys in PEM have 3 kB.
const MAX_KEY_FILE_BYTES: u64 = 64 * 1024;

impl Storage {
    /// The key that lies here, made now if there was none. Without it every key of a
    /// recording that was ever given away is worth nothing.
    ///
    /// # Errors
    /// It has another length, or whatever the disk answered.
    pub fn key(&self) -> io::Result<[u8; KEY_BYTES]> {
        let path = self.folder.join(KEY_FILE);
        match open_file(OpenOptions::new().read(true), &path) {
            Ok(file) => read(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.put_key(&rand::random::<[u8; KEY_BYTES]>())?;
                // Another server may have been first.
                read(open_file(OpenOptions::new().read(true), &path)?)
            }
            Err(error) => Err(error),
        }
    }

    /// Whole or not at all, and never over one that is there.
    fn put_key(&self, key: &[u8]) -> io::Result<()> {
        let unfinished = self
            .folder
            .join(format!("{KEY_FILE}-{}", std::process::id()));
        let written = create_private(&unfinished)
            .and_then(|mut file| file.write_all(key).and_then(|()| file.sync_all()));
        let path = self.folder.join(KEY_FILE);
        let named = written.and_then(|()| match fs::hard_link(&unfinished, &path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => write_key(&path, key),
            other => other,
        });
        fs::remove_file(&unfinished)?;
        match named {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => File::open(&self.folder)?.sync_all(),
        }
    }
}

/// Where disks know no second name, a crash may leave a part; the next start says so.
fn write_key(path: &Path, key: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(PRIVATE_FILE)
        .open(path)?;
    let written = file.write_all(key).and_then(|()| file.sync_all());
    if written.is_err() {
        fs::remove_file(path)?;
    }
    written
}

/// A file that an operator names, of a size that a key may have.
///
/// # Errors
/// It is larger, or whatever the disk answered.
pub fn read_key_file(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(MAX_KEY_FILE_BYTES + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_KEY_FILE_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "it is too large for a key",
        ));
    }
    Ok(bytes)
}

fn read(file: File) -> io::Result<[u8; KEY_BYTES]> {
    let mut bytes = Vec::with_capacity(KEY_BYTES + 1);
    file.take(KEY_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    let length = || {
        io::Error::new(
            io::ErrorKind::InvalidData,
            "the file .key has a wrong length",
        )
    };
    bytes.try_into().map_err(|_| length())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_key_is_made_once_and_is_private() {
        let home = tempfile::tempdir().unwrap();
        let storage = Storage::new(home.path().to_owned()).unwrap();

        let keys = [storage.key().unwrap(), storage.key().unwrap()];

        let file = fs::metadata(home.path().join(KEY_FILE)).unwrap();
        assert_eq!(keys[0], keys[1]);
        assert_eq!(file.permissions().mode() & 0o777, PRIVATE_FILE);
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
        let other = tempfile::tempdir().unwrap();
        let other = Storage::new(other.path().to_owned()).unwrap();
        assert_ne!(other.key().unwrap(), keys[0]);
    }

    #[test]
    fn a_key_that_is_written_where_it_lies_replaces_none() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(KEY_FILE);

        write_key(&path, b"first").unwrap();
        let second = write_key(&path, b"second").unwrap_err();

        assert_eq!(second.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"first");
    }

    #[test]
    fn a_key_of_another_length_is_not_taken_and_not_replaced() {
        let home = tempfile::tempdir().unwrap();
        let storage = Storage::new(home.path().to_owned()).unwrap();
        for bytes in [vec![], vec![1; 31], vec![1; 33]] {
            fs::write(home.path().join(KEY_FILE), &bytes).unwrap();

            let error = storage.key().unwrap_err();

            assert_eq!(error.kind(), io::ErrorKind::InvalidData);
            assert_eq!(fs::read(home.path().join(KEY_FILE)).unwrap(), bytes);
        }
    }
}
