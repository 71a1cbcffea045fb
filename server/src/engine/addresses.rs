//! At which addresses callers reach the port.

use std::net::{IpAddr, SocketAddr};

use crate::peer::Candidate;

/// An answer names no more of them: each costs the caller checks. Bounded a family, so that no
/// number of bridges of the one hides the other.
const MAX_HOSTS_A_FAMILY: usize = 16;
const MAX_REFLEXIVE: usize = 8;

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
        let is_ours = |address: &SocketAddr| hosts.contains(address);
        let base = |address: &SocketAddr| {
            let mut of_family = hosts
                .iter()
                .filter(|host| host.is_ipv4() == address.is_ipv4());
            of_family.next().copied()
        };
        let seen = public.iter().filter(|address| !is_ours(address));
        let reflexive = seen.filter_map(|address| {
            let (address, base) = (*address, base(address)?);
            Some(Candidate::Reflexive { address, base })
        });
        let announced = hosts.iter().copied().map(Candidate::Host);
        announced.chain(reflexive.take(MAX_REFLEXIVE)).collect()
    }

    fn hosts(&self) -> Vec<SocketAddr> {
        let ips = if self.announce.is_empty() {
            self.of_interfaces()
        } else {
            self.announce.clone()
        };
        let (ipv4, ipv6): (Vec<IpAddr>, Vec<IpAddr>) = ips.into_iter().partition(IpAddr::is_ipv4);
        [ipv4, ipv6]
            .into_iter()
            .flat_map(|family| family.into_iter().take(MAX_HOSTS_A_FAMILY))
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
        let is_bound = |ip: &IpAddr| bind.iter().any(|bound| bound.is_ipv4() == ip.is_ipv4());
        chosen.extend(present.iter().filter(|ip| ip.is_loopback() && is_bound(ip)));
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
    fn a_machine_without_a_network_names_no_address_of_a_family_it_does_not_serve() {
        assert_eq!(
            chosen(&ips(&["0.0.0.0"]), &ips(&["127.0.0.1", "::1"])),
            ips(&["127.0.0.1"])
        );
    }

    #[test]
    fn many_interfaces_push_out_neither_the_public_address_nor_the_other_family() {
        let bridges = (0..20).map(|number| IpAddr::from([192, 0, 2, number]));
        let announce = bridges.chain(ips(&["2001:db8::7"])).collect();
        let addresses = Addresses::new(ips(&["0.0.0.0", "::"]), announce, 3001);
        let seen = "203.0.113.9:40000".parse().unwrap();

        let candidates = addresses.candidates(&[seen]);

        assert_eq!(candidates.len(), 18);
        assert_eq!(
            candidates[15..],
            [
                Candidate::Host("192.0.2.15:3001".parse().unwrap()),
                Candidate::Host("[2001:db8::7]:3001".parse().unwrap()),
                Candidate::Reflexive {
                    address: seen,
                    base: "192.0.2.0:3001".parse().unwrap()
                }
            ]
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
