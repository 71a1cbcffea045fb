//! What flows: datagrams between the port and the peer, packets of audio between the peer and the
//! consumers.

use std::net::SocketAddr;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use nix::sys::socket::SockaddrStorage;

/// One UDP datagram, with the address at the caller's end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datagram {
    pub remote: SocketAddr,
    pub bytes: BytesMut,
}

/// What is to be sent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transmit<'a> {
    pub remote: SocketAddr,
    pub bytes: &'a [u8],
}

/// The address in what the kernel tells. `None` when it is not one of the internet's.
#[must_use]
pub fn socket_address(address: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = address.as_sockaddr_in();
    let v6 = address.as_sockaddr_in6();
    v4.map(|address| SocketAddr::V4((*address).into()))
        .or_else(|| v6.map(|address| SocketAddr::V6((*address).into())))
}

/// One RTP packet of the caller's audio, after decryption. A clone shares the payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudioPacket {
    /// When it came in from the network.
    pub arrived: Instant,
    pub ssrc: u32,
    pub payload_type: u8,
    /// Wraps around (RFC 3550 §5.1).
    pub sequence_number: u16,
    /// In units of 1/48000 s; wraps around (RFC 7587 §4.1).
    pub timestamp_48k: u32,
    /// The first packet after a silence, where the sender says so (RFC 3551 §4.1).
    pub is_marked: bool,
    /// What the sender said last of its own clock, before this packet came.
    pub sender_report: Option<SenderReport>,
    /// One Opus packet, with its TOC byte first (RFC 6716 §3); empty for a keep-alive.
    pub payload: Bytes,
}

/// A packet that is to be spoken to the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// `arrived` is when it is spoken.
    pub packet: AudioPacket,
    /// Packets of one row keep the distances of their numbers; another row begins after a pause or
    /// in another place.
    pub row: u32,
}

/// A moment of the sender's RTP clock on its wall clock (RFC 3550 §6.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderReport {
    /// Seconds since 1900, times 2³².
    pub ntp: u64,
    pub timestamp_48k: u32,
}

/// A payload that is shared with the one allocation it lies in; [`Bytes`] made of a vector would
/// need a second one as soon as it is cloned.
///
/// At most 255 bytes of the room stay empty: thousands of packets may wait for the disk.
#[must_use]
pub fn shared_payload(payload: &[u8]) -> Bytes {
    match payload.len() {
        0 => Bytes::new(),
        1..=126 => Bytes::from_owner(Inline::<126>::new(payload)),
        127..=254 => Bytes::from_owner(Inline::<254>::new(payload)),
        255..=510 => Bytes::from_owner(Inline::<510>::new(payload)),
        511..=766 => Bytes::from_owner(Inline::<766>::new(payload)),
        767..=1022 => Bytes::from_owner(Inline::<1022>::new(payload)),
        // The most that one frame of Opus takes is 1275 (RFC 6716 §3.2.1).
        1023..=1278 => Bytes::from_owner(Inline::<1278>::new(payload)),
        1279..=1534 => Bytes::from_owner(Inline::<1534>::new(payload)),
        // It came in pieces: no network carries so much in one.
        _ => Bytes::copy_from_slice(payload),
    }
}

/// A payload with its length.
struct Inline<const ROOM: usize> {
    length: u16,
    bytes: [u8; ROOM],
}

impl<const ROOM: usize> Inline<ROOM> {
    fn new(payload: &[u8]) -> Self {
        let mut bytes = [0; ROOM];
        if let Some(place) = bytes.get_mut(..payload.len()) {
            place.copy_from_slice(payload);
        }
        Self {
            length: u16::try_from(payload.len()).unwrap_or(u16::MAX),
            bytes,
        }
    }
}

impl<const ROOM: usize> AsRef<[u8]> for Inline<ROOM> {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.length.into()).unwrap_or_default()
    }
}

#[cfg(test)]
impl AudioPacket {
    /// The packet of this number in a call of 20 ms packets that all come in time.
    pub(crate) fn in_time(start: Instant, number: u16, payload: &'static [u8]) -> Self {
        Self {
            arrived: start + std::time::Duration::from_millis(20) * u32::from(number),
            ssrc: 1,
            payload_type: 111,
            sequence_number: number,
            timestamp_48k: u32::from(number) * 960,
            is_marked: false,
            sender_report: None,
            payload: Bytes::from_static(payload),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_payload_is_what_it_was_made_of() {
        for length in 0..=1_600 {
            let payload: Vec<u8> = (0..=u8::MAX).cycle().take(length).collect();

            assert_eq!(shared_payload(&payload), payload);
        }
    }

    #[test]
    fn what_came_in_one_piece_is_never_allocated_a_second_time() {
        for length in 0..=1_600 {
            let shared = shared_payload(&vec![0; length]);

            // Only what lies in a vector says that it has one owner, until a clone allocates more.
            assert_eq!(shared.is_unique(), length > 1_534, "{length}");
        }
    }
}
