//! One thread of the engine: its sockets, its conversations and their timers.

mod orders;
mod questions;
mod table;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use shared::ConversationId;
use tokio::sync::mpsc::error::TryRecvError;

use super::counts::Event;
use super::directory::{Claim, ShardId};
use super::port::{BATCH, Inbox, Port, Ready, Received};
use super::reflexive::Reflexive;
use super::routing::{Refusal, Routing, SlotId};
use super::strays::Strays;
use crate::conversation::{Conversation, EndReason};
use crate::packet::Datagram;
use crate::stun::{self, Key, Kind, Message};
pub(super) use orders::{Command, Ends, Handed, Neighbour, Newcomer};
use table::{Table, WayOut};

/// What one round of a shard may take before somebody could hear it.
const LATE_AFTER: Duration = Duration::from_millis(20);
/// Commands that are obeyed in one round.
const MAX_COMMANDS: usize = 16;
/// Datagrams that are taken from other shards in one round.
const MAX_HANDED: usize = 64;
/// The longest datagram that is handed over: no network carries a longer one whole.
const MAX_HANDED_BYTES: usize = 2_048;

/// One shard. Owns what is on it, and is alone on its thread.
pub(super) struct Shard {
    ends: Ends,
    port: Port,
    reflexive: Reflexive,
    routing: Routing,
    strays: Strays,
    table: Table,
    is_stopping: bool,
}

/// Whom a datagram is for.
enum For {
    Slot(SlotId),
    Shard(ShardId),
    /// The port itself.
    Port,
}

impl Shard {
    pub(super) fn new(ends: Ends, port: Port) -> Self {
        Self {
            reflexive: Reflexive::new(ends.is_loopback),
            table: Table::new(ends.counts.clone()),
            ends,
            port,
            routing: Routing::default(),
            strays: Strays::default(),
            is_stopping: false,
        }
    }

    /// Runs until nobody can command it any more.
    pub(super) fn run(mut self) {
        let mut inbox = Inbox::new();
        while self.round(&mut inbox) {}
        self.end_all(Instant::now());
    }

    /// Waits, and does all there is to do then. False when nobody can command it any more.
    fn round(&mut self, inbox: &mut Inbox) -> bool {
        let (began, now) = match self.port.wait(&self.ends.bell, self.next_deadline()) {
            Ready::Flowing(socket) => {
                let came = self.receive_flowing(socket, inbox);
                let now = came.unwrap_or_else(Instant::now);
                (now, now)
            }
            Ready::Looked(found) => {
                if found.bell && !self.answer_bell(found.woke) {
                    return false;
                }
                let mut now = found.woke;
                for socket in found.sockets() {
                    now = self.receive_batch(socket, inbox).unwrap_or(now);
                }
                (found.woke, now)
            }
        };
        self.expire(now);
        if began.elapsed() > LATE_AFTER {
            self.ends.counts.note(Event::Late);
        }
        true
    }

    /// Takes what a socket has, but not more than others can wait for. When the last came.
    fn receive_batch(&mut self, socket: usize, inbox: &mut Inbox) -> Option<Instant> {
        let mut last = None;
        for _ in 0..BATCH {
            let Some(received) = self.port.receive(socket, inbox) else {
                break;
            };
            last = Some(self.receive_now(received));
        }
        last
    }

    /// Takes the next datagram of a flow, and says when it came.
    fn receive_flowing(&mut self, socket: usize, inbox: &mut Inbox) -> Option<Instant> {
        let received = self.port.receive_flowing(socket, inbox)?;
        Some(self.receive_now(received))
    }

    fn receive_now(&mut self, received: Received<'_>) -> Instant {
        let now = Instant::now();
        self.receive(received, now);
        self.port.note_heard(now);
        now
    }

    /// Does what it was told and takes what was handed over. False when nobody can tell it
    /// anything any more.
    fn answer_bell(&mut self, now: Instant) -> bool {
        self.ends.bell.hush();
        let mut is_all = false;
        for _ in 0..MAX_COMMANDS {
            match self.ends.commands.try_recv() {
                Ok(command) => self.obey(command, now),
                Err(TryRecvError::Empty) => {
                    is_all = true;
                    break;
                }
                Err(TryRecvError::Disconnected) => return false,
            }
        }
        is_all &= self.take_handed(now);
        if !is_all {
            // There is more, and whoever sent it has rung already.
            self.ends.bell.ring();
        }
        true
    }

    /// Whether that was all.
    fn take_handed(&mut self, now: Instant) -> bool {
        for _ in 0..MAX_HANDED {
            let Ok(Handed {
                mut datagram,
                local_ip,
            }) = self.ends.handed.try_recv()
            else {
                return true;
            };
            self.port.note_handed(now);
            let received = Received {
                remote: datagram.remote,
                local_ip,
                bytes: &mut datagram.bytes,
            };
            match self.route(&received, now) {
                Ok(For::Slot(slot)) => self.deliver(slot, received, now),
                // Its caller has gone since.
                Ok(For::Shard(_)) | Err(_) => self.ends.counts.note(Event::Unknown),
                Ok(For::Port) => {}
            }
        }
        false
    }

    fn receive(&mut self, received: Received<'_>, now: Instant) {
        match self.route(&received, now) {
            Ok(For::Slot(slot)) => self.deliver(slot, received, now),
            Ok(For::Shard(shard)) => self.hand_over(shard, &received, now),
            Ok(For::Port) => {}
            Err(refusal) => self.ends.counts.note(match refusal {
                Refusal::Unknown => Event::Unknown,
                Refusal::NotAuthentic => Event::NotAuthentic,
                Refusal::NotAllowed => Event::NotAllowed,
            }),
        }
    }

    fn route(&mut self, received: &Received<'_>, now: Instant) -> Result<For, Refusal> {
        let remote = received.remote;
        if !stun::is_stun(received.bytes) {
            return match self.routing.find(remote) {
                Ok(slot) => Ok(For::Slot(slot)),
                Err(refusal) => self.strays.find(remote, now).map(For::Shard).ok_or(refusal),
            };
        }
        let message = Message::parse(received.bytes).ok_or(Refusal::Unknown)?;
        if message.kind() == Kind::BindingRequest {
            self.route_check(&message, received, now)
        } else {
            self.route_answer(&message, remote, now)
        }
    }

    fn route_check(
        &mut self,
        check: &Message<'_>,
        received: &Received<'_>,
        now: Instant,
    ) -> Result<For, Refusal> {
        let (remote, local_ip) = (received.remote, received.local_ip);
        let ufrag = check.receiver_ufrag().ok_or(Refusal::Unknown)?;
        if !self.routing.knows(ufrag) {
            let is_authentic = |key: &Key| check.is_signed_with(key);
            match self.ends.directory.claim(ufrag, self.ends.id, is_authentic) {
                Claim::Yours(newcomer) => self.adopt(*newcomer, now),
                Claim::Of(id, shard) if self.strays.note(remote, (id, shard), now) => {
                    return Ok(For::Shard(shard));
                }
                Claim::Of(..) => return Err(Refusal::NotAllowed),
                Claim::Nobody => return Err(Refusal::Unknown),
            }
        }
        let slot = self.routing.check(ufrag, check, (remote, local_ip), now)?;
        self.strays.forget(remote);
        Ok(For::Slot(slot))
    }

    fn route_answer(
        &mut self,
        answer: &Message<'_>,
        remote: SocketAddr,
        now: Instant,
    ) -> Result<For, Refusal> {
        if self.reflexive.handle(remote, answer) {
            self.tell_public_address();
            return Ok(For::Port);
        }
        if let Ok(slot) = self.routing.find_asker(remote, now) {
            return Ok(For::Slot(slot));
        }
        let shard = self
            .strays
            .find(remote, now)
            .or_else(|| self.ends.directory.who_asked(remote));
        shard
            .filter(|shard| *shard != self.ends.id)
            .map(For::Shard)
            .ok_or(Refusal::Unknown)
    }

    fn hand_over(&mut self, shard: ShardId, received: &Received<'_>, now: Instant) {
        let length = received.bytes.len();
        if length > MAX_HANDED_BYTES || !self.strays.admits(received.remote, length, now) {
            self.ends.counts.note(Event::Flooded);
            return;
        }
        let Some(neighbour) = self.ends.neighbours.get(shard.0) else {
            return;
        };
        let handed = Handed {
            datagram: Datagram {
                remote: received.remote,
                bytes: (&*received.bytes).into(),
            },
            local_ip: received.local_ip,
        };
        if neighbour.handed.try_send(handed).is_ok() {
            self.ends.counts.note(Event::HandedOver);
            neighbour.bell.ring();
        } else {
            self.ends.counts.note(Event::NotHandedOver);
        }
    }

    fn deliver(&mut self, slot: SlotId, received: Received<'_>, now: Instant) {
        let mut way_out = WayOut::new(&self.port, &mut self.routing, &self.ends, now);
        way_out.nearest = Some((received.remote, received.local_ip));
        if self.table.deliver(slot, received, &mut way_out) {
            self.remove(slot);
        }
    }

    /// Lets a conversation act on something else than a datagram.
    fn act(&mut self, slot: SlotId, now: Instant, act: impl FnOnce(&mut Conversation)) {
        let mut way_out = WayOut::new(&self.port, &mut self.routing, &self.ends, now);
        if self.table.act(slot, &mut way_out, act) {
            self.remove(slot);
        }
    }

    /// Its timers run from now on, whatever becomes of the datagram that brought it here.
    fn adopt(&mut self, newcomer: Newcomer, now: Instant) {
        let slot = self.table.insert(newcomer.conversation);
        self.routing.insert(&newcomer.names, slot, now);
        self.act(slot, now, |conversation| conversation.handle_timeout(now));
        if self.is_stopping {
            self.end_all(now);
        }
    }

    fn remove(&mut self, slot: SlotId) {
        for remote in self.routing.remove(slot) {
            self.ends.directory.forget_asked(remote);
        }
        if let Some(id) = self.table.remove(slot) {
            self.ends.directory.forget(id);
        }
    }

    fn obey(&mut self, command: Command, now: Instant) {
        match command {
            Command::Adopt(newcomer) => self.adopt(*newcomer, now),
            Command::End(id, reason) => {
                self.ask(id, now, |conversation| conversation.end(now, reason));
            }
            Command::Report(id, reply) => {
                if let Some(report) = self.ask(id, now, |conversation| conversation.report()) {
                    // Whoever asked may not wait any more.
                    let _ = reply.send(report);
                }
            }
            Command::Patch(id, patch, reply) => {
                let patched = self.ask(id, now, |conversation| conversation.patch(&patch, now));
                if let Some(patched) = patched {
                    let _ = reply.send(patched);
                }
            }
            Command::SetEcho(id, mode, ear, reply) => {
                let set = self.ask(id, now, |conversation| {
                    conversation.set_echo(mode, &ear, now)
                });
                if let Some(set) = set {
                    let _ = reply.send(set);
                }
            }
            // As above.
            Command::Sizes(reply) => drop(reply.send(self.sizes())),
            Command::AskStun(servers) => self.ask_stun(&servers, now),
            Command::Stop => self.end_all(now),
        }
    }

    /// The same by its id, with what it answers; `None` if there is none of that id.
    fn ask<R>(
        &mut self,
        id: ConversationId,
        now: Instant,
        act: impl FnOnce(&mut Conversation) -> R,
    ) -> Option<R> {
        let slot = self.table.slot_of(id)?;
        let mut answer = None;
        self.act(slot, now, |conversation| answer = Some(act(conversation)));
        answer
    }

    fn end_all(&mut self, now: Instant) {
        self.is_stopping = true;
        for slot in self.table.slots() {
            self.act(slot, now, |conversation| {
                conversation.end(now, EndReason::Stopped);
            });
        }
    }

    fn expire(&mut self, now: Instant) {
        while let Some(slot) = self.table.next_expired(now) {
            self.act(slot, now, |conversation| conversation.handle_timeout(now));
        }
        self.strays.handle_timeout(now);
        self.ask_stun_again(now);
    }

    fn next_deadline(&self) -> Option<Instant> {
        let deadlines = [
            self.table.next_deadline(),
            self.strays.poll_timeout(),
            self.reflexive.poll_timeout(),
        ];
        deadlines.into_iter().flatten().min()
    }

    /// How long its tables are.
    fn sizes(&self) -> Vec<(&'static str, usize)> {
        let (table, routing) = (self.table.sizes(), self.routing.sizes());
        let sizes = table.into_iter().chain(routing);
        sizes.chain(self.strays.sizes()).collect()
    }
}

#[cfg(test)]
mod tests;
