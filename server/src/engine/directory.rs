//! The conversations that were answered and whose caller was not heard yet, for all shards.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use shared::ConversationId;

use super::shard::Newcomer;
use crate::conversation::Conversation;

/// The engine is stopping and expects nobody any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the engine is stopping")]
pub struct ClosedError;

/// Who is expected, by the name his first check will carry.
#[derive(Default)]
pub(super) struct Directory {
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    expected: HashMap<String, Newcomer>,
    /// The names of all who are expected, for those who know a conversation by its id.
    ufrags: HashMap<ConversationId, String>,
    is_closed: bool,
}

impl Directory {
    pub(super) fn insert(&self, newcomer: Newcomer) -> Result<(), ClosedError> {
        let mut waiting = self.lock();
        if waiting.is_closed {
            return Err(ClosedError);
        }
        let (id, ufrag) = (newcomer.conversation.id(), newcomer.ufrag.clone());
        waiting.ufrags.insert(id, ufrag.clone());
        waiting.expected.insert(ufrag, newcomer);
        Ok(())
    }

    /// Gives away the conversation under `ufrag`, if the check that names it is authentic.
    pub(super) fn adopt(
        &self,
        ufrag: &str,
        is_authentic: impl FnOnce(&str) -> bool,
    ) -> Option<Newcomer> {
        let mut waiting = self.lock();
        if !is_authentic(&waiting.expected.get(ufrag)?.password) {
            return None;
        }
        let newcomer = waiting.expected.remove(ufrag)?;
        waiting.ufrags.remove(&newcomer.conversation.id());
        Some(newcomer)
    }

    pub(super) fn take_waiting(&self, id: ConversationId) -> Option<Conversation> {
        let mut waiting = self.lock();
        let ufrag = waiting.ufrags.remove(&id)?;
        Some(waiting.expected.remove(&ufrag)?.conversation)
    }

    /// Expects nobody any more, and gives back who was expected.
    pub(super) fn close(&self) -> Vec<Conversation> {
        let mut waiting = self.lock();
        waiting.is_closed = true;
        waiting.ufrags.clear();
        waiting
            .expected
            .drain()
            .map(|(_, expected)| expected.conversation)
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
