//! Everything that moves datagrams: the shards, who waits for them, and our public address.

mod addresses;
mod asking;
pub mod bell;
mod counts;
mod directory;
mod drops;
mod port;
mod reflexive;
mod routing;
mod shard;
mod strays;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use shared::ConversationId;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use tracing::error;

use crate::conversation::{Conversation, EndReason};
use crate::peer::{Candidate, IceMode};
use addresses::Addresses;
pub use asking::AskError;
use bell::Bell;
pub use counts::{Counts, Event};
pub use directory::ClosedError;
use directory::{Directory, Place, ShardId};
use port::Port;
use reflexive::Public;
use shard::{Command, Ends, Neighbour, Newcomer, Shard};

/// Only an answer in the engine's first second waits for a STUN server.
const FIRST_ANSWER_WAIT: Duration = Duration::from_secs(1);
/// For room among the commands: a shard takes them within a round, of some milliseconds.
const COMMAND_PATIENCE: Duration = Duration::from_secs(2);
/// Commands are few: one a call that is deleted or asked how it is, one a round of STUN.
const COMMANDS: usize = 64;
/// Datagrams that wait for a shard because they came to another one: two seconds of ten callers.
const HANDED: usize = 1_024;

/// Where the engine is reached.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// The addresses the one UDP port is opened on, at most one a family.
    pub bind: Vec<IpAddr>,
    /// Zero for any free one.
    pub udp_port: u16,
    /// Media threads.
    pub shards: NonZeroUsize,
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
    counts: Counts,
    /// Who adopts next.
    turn: AtomicUsize,
    patience: Duration,
}

/// Why nobody is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpectError {
    #[error(transparent)]
    Closed(#[from] ClosedError),
    #[error("the call's thread is too busy to take it")]
    Busy,
}

struct ShardHandle {
    commands: mpsc::Sender<Command>,
    bell: Bell,
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
        let sockets = port::bind(&config.bind, config.udp_port, config.shards)?;
        let first = sockets.first().ok_or(io::ErrorKind::AddrNotAvailable)?;
        let udp_port = port::number(first)?;
        let addresses = Addresses::new(config.bind.clone(), config.announce.clone(), udp_port);
        let counts = Counts::default();
        counts.set_port(udp_port);
        let mut neighbours = Vec::new();
        let mut receivers = Vec::new();
        for _ in &sockets {
            let (handed, receiver) = sync_channel(HANDED);
            let bell = Bell::new()?;
            neighbours.push(Neighbour { handed, bell });
            receivers.push(receiver);
        }
        let neighbours: Arc<[Neighbour]> = neighbours.into();
        let mut learned = Some(learned);
        let mut shards = Vec::new();
        let with_receivers = sockets.into_iter().zip(receivers).zip(neighbours.iter());
        for (number, ((sockets, handed), Neighbour { bell, .. })) in with_receivers.enumerate() {
            let (commands, orders) = mpsc::channel(COMMANDS);
            let ends = Ends {
                id: ShardId(number),
                commands: orders,
                handed,
                bell: bell.clone(),
                neighbours: Arc::clone(&neighbours),
                directory: Arc::clone(&directory),
                counts: counts.clone(),
                // The first one asks, and hears of, our public address.
                learned: learned.take(),
                is_loopback: addresses.is_loopback(),
            };
            shards.push(ShardHandle::start(ends, Port::new(sockets)?, commands)?);
        }
        Ok(Self {
            shards,
            directory,
            addresses,
            public,
            started: Instant::now(),
            udp_port,
            counts,
            turn: AtomicUsize::new(0),
            patience: COMMAND_PATIENCE,
        })
    }

    /// What the shards count.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts.clone()
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
    /// When the engine is stopping, or its shard takes nobody in time.
    pub async fn expect(
        &self,
        conversation: Conversation,
        mode: IceMode,
    ) -> Result<(), ExpectError> {
        let id = conversation.id();
        let newcomer = Newcomer {
            names: conversation.names(),
            conversation,
        };
        if mode == IceMode::Lite {
            return Ok(self.directory.insert(newcomer)?);
        }
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let shard = ShardId(turn % self.shards.len().max(1));
        self.directory.assign(&newcomer, shard)?;
        let adopted = self.command(shard, Command::Adopt(Box::new(newcomer)));
        let adopted = adopted.await;
        if adopted.is_err() {
            self.directory.forget(id);
        }
        adopted.map_err(|error| match error {
            AskError::Over => ClosedError.into(),
            AskError::TimedOut => ExpectError::Busy,
        })
    }

    async fn command(&self, shard: ShardId, command: Command) -> Result<(), AskError> {
        let taken = timeout(self.patience, self.hand_over(shard, command)).await;
        taken
            .map_err(|_| AskError::TimedOut)?
            .map_err(|_| AskError::Over)
    }

    /// Waits as long as there is no room among the shard's commands: who calls it has a deadline.
    async fn hand_over(&self, shard: ShardId, command: Command) -> Result<(), ClosedError> {
        let shard = self.shards.get(shard.0).ok_or(ClosedError)?;
        shard
            .commands
            .send(command)
            .await
            .map_err(|_| ClosedError)?;
        shard.bell.ring();
        Ok(())
    }

    /// Ends a conversation that no check was ever heard of; any other goes on.
    pub fn give_up_waiting(&self, id: ConversationId) {
        if let Some(mut conversation) = self.directory.take_waiting(id) {
            conversation.end(Instant::now(), EndReason::NeverConnected);
        }
    }

    /// Ends a conversation wherever it is. Waits until its shard takes the order: who calls it has a
    /// deadline.
    pub async fn end(&self, id: ConversationId, reason: EndReason) {
        match self.directory.find(id) {
            Place::Waiting(mut conversation) => conversation.end(Instant::now(), reason),
            // A shard that is gone has ended its conversations.
            Place::At(shard) => drop(self.hand_over(shard, Command::End(id, reason)).await),
            Place::Nowhere => {}
        }
    }

    /// Asks these STUN servers for our public address.
    pub async fn ask_stun(&self, servers: Vec<SocketAddr>) {
        // A shard that is gone asks nobody, and one that is busy is told again.
        let _ = self.command(ShardId(0), Command::AskStun(servers)).await;
    }

    /// Ends all conversations with a goodbye. Offers that are being answered are refused.
    pub async fn end_all(&self) {
        for mut conversation in self.directory.close() {
            conversation.end(Instant::now(), EndReason::Stopped);
        }
        for shard in 0..self.shards.len() {
            // One that is gone has ended its conversations, and one that takes no orders must not
            // keep the others from theirs.
            let _ = self.command(ShardId(shard), Command::Stop).await;
        }
    }
}

#[cfg(test)]
impl Engine {
    /// One whose only shard takes no orders: one of them has room, and nobody waits for more of it. It
    /// lasts as long as what is returned with it.
    pub(crate) fn clogged(config: &EngineConfig) -> (Self, impl Sized + use<>) {
        let mut engine = Self::start(config).unwrap();
        let (commands, unread) = mpsc::channel(1);
        engine.shards[0].commands = commands;
        engine.patience = Duration::ZERO;
        (engine, unread)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        drop(self.directory.close());
    }
}

impl ShardHandle {
    fn start(ends: Ends, port: Port, commands: mpsc::Sender<Command>) -> io::Result<Self> {
        let bell = ends.bell.clone();
        let name = format!("shard-{}", ends.id.0);
        let shard = Shard::new(ends, port);
        let thread = std::thread::Builder::new()
            .name(name)
            .spawn(move || shard.run())?;
        Ok(Self {
            commands,
            bell,
            thread: Some(thread),
        })
    }
}

impl Drop for ShardHandle {
    fn drop(&mut self) {
        // The end of the commands ends the shard.
        self.commands = mpsc::channel(1).0;
        self.bell.ring();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            error!("a shard had panicked");
        }
    }
}
