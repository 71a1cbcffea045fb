//! The addresses by which other machines reach us.

use std::net::{IpAddr, SocketAddr};

use crate::config::Config;
use crate::config::tls::TlsMode;
use crate::tls::Addresses;

/// As they are set, or those of the interfaces.
fn lan_addresses(config: &Config) -> Vec<IpAddr> {
    if config.announce.is_empty() {
        present_addresses(config.bind)
    } else {
        config.announce.clone()
    }
}

/// The addresses that a certificate of our own is for: those that are set, and those that the
/// interfaces have whenever it is looked after. IPv6 alone where there is nothing else: many of its
/// addresses live for a day, and phones would be shown another certificate each time.
pub(super) fn certified(config: &Config) -> Addresses {
    let (announced, bind) = (config.announce.clone(), config.bind);
    Box::new(move || {
        let mut present = present_addresses(bind);
        if present.iter().any(IpAddr::is_ipv4) {
            present.retain(IpAddr::is_ipv4);
        }
        announced.iter().copied().chain(present).collect()
    })
}

/// Those of the interfaces now, as far as we listen there.
fn present_addresses(bind: Option<IpAddr>) -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let present = interfaces.iter().map(if_addrs::Interface::ip);
    let is_bound = |ip: &IpAddr| match bind {
        None => true,
        Some(bound) => bound.is_unspecified() || bound == *ip,
    };
    // Nobody types an address that begins with fe80.
    let is_link_local = |ip: &IpAddr| matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local());
    let mut reached: Vec<IpAddr> = present
        .filter(|ip| is_bound(ip) && !ip.is_loopback() && !is_link_local(ip))
        .collect();
    // IPv4 first: it is shorter to type.
    reached.sort_by_key(IpAddr::is_ipv6);
    reached
}

/// Where a phone in the same network finds us by https, with a certificate for our addresses. One
/// that an operator brings is for a name that he knows.
pub(super) fn lan_url(config: &Config, port: u16) -> Option<String> {
    if config.tls.tls == TlsMode::Off {
        return None;
    }
    let ip = lan_addresses(config).into_iter().next()?;
    Some(format!("https://{}", SocketAddr::new(ip, port)))
}
