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
