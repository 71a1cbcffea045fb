//! Everything that moves datagrams: the shards, who waits for them, and our public address.

mod addresses;
mod directory;
mod port;
mod reflexive;
mod routing;
mod shard;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use shared::ConversationId;
use tokio::sync::{mpsc, watch};
use tracing::error;

use crate::conversation::{Conversation, EndReason};
use crate::peer::{Candidate, IceMode, LocalSide};
use addresses::Addresses;
pub use directory::ClosedError;
use directory::Directory;
use port::Port;
use reflexive::Public;
use shard::{Command, Newcomer, Shard};

/// Only an answer in the engine's first second waits for a STUN server.
const FIRST_ANSWER_WAIT: Duration = Duration::from_secs(1);
/// Commands are few: one a call that is deleted, one a round of STUN.
const COMMANDS: usize = 64;

/// Where the engine is reached.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// The addresses the one UDP port is opened on, at most one a family.
    pub bind: Vec<IpAddr>,
    /// Zero for any free one.
    pub udp_port: u16,
    /// What callers are told instead of the addresses of the interfaces.
    pub announce: Vec<IpAddr>,
    /// Whether a STUN server is going to be asked.
    pub asks_stun: bool,
}

/// The running shards.
pub struct Engine {
    shards: Vec<ShardHandle>,
    directory: Arc<Directory>,
    addresses: Addresses,
    public: watch::Receiver<Public>,
    started: Instant,
    udp_port: u16,
}

struct ShardHandle {
    commands: mpsc::Sender<Command>,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    /// Opens the port and starts the shards.
    ///
    /// # Errors
    /// When the port is taken or the machine gives no thread.
    pub fn start(config: &EngineConfig) -> io::Result<Self> {
        let directory = Arc::new(Directory::default());
        let (learned, public) = watch::channel(Public::new(!config.asks_stun));
        let sockets = port::bind(&config.bind, config.udp_port)?;
        let udp_port = port::number(&sockets)?;
        let addresses = Addresses::new(config.bind.clone(), config.announce.clone(), udp_port);
        let (commands, orders) = mpsc::channel(COMMANDS);
        let shard = Shard::new(
            Arc::clone(&directory),
            orders,
            learned,
            addresses.is_loopback(),
        );
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let port = {
            let _inside = runtime.enter();
            Port::new(sockets)?
        };
        let thread = std::thread::Builder::new()
            .name("shard-0".to_owned())
            .spawn(move || runtime.block_on(shard.run(port)))?;
        let shards = vec![ShardHandle {
            commands,
            thread: Some(thread),
        }];
        Ok(Self {
            shards,
            directory,
            addresses,
            public,
            started: Instant::now(),
            udp_port,
        })
    }

    /// The number of the one UDP port.
    #[must_use]
    pub fn udp_port(&self) -> u16 {
        self.udp_port
    }

    /// Our addresses as the next answer shall announce them. Waits only in the first second.
    pub async fn candidates(&self) -> Vec<Candidate> {
        let mut public = self.public.clone();
        let deadline = tokio::time::Instant::from_std(self.started + FIRST_ANSWER_WAIT);
        let _ = tokio::time::timeout_at(deadline, public.wait_for(Public::is_settled)).await;
        self.addresses.candidates(self.public.borrow().addresses())
    }

    /// Keeps a conversation until its caller's first check is heard; with full ICE it is the one
    /// to begin.
    ///
    /// # Errors
    /// When the engine is stopping.
    pub async fn expect(
        &self,
        conversation: Conversation,
        local: &LocalSide,
    ) -> Result<(), ClosedError> {
        let newcomer = Newcomer {
            ufrag: local.ufrag.clone(),
            password: local.password.clone(),
            conversation,
        };
        match (local.mode, self.shards.first()) {
            (IceMode::Full, Some(shard)) => {
                let adopt = Command::Adopt(Box::new(newcomer));
                shard.commands.send(adopt).await.map_err(|_| ClosedError)
            }
            _ => self.directory.insert(newcomer),
        }
    }

    /// Ends a conversation that no check was ever heard of; any other goes on.
    pub fn give_up_waiting(&self, id: ConversationId) {
        if let Some(mut conversation) = self.directory.take_waiting(id) {
            conversation.end(Instant::now(), EndReason::NeverConnected);
        }
    }

    /// Ends a conversation wherever it is.
    pub async fn end(&self, id: ConversationId, reason: EndReason) {
        if let Some(mut conversation) = self.directory.take_waiting(id) {
            conversation.end(Instant::now(), reason);
            return;
        }
        for shard in &self.shards {
            // A shard that is gone has ended its conversations.
            let _ = shard.commands.send(Command::End(id, reason)).await;
        }
    }

    /// Asks these STUN servers for our public address.
    pub async fn ask_stun(&self, servers: Vec<SocketAddr>) {
        if let Some(shard) = self.shards.first() {
            let _ = shard.commands.send(Command::AskStun(servers)).await;
        }
    }

    /// Ends all conversations with a goodbye. Offers that are being answered are refused.
    pub async fn end_all(&self) {
        for mut conversation in self.directory.close() {
            conversation.end(Instant::now(), EndReason::Stopped);
        }
        for shard in &self.shards {
            let _ = shard.commands.send(Command::Stop).await;
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        drop(self.directory.close());
        for shard in &mut self.shards {
            // The end of the commands ends the shard.
            shard.commands = mpsc::channel(1).0;
            if let Some(thread) = shard.thread.take()
                && thread.join().is_err()
            {
                error!("a shard had panicked");
            }
        }
    }
}
