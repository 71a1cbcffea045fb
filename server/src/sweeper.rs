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
        match swept.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => warn!(%error, "recordings could not be looked through"),
            // A panic was reported where it happened.
            Err(_) => return,
        }
        tokio::time::sleep(NOT_BEFORE).await;
        // Nobody leaves, or the server is gone: then the minute passes.
        let _ = tokio::time::timeout(EVERY, left.changed()).await;
    }
}

/// Deletes what the rules say, and tells of each. What turns out to grow is kept, and what goes in
/// its place is found anew.
///
/// # Errors
/// The folder cannot be read.
pub fn sweep(
    storage: &Storage,
    rules: &Rules,
    is_live: &dyn Fn(ConversationId) -> bool,
    tell: &mut dyn FnMut(&Expired),
) -> io::Result<()> {
    let mut held = look(storage, is_live)?;
    loop {
        let free = storage.free_bytes()?;
        let Some(next) = expired(&held, free, rules, SystemTime::now())
            .first()
            .copied()
        else {
            return Ok(());
        };
        let kept = match storage.delete(next.held.id) {
            Ok(()) => {
                tell(&next);
                false
            }
            Err(DeleteError::NotFound) => false,
            Err(DeleteError::Live) => true,
            Err(DeleteError::Disk(error)) => {
                warn!(id = %next.held.id, %error, "recording could not be deleted");
                true
            }
        };
        let place = held.iter().position(|held| held.id == next.held.id);
        let Some(place) = place else {
            return Ok(());
        };
        if kept && let Some(held) = held.get_mut(place) {
            held.is_live = true;
        } else {
            held.swap_remove(place);
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
