//! The certificate that the HTTP port shows: from files, which may be read again, or our own.

mod own;

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::{TLS12, TLS13};
use sha2::{Digest, Sha256};
use tokio::task::spawn_blocking;
use tokio_rustls::TlsAcceptor;
use tracing::{error, info};

use crate::config::tls::{TlsConfig, TlsMode};
use crate::storage::{Pair, Storage, read_key_file};
pub use own::OwnError;

/// Between two looks at a certificate of our own, which is made anew a month before it ends.
const BETWEEN_LOOKS: Duration = Duration::from_secs(24 * 60 * 60);
/// What the plain port speaks, too.
const PROTOCOL: &[u8] = b"http/1.1";

/// The certificate in force, and where a new one would come from.
pub struct Tls {
    source: Source,
    current: RwLock<Current>,
}

/// Tells the addresses under which other machines reach us now.
pub type Addresses = Box<dyn Fn() -> Vec<IpAddr> + Send + Sync>;

enum Source {
    Files {
        certificate: PathBuf,
        key: PathBuf,
    },
    Own {
        storage: Storage,
        addresses: Addresses,
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
    /// What `config` asks for; none if that is plain http. A certificate of our own is for `addresses`,
    /// which are asked for each time that it is read again.
    ///
    /// # Errors
    /// A file is missing or of no use.
    pub fn new(
        config: &TlsConfig,
        storage: &Storage,
        addresses: Addresses,
    ) -> Result<Option<Self>, TlsError> {
        let source = match (config.tls, &config.tls_cert, &config.tls_key) {
            (TlsMode::Off, Some(certificate), Some(key)) => Source::Files {
                certificate: certificate.clone(),
                key: key.clone(),
            },
            (TlsMode::Auto, None, None) => Source::Own {
                storage: storage.clone(),
                addresses,
            },
            (TlsMode::Off, _, _) => return Ok(None),
            (TlsMode::Auto, _, _) => return Err(TlsError::Both),
        };
        let current = RwLock::new(source.load(SystemTime::now())?);
        Ok(Some(Self { source, current }))
    }

    /// Reads the certificate again. Connections that are open go on.
    ///
    /// # Errors
    /// The new one is of no use: then the old one stays in force.
    pub fn reload(&self) -> Result<(), TlsError> {
        self.reload_at(SystemTime::now()).map(drop)
    }

    /// Looks once a day, for ever, whether a certificate of our own still serves; files are their
    /// owner's to renew.
    pub async fn keep_renewing(self: Arc<Self>) {
        while let Source::Own { .. } = self.source {
            tokio::time::sleep(BETWEEN_LOOKS).await;
            let this = Arc::clone(&self);
            match spawn_blocking(move || this.reload_at(SystemTime::now())).await {
                Ok(Ok(true)) => {
                    let fingerprint = self.fingerprint();
                    info!(fingerprint, "the certificate was made anew");
                }
                Ok(Ok(false)) => {}
                Ok(Err(error)) => {
                    let error = anyhow::Error::from(error);
                    error!("the certificate could not be looked after, and stays: {error:#}");
                }
                Err(_) => error!("looking after the certificate had panicked"),
            }
        }
    }

    /// The same as it is then; whether it is another one.
    fn reload_at(&self, now: SystemTime) -> Result<bool, TlsError> {
        let new = self.source.load(now)?;
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let is_another = new.fingerprint != current.fingerprint;
        *current = new;
        Ok(is_another)
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
    fn load(&self, now: SystemTime) -> Result<Current, TlsError> {
        match self {
            Self::Files { certificate, key } => Current::new(&Pair {
                certificate: read(certificate)?,
                key: read(key)?,
            }),
            Self::Own { storage, addresses } => {
                Current::new(&own::pair(storage, &own::names(&addresses()), now)?)
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
