//! Deletes what is kept no longer, at the start, each time a call has ended, and every minute; and
//! what is left of deletes that the disk refused to complete.

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

/// Sweeps for ever.
pub async fn keep_sweeping(
    conversations: Conversations,
    storage: Storage,
    metrics: Metrics,
    rules: Rules,
) {
    loop {
        let mut left = conversations.departures();
        let (at_work, disk, counts) = (conversations.clone(), storage.clone(), metrics.clone());
        let swept = spawn_blocking(move || {
            let is_live = |id| at_work.is_active(id);
            look_after(&disk, &counts, &rules, &is_live)
        });
        // What else failed was reported where it happened, a panic as well.
        if let Ok(Err(error)) = swept.await {
            warn!(%error, "recordings could not be looked through");
        }
        tokio::time::sleep(NOT_BEFORE).await;
        if rules.are_any() {
            // Nobody leaves, or the server is gone: then the minute passes.
            let _ = tokio::time::timeout(EVERY, left.changed()).await;
        } else {
            tokio::time::sleep(EVERY).await;
        }
    }
}

/// Once: what is left of earlier deletes goes, then what the rules say.
fn look_after(
    storage: &Storage,
    metrics: &Metrics,
    rules: &Rules,
    is_live: &dyn Fn(ConversationId) -> bool,
) -> io::Result<()> {
    if let Err(error) = storage.finish_deletes() {
        metrics.count_delete_failures(1);
        warn!(%error, "what was deleted is not all gone");
    }
    if !rules.are_any() {
        return Ok(());
    }
    let failures = sweep(storage, rules, is_live, &mut |expired| {
        metrics.count_deleted(expired.reason);
        let (id, reason) = (expired.held.id, expired.reason);
        info!(%id, ?reason, "recording deleted");
    })?;
    metrics.count_delete_failures(failures);
    Ok(())
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
    // Not read again: what goes now may still be read, too.
    let mut free = room(storage, rules)?;
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

/// What the disk has left, or will have without any more deletes: whoever still reads what is gone
/// keeps its bytes, and that must not cost another recording.
///
/// # Errors
/// The disk does not say.
pub fn room(storage: &Storage, rules: &Rules) -> io::Result<u64> {
    let free = storage.free_bytes()?;
    if rules.keep_free.is_none_or(|least| free >= least) {
        return Ok(free);
    }
    // In this order: what is read no longer meanwhile counts twice, and makes up for it at the next
    // sweep. The other way round it would not count at all.
    let lingering = storage.lingering_bytes();
    Ok(storage.free_bytes()?.saturating_add(lingering))
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::fs::File;
    use std::process::{Command, Stdio};

    /// More than any disk's free space changes while a test runs; sparse, so no disk has it.
    const HUGE: u64 = 1 << 40;

    fn with_recordings(count: u64) -> (tempfile::TempDir, Storage) {
        let home = tempfile::tempdir().unwrap();
        let storage = Storage::new(home.path().to_owned()).unwrap();
        for number in 1..=count {
            let file = storage.create(id(number)).unwrap();
            file.set_len(HUGE).unwrap();
            let age = Duration::from_secs(1_000 - number);
            file.set_modified(SystemTime::now() - age).unwrap();
        }
        (home, storage)
    }

    fn id(number: u64) -> ConversationId {
        ConversationId::from_nanoseconds(number)
    }

    fn reader(storage: &Storage, number: u64) -> File {
        storage.open(id(number)).unwrap().0
    }

    /// What goes when the disk has half a recording less than it should.
    fn swept(storage: &Storage) -> Vec<u64> {
        let rules = Rules {
            keep_free: Some(storage.free_bytes().unwrap() + HUGE / 2),
            ..Rules::default()
        };
        let mut gone = Vec::new();
        let mut tell = |expired: &Expired| gone.push(expired.held.id.nanoseconds());
        assert_eq!(sweep(storage, &rules, &|_| false, &mut tell).unwrap(), 0);
        gone
    }

    #[test]
    fn what_a_failed_delete_left_goes_without_a_restart_or_a_rule() {
        let (home, storage) = with_recordings(1);
        let (metrics, left) = (Metrics::default(), home.path().join(".deleted-7"));
        let look = || look_after(&storage, &metrics, &Rules::default(), &|_| false).unwrap();
        let failures = || {
            let text = metrics.text(0, &BTreeMap::new(), &BTreeMap::new(), &BTreeMap::new());
            let name = "voice_recording_delete_failures_total ";
            let mut lines = text.lines().filter_map(|line| line.strip_prefix(name));
            lines.next().map(ToOwned::to_owned).unwrap()
        };

        // What is no folder is not removed as one.
        std::fs::write(&left, "").unwrap();
        look();
        let once = failures();
        std::fs::remove_file(&left).unwrap();
        std::fs::create_dir(&left).unwrap();
        std::fs::write(left.join("user_audio.ogg"), "OggS").unwrap();
        look();

        assert_eq!((once.as_str(), failures().as_str()), ("1", "1"));
        assert!(!left.exists());
        assert_eq!(storage.ids().unwrap(), [id(1)]);
    }

    #[test]
    fn what_a_listener_keeps_of_a_deleted_recording_costs_no_other_one() {
        let (_home, storage) = with_recordings(3);
        let (one, twice) = (reader(&storage, 1), reader(&storage, 1));

        assert_eq!(swept(&storage), [1]);
        assert_eq!(swept(&storage), [0_u64; 0]);
        drop(one);
        assert_eq!(swept(&storage), [0_u64; 0]);
        drop(twice);
        // It gave nothing back, for it was sparse.
        assert_eq!(swept(&storage), [2]);
    }

    #[test]
    fn what_was_deleted_on_request_counts_and_whoever_reads_it() {
        let (_home, storage) = with_recordings(2);
        let listener = Stdio::from(reader(&storage, 1));
        let mut process = Command::new("sleep")
            .arg("1000")
            .stdin(listener)
            .spawn()
            .unwrap();
        storage.delete(id(1)).unwrap();

        let meanwhile = swept(&storage);
        process.kill().unwrap();
        process.wait().unwrap();

        assert_eq!(meanwhile, [0_u64; 0]);
        assert_eq!(swept(&storage), [2]);
    }

    #[test]
    fn what_is_read_and_not_deleted_does_not_count() {
        let (_home, storage) = with_recordings(2);
        let _listener = reader(&storage, 2);

        assert_eq!(swept(&storage), [1]);
    }
}
