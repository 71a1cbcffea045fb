//! Who counts as one client, and how much of something each of them has taken.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};

/// What stands for one client: an IPv4 address, or the 64 bits of an IPv6 network, in which he
/// chooses the others himself (RFC 4291 §2.5.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientKey(IpAddr);

impl ClientKey {
    /// Of whoever has that address.
    #[must_use]
    pub fn of(ip: IpAddr) -> Self {
        Self(match ip.to_canonical() {
            IpAddr::V6(ip) if !ip.is_loopback() => {
                Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX)).into()
            }
            ip => ip,
        })
    }
}

/// How much each client has taken of something that all share.
#[derive(Debug)]
pub(crate) struct Shares {
    /// Nobody stands in it who has nothing.
    taken: HashMap<ClientKey, usize>,
    of_client: usize,
}

impl Shares {
    /// One client may have so much.
    pub(crate) fn new(of_client: usize) -> Self {
        Self {
            taken: HashMap::new(),
            of_client,
        }
    }

    /// Takes one more for that client, if he may have it.
    pub(crate) fn take(&mut self, client: ClientKey) -> bool {
        let his = self.taken.get(&client).copied().unwrap_or_default();
        let may_take = his < self.of_client;
        if may_take {
            self.taken.insert(client, his + 1);
        }
        may_take
    }

    /// He has one less.
    pub(crate) fn give_back(&mut self, client: ClientKey) {
        match self.taken.get_mut(&client) {
            Some(his) if *his > 1 => *his -= 1,
            _ => drop(self.taken.remove(&client)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(ip: &str) -> ClientKey {
        ClientKey::of(ip.parse().unwrap())
    }

    #[test]
    fn a_network_of_ipv6_is_one_client() {
        for (one, the_same, another) in [
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::", "2001:db8:1:3::"),
            ("192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2"),
            ("::1", "::1", "::2"),
        ] {
            assert_eq!(client(one), client(the_same), "{one}");
            assert_ne!(client(one), client(another), "{one}");
        }
    }

    #[test]
    fn a_client_has_his_share_and_nobody_is_remembered_who_has_nothing() {
        let mut shares = Shares::new(2);
        let (one, another) = (client("192.0.2.1"), client("192.0.2.2"));

        let taken = [one, one, one, another].map(|client| shares.take(client));
        shares.give_back(one);
        let again = [one, one].map(|client| shares.take(client));
        for client in [one, one, another] {
            shares.give_back(client);
        }

        assert_eq!(taken, [true, true, false, true]);
        assert_eq!(again, [true, false]);
        assert!(shares.taken.is_empty());
    }
}
