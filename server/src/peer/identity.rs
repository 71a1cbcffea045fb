//! The certificate by which this process is known to its callers.

use rtc::crypto::{SignatureScheme, default_provider};
use rtc::peer_connection::certificate::{CertificateParams, RTCCertificate};
use rtc::shared::error::Error;

use super::AcceptError;

/// A key pair with a self-signed certificate, made anew by every process and shared by all its
/// conversations: making one a call would cost more than the rest of the answer.
#[derive(Clone)]
pub struct Identity {
    pub(super) certificate: RTCCertificate,
}

impl Identity {
    /// Makes a new one.
    ///
    /// # Errors
    /// When the machine gives no randomness.
    pub fn generate() -> Result<Self, AcceptError> {
        let provider = default_provider().map_err(|error| Error::Other(error.to_string()))?;
        let params = CertificateParams::new(vec!["voicechat".to_owned()])
            .map_err(|error| Error::Other(error.to_string()))?;
        let certificate =
            RTCCertificate::generate(provider.crypto(), SignatureScheme::EcdsaP256Sha256, params)?;
        Ok(Self { certificate })
    }
}
