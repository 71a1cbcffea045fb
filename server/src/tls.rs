//! The certificate that the HTTP port shows: from files, which may be read again, or our own.

mod own;

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::{TLS12, TLS13};
use sha2::{Digest, Sha256};
use tokio_rustls::TlsAcceptor;

use crate::config::tls::{TlsConfig, TlsMode};
use crate::storage::{Pair, Storage, read_key_file};
pub use own::OwnError;

/// What the plain port speaks, too.
const PROTOCOL: &[u8] = b"http/1.1";

/// The certificate in force, and where a new one would come from.
pub struct Tls {
    source: Source,
    current: RwLock<Current>,
}

enum Source {
    Files {
        certificate: PathBuf,
        key: PathBuf,
    },
    Own {
        storage: Storage,
        names: Vec<String>,
    },
}

#[derive(Clone)]
struct Current {
    config: Arc<ServerConfig>,
    fingerprint: String,
}

/// Why TLS cannot be spoken.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("--tls auto and --tls-cert exclude each other")]
    Both,
    #[error("{} cannot be read", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("the certificate is no PEM")]
    Certificate(#[source] pem::Error),
    #[error("the private key is no PEM")]
    Key(#[source] pem::Error),
    #[error("certificate and key are of no use")]
    Pair(#[from] rustls::Error),
    #[error(transparent)]
    Own(#[from] OwnError),
}

impl Tls {
    /// What `config` asks for; none if that is plain http. `addresses` are those under which other
    /// machines reach us.
    ///
    /// # Errors
    /// A file is missing or of no use.
    pub fn new(
        config: &TlsConfig,
        storage: &Storage,
        addresses: &[IpAddr],
    ) -> Result<Option<Self>, TlsError> {
        let source = match (config.tls, &config.tls_cert, &config.tls_key) {
            (TlsMode::Off, Some(certificate), Some(key)) => Source::Files {
                certificate: certificate.clone(),
                key: key.clone(),
            },
            (TlsMode::Auto, None, None) => Source::Own {
                storage: storage.clone(),
                names: own::names(addresses),
            },
            (TlsMode::Off, _, _) => return Ok(None),
            (TlsMode::Auto, _, _) => return Err(TlsError::Both),
        };
        let current = RwLock::new(source.load()?);
        Ok(Some(Self { source, current }))
    }

    /// Reads the certificate again. Connections that are open go on.
    ///
    /// # Errors
    /// The new one is of no use: then the old one stays in force.
    pub fn reload(&self) -> Result<(), TlsError> {
        let new = self.source.load()?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }

    /// For the next connection.
    #[must_use]
    pub fn acceptor(&self) -> TlsAcceptor {
        self.current().config.into()
    }

    /// The sha-256 digest of the certificate, as browsers show it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.current().fingerprint
    }

    fn current(&self) -> Current {
        let current = self.current.read();
        current.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Source {
    fn load(&self) -> Result<Current, TlsError> {
        match self {
            Self::Files { certificate, key } => Current::new(&Pair {
                certificate: read(certificate)?,
                key: read(key)?,
            }),
            Self::Own { storage, names } => {
                Current::new(&own::pair(storage, names, SystemTime::now())?)
            }
        }
    }
}

impl Current {
    fn new(pair: &Pair) -> Result<Self, TlsError> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pair.certificate).collect();
        let chain = chain.map_err(TlsError::Certificate)?;
        let first = chain.first().ok_or(pem::Error::NoItemsFound);
        let digest = Sha256::digest(first.map_err(TlsError::Certificate)?);
        let pairs: Vec<String> = digest.iter().map(|byte| format!("{byte:02X}")).collect();
        let key = PrivateKeyDer::from_pem_slice(&pair.key).map_err(TlsError::Key)?;
        let provider = Arc::new(ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13, &TLS12])?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        config.alpn_protocols = vec![PROTOCOL.to_vec()];
        Ok(Self {
            config: Arc::new(config),
            fingerprint: pairs.join(":"),
        })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    read_key_file(path).map_err(|source| TlsError::Read {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests;
