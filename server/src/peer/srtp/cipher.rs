//! The ciphers of SRTP, on the library's cryptography: AES in Galois mode (RFC 7714), and in
//! counter mode with HMAC-SHA1 (RFC 3711 §4).

use rtc::crypto::{
    AeadAlgorithm, AeadCipher, BlockCipherAlgorithm, CryptoError, HmacAlgorithm, Mac, RTCCrypto,
    StreamCipher, StreamCipherAlgorithm, constant_time_eq,
};
use rtc::shared::error::Error;
use rtc::srtp::protection_profile::ProtectionProfile;

use super::{ENCRYPTED, MasterKey, RTCP_HEADER, Refusal, SRTCP_INDEX};

const GCM_TAG: usize = 16;
const HMAC_SHA1: usize = 20;
/// HMAC-SHA1-80 (RFC 3711 §5.2).
const SHORT_TAG: usize = 10;
const BLOCK: usize = 16;
/// The salt with the label in its eighth byte, padded to a block (RFC 3711 §4.3.1).
const LABEL_AT: usize = 7;

/// Which key is derived (RFC 3711 §4.3.2).
#[derive(Clone, Copy)]
struct Labels {
    encryption: u8,
    authentication: u8,
    salt: u8,
}

const RTP: Labels = Labels {
    encryption: 0,
    authentication: 1,
    salt: 2,
};
const RTCP: Labels = Labels {
    encryption: 3,
    authentication: 4,
    salt: 5,
};

/// Both ciphers of one direction.
pub(in super::super) struct Cipher {
    pub(super) rtp: Cryptor,
    pub(super) rtcp: SrtcpCryptor,
}

impl Cipher {
    pub(in super::super) fn new(
        profile: ProtectionProfile,
        master: &MasterKey<'_>,
        crypto: &dyn RTCCrypto,
    ) -> Result<Self, Error> {
        Ok(Self {
            rtp: Cryptor(Keyed::new(profile, RTP, master, crypto)?),
            rtcp: SrtcpCryptor(Keyed::new(profile, RTCP, master, crypto)?),
        })
    }
}

/// One cipher with its session keys.
enum Keyed {
    Galois {
        cipher: Box<dyn AeadCipher>,
        salt: [u8; 12],
    },
    Counter {
        cipher: Box<dyn StreamCipher>,
        mac: Box<dyn Mac>,
        salt: [u8; 14],
    },
}

impl Keyed {
    fn new(
        profile: ProtectionProfile,
        labels: Labels,
        master: &MasterKey<'_>,
        crypto: &dyn RTCCrypto,
    ) -> Result<Self, Error> {
        let derive = |label, output: &mut [u8]| derive(crypto, master, label, output);
        let mut key = vec![0; profile.key_len()];
        derive(labels.encryption, &mut key)?;
        let aead = match profile {
            ProtectionProfile::AeadAes128Gcm => Some(AeadAlgorithm::Aes128Gcm),
            ProtectionProfile::AeadAes256Gcm => Some(AeadAlgorithm::Aes256Gcm),
            ProtectionProfile::Aes128CmHmacSha1_80 => None,
            _ => return Err(Error::Other("no SRTP profile of ours".to_owned())),
        };
        if let Some(algorithm) = aead {
            let mut salt = [0; 12];
            derive(labels.salt, &mut salt)?;
            let cipher = crypto
                .new_aead(algorithm, &key)
                .map_err(|error| of_crypto(&error))?;
            return Ok(Self::Galois { cipher, salt });
        }
        let mut authentication = [0; HMAC_SHA1];
        derive(labels.authentication, &mut authentication)?;
        let mut salt = [0; 14];
        derive(labels.salt, &mut salt)?;
        Ok(Self::Counter {
            cipher: crypto
                .new_stream_cipher(StreamCipherAlgorithm::Aes128Ctr, &key)
                .map_err(|error| of_crypto(&error))?,
            mac: crypto
                .new_hmac(HmacAlgorithm::Sha1, &authentication)
                .map_err(|error| of_crypto(&error))?,
            salt,
        })
    }
}

/// RFC 3711 §4.3.3, with a key derivation rate of zero; for long keys RFC 6188 §3.
fn derive(
    crypto: &dyn RTCCrypto,
    master: &MasterKey<'_>,
    label: u8,
    output: &mut [u8],
) -> Result<(), Error> {
    let algorithm = match master.key.len() {
        16 => BlockCipherAlgorithm::Aes128,
        _ => BlockCipherAlgorithm::Aes256,
    };
    let mut input = [0; BLOCK];
    for (byte, salt) in input.iter_mut().zip(master.salt) {
        *byte = *salt;
    }
    if let Some(byte) = input.get_mut(LABEL_AT) {
        *byte ^= label;
    }
    for (number, part) in (0_u8..).zip(output.chunks_mut(BLOCK)) {
        let mut block = input;
        if let Some(last) = block.last_mut() {
            *last = number;
        }
        crypto
            .block_encrypt(algorithm, master.key, &mut block)
            .map_err(|error| of_crypto(&error))?;
        for (byte, derived) in part.iter_mut().zip(block) {
            *byte = derived;
        }
    }
    Ok(())
}

fn of_crypto(error: &CryptoError) -> Error {
    Error::Crypto(error.to_string())
}

/// Protects RTP in one direction.
pub(super) struct Cryptor(Keyed);

impl Cryptor {
    /// Decrypts in place what follows the header. Gives back where the payload ends; nothing is
    /// left of a packet that is not authentic.
    pub(super) fn open(
        &mut self,
        packet: &mut [u8],
        header: usize,
        ssrc: u32,
        index: u64,
    ) -> Result<usize, Refusal> {
        match &mut self.0 {
            Keyed::Galois { cipher, salt } => {
                let end = packet
                    .len()
                    .checked_sub(GCM_TAG)
                    .ok_or(Refusal::NotAuthentic)?;
                let (plain, rest) = packet
                    .split_at_mut_checked(header)
                    .ok_or(Refusal::NotAuthentic)?;
                let length = end.checked_sub(header).ok_or(Refusal::NotAuthentic)?;
                let (body, tag) = rest
                    .split_at_mut_checked(length)
                    .ok_or(Refusal::NotAuthentic)?;
                cipher
                    .open_in_place(&galois_nonce(salt, ssrc, index), plain, body, tag)
                    .map_err(|_| Refusal::NotAuthentic)?;
                Ok(end)
            }
            Keyed::Counter { cipher, mac, salt } => {
                let end = packet
                    .len()
                    .checked_sub(SHORT_TAG)
                    .ok_or(Refusal::NotAuthentic)?;
                let (signed, tag) = packet
                    .split_at_mut_checked(end)
                    .ok_or(Refusal::NotAuthentic)?;
                let rollover = rollover_counter(index).to_be_bytes();
                check(mac.as_mut(), &[signed, &rollover], tag)?;
                let body = signed.get_mut(header..).ok_or(Refusal::NotAuthentic)?;
                cipher
                    .apply_keystream(&counter(salt, ssrc, index), body)
                    .map_err(|_| Refusal::NotAuthentic)?;
                Ok(end)
            }
        }
    }

    /// Encrypts in place what follows the header, and appends the tag.
    pub(super) fn seal(
        &mut self,
        packet: &mut Vec<u8>,
        header: usize,
        ssrc: u32,
        index: u64,
    ) -> Result<(), Refusal> {
        let (plain, body) = packet
            .split_at_mut_checked(header)
            .ok_or(Refusal::NotAuthentic)?;
        match &mut self.0 {
            Keyed::Galois { cipher, salt } => {
                let mut tag = [0; GCM_TAG];
                cipher
                    .seal_in_place(&galois_nonce(salt, ssrc, index), plain, body, &mut tag)
                    .map_err(|_| Refusal::NotAuthentic)?;
                packet.extend_from_slice(&tag);
            }
            Keyed::Counter { cipher, mac, salt } => {
                cipher
                    .apply_keystream(&counter(salt, ssrc, index), body)
                    .map_err(|_| Refusal::NotAuthentic)?;
                let rollover = rollover_counter(index).to_be_bytes();
                let tag = sign(mac.as_mut(), &[packet, &rollover])?;
                packet.extend_from_slice(&tag);
            }
        }
        Ok(())
    }
}

/// Protects RTCP in one direction.
pub(super) struct SrtcpCryptor(Keyed);

impl SrtcpCryptor {
    /// Decrypts in place. Gives back where the packet ends, and its index, which `is_new` judges
    /// before any work is done.
    pub(super) fn open(
        &mut self,
        packet: &mut [u8],
        is_new: impl FnOnce(u32) -> bool,
    ) -> Result<(usize, u32), Refusal> {
        let behind_index = match &self.0 {
            Keyed::Galois { .. } => 0,
            Keyed::Counter { .. } => SHORT_TAG,
        };
        let index_at = packet
            .len()
            .checked_sub(behind_index + SRTCP_INDEX)
            .ok_or(Refusal::NotAuthentic)?;
        let word = packet
            .get(index_at..index_at + SRTCP_INDEX)
            .and_then(|bytes| bytes.try_into().ok());
        let word = u32::from_be_bytes(word.ok_or(Refusal::NotAuthentic)?);
        let index = word & !ENCRYPTED;
        // Plain reports are allowed by RFC 3711 §3.4 and sent by nobody.
        if word & ENCRYPTED == 0 {
            return Err(Refusal::NotAuthentic);
        }
        if !is_new(index) {
            return Err(Refusal::Replayed);
        }
        let ssrc = ssrc_of(packet)?;
        let end = match &mut self.0 {
            Keyed::Galois { cipher, salt } => {
                let end = index_at.checked_sub(GCM_TAG).ok_or(Refusal::NotAuthentic)?;
                let (header, rest) = packet
                    .split_at_mut_checked(RTCP_HEADER)
                    .ok_or(Refusal::NotAuthentic)?;
                let length = end.checked_sub(RTCP_HEADER).ok_or(Refusal::NotAuthentic)?;
                let (body, rest) = rest
                    .split_at_mut_checked(length)
                    .ok_or(Refusal::NotAuthentic)?;
                let (tag, _) = rest
                    .split_at_checked(GCM_TAG)
                    .ok_or(Refusal::NotAuthentic)?;
                cipher
                    .open_in_place(
                        &galois_nonce(salt, ssrc, index.into()),
                        &signed_header(header, word),
                        body,
                        tag,
                    )
                    .map_err(|_| Refusal::NotAuthentic)?;
                end
            }
            Keyed::Counter { cipher, mac, salt } => {
                let (signed, tag) = packet
                    .split_at_mut_checked(index_at + SRTCP_INDEX)
                    .ok_or(Refusal::NotAuthentic)?;
                check(mac.as_mut(), &[signed], tag)?;
                let body = signed
                    .get_mut(RTCP_HEADER..index_at)
                    .ok_or(Refusal::NotAuthentic)?;
                cipher
                    .apply_keystream(&counter(salt, ssrc, index.into()), body)
                    .map_err(|_| Refusal::NotAuthentic)?;
                index_at
            }
        };
        Ok((end, index))
    }

    /// Encrypts in place, and appends index and tag.
    pub(super) fn seal(&mut self, packet: &mut Vec<u8>, index: u32) -> Result<(), Refusal> {
        let ssrc = ssrc_of(packet)?;
        let word = index | ENCRYPTED;
        let (header, body) = packet
            .split_at_mut_checked(RTCP_HEADER)
            .ok_or(Refusal::NotAuthentic)?;
        match &mut self.0 {
            Keyed::Galois { cipher, salt } => {
                let mut tag = [0; GCM_TAG];
                cipher
                    .seal_in_place(
                        &galois_nonce(salt, ssrc, index.into()),
                        &signed_header(header, word),
                        body,
                        &mut tag,
                    )
                    .map_err(|_| Refusal::NotAuthentic)?;
                packet.extend_from_slice(&tag);
                packet.extend_from_slice(&word.to_be_bytes());
            }
            Keyed::Counter { cipher, mac, salt } => {
                cipher
                    .apply_keystream(&counter(salt, ssrc, index.into()), body)
                    .map_err(|_| Refusal::NotAuthentic)?;
                packet.extend_from_slice(&word.to_be_bytes());
                let tag = sign(mac.as_mut(), &[packet])?;
                packet.extend_from_slice(&tag);
            }
        }
        Ok(())
    }
}

/// Who sends a report: this stays readable, and is authenticated.
pub(super) fn ssrc_of(rtcp: &[u8]) -> Result<u32, Refusal> {
    let bytes = rtcp
        .get(4..RTCP_HEADER)
        .and_then(|bytes| bytes.try_into().ok());
    Ok(u32::from_be_bytes(bytes.ok_or(Refusal::NotAuthentic)?))
}

/// What is authenticated of a report besides what is encrypted (RFC 7714 §9.2).
fn signed_header(header: &[u8], index_word: u32) -> [u8; RTCP_HEADER + SRTCP_INDEX] {
    let mut signed = [0; RTCP_HEADER + SRTCP_INDEX];
    let bytes = header.iter().copied().chain(index_word.to_be_bytes());
    for (place, byte) in signed.iter_mut().zip(bytes) {
        *place = byte;
    }
    signed
}

/// Two zeros, the source, and the 48 bits of the index, under the salt (RFC 7714 §8.1; §9.1 says
/// the same of the 31 bits of a report's).
fn galois_nonce(salt: &[u8; 12], ssrc: u32, index: u64) -> [u8; 12] {
    let [_, _, index @ ..] = index.to_be_bytes();
    let mut nonce = *salt;
    let words = ssrc.to_be_bytes().into_iter().chain(index);
    for (byte, word) in nonce.iter_mut().skip(2).zip(words) {
        *byte ^= word;
    }
    nonce
}

/// RFC 3711 §4.1.1.
fn counter(salt: &[u8; 14], ssrc: u32, index: u64) -> [u8; BLOCK] {
    let [_, _, index @ ..] = index.to_be_bytes();
    let mut counter = [0; BLOCK];
    for (byte, salt) in counter.iter_mut().zip(salt) {
        *byte = *salt;
    }
    let words = ssrc.to_be_bytes().into_iter().chain(index);
    for (byte, word) in counter.iter_mut().skip(4).zip(words) {
        *byte ^= word;
    }
    counter
}

/// The upper half of an index, as it is signed.
fn rollover_counter(index: u64) -> u32 {
    let [_, _, a, b, c, d, _, _] = index.to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}

fn sign(mac: &mut dyn Mac, input: &[&[u8]]) -> Result<[u8; SHORT_TAG], Refusal> {
    let mut tag = [0; HMAC_SHA1];
    mac.sign(input, &mut tag)
        .map_err(|_| Refusal::NotAuthentic)?;
    tag.first_chunk().copied().ok_or(Refusal::NotAuthentic)
}

fn check(mac: &mut dyn Mac, input: &[&[u8]], tag: &[u8]) -> Result<(), Refusal> {
    if constant_time_eq(&sign(mac, input)?, tag) {
        Ok(())
    } else {
        Err(Refusal::NotAuthentic)
    }
}
