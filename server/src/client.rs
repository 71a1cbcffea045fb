//! Who counts as one client, and how much of something each of them has taken.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};

/// What stands for one client: an IPv4 address, or the 64 bits of an IPv6 network, in which he
/// chooses the others himself (RFC 4291 §2.5.4).
///
/// In our own network, where whole offices share those 64 bits, it is the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientKey(IpAddr);

impl ClientKey {
    /// Of whoever has that address.
    #[must_use]
    pub fn of(ip: IpAddr) -> Self {
        Self(match ip.to_canonical() {
            IpAddr::V6(ip) if is_far(ip) => first_bits(ip, 64).into(),
            ip => ip,
        })
    }

    /// Whom he shares a block with.
    pub(crate) fn block(self) -> Option<Block> {
        match self.0 {
            IpAddr::V6(ip) if is_far(ip) => Some(Block(first_bits(ip, 48))),
            _ => None,
        }
    }
}

/// Whether it comes from another network: neither of this link nor unique to the site (RFC 4193).
fn is_far(ip: Ipv6Addr) -> bool {
    !ip.is_loopback() && !ip.is_unicast_link_local() && !ip.is_unique_local()
}

/// The address without all but its first bits.
fn first_bits(ip: Ipv6Addr, bits: u32) -> Ipv6Addr {
    Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << (128 - bits)))
}

/// What a provider gives one customer at most (RFC 6177): the 48 bits of an IPv6 network, with 65,536
/// clients' networks in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Block(Ipv6Addr);

/// Why nothing more is to be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoShare {
    /// The client has his share.
    Client,
    /// All clients of his block together have theirs.
    Block,
}

/// How much each client has taken of something that all share.
#[derive(Debug)]
pub(crate) struct Shares {
    clients: Counts<ClientKey>,
    blocks: Counts<Block>,
}

/// Of what there is, all clients of one block may have a part.
const BLOCK_PART: usize = 4;

/// How much of `all` the clients of one block may have together, if one of them may have `of_client`.
pub(crate) fn of_block(all: usize, of_client: usize) -> usize {
    of_client.max(all.div_ceil(BLOCK_PART))
}

impl Shares {
    /// One client may have so much, and all of one block so much.
    pub(crate) fn new(of_client: usize, of_block: usize) -> Self {
        Self {
            clients: Counts::up_to(of_client),
            blocks: Counts::up_to(of_block),
        }
    }

    /// Takes one more for that client, if he may have it.
    pub(crate) fn take(&mut self, client: ClientKey) -> Result<(), NoShare> {
        let block = client.block();
        if !self.clients.have_room_for(&client) {
            return Err(NoShare::Client);
        }
        if block.is_some_and(|block| !self.blocks.have_room_for(&block)) {
            return Err(NoShare::Block);
        }
        self.clients.add(client);
        if let Some(block) = block {
            self.blocks.add(block);
        }
        Ok(())
    }

    /// He has one less.
    pub(crate) fn give_back(&mut self, client: ClientKey) {
        self.clients.remove(&client);
        if let Some(block) = client.block() {
            self.blocks.remove(&block);
        }
    }
}

/// How much each has.
#[derive(Debug)]
struct Counts<K> {
    /// Nobody stands in it who has nothing.
    taken: HashMap<K, usize>,
    most: usize,
}

impl<K: Eq + Hash> Counts<K> {
    fn up_to(most: usize) -> Self {
        Self {
            taken: HashMap::new(),
            most,
        }
    }

    fn have_room_for(&self, key: &K) -> bool {
        self.taken.get(key).copied().unwrap_or_default() < self.most
    }

    fn add(&mut self, key: K) {
        *self.taken.entry(key).or_default() += 1;
    }

    fn remove(&mut self, key: &K) {
        match self.taken.get_mut(key) {
            Some(his) if *his > 1 => *his -= 1,
            _ => drop(self.taken.remove(key)),
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
            ("fe80::1", "fe80::1", "fe80::2"),
            ("fd00:1:2:3::1", "fd00:1:2:3::1", "fd00:1:2:3::2"),
        ] {
            assert_eq!(client(one), client(the_same), "{one}");
            assert_ne!(client(one), client(another), "{one}");
        }
    }

    #[test]
    fn a_client_has_his_share_and_nobody_is_remembered_who_has_nothing() {
        let mut shares = Shares::new(2, 100);
        let (one, another) = (client("192.0.2.1"), client("192.0.2.2"));

        let taken = [one, one, one, another].map(|client| shares.take(client));
        shares.give_back(one);
        let again = [one, one].map(|client| shares.take(client));
        for client in [one, one, another] {
            shares.give_back(client);
        }

        let refused = Err(NoShare::Client);
        assert_eq!(taken, [Ok(()), Ok(()), refused, Ok(())]);
        assert_eq!(again, [Ok(()), refused]);
        assert!(shares.clients.taken.is_empty());
    }

    #[test]
    fn all_networks_of_a_block_have_a_share_together() {
        let mut shares = Shares::new(2, 3);
        let network = |number| client(&format!("2001:db8:7:{number:x}::1"));

        let taken: Vec<_> = (0..5).map(|number| shares.take(network(number))).collect();
        let others = ["2001:db8:8::1", "192.0.2.1"].map(|ip| shares.take(client(ip)));
        shares.give_back(network(0));
        let again = shares.take(network(9));
        for gone in [network(1), network(2), network(9), client("2001:db8:8::1")] {
            shares.give_back(gone);
        }

        let refused = Err(NoShare::Block);
        assert_eq!(taken, [Ok(()), Ok(()), Ok(()), refused, refused]);
        assert_eq!((others, again), ([Ok(()); 2], Ok(())));
        assert!(shares.blocks.taken.is_empty());
    }

    #[test]
    fn only_networks_of_ipv6_have_a_block() {
        let block = |ip: &str| client(ip).block();

        assert_eq!(block("2001:db8:1:2::3"), block("2001:db8:1:ffff::1"));
        assert_ne!(block("2001:db8:1::1"), block("2001:db8:2::1"));
        assert_eq!(
            [block("192.0.2.1"), block("::ffff:192.0.2.1"), block("::1")],
            [None; 3]
        );
    }
}
