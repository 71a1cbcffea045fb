//! Options: whether the HTTP port speaks TLS, and with which certificate.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

const TLS: &str = "TLS";

/// How the HTTP port is protected.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct TlsConfig {
    /// Serve https, so that pages on other machines have a microphone
    #[arg(long, env = "VOICECHAT_TLS", value_name = "MODE", default_value = "off", help_heading = TLS)]
    pub tls: TlsMode,
    /// Certificate chain in PEM, for https with a name of your own; read again on SIGHUP
    #[arg(long, env = "VOICECHAT_TLS_CERT", value_name = "FILE", requires = "tls_key", help_heading = TLS)]
    pub tls_cert: Option<PathBuf>,
    /// Its private key in PEM
    #[arg(long, env = "VOICECHAT_TLS_KEY", value_name = "FILE", requires = "tls_cert", help_heading = TLS)]
    pub tls_key: Option<PathBuf>,
}

impl Default for TlsConfig {
    fn default() -> Self {
        Self {
            tls: TlsMode::Off,
            tls_cert: None,
            tls_key: None,
        }
    }
}

/// Where the certificate comes from, if no files are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TlsMode {
    /// http, unless files are named
    Off,
    /// A certificate of our own, kept beside the recordings, with this machine's names and
    /// addresses: browsers warn of it once
    Auto,
}
