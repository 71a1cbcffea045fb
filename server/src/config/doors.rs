//! Options: whom the HTTP port lets in, how often, and by which names it is called.

use std::fmt;
use std::net::IpAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::str::FromStr;

use clap::Args;
use ipnet::IpNet;

const DOORS: &str = "Doors";

/// Who may come in, and how often.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct DoorsConfig {
    /// Name by which browsers may call this server besides its addresses, localhost and the
    /// machine's own name; several with commas; * is any, for a proxy that checks names itself
    #[arg(long, env = "VOICECHAT_HOST", value_name = "NAME", value_delimiter = ',', help_heading = DOORS)]
    pub host: Vec<HostName>,
    /// The proxy's own address, whose X-Forwarded-For is believed; several with commas
    ///
    /// A network such as 10.0.0.0/8 is taken, too, but then each of its hosts can claim any address
    /// and have any number of connections.
    /// Who comes by a proxy is limited, whatever --unlimited names.
    #[arg(long, env = "VOICECHAT_TRUSTED_PROXIES", value_name = "NETWORK", value_delimiter = ',', help_heading = DOORS)]
    pub trusted_proxies: Vec<Network>,
    /// Calls, changes and deletions that one client may ask for in a minute; a third of them at
    /// once; 0 for any number
    #[arg(long, env = "VOICECHAT_RATE_LIMIT", value_name = "REQUESTS", default_value = "60", help_heading = DOORS)]
    pub rate_limit: RateLimit,
    /// Calls that one client may have at once
    #[arg(long, env = "VOICECHAT_MAX_CALLS_PER_CLIENT", value_name = "CALLS", default_value = "16", help_heading = DOORS)]
    pub max_calls_per_client: NonZeroUsize,
    /// Network whose clients may have any number of requests, calls and connections; several with
    /// commas, or none
    #[arg(long, env = "VOICECHAT_UNLIMITED", value_name = "NETWORK", value_delimiter = ',', default_value = "127.0.0.0/8,::1/128", help_heading = DOORS)]
    pub unlimited: Vec<Unlimited>,
}

impl Default for DoorsConfig {
    fn default() -> Self {
        Self {
            host: Vec::new(),
            trusted_proxies: Vec::new(),
            rate_limit: RateLimit(NonZeroU32::new(60)),
            max_calls_per_client: const { NonZeroUsize::new(16).unwrap() },
            unlimited: ["127.0.0.0/8", "::1/128"]
                .iter()
                .filter_map(|network| network.parse().ok())
                .collect(),
        }
    }
}

impl DoorsConfig {
    /// The networks whose clients are not limited; none when "none" was among them.
    #[must_use]
    pub fn unlimited_networks(&self) -> Vec<IpNet> {
        let networks = self.unlimited.iter().map(|unlimited| match unlimited {
            Unlimited::Nobody => None,
            Unlimited::Network(network) => Some(network.0),
        });
        networks.collect::<Option<Vec<_>>>().unwrap_or_default()
    }
}

/// A name of this server, in small letters, or `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostName(pub String);

/// The text is no host name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write a name such as voice.example.org, without a port, or *")]
pub struct ParseHostNameError;

impl FromStr for HostName {
    type Err = ParseHostNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_label = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        };
        let is_name = text.len() <= 253 && text.split('.').all(is_label);
        if text == "*" || is_name {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(ParseHostNameError)
        }
    }
}

/// A network, or one address as the smallest one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network(pub IpNet);

/// The text is no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write a network such as 10.0.0.0/8 or fd00::/8, or an address")]
pub struct ParseNetworkError;

impl FromStr for Network {
    type Err = ParseNetworkError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let address = || text.parse::<IpAddr>().map(IpNet::from);
        text.parse()
            .or_else(|_| address())
            .map(Self)
            .map_err(|_| ParseNetworkError)
    }
}

/// Who is not limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unlimited {
    Nobody,
    Network(Network),
}

impl FromStr for Unlimited {
    type Err = ParseNetworkError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "none" => Ok(Self::Nobody),
            network => network.parse().map(Self::Network),
        }
    }
}

/// So many requests a minute; none is any number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit(pub Option<NonZeroU32>);

impl FromStr for RateLimit {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(NonZeroU32::new).map(Self)
    }
}

impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(0, NonZeroU32::get).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_no_port_and_a_network_may_be_one_address() {
        let name = |text: &str| text.parse::<HostName>().map(|name| name.0);
        let network = |text: &str| text.parse::<Network>().map(|network| network.0.to_string());

        assert_eq!(
            name("Voice.Example.org"),
            Ok("voice.example.org".to_owned())
        );
        assert_eq!(name("*"), Ok("*".to_owned()));
        for bad in ["", "a..b", "a:80", "*.a", "a/b", "ä"] {
            assert_eq!(name(bad), Err(ParseHostNameError), "{bad}");
        }
        assert_eq!(network("10.0.0.0/8").as_deref(), Ok("10.0.0.0/8"));
        assert_eq!(network("192.0.2.7").as_deref(), Ok("192.0.2.7/32"));
        assert_eq!(network("::1").as_deref(), Ok("::1/128"));
        for bad in ["", "10.0.0.0/33", "localhost"] {
            assert_eq!(network(bad), Err(ParseNetworkError), "{bad}");
        }
    }

    #[test]
    fn the_word_none_limits_everybody() {
        let config = DoorsConfig {
            unlimited: vec!["127.0.0.1".parse().unwrap(), Unlimited::Nobody],
            ..DoorsConfig::default()
        };

        assert!(config.unlimited_networks().is_empty());
        assert_eq!(DoorsConfig::default().unlimited_networks().len(), 2);
    }
}
