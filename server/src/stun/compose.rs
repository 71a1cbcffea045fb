//! Messages as we send them.

use std::net::{IpAddr, SocketAddr};

use ring::hmac;

use super::{
    BINDING_REQUEST, BINDING_SUCCESS, HEADER, ICE_CONTROLLED, INTEGRITY_BYTES, Key, MAGIC_COOKIE,
    MESSAGE_INTEGRITY, TransactionId, USE_CANDIDATE, USERNAME, XOR_MAPPED_ADDRESS,
};

const PRIORITY: u16 = 0x0024;
const ICE_CONTROLLING: u16 = 0x802a;
const FINGERPRINT: u16 = 0x8028;
/// A checksum is told from others by this (RFC 8489 §14.7).
const FINGERPRINT_MASK: u32 = 0x5354_554e;
/// What a check of ours gives a candidate that it discovers: peer reflexive (RFC 8445 §5.1.2.1).
const CHECK_PRIORITY: u32 = (110 << 24) | (0xffff << 8) | 255;

/// Who decides which way media flows (RFC 8445 §6.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Controlled {
        tie_breaker: u64,
    },
    /// Every check of his says that media shall flow this way.
    Controlling {
        tie_breaker: u64,
    },
}

/// A check (RFC 8445 §7.2.2).
#[derive(Clone, Copy, Debug)]
pub struct Check<'a> {
    pub id: TransactionId,
    /// `theirs:ours`.
    pub username: &'a str,
    pub role: Role,
}

impl Check<'_> {
    /// The message, for whoever knows the password of `key`.
    #[must_use]
    pub fn signed_with(&self, key: &Key) -> Vec<u8> {
        let mut message = binding_request(self.id).to_vec();
        append(&mut message, USERNAME, self.username.as_bytes());
        append(&mut message, PRIORITY, &CHECK_PRIORITY.to_be_bytes());
        match self.role {
            Role::Controlled { tie_breaker } => {
                append(&mut message, ICE_CONTROLLED, &tie_breaker.to_be_bytes());
            }
            Role::Controlling { tie_breaker } => {
                append(&mut message, USE_CANDIDATE, &[]);
                append(&mut message, ICE_CONTROLLING, &tie_breaker.to_be_bytes());
            }
        }
        sign(&mut message, key);
        message
    }
}

/// The answer to a check that came from `seen_at` (RFC 8445 §7.3.1.2).
#[must_use]
pub fn binding_success(id: TransactionId, seen_at: SocketAddr, key: &Key) -> Vec<u8> {
    let mut message = binding_request(id).to_vec();
    if let Some(kind) = message.first_chunk_mut() {
        *kind = BINDING_SUCCESS.to_be_bytes();
    }
    let mask = [MAGIC_COOKIE.as_slice(), &id].concat();
    let (family, address) = match seen_at.ip() {
        IpAddr::V4(ip) => (1, ip.octets().to_vec()),
        IpAddr::V6(ip) => (2, ip.octets().to_vec()),
    };
    let port = seen_at.port().to_be_bytes().into_iter().zip(&MAGIC_COOKIE);
    let masked = port.chain(address.into_iter().zip(&mask));
    let value: Vec<u8> = [0, family]
        .into_iter()
        .chain(masked.map(|(byte, mask)| byte ^ mask))
        .collect();
    append(&mut message, XOR_MAPPED_ADDRESS, &value);
    sign(&mut message, key);
    message
}

/// A request that asks a STUN server for the address it sees us at.
#[must_use]
pub fn binding_request(id: TransactionId) -> [u8; HEADER] {
    let mut message = [0; HEADER];
    let fields = BINDING_REQUEST
        .to_be_bytes()
        .into_iter()
        .chain([0, 0])
        .chain(MAGIC_COOKIE)
        .chain(id);
    for (byte, field) in message.iter_mut().zip(fields) {
        *byte = field;
    }
    message
}

/// Ends a message with MESSAGE-INTEGRITY and FINGERPRINT (RFC 8489 §14.5, §14.7).
pub(super) fn sign(message: &mut Vec<u8>, key: &Key) {
    set_length(message, 4 + INTEGRITY_BYTES);
    let tag = hmac::sign(&key.0, message);
    append(message, MESSAGE_INTEGRITY, tag.as_ref());
    set_length(message, 8);
    let checksum = crc32fast::hash(message) ^ FINGERPRINT_MASK;
    append(message, FINGERPRINT, &checksum.to_be_bytes());
}

pub(super) fn append(message: &mut Vec<u8>, kind: u16, value: &[u8]) {
    message.extend_from_slice(&kind.to_be_bytes());
    // No attribute of ours has more than a user name, of some hundred bytes at most.
    let length = u16::try_from(value.len()).unwrap_or_default();
    message.extend_from_slice(&length.to_be_bytes());
    message.extend_from_slice(value);
    message.resize(message.len().next_multiple_of(4), 0);
    set_length(message, 0);
}

/// The length that the header tells, with `more` bytes that are going to follow.
fn set_length(message: &mut [u8], more: usize) {
    let length = message.len() + more - HEADER;
    let length = u16::try_from(length).unwrap_or_default().to_be_bytes();
    for (byte, length) in message.iter_mut().skip(2).zip(length) {
        *byte = length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stun::{Kind, Message};
    use rtc::crypto::default_provider;
    use rtc::stun::attributes::{ATTR_PRIORITY, ATTR_USERNAME};
    use rtc::stun::fingerprint::FINGERPRINT;
    use rtc::stun::integrity::MessageIntegrity;
    use rtc::stun::message::{Getter, Message as Theirs};
    use rtc::stun::xoraddr::XorMappedAddress;

    const PASSWORD: &str = "a password of twenty-two";

    /// What the library reads of a message of ours, which it finds whole and authentic.
    fn read(bytes: &[u8]) -> Theirs {
        let mut message = Theirs::new();
        message.raw = bytes.to_vec();
        message.decode().unwrap();
        FINGERPRINT.check(&message).unwrap();
        let provider = default_provider().unwrap();
        MessageIntegrity::check(&mut message, PASSWORD.as_bytes(), provider.crypto()).unwrap();
        message
    }

    #[test]
    fn a_check_is_read_by_the_library() {
        let check = Check {
            id: *b"abcdefghijkl",
            username: "theirs:ours",
            role: Role::Controlled { tie_breaker: 7 },
        };

        let bytes = check.signed_with(&Key::new(PASSWORD));

        let message = read(&bytes);
        assert_eq!(message.transaction_id.0, *b"abcdefghijkl");
        assert_eq!(message.get(ATTR_USERNAME).unwrap(), b"theirs:ours");
        assert_eq!(
            message.get(ATTR_PRIORITY).unwrap(),
            CHECK_PRIORITY.to_be_bytes()
        );
        let ours = Message::parse(&bytes).unwrap();
        assert_eq!(
            (ours.kind(), ours.receiver_ufrag()),
            (Kind::BindingRequest, Some("theirs"))
        );
        assert!(ours.yields_control());
    }

    #[test]
    fn an_answer_tells_the_address_it_goes_to() {
        for address in [
            "192.0.2.1:32853",
            "[2001:db8:1234:5678:11:2233:4455:6677]:32853",
        ] {
            let address: SocketAddr = address.parse().unwrap();

            let bytes = binding_success(*b"abcdefghijkl", address, &Key::new(PASSWORD));

            let mut mapped = XorMappedAddress::default();
            mapped.get_from(&read(&bytes)).unwrap();
            assert_eq!((mapped.ip, mapped.port), (address.ip(), address.port()));
            let ours = Message::parse(&bytes).unwrap();
            assert_eq!(ours.mapped_address(), Some(address));
            assert_eq!(ours.kind(), Kind::BindingSuccess);
        }
    }

    #[test]
    fn our_question_is_a_whole_message() {
        let id = *b"abcdefghijkl";

        let bytes = binding_request(id);

        let request = Message::parse(&bytes).unwrap();
        assert_eq!(request.kind(), Kind::BindingRequest);
        assert_eq!(request.transaction_id(), Some(id));
        assert_eq!(request.receiver_ufrag(), None);
    }
}
