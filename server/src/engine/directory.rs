//! Whose conversation is where: the answered callers who were not heard yet, and which shard has
//! each of the others. For all shards; none asks it on a packet's way.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use shared::ConversationId;

use super::shard::Newcomer;
use crate::conversation::Conversation;
use crate::stun::Key;

/// Which of the shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ShardId(pub(super) usize);

/// The engine is stopping and expects nobody any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the engine is stopping")]
pub struct ClosedError;

/// Who is expected, and who is where, by the name that checks carry.
#[derive(Default)]
pub(super) struct Directory {
    entries: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    expected: HashMap<String, Newcomer>,
    adopted: HashMap<String, Adopted>,
    /// The names of all, for those who know a conversation by its id.
    ufrags: HashMap<ConversationId, String>,
    /// Who waits for an answer from an address that nobody was heard from.
    asked: HashMap<SocketAddr, ShardId>,
    is_closed: bool,
}

#[derive(Clone)]
struct Adopted {
    shard: ShardId,
    key: Key,
}

/// What a shard learns of a name that it does not know.
pub(super) enum Claim {
    /// It is its own from now on.
    Yours(Box<Newcomer>),
    /// Another shard has it.
    Of(ShardId),
    /// Nobody has that name, or the check that carries it is not authentic.
    Nobody,
}

/// Where a conversation is.
pub(super) enum Place {
    /// It was waiting, and is given away.
    Waiting(Box<Conversation>),
    At(ShardId),
    Nowhere,
}

impl Directory {
    pub(super) fn insert(&self, newcomer: Newcomer) -> Result<(), ClosedError> {
        let mut entries = self.lock();
        if entries.is_closed {
            return Err(ClosedError);
        }
        let (id, ufrag) = (newcomer.conversation.id(), newcomer.ufrag.clone());
        entries.ufrags.insert(id, ufrag.clone());
        entries.expected.insert(ufrag, newcomer);
        Ok(())
    }

    /// Notes that `shard` is given a conversation before its caller is heard.
    pub(super) fn assign(&self, newcomer: &Newcomer, shard: ShardId) -> Result<(), ClosedError> {
        let mut entries = self.lock();
        if entries.is_closed {
            return Err(ClosedError);
        }
        let (id, ufrag) = (newcomer.conversation.id(), newcomer.ufrag.clone());
        let key = newcomer.key.clone();
        entries.ufrags.insert(id, ufrag.clone());
        entries.adopted.insert(ufrag, Adopted { shard, key });
        Ok(())
    }

    /// Gives the conversation under `ufrag` to `shard`, if the check that names it is authentic and
    /// no other shard has it.
    pub(super) fn claim(
        &self,
        ufrag: &str,
        shard: ShardId,
        is_authentic: impl FnOnce(&Key) -> bool,
    ) -> Claim {
        let mut entries = self.lock();
        if let Some(adopted) = entries.adopted.get(ufrag).cloned() {
            drop(entries);
            return if is_authentic(&adopted.key) {
                Claim::Of(adopted.shard)
            } else {
                Claim::Nobody
            };
        }
        let Some(expected) = entries.expected.get(ufrag) else {
            return Claim::Nobody;
        };
        let key = expected.key.clone();
        if !is_authentic(&key) {
            return Claim::Nobody;
        }
        let Some(newcomer) = entries.expected.remove(ufrag) else {
            return Claim::Nobody;
        };
        entries
            .adopted
            .insert(ufrag.to_owned(), Adopted { shard, key });
        Claim::Yours(Box::new(newcomer))
    }

    /// A conversation is over.
    pub(super) fn forget(&self, id: ConversationId) {
        let mut entries = self.lock();
        if let Some(ufrag) = entries.ufrags.remove(&id) {
            entries.adopted.remove(&ufrag);
        }
    }

    pub(super) fn take_waiting(&self, id: ConversationId) -> Option<Conversation> {
        match self.find(id) {
            Place::Waiting(conversation) => Some(*conversation),
            Place::At(_) | Place::Nowhere => None,
        }
    }

    /// Where that conversation is; if it waits, it waits no longer.
    pub(super) fn find(&self, id: ConversationId) -> Place {
        let mut entries = self.lock();
        let Some(ufrag) = entries.ufrags.get(&id).cloned() else {
            return Place::Nowhere;
        };
        if let Some(adopted) = entries.adopted.get(&ufrag) {
            return Place::At(adopted.shard);
        }
        entries.ufrags.remove(&id);
        match entries.expected.remove(&ufrag) {
            Some(newcomer) => Place::Waiting(Box::new(newcomer.conversation)),
            None => Place::Nowhere,
        }
    }

    /// Notes that `shard` asked something at an address where nobody was heard.
    pub(super) fn note_asked(&self, remote: SocketAddr, shard: ShardId) {
        self.lock().asked.insert(remote, shard);
    }

    /// The answer from there is not waited for any more.
    pub(super) fn forget_asked(&self, remote: SocketAddr) {
        self.lock().asked.remove(&remote);
    }

    /// Who asked there.
    pub(super) fn who_asked(&self, remote: SocketAddr) -> Option<ShardId> {
        self.lock().asked.get(&remote).copied()
    }

    /// Expects nobody any more, and gives back who was expected.
    pub(super) fn close(&self) -> Vec<Conversation> {
        let mut entries = self.lock();
        entries.is_closed = true;
        let expected: Vec<Newcomer> = entries
            .expected
            .drain()
            .map(|(_, newcomer)| newcomer)
            .collect();
        let conversations = expected.into_iter().map(|newcomer| newcomer.conversation);
        conversations
            .inspect(|conversation| drop(entries.ufrags.remove(&conversation.id())))
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
