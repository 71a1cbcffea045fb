//! At which addresses callers reach the port.

use std::net::{IpAddr, SocketAddr};

use crate::peer::Candidate;

/// An answer names no more of them: each costs the caller checks.
const MAX_CANDIDATES: usize = 16;

/// What is known of our own addresses.
#[derive(Clone, Debug)]
pub(super) struct Addresses {
    bind: Vec<IpAddr>,
    announce: Vec<IpAddr>,
    port: u16,
}

impl Addresses {
    pub(super) fn new(bind: Vec<IpAddr>, announce: Vec<IpAddr>, port: u16) -> Self {
        Self {
            bind,
            announce,
            port,
        }
    }

    /// Whether only this machine can reach us.
    pub(super) fn is_loopback(&self) -> bool {
        self.bind.iter().all(IpAddr::is_loopback)
    }

    /// What an answer announces: our hosts, then where STUN servers see us.
    pub(super) fn candidates(&self, public: &[SocketAddr]) -> Vec<Candidate> {
        let hosts = self.hosts();
        let mut candidates: Vec<Candidate> = hosts.iter().copied().map(Candidate::Host).collect();
        for address in public {
            let base = hosts
                .iter()
                .find(|host| host.is_ipv4() == address.is_ipv4());
            if let Some(base) = base
                && !hosts.contains(address)
            {
                candidates.push(Candidate::Reflexive {
                    address: *address,
                    base: *base,
                });
            }
        }
        candidates.truncate(MAX_CANDIDATES);
        candidates
    }

    fn hosts(&self) -> Vec<SocketAddr> {
        let ips = if self.announce.is_empty() {
            self.of_interfaces()
        } else {
            self.announce.clone()
        };
        ips.into_iter()
            .map(|ip| SocketAddr::new(ip, self.port))
            .collect()
    }

    /// The interfaces are asked each time: a laptop changes its networks.
    fn of_interfaces(&self) -> Vec<IpAddr> {
        let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
        let present: Vec<IpAddr> = interfaces.iter().map(if_addrs::Interface::ip).collect();
        chosen(&self.bind, &present)
    }
}

/// Which of the addresses that are `present` reach a port that is bound to `bind`.
fn chosen(bind: &[IpAddr], present: &[IpAddr]) -> Vec<IpAddr> {
    let mut chosen = Vec::new();
    for bound in bind {
        if !bound.is_unspecified() {
            chosen.push(*bound);
            continue;
        }
        let of_family = || present.iter().filter(|ip| ip.is_ipv4() == bound.is_ipv4());
        chosen.extend(of_family().filter(|ip| !ip.is_loopback() && !is_link_local(ip)));
    }
    // A machine without a network still serves itself.
    if chosen.is_empty() {
        chosen.extend(present.iter().filter(|ip| ip.is_loopback()));
    }
    chosen
}

fn is_link_local(ip: &IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ips(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn all_addresses_are_those_of_the_interfaces() {
        let present = ips(&[
            "127.0.0.1",
            "192.0.2.7",
            "169.254.3.4",
            "::1",
            "2001:db8::7",
            "fe80::1",
        ]);

        assert_eq!(
            chosen(&ips(&["0.0.0.0", "::"]), &present),
            ips(&["192.0.2.7", "2001:db8::7"])
        );
        assert_eq!(chosen(&ips(&["0.0.0.0"]), &present), ips(&["192.0.2.7"]));
        assert_eq!(chosen(&ips(&["127.0.0.1"]), &present), ips(&["127.0.0.1"]));
    }

    #[test]
    fn a_machine_without_a_network_serves_itself() {
        assert_eq!(
            chosen(&ips(&["0.0.0.0", "::"]), &ips(&["127.0.0.1", "::1"])),
            ips(&["127.0.0.1", "::1"])
        );
    }

    #[test]
    fn a_public_address_is_announced_unless_it_is_a_host_already() {
        let addresses = Addresses::new(ips(&["0.0.0.0"]), ips(&["192.0.2.7"]), 3001);
        let host = "192.0.2.7:3001".parse().unwrap();
        let seen = "203.0.113.9:40000".parse().unwrap();

        assert_eq!(
            addresses.candidates(&[host, seen, "[2001:db8::1]:5".parse().unwrap()]),
            [
                Candidate::Host(host),
                Candidate::Reflexive {
                    address: seen,
                    base: host
                }
            ]
        );
    }
}
