//! Secure RTP (RFC 3711) with the keys of one DTLS handshake (RFC 5764): datagrams are opened and
//! sealed where they lie, without an allocation.

mod cipher;
mod window;

pub(super) use cipher::Cipher;
use cipher::{Cryptor, SrtcpCryptor, ssrc_of};
use window::{WideWindow, Window};

/// Sources that one caller may speak under: he has one, and a new one after a restart of his.
const MAX_SOURCES: usize = 32;
/// The index at the end of every SRTCP packet (RFC 3711 §3.4).
const SRTCP_INDEX: usize = 4;
/// Kind, length and source of an RTCP packet: what stays readable (RFC 3711 §3.4).
const RTCP_HEADER: usize = 8;
/// Says that an SRTCP packet is encrypted.
const ENCRYPTED: u32 = 1 << 31;

/// Why a packet was not let in, or out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Too short, or not made with our keys.
    NotAuthentic,
    /// It was here before, or is too old for us to know.
    Replayed,
    /// Another source of a caller who has had too many.
    TooManySources,
}

/// The master key and salt of one direction.
pub(super) struct MasterKey<'a> {
    pub(super) key: &'a [u8],
    pub(super) salt: &'a [u8],
}

/// What the caller sends.
pub(super) struct Inbound {
    rtp: Cryptor,
    rtcp: SrtcpCryptor,
    sources: Vec<Source>,
    reporters: Vec<Reporter>,
}

/// One synchronization source of the caller.
struct Source {
    ssrc: u32,
    /// Packets by their index: rollover counter and sequence number (RFC 3711 §3.3.1).
    window: WideWindow,
}

/// One source that the caller reports under: some report of what they hear under another one than
/// they speak under, and each counts for itself (RFC 3711 §3.2.3).
struct Reporter {
    ssrc: u32,
    window: Window,
}

impl Inbound {
    pub(super) fn new(Cipher { rtp, rtcp }: Cipher) -> Self {
        Self {
            rtp,
            rtcp,
            sources: Vec::new(),
            reporters: Vec::new(),
        }
    }

    /// Decrypts an RTP packet in place, whose header has `header` bytes. Gives back where its
    /// payload ends.
    pub(super) fn open_rtp(
        &mut self,
        packet: &mut [u8],
        header: usize,
        ssrc: u32,
        sequence_number: u16,
    ) -> Result<usize, Refusal> {
        if let Some(source) = self.sources.iter_mut().find(|source| source.ssrc == ssrc) {
            let index = source.window.index_of(sequence_number);
            if !source.window.is_new(index) {
                return Err(Refusal::Replayed);
            }
            let end = self.rtp.open(packet, header, ssrc, index)?;
            source.window.accept(index);
            return Ok(end);
        }
        if self.sources.len() == MAX_SOURCES {
            return Err(Refusal::TooManySources);
        }
        let (end, index) = self.open_first(packet, header, ssrc, sequence_number)?;
        self.sources.push(Source {
            ssrc,
            window: WideWindow::starting_at(index),
        });
        Ok(end)
    }

    /// The first packet that comes need not be the first that was sent: a sender whose sequence
    /// numbers begin near their end may have rolled over already.
    fn open_first(
        &mut self,
        packet: &mut [u8],
        header: usize,
        ssrc: u32,
        sequence_number: u16,
    ) -> Result<(usize, u64), Refusal> {
        let index = u64::from(sequence_number);
        let untouched = packet.to_vec();
        if let Ok(end) = self.rtp.open(packet, header, ssrc, index) {
            return Ok((end, index));
        }
        packet.copy_from_slice(&untouched);
        let rolled_over = index + (1 << 16);
        let end = self.rtp.open(packet, header, ssrc, rolled_over)?;
        Ok((end, rolled_over))
    }

    /// Decrypts an RTCP packet in place. Gives back where it ends.
    pub(super) fn open_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, Refusal> {
        let ssrc = ssrc_of(packet)?;
        if let Some(reporter) = self.reporters.iter_mut().find(|known| known.ssrc == ssrc) {
            let window = &mut reporter.window;
            let (end, index) = self
                .rtcp
                .open(packet, |index| window.is_new(index.into()))?;
            window.accept(index.into());
            return Ok(end);
        }
        if self.reporters.len() == MAX_SOURCES {
            return Err(Refusal::TooManySources);
        }
        let (end, index) = self.rtcp.open(packet, |_| true)?;
        self.reporters.push(Reporter {
            ssrc,
            window: Window::starting_at(index.into()),
        });
        Ok(end)
    }
}

/// What we send, under one source.
pub(super) struct Outbound {
    rtp: Cryptor,
    rtcp: SrtcpCryptor,
    window: Option<WideWindow>,
    next_rtcp_index: u32,
}

impl Outbound {
    pub(super) fn new(Cipher { rtp, rtcp }: Cipher) -> Self {
        Self {
            rtp,
            rtcp,
            window: None,
            next_rtcp_index: 1,
        }
    }

    /// Encrypts an RTP packet in place, whose header has `header` bytes, and appends its tag.
    ///
    /// Two packets of one number would give the key away (RFC 7714 §5.1): the second is refused.
    pub(super) fn seal_rtp(
        &mut self,
        packet: &mut Vec<u8>,
        header: usize,
        ssrc: u32,
        sequence_number: u16,
    ) -> Result<(), Refusal> {
        let first = u64::from(sequence_number);
        let index = self
            .window
            .as_ref()
            .map_or(first, |window| window.index_of(sequence_number));
        if self
            .window
            .as_ref()
            .is_some_and(|window| !window.is_new(index))
        {
            return Err(Refusal::Replayed);
        }
        self.rtp.seal(packet, header, ssrc, index)?;
        match &mut self.window {
            Some(window) => window.accept(index),
            None => self.window = Some(WideWindow::starting_at(index)),
        }
        Ok(())
    }

    /// Encrypts an RTCP packet in place and appends what belongs to it.
    pub(super) fn seal_rtcp(&mut self, packet: &mut Vec<u8>) -> Result<(), Refusal> {
        let index = self.next_rtcp_index;
        // After 2³¹ reports, 68 years at one a second, there are no more.
        self.next_rtcp_index = index
            .checked_add(1)
            .filter(|next| *next < ENCRYPTED)
            .ok_or(Refusal::Replayed)?;
        self.rtcp.seal(packet, index)
    }
}

#[cfg(test)]
mod tests;
