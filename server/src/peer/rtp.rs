//! Headers of RTP (RFC 3550 §5.1) as far as an echo needs them, and which datagrams are what.

use crate::stun;

/// Without sources that contributed and without extension: the only header we write.
pub const HEADER: usize = 12;
const VERSION: u8 = 2 << 6;
const PADDING: u8 = 1 << 5;
const EXTENSION: u8 = 1 << 4;
const CONTRIBUTORS: u8 = 0x0f;
const MARKER: u8 = 1 << 7;

/// What a datagram carries, by its first bytes (RFC 7983 §7, RFC 5761 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Stun,
    Dtls,
    Rtp,
    Rtcp,
    Unknown,
}

/// What a datagram carries.
#[must_use]
pub fn kind(datagram: &[u8]) -> Kind {
    match datagram {
        _ if stun::is_stun(datagram) => Kind::Stun,
        [20..=63, ..] => Kind::Dtls,
        [128..=191, 192..=223, ..] => Kind::Rtcp,
        [128..=191, _, ..] => Kind::Rtp,
        _ => Kind::Unknown,
    }
}

/// The header of one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    pub is_marked: bool,
    pub payload_type: u8,
    pub sequence_number: u16,
    /// In units of the stream's clock; wraps around (RFC 3550 §5.1).
    pub timestamp: u32,
    pub ssrc: u32,
}

/// A header as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Received {
    pub(super) header: Header,
    /// In bytes, with everything that stands before the payload.
    pub(super) length: usize,
    /// Whether the last byte of the payload says how many there are to be left out.
    is_padded: bool,
}

impl Received {
    /// Reads the header of a packet; `None` for what has no whole one.
    pub(super) fn parse(packet: &[u8]) -> Option<Self> {
        let (fixed, rest) = packet.split_first_chunk::<HEADER>()?;
        let [first, second, s0, s1, t0, t1, t2, t3, c0, c1, c2, c3] = *fixed;
        if first & 0xc0 != VERSION {
            return None;
        }
        let mut length = HEADER + usize::from(first & CONTRIBUTORS) * 4;
        if first & EXTENSION != 0 {
            let words = rest.get(length - HEADER + 2..length - HEADER + 4)?;
            length += 4 + usize::from(u16::from_be_bytes(words.try_into().ok()?)) * 4;
        }
        (length <= packet.len()).then_some(Self {
            header: Header {
                is_marked: second & MARKER != 0,
                payload_type: second & !MARKER,
                sequence_number: u16::from_be_bytes([s0, s1]),
                timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
                ssrc: u32::from_be_bytes([c0, c1, c2, c3]),
            },
            length,
            is_padded: first & PADDING != 0,
        })
    }

    /// The payload of a decrypted packet without its padding; `None` if that is longer than it.
    pub(super) fn payload<'a>(&self, packet: &'a [u8]) -> Option<&'a [u8]> {
        let payload = packet.get(self.length..)?;
        if !self.is_padded {
            return Some(payload);
        }
        let padding = usize::from(*payload.last()?);
        let end = payload.len().checked_sub(padding).filter(|_| padding > 0)?;
        payload.get(..end)
    }
}

impl Header {
    /// The header in front of a payload.
    pub fn write(&self, packet: &mut Vec<u8>) {
        packet.push(VERSION);
        packet.push(self.payload_type | if self.is_marked { MARKER } else { 0 });
        packet.extend_from_slice(&self.sequence_number.to_be_bytes());
        packet.extend_from_slice(&self.timestamp.to_be_bytes());
        packet.extend_from_slice(&self.ssrc.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rtc::rtp::header::Extension;
    use rtc::rtp::{Header as Theirs, Packet};
    use rtc::shared::marshal::Marshal;

    use super::*;

    fn theirs() -> Theirs {
        Theirs {
            version: 2,
            marker: true,
            payload_type: 111,
            sequence_number: 65_535,
            timestamp: 0x1234_5678,
            ssrc: 0x9abc_def0,
            ..Theirs::default()
        }
    }

    fn ours() -> Header {
        Header {
            is_marked: true,
            payload_type: 111,
            sequence_number: 65_535,
            timestamp: 0x1234_5678,
            ssrc: 0x9abc_def0,
        }
    }

    fn packet(header: Theirs) -> Vec<u8> {
        let payload = b"payload".as_slice().into();
        Packet { header, payload }.marshal().unwrap().to_vec()
    }

    #[test]
    fn a_header_is_read_with_all_that_may_stand_in_it() {
        let extended = Theirs {
            extension: true,
            extension_profile: 0xbede,
            extensions: vec![Extension {
                id: 1,
                payload: b"five5".as_slice().into(),
            }],
            csrc: vec![1, 2, 3],
            ..theirs()
        };

        for (header, length) in [(theirs(), 12), (extended, 12 + 12 + 4 + 8)] {
            let packet = packet(header);

            let received = Received::parse(&packet).unwrap();

            assert_eq!((received.header, received.length), (ours(), length));
            assert_eq!(received.payload(&packet), Some(b"payload".as_slice()));
        }
    }

    #[test]
    fn what_we_write_is_what_the_library_writes() {
        let mut written = Vec::new();
        ours().write(&mut written);
        written.extend_from_slice(b"payload");

        assert_eq!(written, packet(theirs()));
    }

    #[test]
    fn padding_is_left_out_and_must_be_whole() {
        let padded = |padding: &[u8]| {
            let mut packet = packet(theirs());
            packet[0] |= PADDING;
            packet.extend_from_slice(padding);
            let received = Received::parse(&packet).unwrap();
            received.payload(&packet).map(<[u8]>::to_vec)
        };

        assert_eq!(padded(&[0, 0, 3]), Some(b"payload".to_vec()));
        assert_eq!(padded(&[0]), None);
        assert_eq!(padded(&[9]), None);
        assert_eq!(padded(&[8]), Some(Vec::new()));
    }

    proptest! {
        #[test]
        fn junk_is_read_as_nothing_or_within_its_bounds(
            junk in proptest::collection::vec(any::<u8>(), 0..80),
        ) {
            if let Some(received) = Received::parse(&junk) {
                prop_assert!(received.length <= junk.len());
                let _ = (received.payload(&junk), kind(&junk));
            }
        }
    }
}
