//! What comes to a shard from others: commands, newcomers, and datagrams of its callers.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender};

use shared::ConversationId;
use shared::call::EchoMode;
use tokio::sync::{mpsc, oneshot, watch};

use crate::audio::ear::Ear;
use crate::conversation::{Conversation, EndReason, NoEcho, Report};
use crate::engine::bell::Bell;
use crate::engine::counts::Counts;
use crate::engine::directory::{Directory, ShardId};
use crate::engine::reflexive::Public;
use crate::packet::Datagram;
use crate::peer::{Names, Patch, PatchError, Patched};

/// A conversation with the names its caller's checks will carry.
pub(in crate::engine) struct Newcomer {
    pub(in crate::engine) names: Names,
    pub(in crate::engine) conversation: Conversation,
}

/// What a shard is told from outside.
pub(in crate::engine) enum Command {
    /// Take over a conversation that has something to say before its caller is heard.
    Adopt(Box<Newcomer>),
    End(ConversationId, EndReason),
    /// No reply tells that it is over.
    Report(ConversationId, oneshot::Sender<Report>),
    /// The same.
    Patch(
        ConversationId,
        Box<Patch>,
        oneshot::Sender<Result<Patched, PatchError>>,
    ),
    /// The same.
    SetEcho(
        ConversationId,
        EchoMode,
        Ear,
        oneshot::Sender<Result<EchoMode, NoEcho>>,
    ),
    /// Tell how long its tables are.
    Sizes(oneshot::Sender<Vec<(&'static str, usize)>>),
    AskStun(Vec<SocketAddr>),
    /// End all conversations and go on, so that the goodbyes are sent.
    Stop,
}

/// A datagram that came to another shard than that of its caller.
pub(in crate::engine) struct Handed {
    pub(super) datagram: Datagram,
    pub(super) local_ip: Option<IpAddr>,
}

/// The way to one shard from the others.
#[derive(Clone)]
pub(in crate::engine) struct Neighbour {
    pub(in crate::engine) handed: SyncSender<Handed>,
    pub(in crate::engine) bell: Bell,
}

/// What a shard is born with.
pub(in crate::engine) struct Ends {
    pub(in crate::engine) id: ShardId,
    pub(in crate::engine) commands: mpsc::Receiver<Command>,
    pub(in crate::engine) handed: Receiver<Handed>,
    pub(in crate::engine) bell: Bell,
    /// All shards, by their number.
    pub(in crate::engine) neighbours: Arc<[Neighbour]>,
    pub(in crate::engine) directory: Arc<Directory>,
    pub(in crate::engine) counts: Counts,
    /// Where one shard tells our public address.
    pub(in crate::engine) learned: Option<watch::Sender<Public>>,
    /// Whether a STUN server may see us at a loopback address.
    pub(in crate::engine) is_loopback: bool,
}
