//! Keeps asking STUN servers for our public address: resolves their names, and has the engine ask.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::task::JoinSet;
use tracing::warn;

use crate::config::StunServer;
use crate::conversations::Conversations;

/// A home router may change its address at any time, and forgets a silent mapping soon.
const EVERY: Duration = Duration::from_secs(3 * 60);
const RESOLVE_DEADLINE: Duration = Duration::from_secs(5);
/// A name may stand for many machines; two of a family say all there is to say.
const ADDRESSES_A_NAME: usize = 4;

/// Asks for ever. Nothing and nobody waits for it.
pub(crate) async fn keep_asking(conversations: Conversations, servers: Vec<StunServer>) {
    if servers.is_empty() {
        return;
    }
    let mut servers: Vec<Server> = servers.iter().map(Server::new).collect();
    loop {
        let names = servers.iter().map(|server| server.name.clone()).collect();
        for (server, found) in servers.iter_mut().zip(resolve_all(names).await) {
            server.note(found);
        }
        let addresses = servers.iter().flat_map(|server| server.addresses.clone());
        conversations.ask_stun(addresses.collect()).await;
        tokio::time::sleep(EVERY).await;
    }
}

/// A STUN server as it was last found.
struct Server {
    name: String,
    /// Those of the last time that the name resolved: a resolver that is away for a moment does
    /// not move the server.
    addresses: Vec<SocketAddr>,
    has_complained: bool,
}

impl Server {
    fn new(server: &StunServer) -> Self {
        Self {
            name: server.to_string(),
            addresses: Vec::new(),
            has_complained: false,
        }
    }

    /// One line a server, until it resolves again.
    fn note(&mut self, found: Vec<SocketAddr>) {
        if !found.is_empty() {
            self.addresses = found;
            self.has_complained = false;
        } else if !self.has_complained {
            self.has_complained = true;
            warn!(server = self.name, "a STUN server's name does not resolve");
        }
    }
}

/// Resolves all at once; finds nothing for a name that does not resolve.
async fn resolve_all(names: Vec<String>) -> Vec<Vec<SocketAddr>> {
    let mut found = vec![Vec::new(); names.len()];
    let mut lookups: JoinSet<_> = names
        .into_iter()
        .enumerate()
        .map(|(number, name)| async move { (number, resolve(&name).await) })
        .collect();
    while let Some(lookup) = lookups.join_next().await {
        if let Ok((number, addresses)) = lookup
            && let Some(place) = found.get_mut(number)
        {
            *place = addresses;
        }
    }
    found
}

async fn resolve(name: &str) -> Vec<SocketAddr> {
    match tokio::time::timeout(RESOLVE_DEADLINE, tokio::net::lookup_host(name)).await {
        Ok(Ok(addresses)) => addresses.take(ADDRESSES_A_NAME).collect(),
        Ok(Err(_)) | Err(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_resolves_no_more_keeps_its_last_addresses() {
        let address = "192.0.2.1:3478".parse().unwrap();
        let mut server = Server::new(&StunServer::new("stun.example", 3478));

        server.note(vec![address]);
        server.note(Vec::new());

        assert_eq!(server.addresses, [address]);
    }

    #[tokio::test]
    async fn a_name_that_does_not_resolve_takes_nothing_from_the_others() {
        let names = ["127.0.0.1:1", "no port", "127.0.0.1:3"];

        let found = resolve_all(names.map(ToOwned::to_owned).to_vec()).await;

        let address = |text: &str| text.parse::<SocketAddr>().unwrap();
        assert_eq!(
            found,
            [
                vec![address("127.0.0.1:1")],
                vec![],
                vec![address("127.0.0.1:3")]
            ]
        );
    }
}
