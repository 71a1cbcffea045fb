//! Keeps asking STUN servers for our public address: resolves their names, and has the engine ask.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::Duration;

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
    let mut unresolved = HashSet::new();
    loop {
        let mut addresses = Vec::new();
        for server in &servers {
            let name = server.to_string();
            let found = resolve(&name).await;
            if found.is_empty() {
                // One line a server, until it resolves again.
                if unresolved.insert(name.clone()) {
                    warn!(server = name, "a STUN server's name does not resolve");
                }
            } else {
                unresolved.remove(&name);
            }
            addresses.extend(found);
        }
        conversations.ask_stun(addresses).await;
        tokio::time::sleep(EVERY).await;
    }
}

async fn resolve(name: &str) -> Vec<SocketAddr> {
    match tokio::time::timeout(RESOLVE_DEADLINE, tokio::net::lookup_host(name)).await {
        Ok(Ok(addresses)) => addresses.take(ADDRESSES_A_NAME).collect(),
        Ok(Err(_)) | Err(_) => Vec::new(),
    }
}
