//! The conversations of one shard, their timers, and their way out.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use shared::ConversationId;
use slab::Slab;
use tracing::error;

use crate::conversation::{Conversation, Handled};
use crate::engine::counts::{Counts, Event};
use crate::engine::directory::{Directory, ShardId};
use crate::engine::port::{Port, Received};
use crate::engine::routing::{Routing, SlotId};
use crate::packet::Transmit;
use crate::peer::Names;
use crate::stun::{Kind, Message};

use super::Ends;

/// Whoever is here, and when each wants to act.
pub(super) struct Table {
    slots: Slab<Slot>,
    ids: HashMap<ConversationId, SlotId>,
    timers: BTreeSet<(Instant, SlotId)>,
    counts: Counts,
}

struct Slot {
    conversation: Conversation,
    /// Invariant: stands in `timers`.
    armed: Option<Instant>,
}

/// The way of a conversation's datagrams to the port.
pub(super) struct WayOut<'a> {
    pub(super) port: &'a Port,
    pub(super) routing: &'a mut Routing,
    pub(super) directory: &'a Directory,
    pub(super) shard: ShardId,
    pub(super) counts: &'a Counts,
    pub(super) now: Instant,
    /// Where the datagram came from that set all off: most answers go there.
    pub(super) nearest: Option<(SocketAddr, Option<IpAddr>)>,
}

impl<'a> WayOut<'a> {
    pub(super) fn new(
        port: &'a Port,
        routing: &'a mut Routing,
        ends: &'a Ends,
        now: Instant,
    ) -> Self {
        Self {
            port,
            routing,
            directory: &ends.directory,
            shard: ends.id,
            counts: &ends.counts,
            now,
            nearest: None,
        }
    }
}

impl WayOut<'_> {
    /// A conversation is known by other names from now on.
    fn rename(&mut self, slot: SlotId, id: ConversationId, names: &Names) {
        for remote in self.routing.rename(slot, names, self.now) {
            self.directory.forget_asked(remote);
        }
        self.directory.rename(id, names);
    }

    /// False when the kernel has no room for more.
    fn send(&mut self, slot: SlotId, datagram: Transmit<'_>) -> bool {
        let message = Message::parse(datagram.bytes);
        if message.is_some_and(|message| message.kind() == Kind::BindingRequest)
            && self.routing.note_check(slot, datagram.remote)
        {
            self.directory.note_asked(datagram.remote, self.shard);
        }
        let local_ip = match self.nearest {
            Some((remote, local_ip)) if remote == datagram.remote => local_ip,
            _ => self.routing.local_ip(datagram.remote),
        };
        let Err(error) = self.port.send(datagram, local_ip) else {
            return true;
        };
        self.counts.note_not_sent(self.now);
        error.kind() != io::ErrorKind::WouldBlock
    }
}

impl Table {
    pub(super) fn new(counts: Counts) -> Self {
        Self {
            slots: Slab::new(),
            ids: HashMap::new(),
            timers: BTreeSet::new(),
            counts,
        }
    }

    pub(super) fn insert(&mut self, conversation: Conversation) -> SlotId {
        let id = conversation.id();
        let slot = SlotId(self.slots.insert(Slot {
            conversation,
            armed: None,
        }));
        self.ids.insert(id, slot);
        slot
    }

    pub(super) fn slot_of(&self, id: ConversationId) -> Option<SlotId> {
        self.ids.get(&id).copied()
    }

    /// How long its tables are.
    pub(super) fn sizes(&self) -> [(&'static str, usize); 2] {
        [
            ("conversations", self.slots.len()),
            ("timers", self.timers.len()),
        ]
    }

    /// All that are taken now.
    pub(super) fn slots(&self) -> Vec<SlotId> {
        self.slots.iter().map(|(key, _)| SlotId(key)).collect()
    }

    /// Gives a datagram to its conversation and sends what comes of it. Whether it is over.
    pub(super) fn deliver(
        &mut self,
        slot: SlotId,
        received: Received<'_>,
        way_out: &mut WayOut<'_>,
    ) -> bool {
        let Received { remote, bytes, .. } = received;
        let now = way_out.now;
        let mut handled = Handled::Acted;
        let is_over = self.act_unless(slot, way_out, |conversation| {
            handled = conversation.handle(remote, bytes, now);
            // Neither audio that is echoed at once nor what is dropped makes any deadline earlier.
            handled != Handled::Acted
        });
        match handled {
            Handled::Flooded => self.counts.note(Event::Flooded),
            Handled::NotOpened => self.counts.note(Event::NotOpened),
            Handled::Heard | Handled::Acted => {}
        }
        is_over
    }

    /// Lets a conversation act, sends what it has to say, and arms its next timer. Whether it is
    /// over.
    pub(super) fn act(
        &mut self,
        slot: SlotId,
        way_out: &mut WayOut<'_>,
        act: impl FnOnce(&mut Conversation),
    ) -> bool {
        self.act_unless(slot, way_out, |conversation| {
            act(conversation);
            false
        })
    }

    /// The same; `act` says whether a timer that is armed is early enough.
    fn act_unless(
        &mut self,
        slot_id: SlotId,
        way_out: &mut WayOut<'_>,
        act: impl FnOnce(&mut Conversation) -> bool,
    ) -> bool {
        let Some(slot) = self.slots.get_mut(slot_id.0) else {
            return false;
        };
        let now = way_out.now;
        // One caller's datagram that the library trips over ends one call, not all of them.
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let conversation = &mut slot.conversation;
            let is_armed = act(conversation) && slot.armed.is_some();
            // Before anything is sent: what answers it has to find the way.
            if let Some(names) = conversation.take_new_names() {
                way_out.rename(slot_id, conversation.id(), &names);
            }
            // What the kernel has no room for waits in the conversation's own bounded queues.
            while let Some(datagram) = conversation.poll_transmit(now)
                && way_out.send(slot_id, datagram)
            {}
            if conversation.over().is_some() {
                Next::Over
            } else if is_armed {
                Next::AsArmed
            } else {
                conversation.poll_timeout(now).map_or(Next::Over, Next::At)
            }
        }));
        match outcome {
            Ok(Next::AsArmed) => false,
            Ok(Next::At(deadline)) => {
                self.arm(slot_id, deadline);
                false
            }
            Ok(Next::Over) => true,
            Err(_) => {
                let id = slot.conversation.id();
                error!(%id, "a conversation had to be given up");
                true
            }
        }
    }

    /// A timer that is armed too early costs one look; only a later one than wanted is wrong.
    fn arm(&mut self, slot_id: SlotId, deadline: Instant) {
        let Some(slot) = self.slots.get_mut(slot_id.0) else {
            return;
        };
        if slot.armed.is_some_and(|armed| armed <= deadline) {
            return;
        }
        if let Some(armed) = slot.armed.replace(deadline) {
            self.timers.remove(&(armed, slot_id));
        }
        self.timers.insert((deadline, slot_id));
    }

    /// Whose time has come; it is not armed any more.
    pub(super) fn next_expired(&mut self, now: Instant) -> Option<SlotId> {
        let (at, slot_id) = *self.timers.first()?;
        if at > now {
            return None;
        }
        self.timers.pop_first();
        if let Some(slot) = self.slots.get_mut(slot_id.0) {
            slot.armed = None;
        }
        Some(slot_id)
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.timers.first().map(|(at, _)| *at)
    }

    pub(super) fn remove(&mut self, slot_id: SlotId) -> Option<ConversationId> {
        let slot = self.slots.try_remove(slot_id.0)?;
        if let Some(armed) = slot.armed {
            self.timers.remove(&(armed, slot_id));
        }
        let id = slot.conversation.id();
        self.ids.remove(&id);
        Some(id)
    }
}

/// When a conversation wants to act next.
enum Next {
    AsArmed,
    At(Instant),
    Over,
}

#[cfg(test)]
mod tests;
