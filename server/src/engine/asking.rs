//! Asking a conversation something, wherever it is: on its shard, or waiting for its caller. And
//! asking the shards how long their tables are.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use shared::ConversationId;
use shared::call::EchoMode;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::Engine;
use super::directory::{Asked, ShardId};
use super::shard::Command;
use crate::audio::ear::Ear;
use crate::conversation::{Conversation, NoEcho, Report};
use crate::peer::{Patch, PatchError, Patched};

/// A shard answers within a round, of some milliseconds; who asks waits no longer than this.
const ANSWER_DEADLINE: Duration = Duration::from_secs(2);

/// Why a conversation did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    #[error("the call is over")]
    Over,
    #[error("the call's thread is too busy to answer")]
    TimedOut,
}

impl Engine {
    /// Asks a conversation how it is.
    ///
    /// # Errors
    /// When it is over, or its shard does not answer in time.
    pub async fn report(&self, id: ConversationId) -> Result<Report, AskError> {
        let shard = match self.directory.ask(id, |waiting| waiting.report()) {
            Asked::Answered(report) => return Ok(report),
            Asked::At(shard) => shard,
            Asked::Nowhere => return Err(AskError::Over),
        };
        self.ask_shard(shard, |reply| Command::Report(id, reply))
            .await
    }

    /// Changes the way to a caller. Once that is answered, checks under the new names of both
    /// sides find the conversation, on whatever shard they come in.
    ///
    /// # Errors
    /// When it is over, or its shard does not answer in time: then it may be changed or not.
    pub async fn patch(
        &self,
        id: ConversationId,
        patch: Patch,
    ) -> Result<Result<Patched, PatchError>, AskError> {
        let now = Instant::now();
        let shard = match self.directory.ask(id, |waiting| waiting.patch(&patch, now)) {
            Asked::Answered(patched) => return Ok(patched),
            Asked::At(shard) => shard,
            Asked::Nowhere => return Err(AskError::Over),
        };
        self.ask_shard(shard, |reply| Command::Patch(id, Box::new(patch), reply))
            .await
    }

    /// Has a caller's echo come in another way.
    ///
    /// # Errors
    /// When it is over, or its shard does not answer in time.
    pub async fn set_echo(
        &self,
        id: ConversationId,
        mode: EchoMode,
        ear: &Ear,
    ) -> Result<Result<EchoMode, NoEcho>, AskError> {
        let now = Instant::now();
        let set = |waiting: &mut Conversation| waiting.set_echo(mode, ear, now);
        let shard = match self.directory.ask(id, set) {
            Asked::Answered(set) => return Ok(set),
            Asked::At(shard) => shard,
            Asked::Nowhere => return Err(AskError::Over),
        };
        let command = |reply| Command::SetEcho(id, mode, ear.clone(), reply);
        self.ask_shard(shard, command).await
    }

    /// How long the tables are, by name: those of all shards together. While a shard is too busy to
    /// tell, nothing is told of any.
    pub async fn tables(&self) -> BTreeMap<&'static str, usize> {
        let mut tables = BTreeMap::new();
        for shard in 0..self.shards.len() {
            let Ok(sizes) = self.ask_shard(ShardId(shard), Command::Sizes).await else {
                tables.clear();
                break;
            };
            for (table, entries) in sizes {
                *tables.entry(table).or_default() += entries;
            }
        }
        tables.extend(self.directory.sizes());
        tables
    }

    async fn ask_shard<R>(
        &self,
        shard: ShardId,
        command: impl FnOnce(oneshot::Sender<R>) -> Command,
    ) -> Result<R, AskError> {
        let (reply, answer) = oneshot::channel();
        let asked = async {
            let sent = self.hand_over(shard, command(reply)).await;
            sent.map_err(|_| AskError::Over)?;
            // A shard that has no such conversation drops the reply.
            answer.await.map_err(|_| AskError::Over)
        };
        timeout(ANSWER_DEADLINE, asked)
            .await
            .map_err(|_| AskError::TimedOut)?
    }
}
