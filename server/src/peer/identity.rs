//! The certificate by which this process is known to its callers.

use std::fmt::Write;
use std::sync::Arc;

use rtc::crypto::{HashAlgorithm, RTCCryptoProvider, default_provider};
use rtc::dtls::crypto::Certificate;
use rtc::shared::error::Error;

use super::AcceptError;

/// A key pair with a self-signed certificate, made anew by every process and shared by all its
/// conversations: making one a call would cost more than the rest of the answer.
#[derive(Clone)]
pub struct Identity {
    pub(super) certificate: Certificate,
    pub(super) provider: Arc<dyn RTCCryptoProvider>,
    /// The digest that an answer announces (RFC 8122 §5).
    pub(super) fingerprint: String,
}

impl Identity {
    /// Makes a new one.
    ///
    /// # Errors
    /// When the machine gives no randomness.
    pub fn generate() -> Result<Self, AcceptError> {
        let provider = default_provider().map_err(|error| Error::Crypto(error.to_string()))?;
        let names = vec!["voicechat".to_owned()];
        let certificate = Certificate::generate_self_signed(names, provider.crypto())?;
        let encoded = certificate
            .certificate
            .first()
            .ok_or(Error::ErrNonCertificate)?;
        let fingerprint = fingerprint(provider.as_ref(), encoded)?;
        Ok(Self {
            certificate,
            provider,
            fingerprint,
        })
    }

    /// Of the certificate: sha-256, as SDP writes it.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}

/// The sha-256 digest of a certificate in DER, as SDP writes it: 32 pairs of digits and colons.
pub(super) fn fingerprint(
    provider: &dyn RTCCryptoProvider,
    certificate: &[u8],
) -> Result<String, Error> {
    let digest = provider
        .crypto()
        .hash(HashAlgorithm::Sha256, certificate)
        .map_err(|error| Error::Crypto(error.to_string()))?;
    let mut text = String::with_capacity(digest.len() * 3);
    for (place, byte) in digest.iter().enumerate() {
        let colon = if place == 0 { "" } else { ":" };
        // Writing to a string cannot fail.
        let _ = write!(text, "{colon}{byte:02X}");
    }
    Ok(text)
}
