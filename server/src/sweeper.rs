//! Deletes what is kept no longer: at the start, each time a call has ended, and every minute.

use std::io;
use std::time::{Duration, SystemTime};

use shared::ConversationId;
use tokio::task::spawn_blocking;
use tracing::{info, warn};

use crate::conversations::Conversations;
use crate::metrics::Metrics;
use crate::retention::{Expired, Held, Rules, expired};
use crate::storage::{DeleteError, Storage};

const EVERY: Duration = Duration::from_secs(60);
/// However many calls end, the folder is not read more often than that.
const NOT_BEFORE: Duration = Duration::from_secs(1);

/// Sweeps for ever, if there is a rule.
pub async fn keep_sweeping(
    conversations: Conversations,
    storage: Storage,
    metrics: Metrics,
    rules: Rules,
) {
    if !rules.are_any() {
        return;
    }
    loop {
        let mut left = conversations.departures();
        let (at_work, disk, counts) = (conversations.clone(), storage.clone(), metrics.clone());
        let swept = spawn_blocking(move || {
            let is_live = |id| at_work.is_active(id);
            sweep(&disk, &rules, &is_live, &mut |expired| {
                counts.count_deleted(expired.reason);
                let (id, reason) = (expired.held.id, expired.reason);
                info!(%id, ?reason, "recording deleted");
            })
        });
        // What else failed was reported where it happened, a panic as well.
        if let Ok(Err(error)) = swept.await {
            warn!(%error, "recordings could not be looked through");
        }
        tokio::time::sleep(NOT_BEFORE).await;
        // Nobody leaves, or the server is gone: then the minute passes.
        let _ = tokio::time::timeout(EVERY, left.changed()).await;
    }
}

/// Deletes what the rules say, and tells of each. What turns out to grow is kept, and what goes in
/// its place is found anew. How many could not be deleted.
///
/// # Errors
/// The folder cannot be read.
pub fn sweep(
    storage: &Storage,
    rules: &Rules,
    is_live: &dyn Fn(ConversationId) -> bool,
    tell: &mut dyn FnMut(&Expired),
) -> io::Result<u64> {
    let mut held = look(storage, is_live)?;
    // Not read again: whoever still listens keeps the bytes of what is gone, and that must not
    // cost another recording.
    let mut free = storage.free_bytes()?;
    let mut failures = 0;
    loop {
        let mut has_kept = false;
        for next in expired(&held, free, rules, SystemTime::now()) {
            let id = next.held.id;
            match storage.delete(id) {
                Ok(()) => {
                    tell(&next);
                    free = free.saturating_add(next.held.bytes);
                }
                Err(DeleteError::NotFound) => {}
                Err(error) => {
                    if let DeleteError::Disk(error) = &error {
                        warn!(%id, %error, "recording could not be deleted");
                        failures += 1;
                    }
                    has_kept = true;
                    let kept = held.iter_mut().filter(|held| held.id == id);
                    kept.for_each(|held| held.is_live = true);
                    continue;
                }
            }
            held.retain(|held| held.id != id);
        }
        if !has_kept {
            return Ok(failures);
        }
    }
}

/// What lies there.
///
/// # Errors
/// The folder cannot be read.
pub fn look(storage: &Storage, is_live: &dyn Fn(ConversationId) -> bool) -> io::Result<Vec<Held>> {
    let mut held = storage.holdings()?;
    for held in &mut held {
        held.is_live |= is_live(held.id);
    }
    Ok(held)
}
