//! The packets of a recording's file, which may still be growing: as many as were whole when it was
//! opened.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use crate::forms::{Header, Packets};
use crate::recording::verify::Verifier;

/// Read at once.
const PIECE_BYTES: usize = 64 * 1024;

/// Reads packets out of a file. No more than one piece of it is held.
pub struct PacketReader {
    file: File,
    /// What the file had when it was opened, in bytes.
    end: u64,
    at: u64,
    verifier: Verifier,
    piece: Vec<u8>,
    read: VecDeque<Vec<u8>>,
}

impl PacketReader {
    /// Reads `file` as far as `end`.
    #[must_use]
    pub fn new(file: File, end: u64) -> Self {
        Self {
            file,
            end,
            at: 0,
            verifier: Verifier::default(),
            piece: vec![0; PIECE_BYTES],
            read: VecDeque::new(),
        }
    }

    /// False at the end of what is sound.
    fn read_on(&mut self) -> io::Result<bool> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let room = left.min(self.piece.len());
        let piece = self.piece.get_mut(..room).unwrap_or_default();
        let count = self.file.read_at(piece, self.at)?;
        let piece = piece.get(..count).unwrap_or_default();
        self.at += count as u64;
        let read = &mut self.read;
        let is_sound = self
            .verifier
            .push(piece, &mut |packet| read.push_back(packet.to_vec()))
            .is_ok();
        Ok(count > 0 && is_sound)
    }
}

impl Packets for PacketReader {
    fn rewind(&mut self) -> io::Result<()> {
        self.at = 0;
        self.verifier = Verifier::default();
        self.read.clear();
        Ok(())
    }

    fn next(&mut self, packet: &mut Vec<u8>) -> io::Result<bool> {
        let mut goes_on = true;
        loop {
            if let Some(next) = self.read.pop_front() {
                *packet = next;
                return Ok(true);
            }
            if !goes_on {
                return Ok(false);
            }
            goes_on = self.read_on()?;
        }
    }

    fn header(&self) -> Option<Header> {
        let stream = self.verifier.stream();
        (stream.packets > 0).then_some(Header {
            channels: stream.channels,
            pre_skip: stream.pre_skip,
        })
    }
}
