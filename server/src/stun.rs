//! STUN (RFC 8489) as far as a port needs it: whom a request is for, whether it is authentic, and
//! how to ask for our own public address. Checks between peers are the peer's business.

mod compose;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ring::hmac;

pub use compose::{Check, Role, binding_request, binding_success};

const HEADER: usize = 20;
const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const BINDING_REQUEST: u16 = 0x0001;
const BINDING_SUCCESS: u16 = 0x0101;
const USERNAME: u16 = 0x0006;
const MESSAGE_INTEGRITY: u16 = 0x0008;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
const USE_CANDIDATE: u16 = 0x0025;
const ICE_CONTROLLED: u16 = 0x8029;
const INTEGRITY_BYTES: usize = 20;

/// Names a request, so that only its own response is believed (RFC 8489 §6.3).
pub type TransactionId = [u8; 12];

/// What a message is about. Everything but Binding is none of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    BindingRequest,
    BindingSuccess,
    Other,
}

/// One STUN message, borrowed from the datagram it came in.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    bytes: &'a [u8],
    kind: Kind,
}

/// Whether a datagram is STUN, by its first byte (RFC 7983 §7).
#[must_use]
pub fn is_stun(datagram: &[u8]) -> bool {
    matches!(datagram.first(), Some(0..=3))
}

impl<'a> Message<'a> {
    /// Reads the header; `None` for what is not one whole STUN message (RFC 8489 §5).
    #[must_use]
    pub fn parse(datagram: &'a [u8]) -> Option<Self> {
        let kind = match u16_at(datagram, 0)? {
            BINDING_REQUEST => Kind::BindingRequest,
            BINDING_SUCCESS => Kind::BindingSuccess,
            kind if kind & 0xc000 == 0 => Kind::Other,
            _ => return None,
        };
        let length = usize::from(u16_at(datagram, 2)?);
        let is_whole = length % 4 == 0 && datagram.len() == HEADER + length;
        let has_cookie = datagram.get(4..8)? == MAGIC_COOKIE;
        (is_whole && has_cookie).then_some(Self {
            bytes: datagram,
            kind,
        })
    }

    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    #[must_use]
    pub fn transaction_id(&self) -> Option<TransactionId> {
        self.bytes.get(8..HEADER)?.try_into().ok()
    }

    /// The receiver's half of USERNAME, `ours:theirs` (RFC 8445 §7.2.2).
    #[must_use]
    pub fn receiver_ufrag(&self) -> Option<&'a str> {
        let (_, username) = self.attribute(USERNAME)?;
        let (ours, _theirs) = std::str::from_utf8(username).ok()?.split_once(':')?;
        Some(ours)
    }

    /// Whether the sender says that media shall flow this way (RFC 8445 §7.2.5.3.4).
    #[must_use]
    pub fn nominates(&self) -> bool {
        self.attribute(USE_CANDIDATE).is_some()
    }

    /// Whether the sender wants us to lead (RFC 8445 §7.3.1.1), in any part of the message.
    #[must_use]
    pub fn yields_control(&self) -> bool {
        self.attributes().any(|(_, kind, _)| kind == ICE_CONTROLLED)
    }

    /// Whether the sender knows `password` (MESSAGE-INTEGRITY, RFC 8489 §14.5).
    #[must_use]
    pub fn is_authentic(&self, password: &str) -> bool {
        self.is_signed_with(&Key::new(password))
    }

    /// Whether the sender knows the password of `key`.
    #[must_use]
    pub fn is_signed_with(&self, key: &Key) -> bool {
        let Some((at, tag)) = self.attribute(MESSAGE_INTEGRITY) else {
            return false;
        };
        let (Some(kind), Some(id_and_attributes)) = (self.bytes.get(..2), self.bytes.get(4..at))
        else {
            return false;
        };
        // The length that was signed ends with this attribute, whatever follows it.
        let Ok(length) = u16::try_from(at + 4 + INTEGRITY_BYTES - HEADER) else {
            return false;
        };
        let signed = [kind, &length.to_be_bytes(), id_and_attributes].concat();
        hmac::verify(&key.0, &signed, tag).is_ok()
    }

    /// The address our request was seen to come from (XOR-MAPPED-ADDRESS, RFC 8489 §14.2).
    #[must_use]
    pub fn mapped_address(&self) -> Option<SocketAddr> {
        let (_, value) = self.attribute(XOR_MAPPED_ADDRESS)?;
        let port = u16_at(value, 2)? ^ u16::from_be_bytes([0x21, 0x12]);
        let mask = self.bytes.get(4..HEADER)?;
        let mut address = [0; 16];
        for ((plain, masked), mask) in address.iter_mut().zip(value.get(4..)?).zip(mask) {
            *plain = masked ^ mask;
        }
        let ip = match (value.get(1)?, value.len(), address) {
            (1, 8, [a, b, c, d, ..]) => IpAddr::V4(Ipv4Addr::new(a, b, c, d)),
            (2, 20, octets) => IpAddr::V6(Ipv6Addr::from(octets)),
            _ => return None,
        };
        Some(SocketAddr::new(ip, port))
    }

    /// The first attribute of this kind that MESSAGE-INTEGRITY covers, with its offset.
    fn attribute(&self, wanted: u16) -> Option<(usize, &'a [u8])> {
        for (at, kind, value) in self.attributes() {
            if kind == wanted {
                return Some((at, value));
            }
            // RFC 8489 §14.5: what follows the integrity attribute is not protected by it.
            if kind == MESSAGE_INTEGRITY {
                break;
            }
        }
        None
    }

    /// All attributes that are whole: offset, kind and value (RFC 8489 §14).
    fn attributes(&self) -> impl Iterator<Item = (usize, u16, &'a [u8])> {
        let bytes = self.bytes;
        let mut next = HEADER;
        std::iter::from_fn(move || {
            let at = next;
            let kind = u16_at(bytes, at)?;
            let length = usize::from(u16_at(bytes, at + 2)?);
            let value = bytes.get(at + 4..at + 4 + length)?;
            next = at + 4 + length.next_multiple_of(4);
            Some((at, kind, value))
        })
    }
}

/// What short-term credentials sign with (RFC 8489 §9.1.1).
#[derive(Clone)]
pub struct Key(hmac::Key);

impl Key {
    #[must_use]
    pub fn new(password: &str) -> Self {
        let algorithm = hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY;
        Self(hmac::Key::new(algorithm, password.as_bytes()))
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

/// Messages as another agent makes them.
#[cfg(test)]
pub(crate) mod test_messages {
    use super::compose::{append, sign};
    use super::*;

    /// A check that carries these attributes, empty or of zeros, before its integrity.
    pub(crate) fn check(username: &str, password: &str, attributes: &[u16]) -> Vec<u8> {
        let mut bytes = binding_request(rand::random()).to_vec();
        append(&mut bytes, USERNAME, username.as_bytes());
        for kind in attributes {
            let length = if *kind == USE_CANDIDATE { 0 } else { 8 };
            append(&mut bytes, *kind, &[0; 8][..length]);
        }
        sign(&mut bytes, &Key::new(password));
        bytes
    }

    /// The same message with one more attribute at its end.
    pub(crate) fn with_appended(message: &[u8], kind: u16) -> Vec<u8> {
        let mut bytes = message.to_vec();
        append(&mut bytes, kind, &[0; 8]);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// RFC 5769 §2.1: a request with short-term credentials.
    const SAMPLE_REQUEST: &[u8] = b"\x00\x01\x00\x58\x21\x12\xa4\x42\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae\
        \x80\x22\x00\x10STUN test client\x00\x24\x00\x04\x6e\x00\x01\xff\x80\x29\x00\x08\x93\x2f\xf9\xb1\x51\x26\x3b\x36\
        \x00\x06\x00\x09\x65\x76\x74\x6a\x3a\x68\x36\x76\x59\x20\x20\x20\x00\x08\x00\x14\x9a\xea\xa7\x0c\xbf\xd8\xcb\x56\
        \x78\x1e\xf2\xb5\xb2\xd3\xf2\x49\xc1\xb5\x71\xa2\x80\x28\x00\x04\xe5\x7a\x3b\xcf";
    const SAMPLE_PASSWORD: &str = "VOkJxbRl1RmTxUk/WvJxBt";
    /// RFC 5769 §2.2: 192.0.2.1:32853, over IPv4.
    const SAMPLE_IPV4: &[u8] = b"\x01\x01\x00\x3c\x21\x12\xa4\x42\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae\
        \x80\x22\x00\x0b\x74\x65\x73\x74\x20\x76\x65\x63\x74\x6f\x72\x20\x00\x20\x00\x08\x00\x01\xa1\x47\xe1\x12\xa6\x43\
        \x00\x08\x00\x14\x2b\x91\xf5\x99\xfd\x9e\x90\xc3\x8c\x74\x89\xf9\x2a\xf9\xba\x53\xf0\x6b\xe7\xd7\x80\x28\x00\x04\
        \xc0\x7d\x4c\x96";
    /// RFC 5769 §2.3: `[2001:db8:1234:5678:11:2233:4455:6677]:32853`, over IPv6.
    const SAMPLE_IPV6: &[u8] = b"\x01\x01\x00\x48\x21\x12\xa4\x42\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae\
        \x80\x22\x00\x0b\x74\x65\x73\x74\x20\x76\x65\x63\x74\x6f\x72\x20\x00\x20\x00\x14\x00\x02\xa1\x47\x01\x13\xa9\xfa\
        \xa5\xd3\xf1\x79\xbc\x25\xf4\xb5\xbe\xd2\xb9\xd9\x00\x08\x00\x14\xa3\x82\x95\x4e\x4b\xe6\x7b\xf1\x17\x84\xc9\x7c\
        \x82\x92\xc2\x75\xbf\xe3\xed\x41\x80\x28\x00\x04\xc8\xfb\x0b\x4c";

    #[test]
    fn the_sample_request_names_its_receiver_and_is_authentic() {
        let request = Message::parse(SAMPLE_REQUEST).unwrap();

        assert_eq!(request.kind(), Kind::BindingRequest);
        assert_eq!(request.receiver_ufrag(), Some("evtj"));
        assert!(request.is_authentic(SAMPLE_PASSWORD));
        assert!(!request.is_authentic("another password"));
        assert!(!request.nominates());
    }

    #[test]
    fn the_sample_responses_tell_the_mapped_address() {
        let ipv4 = Message::parse(SAMPLE_IPV4).unwrap();
        let ipv6 = Message::parse(SAMPLE_IPV6).unwrap();

        assert_eq!(ipv4.kind(), Kind::BindingSuccess);
        assert_eq!(
            ipv4.mapped_address(),
            Some("192.0.2.1:32853".parse().unwrap())
        );
        assert!(ipv4.is_authentic(SAMPLE_PASSWORD));
        assert_eq!(
            ipv6.mapped_address(),
            Some(
                "[2001:db8:1234:5678:11:2233:4455:6677]:32853"
                    .parse()
                    .unwrap()
            )
        );
    }

    #[test]
    fn a_change_of_any_signed_bit_is_noticed() {
        let signed = SAMPLE_REQUEST.len() - 8;
        for bit in 0..signed * 8 {
            let mut forged = SAMPLE_REQUEST.to_vec();
            forged[bit / 8] ^= 1 << (bit % 8);

            let is_authentic = Message::parse(&forged)
                .is_some_and(|message| message.is_authentic(SAMPLE_PASSWORD));

            assert!(!is_authentic, "bit {bit}");
        }
    }

    #[test]
    fn what_stands_behind_the_integrity_is_not_believed() {
        let mut appended = SAMPLE_REQUEST[..SAMPLE_REQUEST.len() - 8].to_vec();
        appended.extend_from_slice(b"\x00\x25\x00\x00");
        appended[3] = u8::try_from(appended.len() - HEADER).unwrap();

        let request = Message::parse(&appended).unwrap();

        assert!(request.is_authentic(SAMPLE_PASSWORD));
        assert!(!request.nominates());
    }

    #[test]
    fn who_yields_control_is_noticed_wherever_he_says_so() {
        let plain = test_messages::check("us:them", SAMPLE_PASSWORD, &[0x802a]);
        let protected = test_messages::check("us:them", SAMPLE_PASSWORD, &[ICE_CONTROLLED]);
        let appended = test_messages::with_appended(&plain, ICE_CONTROLLED);

        let yields = |bytes: &[u8]| {
            let message = Message::parse(bytes).unwrap();
            assert!(message.is_authentic(SAMPLE_PASSWORD));
            message.yields_control()
        };

        assert_eq!(
            [yields(&plain), yields(&protected), yields(&appended)],
            [false, true, true]
        );
    }

    proptest! {
        #[test]
        fn junk_is_never_authentic(junk in proptest::collection::vec(any::<u8>(), 0..200), cookie in any::<bool>()) {
            let mut junk = junk;
            if cookie && junk.len() >= HEADER {
                junk[4..8].copy_from_slice(&MAGIC_COOKIE);
                let length = u16::try_from(junk.len() - HEADER).unwrap();
                junk[2..4].copy_from_slice(&length.to_be_bytes());
                junk[..2].copy_from_slice(&BINDING_REQUEST.to_be_bytes());
            }
            if let Some(message) = Message::parse(&junk) {
                let _ = (message.receiver_ufrag(), message.mapped_address(), message.nominates());
                prop_assert!(!message.is_authentic("password"));
            }
        }
    }
}
