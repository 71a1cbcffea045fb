//! A recording as it is read: as it lies there, or in another form, for players that do not know Ogg.
//!
//! Nothing of those forms is stored: they are made while they are read, at whatever place. No more
//! than one piece is held.

pub mod caf;
pub mod wav;

use std::io;

use crate::recording::opus::Shape;

/// About so much is read or made at a time, in bytes.
pub const PIECE_BYTES: usize = 32 * 1024;

/// The packets of a recording, again and again.
pub trait Packets: Send + Sync {
    /// Begins anew.
    ///
    /// # Errors
    /// Whatever the disk answered.
    fn rewind(&mut self) -> io::Result<()>;

    /// The next packet of audio, in place of the last one; false at the end.
    ///
    /// # Errors
    /// Whatever the disk answered.
    fn next(&mut self, packet: &mut Vec<u8>) -> io::Result<bool>;

    /// Channels and pre-skip of its header; none before it was read.
    fn header(&self) -> Option<Header>;
}

/// What a recording's first page says (RFC 7845 §5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    pub channels: u8,
    /// In samples at 48 kHz.
    pub pre_skip: u16,
}

/// A recording as a file, which need not exist.
pub trait Form: Send + Sync {
    /// How long it is, in bytes.
    fn bytes(&self) -> u64;

    /// Appends what comes at a place, some of it at least; nothing at the end.
    ///
    /// # Errors
    /// Whatever the disk answered.
    fn read(&mut self, at: u64, piece: &mut Vec<u8>) -> io::Result<()>;
}

/// A recording has no such form.
#[derive(Debug, thiserror::Error)]
pub enum FormError {
    #[error("there is no audio in it yet")]
    Empty,
    #[error("it is too long for this form")]
    TooLong,
    #[error(transparent)]
    Disk(#[from] io::Error),
}

/// How long a packet lasts, in samples at 48 kHz. What is none was not recorded.
fn samples(packet: &[u8]) -> u64 {
    Shape::of(packet).map_or(0, |shape| shape.samples().into())
}

#[cfg(test)]
mod tests;
