//! How the caller proves who he is: ICE credentials, the certificate's fingerprint, his part in
//! the DTLS handshake.

use super::description::Attributes;
use super::{Credentials, Unacceptable};

/// A sha-256 digest as text: 32 pairs of digits and the colons between (RFC 8122 §5).
const FINGERPRINT_BYTES: usize = 32 * 3 - 1;

/// The part that we play in the DTLS handshake (RFC 8842 §5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DtlsRole {
    /// We send the `ClientHello`.
    Client,
    /// We wait for it.
    Server,
}

/// Who the caller is.
#[derive(Debug)]
pub(super) struct Identity<'a> {
    pub(super) credentials: Credentials,
    pub(super) fingerprint: &'a str,
    pub(super) answering_role: DtlsRole,
}

impl<'a> Identity<'a> {
    /// Each fact stands in the section, else in the session (RFC 8839 §5.4, RFC 8122 §5).
    pub(super) fn read(
        session: &Attributes<'a>,
        section: &Attributes<'a>,
    ) -> Result<Self, Unacceptable> {
        if session.has("ice-lite") {
            return Err(Unacceptable::IceLite);
        }
        let nearest = |name| match section.only(name) {
            Ok(None) => session.only(name),
            found => found,
        };
        let ufrag = nearest("ice-ufrag")?.ok_or(Unacceptable::NoIceCredentials)?;
        let pwd = nearest("ice-pwd")?.ok_or(Unacceptable::NoIceCredentials)?;
        let credentials = Credentials::new(ufrag, pwd).ok_or(Unacceptable::BadIceCredentials)?;
        let setup = nearest("setup")?.ok_or(Unacceptable::NoSetup)?;
        let answering_role = match setup {
            "active" => DtlsRole::Server,
            "actpass" | "passive" => DtlsRole::Client,
            _ => return Err(Unacceptable::BadSetup),
        };
        let place = if section.has("fingerprint") {
            section
        } else {
            session
        };
        Ok(Self {
            credentials,
            fingerprint: fingerprint(place)?,
            answering_role,
        })
    }
}

pub(super) fn is_ice_text(text: &str, least: usize) -> bool {
    let is_ice_char = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    (least..=256).contains(&text.len()) && text.bytes().all(is_ice_char)
}

/// The one sha-256 fingerprint among all that are given.
fn fingerprint<'a>(attributes: &Attributes<'a>) -> Result<&'a str, Unacceptable> {
    if !attributes.has("fingerprint") {
        return Err(Unacceptable::NoFingerprint);
    }
    let mut found: Option<&str> = None;
    for fingerprint in attributes.values("fingerprint") {
        let (hash, digest) = fingerprint
            .split_once(' ')
            .ok_or(Unacceptable::BadFingerprint)?;
        if !hash.eq_ignore_ascii_case("sha-256") {
            continue;
        }
        let digest = digest.trim();
        if !is_digest(digest) {
            return Err(Unacceptable::BadFingerprint);
        }
        if found.is_some_and(|other| !other.eq_ignore_ascii_case(digest)) {
            let attribute = "fingerprint";
            return Err(Unacceptable::Contradiction { attribute });
        }
        found = Some(digest);
    }
    found.ok_or(Unacceptable::WeakFingerprint)
}

fn is_digest(text: &str) -> bool {
    let is_in_place = |(place, byte): (usize, u8)| match place % 3 {
        2 => byte == b':',
        _ => byte.is_ascii_hexdigit(),
    };
    text.len() == FINGERPRINT_BYTES && text.bytes().enumerate().all(is_in_place)
}
