//! One thread of the engine: its sockets, its conversations and their timers.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use shared::ConversationId;
use tokio::sync::{mpsc, watch};
use tracing::{error, info, warn};

use super::directory::Directory;
use super::port::{Port, Received};
use super::reflexive::{Public, Reflexive};
use super::routing::{Refusal, Routing};
use crate::conversation::{Conversation, EndReason};
use crate::packet::{Datagram, Transmit};
use crate::stun::{self, Kind, Message};

/// A conversation with the names its caller's checks will carry.
pub(super) struct Newcomer {
    pub(super) ufrag: String,
    pub(super) password: String,
    pub(super) conversation: Conversation,
}

/// What a shard is told from outside.
pub(super) enum Command {
    /// Take over a conversation that has something to say before its caller is heard.
    Adopt(Box<Newcomer>),
    End(ConversationId, EndReason),
    AskStun(Vec<SocketAddr>),
    /// End all conversations and go on, so that the goodbyes are sent.
    Stop,
}

/// One shard. Owns what is on it, and is alone on its thread.
pub(super) struct Shard {
    directory: Arc<Directory>,
    commands: mpsc::Receiver<Command>,
    learned: watch::Sender<Public>,
    reflexive: Reflexive,
    routing: Routing,
    conversations: HashMap<ConversationId, Slot>,
    timers: BTreeSet<(Instant, ConversationId)>,
    is_stopping: bool,
    counts: Counts,
}

struct Slot {
    conversation: Conversation,
    /// Invariant: stands in `timers`.
    armed: Option<Instant>,
}

/// That datagrams cannot be sent is said at most this often.
const WARN_EVERY: Duration = Duration::from_secs(10);

/// What became of datagrams that reached nobody, or could not be sent.
#[derive(Debug, Default)]
struct Counts {
    unknown: u64,
    not_authentic: u64,
    not_allowed: u64,
    not_sent: u64,
    warned_at: Option<Instant>,
}

impl Counts {
    fn note_not_sent(&mut self, now: Instant) {
        self.not_sent += 1;
        if self
            .warned_at
            .is_none_or(|at| now.duration_since(at) >= WARN_EVERY)
        {
            self.warned_at = Some(now);
            warn!(in_all = self.not_sent, "a datagram could not be sent");
        }
    }
}

/// The way of a conversation's datagrams to the port.
struct WayOut<'a> {
    routing: &'a mut Routing,
    counts: &'a mut Counts,
    port: &'a Port,
    now: Instant,
}

impl WayOut<'_> {
    /// False when the kernel has no room for more.
    fn send(&mut self, id: ConversationId, datagram: Transmit<'_>) -> bool {
        let message = Message::parse(datagram.bytes);
        if message.is_some_and(|message| message.kind() == Kind::BindingRequest) {
            self.routing.note_check(id, datagram.remote);
        }
        let local_ip = self.routing.local_ip(datagram.remote);
        let Err(error) = self.port.send(datagram, local_ip) else {
            return true;
        };
        self.counts.note_not_sent(self.now);
        error.kind() != io::ErrorKind::WouldBlock
    }
}

impl Shard {
    pub(super) fn new(
        directory: Arc<Directory>,
        commands: mpsc::Receiver<Command>,
        learned: watch::Sender<Public>,
        is_loopback: bool,
    ) -> Self {
        Self {
            directory,
            commands,
            learned,
            reflexive: Reflexive::new(is_loopback),
            routing: Routing::default(),
            conversations: HashMap::new(),
            timers: BTreeSet::new(),
            is_stopping: false,
            counts: Counts::default(),
        }
    }

    /// Runs until nobody can command it any more.
    pub(super) async fn run(mut self, mut port: Port) {
        let mut inbox = Vec::new();
        loop {
            let deadline = self.next_deadline();
            tokio::select! {
                () = port.readable() => {
                    port.receive(&mut inbox);
                    let now = Instant::now();
                    for received in inbox.drain(..) {
                        self.receive(received, &port, now);
                    }
                }
                () = sleep_until(deadline) => {}
                command = self.commands.recv() => match command {
                    Some(command) => self.obey(command, &port, Instant::now()),
                    None => break,
                }
            }
            self.expire(&port, Instant::now());
        }
        self.end_all(&port, Instant::now());
        let Counts {
            unknown,
            not_authentic,
            not_allowed,
            not_sent,
            ..
        } = self.counts;
        info!(
            unknown,
            not_authentic, not_allowed, not_sent, "shard stopped"
        );
    }

    fn receive(&mut self, received: Received, port: &Port, now: Instant) {
        match self.route(&received) {
            Ok(Some(id)) => self.with(id, port, now, |conversation| {
                let Datagram { remote, mut bytes } = received.datagram;
                conversation.handle(remote, &mut bytes, now);
            }),
            Ok(None) => {}
            Err(Refusal::Unknown) => self.counts.unknown += 1,
            Err(Refusal::NotAuthentic) => self.counts.not_authentic += 1,
            Err(Refusal::NotAllowed) => self.counts.not_allowed += 1,
        }
    }

    /// Whom a datagram is for; nobody, when it was for the port itself.
    fn route(&mut self, received: &Received) -> Result<Option<ConversationId>, Refusal> {
        let Received { datagram, local_ip } = received;
        let remote = datagram.remote;
        if !stun::is_stun(&datagram.bytes) {
            return self.routing.find(remote, None).map(Some);
        }
        let message = Message::parse(&datagram.bytes).ok_or(Refusal::Unknown)?;
        if message.kind() != Kind::BindingRequest {
            if self.reflexive.handle(remote, &message) {
                self.learned.send_replace(self.reflexive.public());
                return Ok(None);
            }
            return self.routing.find(remote, Some(&message)).map(Some);
        }
        let ufrag = message.receiver_ufrag().ok_or(Refusal::Unknown)?;
        if !self.routing.knows(ufrag) {
            self.adopt(ufrag, &message)?;
        }
        self.routing
            .check(ufrag, &message, (remote, *local_ip))
            .map(Some)
    }

    /// Takes a conversation over whose caller is heard for the first time.
    fn adopt(&mut self, ufrag: &str, check: &Message<'_>) -> Result<(), Refusal> {
        let adopted = self
            .directory
            .adopt(ufrag, |password| check.is_authentic(password));
        self.insert(adopted.ok_or(Refusal::Unknown)?);
        Ok(())
    }

    fn insert(&mut self, newcomer: Newcomer) -> ConversationId {
        let Newcomer {
            ufrag,
            password,
            conversation,
        } = newcomer;
        let id = conversation.id();
        self.routing.insert(ufrag, password, id);
        self.conversations.insert(
            id,
            Slot {
                conversation,
                armed: None,
            },
        );
        id
    }

    fn obey(&mut self, command: Command, port: &Port, now: Instant) {
        match command {
            Command::Adopt(newcomer) => {
                let id = self.insert(*newcomer);
                self.with(id, port, now, |conversation| {
                    conversation.handle_timeout(now);
                });
                if self.is_stopping {
                    self.end_all(port, now);
                }
            }
            Command::End(id, reason) => {
                self.with(id, port, now, |conversation| conversation.end(now, reason));
            }
            Command::AskStun(servers) => {
                self.reflexive.ask(&servers, now);
                self.learned.send_replace(self.reflexive.public());
                self.send_questions(port, now);
            }
            Command::Stop => self.end_all(port, now),
        }
    }

    fn end_all(&mut self, port: &Port, now: Instant) {
        self.is_stopping = true;
        let ids: Vec<ConversationId> = self.conversations.keys().copied().collect();
        for id in ids {
            self.with(id, port, now, |conversation| {
                conversation.end(now, EndReason::Stopped);
            });
        }
    }

    fn expire(&mut self, port: &Port, now: Instant) {
        while let Some((at, id)) = self.timers.first().copied()
            && at <= now
        {
            self.timers.pop_first();
            if let Some(slot) = self.conversations.get_mut(&id) {
                slot.armed = None;
            }
            self.with(id, port, now, |conversation| {
                conversation.handle_timeout(now);
            });
        }
        if self.reflexive.poll_timeout().is_some_and(|at| at <= now) {
            self.reflexive.handle_timeout(now);
            self.learned.send_replace(self.reflexive.public());
            self.send_questions(port, now);
        }
    }

    /// Lets a conversation act, sends what it has to say, and arms its next timer.
    fn with(
        &mut self,
        id: ConversationId,
        port: &Port,
        now: Instant,
        act: impl FnOnce(&mut Conversation),
    ) {
        let Some(slot) = self.conversations.get_mut(&id) else {
            return;
        };
        let mut way_out = WayOut {
            routing: &mut self.routing,
            counts: &mut self.counts,
            port,
            now,
        };
        // One caller's datagram that the library trips over ends one call, not all of them.
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let conversation = &mut slot.conversation;
            act(conversation);
            // What the kernel has no room for waits in the conversation's own bounded queues.
            while let Some(datagram) = conversation.poll_transmit()
                && way_out.send(id, datagram)
            {}
            conversation.poll_timeout(now)
        }));
        if outcome.is_err() {
            error!(%id, "a conversation had to be given up");
        }
        match outcome.unwrap_or_default() {
            Some(deadline) => self.arm(id, deadline),
            None => self.remove(id),
        }
    }

    fn send_questions(&mut self, port: &Port, now: Instant) {
        while let Some(question) = self.reflexive.poll_transmit() {
            let question = Transmit {
                remote: question.remote,
                bytes: &question.bytes,
            };
            if port.send(question, None).is_err() {
                self.counts.note_not_sent(now);
            }
        }
    }

    /// A timer that is armed too early costs one look; only a later one than wanted is wrong.
    fn arm(&mut self, id: ConversationId, deadline: Instant) {
        let Some(slot) = self.conversations.get_mut(&id) else {
            return;
        };
        if slot.armed.is_some_and(|armed| armed <= deadline) {
            return;
        }
        if let Some(armed) = slot.armed.replace(deadline) {
            self.timers.remove(&(armed, id));
        }
        self.timers.insert((deadline, id));
    }

    fn remove(&mut self, id: ConversationId) {
        self.routing.remove(id);
        if let Some(slot) = self.conversations.remove(&id)
            && let Some(armed) = slot.armed
        {
            self.timers.remove(&(armed, id));
        }
    }

    fn next_deadline(&self) -> Option<Instant> {
        let conversations = self.timers.first().map(|(at, _)| *at);
        [conversations, self.reflexive.poll_timeout()]
            .into_iter()
            .flatten()
            .min()
    }
}

async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}
