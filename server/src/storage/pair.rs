//! A certificate of our own and its key, beside the recordings.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;

use super::key::read_key_file;
use super::sidecar::replace;
use super::{Durability, PRIVATE_FOLDER, Storage};

const FOLDER: &str = ".tls";
const CERTIFICATE: &str = "cert.pem";
const KEY: &str = "key.pem";

/// A certificate and its key, in PEM.
pub struct Pair {
    pub certificate: Vec<u8>,
    pub key: Vec<u8>,
}

impl Storage {
    /// The pair that lies here, if there is one.
    ///
    /// # Errors
    /// Whatever the disk answered.
    pub fn pair(&self) -> io::Result<Option<Pair>> {
        let folder = self.folder.join(FOLDER);
        let read = |name| match read_key_file(&folder.join(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        };
        let both = read(CERTIFICATE)?.zip(read(KEY)?);
        Ok(both.map(|(certificate, key)| Pair { certificate, key }))
    }

    /// Keeps a pair in place of the one that lies here.
    ///
    /// # Errors
    /// Whatever the disk answered.
    pub fn put_pair(&self, pair: &Pair) -> io::Result<()> {
        let folder = self.folder.join(FOLDER);
        DirBuilder::new()
            .recursive(true)
            .mode(PRIVATE_FOLDER)
            .create(&folder)?;
        // A crash between the two leaves a pair that does not match, and so is made anew.
        for (name, bytes) in [(KEY, &pair.key), (CERTIFICATE, &pair.certificate)] {
            replace(&folder, name, bytes, Durability::Now)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, File, Permissions};
    use std::io::Read;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use crate::storage::PRIVATE_FILE;

    fn put(path: &Path, mode: u32) {
        fs::write(path, "old").unwrap();
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_key_is_private_whatever_lay_there_and_whoever_had_that_open() {
        let home = tempfile::tempdir().unwrap();
        let storage = Storage::new(home.path().to_owned()).unwrap();
        let folder = home.path().join(FOLDER);
        fs::create_dir(&folder).unwrap();
        for name in [KEY, CERTIFICATE, "key.tmp", "cert.tmp"] {
            put(&folder.join(name), 0o644);
        }
        let curious = ["key.pem", "key.tmp"].map(|name| File::open(folder.join(name)).unwrap());
        let pair = Pair {
            certificate: b"certificate".to_vec(),
            key: b"key".to_vec(),
        };

        storage.put_pair(&pair).unwrap();

        let mut names = Vec::new();
        for entry in fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            let mode = entry.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, PRIVATE_FILE, "{:?}", entry.file_name());
            names.push(entry.file_name());
        }
        names.sort_unstable();
        assert_eq!(names, [CERTIFICATE, KEY]);
        for mut file in curious {
            let mut seen = String::new();
            file.read_to_string(&mut seen).unwrap();
            assert_eq!(seen, "old");
        }
        assert_eq!(fs::read(folder.join(KEY)).unwrap(), b"key");
    }

    #[test]
    fn a_link_in_the_way_is_neither_followed_nor_changed() {
        let home = tempfile::tempdir().unwrap();
        let storage = Storage::new(home.path().to_owned()).unwrap();
        let folder = home.path().join(FOLDER);
        fs::create_dir(&folder).unwrap();
        let (link, elsewhere) = (folder.join("key.tmp"), home.path().join("elsewhere"));
        put(&elsewhere, 0o644);
        std::os::unix::fs::symlink(&elsewhere, &link).unwrap();
        let pair = Pair {
            certificate: Vec::new(),
            key: b"key".to_vec(),
        };

        let refused = storage.put_pair(&pair).unwrap_err();

        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&elsewhere).unwrap(), b"old");
        assert_eq!(fs::read_link(&link).unwrap(), elsewhere);
    }
}
