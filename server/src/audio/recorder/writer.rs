//! One writer thread: empties feeds into their recordings and appends the pages to their files.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::time::{Duration, Instant};

use tracing::{Span, error, info, warn};

use crate::audio::tee::Feed;
use crate::recording::{Origin, Recording};
use crate::storage::Storage;

use super::desk::{Desk, Job, Note, Task};
use super::growing_file::GrowingFile;

/// A power cut costs at most so much of a recording, and the disk's own delay.
const SYNC_EVERY: Duration = Duration::from_secs(5);

/// Works until the desk is closed and its recordings are final.
pub(super) fn run(desk: &Desk, storage: &Storage) {
    // Declared first, dropped last: should this thread panic, the seats are freed before.
    let _abandon = AbandonOnDrop(desk);
    let mut writer = Writer {
        desk,
        storage,
        open: HashMap::new(),
        syncs: VecDeque::new(),
    };
    while !desk.is_done() {
        let next_sync = writer.syncs.front().map(|&(due, _)| due);
        match desk.next(next_sync) {
            Some(Note::Open(ticket, job)) => writer.open(ticket, *job),
            Some(Note::Drain(ticket)) => writer.drain(ticket),
            None => {}
        }
        // At most one for each note, in turn: a slow disk must not keep the feeds waiting.
        writer.sync_one(Instant::now());
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
    storage: &'desk Storage,
    open: HashMap<u64, Open>,
    /// Recordings with bytes that may not be on the disk, by the time they should be.
    syncs: VecDeque<(Instant, u64)>,
}

/// A recording whose call goes on.
struct Open {
    origin: Origin,
    feed: Feed,
    /// `None` if it was refused or had to stop early; the feed is emptied all the same.
    recording: Option<Recording>,
    /// `None` until there is audio.
    file: Option<GrowingFile>,
    awaits_sync: bool,
    span: Span,
    keep: Box<dyn Send>,
}

impl Writer<'_> {
    fn open(&mut self, ticket: u64, job: Job) {
        let recording = match job.task {
            Task::Record => Some(Recording::new(&job.origin, rand::random())),
            Task::Discard => None,
        };
        let open = Open {
            origin: job.origin,
            feed: job.feed,
            recording,
            file: None,
            awaits_sync: false,
            span: job.span,
            keep: job.keep,
        };
        self.open.insert(ticket, open);
    }

    fn drain(&mut self, ticket: u64) {
        let Some(open) = self.open.get_mut(&ticket) else {
            return;
        };
        let is_over = open.drain(self.storage);
        if open.is_dirty() && !std::mem::replace(&mut open.awaits_sync, true) {
            self.syncs.push_back((Instant::now() + SYNC_EVERY, ticket));
        }
        if is_over && let Some(open) = self.open.remove(&ticket) {
            drop(open.close(self.storage));
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
        let synced = open.file.as_ref().map_or(Ok(()), GrowingFile::sync_bytes);
        if let Err(error) = synced {
            open.fail(&error);
        }
    }
}

impl Open {
    /// Writes what waits; says whether the call is over.
    fn drain(&mut self, storage: &Storage) -> bool {
        // Asked first: what comes in after the last look below rings again.
        let mut is_torn = self.feed.is_torn();
        while let Some(packet) = self.feed.try_next() {
            if is_torn {
                self.stop_at_hole(storage);
            }
            if let Some(recording) = &mut self.recording {
                recording.accept(packet);
            }
            is_torn = self.feed.is_torn();
        }
        self.append(storage);
        self.feed.is_over()
    }

    /// The queue overflowed: what follows has lost its place in the file.
    fn stop_at_hole(&mut self, storage: &Storage) {
        if let Some(recording) = self.recording.take() {
            let span = self.span.clone();
            span.in_scope(|| warn!("recording stopped early: the disk was too slow"));
            self.finish(recording, None, storage);
        }
    }

    fn append(&mut self, storage: &Storage) {
        let Some(recording) = &mut self.recording else {
            return;
        };
        let pages = recording.take_pages();
        if let Err(error) = self.write(&pages, storage) {
            self.fail(&error);
        }
    }

    fn write(&mut self, pages: &[u8], storage: &Storage) -> io::Result<()> {
        if pages.is_empty() {
            return Ok(());
        }
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(GrowingFile::new(storage.create(self.origin.id)?)),
        };
        file.append(pages)
    }

    fn fail(&mut self, error: &io::Error) {
        self.recording = None;
        let whole_bytes = self.file.as_ref().map_or(0, GrowingFile::whole_bytes);
        self.span
            .in_scope(|| error!(%error, whole_bytes, "recording stopped early"));
    }

    fn is_dirty(&self) -> bool {
        self.recording.is_some() && self.file.is_some()
    }

    /// Finishes the recording; what is returned may only be dropped after that.
    fn close(mut self, storage: &Storage) -> Box<dyn Send> {
        let ended_at = self.feed.ended_at().unwrap_or_else(Instant::now);
        if let Some(recording) = self.recording.take() {
            self.finish(recording, Some(ended_at), storage);
        }
        let settled = self.settle(storage);
        if let Err(error) = settled {
            self.span
                .in_scope(|| error!(%error, "recording may not be on the disk"));
        }
        self.keep
    }

    fn finish(&mut self, recording: Recording, ended_at: Option<Instant>, storage: &Storage) {
        let (pages, report) = recording.finish(ended_at);
        let totals = report.totals;
        if let Err(error) = self.write(&pages, storage) {
            self.fail(&error);
            return;
        }
        let bytes = self.file.as_ref().map_or(0, GrowingFile::whole_bytes);
        self.span.in_scope(|| {
            info!(
                packets = totals.received,
                written = totals.written,
                lost = totals.lost,
                late = totals.late,
                duplicated = totals.duplicated,
                malformed = totals.malformed,
                skipped = totals.skipped,
                stale = totals.stale,
                resets = totals.resets,
                samples = totals.samples,
                silence = ?totals.silence,
                bytes,
                "recording finished"
            );
        });
    }

    fn settle(&self, storage: &Storage) -> io::Result<()> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        if file.whole_bytes() == 0 {
            return storage.discard(self.origin.id);
        }
        file.sync()?;
        storage.sync_name(self.origin.id)
    }
}

#[cfg(test)]
mod tests;
