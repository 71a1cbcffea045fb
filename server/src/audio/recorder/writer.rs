//! One writer thread: empties feeds into their recordings and appends the pages to their files.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use tracing::error;

use super::desk::{Desk, Job, Note};
use super::open::{Disk, Open};
use crate::priority;
use crate::recording::Course;

/// A third of a media thread's part of a busy core: twice what its recordings need.
const NICE: i32 = 5;
/// A power cut costs at most so much of a recording, and the disk's own delay.
const SYNC_EVERY: Duration = Duration::from_secs(5);

/// Works until the desk is closed and its recordings are final.
pub(super) fn run(desk: &Desk, disk: Disk) {
    // Where a core is shared, echoes come first: a recording has seconds, they have none.
    priority::lower(NICE);
    // Declared first, dropped last: should this thread panic, the seats are freed before.
    let _abandon = AbandonOnDrop(desk);
    let mut writer = Writer {
        desk,
        disk,
        open: HashMap::new(),
        syncs: VecDeque::new(),
    };
    while !desk.is_done() {
        let next_sync = writer.syncs.front().map(|&(due, _)| due);
        match desk.next(next_sync) {
            Some(Note::Open(ticket, job)) => writer.open(ticket, *job),
            Some(Note::Drain(ticket)) => writer.drain_or_give_up(ticket),
            None => {}
        }
        // At most one for each note, in turn: a slow disk must not keep the feeds waiting.
        writer.sync_one(Instant::now());
        // A media thread that became ready on this core meanwhile has waited long enough.
        std::thread::yield_now();
    }
}

struct AbandonOnDrop<'desk>(&'desk Desk);

impl Drop for AbandonOnDrop<'_> {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

struct Writer<'desk> {
    desk: &'desk Desk,
    disk: Disk,
    open: HashMap<u64, Open>,
    /// Recordings with bytes that may not be on the disk, by the time they should be.
    syncs: VecDeque<(Instant, u64)>,
}

impl Writer<'_> {
    fn open(&mut self, ticket: u64, job: Job) {
        self.open.insert(ticket, Open::new(job));
    }

    /// What one caller sent may trip over a mistake of ours: that ends one recording, not all.
    fn drain_or_give_up(&mut self, ticket: u64) {
        let Some(open) = self.open.get(&ticket) else {
            return;
        };
        let (span, progress) = (open.span.clone(), open.progress.clone());
        if catch_unwind(AssertUnwindSafe(|| self.drain(ticket))).is_ok() {
            return;
        }
        self.disk.metrics.count_error();
        span.in_scope(|| error!("recording was given up; the next start completes it"));
        progress.tell(Course::CutShort);
        if let Some(open) = self.open.remove(&ticket) {
            // Without its last words: they would come from the same mistake.
            drop(catch_unwind(AssertUnwindSafe(|| drop(open))));
        }
        self.desk.finish_one();
    }

    fn drain(&mut self, ticket: u64) {
        let Some(open) = self.open.get_mut(&ticket) else {
            return;
        };
        let is_over = open.drain(&mut self.disk);
        if open.is_dirty() && !std::mem::replace(&mut open.awaits_sync, true) {
            self.syncs.push_back((Instant::now() + SYNC_EVERY, ticket));
        }
        if is_over && let Some(open) = self.open.remove(&ticket) {
            drop(open.close(&mut self.disk));
            self.desk.finish_one();
        }
    }

    /// Syncs the recording that waited longest, if its time has come.
    fn sync_one(&mut self, now: Instant) {
        let Some((_, ticket)) = self.syncs.pop_front_if(|&mut (due, _)| due <= now) else {
            return;
        };
        let Some(open) = self.open.get_mut(&ticket) else {
            return;
        };
        open.awaits_sync = false;
        open.sync(&self.disk);
    }
}

#[cfg(test)]
mod tests;
