//! Whom the HTTP port lets in: by which name it is called, from which page, and how often. What is
//! refused here no handler sees.

pub(super) mod client;
pub(super) mod host;
pub(super) mod rate;
pub(super) mod request_id;
pub(super) mod site;

use std::sync::Arc;
use std::time::Duration;

use axum::http::{Extensions, HeaderMap};

use crate::client::ClientKey;
use crate::config::{AllowedOrigin, Config};
use client::Sender;
use host::Hosts;
use ipnet::IpNet;
use rate::Limiter;

/// Why a request was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("a page of another site asks for this; --allow-origin names those that may")]
    CrossSite,
    #[error("a request has one header Host")]
    NoHost,
    #[error("this server is not called by that name; --host names those that are its own")]
    WrongHost,
    #[error("too many requests: come again in {} s", .wait.as_secs())]
    TooMany {
        /// In whole seconds.
        wait: Duration,
    },
}

/// The rules of all doors. A clone means the same ones.
#[derive(Clone)]
pub struct Doors {
    pub(super) allowed_origins: Arc<[AllowedOrigin]>,
    hosts: Arc<Hosts>,
    trusted_proxies: Arc<[IpNet]>,
    unlimited: Arc<[IpNet]>,
    limiter: Option<Arc<Limiter>>,
}

impl Doors {
    /// Whether a host is one of ours.
    pub(super) fn knows(&self, host: &str) -> bool {
        self.hosts.has(host)
    }

    /// Whom a request counts for. Only who speaks for himself has an address for sure.
    fn counted(&self, extensions: &Extensions, headers: &HeaderMap) -> Option<ClientKey> {
        let Sender { ip, is_forwarded } = client::of(extensions, headers, &self.trusted_proxies);
        let is_of = |network: &IpNet| network.contains(&ip);
        let is_unlimited = !is_forwarded && self.unlimited.iter().any(is_of);
        (!is_unlimited).then(|| ClientKey::of(ip))
    }

    /// Who may have any number of connections: proxies speak for many.
    pub(super) fn unlimited_connections(&self) -> Arc<[IpNet]> {
        let networks = self.unlimited.iter().chain(&*self.trusted_proxies);
        networks.copied().collect()
    }

    /// As the operator wants them.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let doors = &config.doors;
        let proxies = doors.trusted_proxies.iter().map(|network| network.0);
        let limit = doors.rate_limit.0;
        Self {
            allowed_origins: config.allow_origin.clone().into(),
            hosts: Arc::new(Hosts::new(&doors.host)),
            trusted_proxies: proxies.collect(),
            unlimited: doors.unlimited_networks().into(),
            limiter: limit.map(|limit| Arc::new(Limiter::new(limit))),
        }
    }
}
