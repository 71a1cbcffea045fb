//! Reading a recording's file from end to end, and repairing what a crash left of it.
//!
//! A file that is being written is locked by its writer; nobody else changes it then.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{Durability, PRIVATE_FILE, open_file};
use crate::recording::consistency::Audio;
use crate::recording::repair::{Offcut, Remedy, ended};
use crate::recording::verify::{Fault, Stream, Verifier, Whole};

/// So much is read at once.
const PIECE_BYTES: usize = 64 * 1024;
/// Originals that are kept beside a repaired file; who repairs oftener has another trouble.
const MAX_ORIGINALS: u32 = 9;

/// What a file was found to be.
#[derive(Clone, Copy, Debug)]
pub struct Examined {
    pub whole: Whole,
    pub verdict: Result<Stream, Fault>,
    /// Of all bytes.
    pub sha256: [u8; 32],
    pub bytes: u64,
}

impl Examined {
    /// The file, if it is sound.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn audio(&self) -> Result<Audio, Fault> {
        let sha256 = self.sha256;
        self.verdict.map(|stream| Audio { stream, sha256 })
    }
}

/// What was done to a file.
#[derive(Clone, Debug)]
pub enum Mended {
    /// Nothing: it is sound.
    Sound(Audio),
    /// It now ends at its last sound page.
    Cut {
        audio: Audio,
        lost_bytes: u64,
        /// The file as it was, where more than a torn page was cut off.
        original: Option<PathBuf>,
    },
    /// It had no audio, and is gone.
    Empty {
        /// The file as it was, where that is not certain.
        original: Option<PathBuf>,
    },
}

/// Reads a file from its beginning to its end; gives every packet of audio in sound pages to
/// `listen`. `None` if `is_cancelled` said so between two pieces.
///
/// # Errors
/// Whatever the disk answered.
pub fn examine(
    file: &File,
    listen: &mut dyn FnMut(&[u8]),
    is_cancelled: &dyn Fn() -> bool,
) -> io::Result<Option<Examined>> {
    let (mut verifier, mut digest) = (Verifier::default(), Sha256::new());
    let mut fault = None;
    let bytes = read(file, 0, &mut |piece| {
        digest.update(piece);
        fault = verifier.push(piece, listen).err();
        !is_cancelled()
    })?;
    if is_cancelled() {
        return Ok(None);
    }
    let whole = verifier.whole();
    let verdict = match fault {
        Some(fault) => Err(fault),
        None => verifier.finish(),
    };
    Ok(Some(Examined {
        whole,
        verdict,
        sha256: digest.finalize().into(),
        bytes,
    }))
}

/// A recording's file that nobody else changes as long as this is held.
#[derive(Debug)]
pub struct Locked {
    path: PathBuf,
    file: File,
}

impl Locked {
    /// `None` if somebody else holds it: it is being recorded, or read.
    ///
    /// # Errors
    /// There is none, or whatever the disk answered.
    pub fn open(path: PathBuf) -> io::Result<Option<Self>> {
        let file = open_file(OpenOptions::new().read(true).write(true), &path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { path, file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Whether any page of audio is whole.
    ///
    /// # Errors
    /// Whatever the disk answered.
    pub fn has_audio(&self) -> io::Result<bool> {
        let examined = examine_all(&self.file)?;
        let remedy = Remedy::of(examined.whole, &examined.verdict);
        Ok(!matches!(remedy, Remedy::NothingToKeep))
    }
}

/// When a copy of the file as it was is kept beside the one that was cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copy {
    /// Where more was cut off than the page that was being written.
    IfUnexplained,
    /// Whatever was cut off: the file had been whole.
    Always,
}

/// Makes a file sound that was cut off anywhere, and never gives up what may be audio.
///
/// # Errors
/// Whatever the disk answered; the file is then as it was, or was cut off but not ended, which the
/// next attempt completes.
pub fn mend(locked: &Locked, copy: Copy, durability: Durability) -> io::Result<Mended> {
    let file = &locked.file;
    let examined = examine_all(file)?;
    let (at, end_page_at) = match Remedy::of(examined.whole, &examined.verdict) {
        Remedy::Nothing => {
            let sound = examined.audio().map_err(io::Error::other)?;
            return Ok(Mended::Sound(sound));
        }
        Remedy::NothingToKeep => return put_away(locked, copy, examined.whole),
        Remedy::Cut { at, end_page_at } => (at, end_page_at),
    };
    let original = keep_original(locked, copy, at)?;
    file.set_len(at)?;
    if let Some(page_at) = end_page_at {
        end_at(file, page_at, at)?;
    }
    if durability == Durability::Now {
        file.sync_all()?;
    }
    let audio = examine_all(file)?.audio().map_err(io::Error::other)?;
    Ok(Mended::Cut {
        audio,
        lost_bytes: examined.bytes - at,
        original,
    })
}

fn examine_all(file: &File) -> io::Result<Examined> {
    let examined = examine(file, &mut |_| {}, &|| false)?;
    examined.ok_or_else(|| io::ErrorKind::Interrupted.into())
}

/// Sets the end of the stream on the page that lies between these two places.
fn end_at(file: &File, page_at: u64, page_end: u64) -> io::Result<()> {
    let bytes = usize::try_from(page_end - page_at).map_err(io::Error::other)?;
    let mut page = vec![0; bytes];
    file.read_exact_at(&mut page, page_at)?;
    let page = ended(&page).ok_or(io::ErrorKind::InvalidData)?;
    file.write_all_at(&page, page_at)
}

/// A file without one sound page of audio.
fn put_away(locked: &Locked, copy: Copy, whole: Whole) -> io::Result<Mended> {
    let original = keep_original(locked, copy, whole.bytes)?;
    fs::remove_file(&locked.path)?;
    Ok(Mended::Empty { original })
}

/// Copies the file if what it has from `cut_at` on may be more than a torn page.
fn keep_original(locked: &Locked, copy: Copy, cut_at: u64) -> io::Result<Option<PathBuf>> {
    let Locked { path, file } = locked;
    let mut offcut = Offcut::default();
    read(file, cut_at, &mut |piece| {
        offcut.push(piece);
        true
    })?;
    if copy == Copy::IfUnexplained && offcut.is_worthless() {
        return Ok(None);
    }
    keep_copy(file, path, "ogg").map(Some)
}

/// Keeps what a file is now beside it, by a name that says so.
///
/// # Errors
/// There are too many of them, or whatever the disk answered.
pub(super) fn keep_copy(file: &File, path: &Path, extension: &str) -> io::Result<PathBuf> {
    let (created, copy) = create_copy(path, extension)?;
    copy_into(file, &created, &copy)?;
    Ok(copy)
}

fn create_copy(path: &Path, extension: &str) -> io::Result<(File, PathBuf)> {
    for number in 1..=MAX_ORIGINALS {
        let copy = path.with_extension(match number {
            1 => format!("damaged.{extension}"),
            _ => format!("damaged-{number}.{extension}"),
        });
        let created = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(PRIVATE_FILE)
            .open(&copy);
        match created {
            Ok(created) => return Ok((created, copy)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("too many damaged originals lie beside it"))
}

fn copy_into(file: &File, copy: &File, path: &Path) -> io::Result<()> {
    let mut written = Ok(());
    let mut at = 0;
    read(file, 0, &mut |piece| {
        written = copy.write_all_at(piece, at);
        at += piece.len() as u64;
        written.is_ok()
    })?;
    if written.and_then(|()| copy.sync_all()).is_err() {
        // Half a copy is worse than none: it keeps its name from the next attempt.
        fs::remove_file(path)?;
        return Err(io::Error::other("the damaged original cannot be kept"));
    }
    // Its name too has to survive a power cut, before anything is cut off.
    File::open(folder_of(path))?.sync_all()
}

/// The folder that a file lies in, as it can be opened.
pub(super) fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Gives all bytes from `at` on, until `take` wants no more; says where that was.
fn read(file: &File, at: u64, take: &mut dyn FnMut(&[u8]) -> bool) -> io::Result<u64> {
    let mut piece = vec![0; PIECE_BYTES];
    let mut at = at;
    loop {
        let bytes = match file.read_at(&mut piece, at) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let read = piece.get(..bytes).unwrap_or_default();
        at += bytes as u64;
        if bytes == 0 || !take(read) {
            return Ok(at);
        }
    }
}

#[cfg(test)]
mod tests;
