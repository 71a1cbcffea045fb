//! One recording while its call goes on: from its first audio to its description, whatever the
//! disk does meanwhile.

use std::io;
use std::time::Instant;

use shared::recording::{Metadata, RecordingEnd, RecordingStatus};
use tracing::{Span, error, info, warn};

use super::desk::{Job, Task};
use super::growing_file::GrowingFile;
use super::inspector::Inspector;
use super::space::Space;
use crate::audio::tee::{Ended, Feed};
use crate::metrics::Metrics;
use crate::recording::sidecar::{self, Outcome};
use crate::recording::{Course, Origin, Progress, Recording, Report};
use crate::storage::{Durability, Storage};

/// Where recordings go, as one writer sees it.
pub(super) struct Disk {
    pub(super) storage: Storage,
    pub(super) space: Space,
    pub(super) metrics: Metrics,
    pub(super) inspector: Inspector,
}

impl Disk {
    fn may_begin(&mut self) -> bool {
        let may = self.space.may_begin(&self.storage, Instant::now());
        self.tell_free_space();
        may
    }

    fn may_go_on(&mut self) -> bool {
        let may = self.space.may_go_on(&self.storage, Instant::now());
        self.tell_free_space();
        may
    }

    fn tell_free_space(&self) {
        if let Some(bytes) = self.space.free_bytes() {
            self.metrics.set_free_bytes(bytes);
        }
    }
}

/// A recording whose call goes on.
pub(super) struct Open {
    pub(super) origin: Origin,
    pub(super) progress: Progress,
    pub(super) feed: Feed,
    pub(super) stage: Stage,
    /// `None` until there is audio, and once the recording is final.
    pub(super) file: Option<GrowingFile>,
    /// Whether a power cut may still take the description that was written with the first page: it
    /// says whose the recording is.
    pub(super) may_lose_description: bool,
    pub(super) awaits_sync: bool,
    pub(super) span: Span,
    pub(super) keep: Box<dyn Send>,
}

/// How far a recording is; the feed is emptied in all of them.
pub(super) enum Stage {
    Running(Box<Recording>),
    /// It cannot begin; that is written down when there is audio.
    Refused(RecordingEnd),
    /// It is final, or never began.
    Over,
}

/// What ends a recording whose disk is sound.
#[derive(Clone, Copy)]
enum Ending {
    Call(Ended),
    /// Its call goes on.
    Early(RecordingEnd),
}

impl Open {
    pub(super) fn new(job: Job) -> Self {
        let stage = match job.task {
            Task::Record => Stage::Running(Box::new(Recording::new(&job.origin, rand::random()))),
            Task::Discard => Stage::Refused(RecordingEnd::Backlog),
        };
        Self {
            origin: job.origin,
            progress: job.progress,
            feed: job.feed,
            stage,
            file: None,
            awaits_sync: false,
            may_lose_description: false,
            span: job.span,
            keep: job.keep,
        }
    }

    /// Writes what waits; says whether the call is over.
    pub(super) fn drain(&mut self, disk: &mut Disk) -> bool {
        // Asked first: what comes in after the last look below rings again.
        let mut is_torn = self.feed.is_torn();
        while let Some(packet) = self.feed.try_next() {
            if is_torn {
                // What follows has lost its place in the file.
                self.tear(disk);
            }
            match &mut self.stage {
                Stage::Running(recording) => {
                    recording.accept(packet);
                    if recording.is_full() {
                        self.end(Ending::Early(RecordingEnd::Limit), disk);
                    }
                }
                &mut Stage::Refused(why) => self.refuse(why, disk),
                Stage::Over => {}
            }
            is_torn = self.feed.is_torn();
        }
        if is_torn {
            // Nothing follows the hole, and that is no reason to call it silence.
            self.tear(disk);
        }
        self.append(disk);
        self.feed.is_over()
    }

    pub(super) fn is_dirty(&self) -> bool {
        self.file.is_some()
    }

    /// Brings what was written to the disk.
    pub(super) fn sync(&mut self, disk: &Disk) {
        let mut synced = self.file.as_ref().map_or(Ok(()), GrowingFile::sync_bytes);
        if std::mem::take(&mut self.may_lose_description) {
            synced = synced.and_then(|()| disk.storage.sync_metadata(self.origin.id));
        }
        if let Err(error) = synced {
            self.fail(&error, disk);
        }
    }

    /// Finishes the recording; what is returned may only be dropped after that.
    pub(super) fn close(mut self, disk: &mut Disk) -> Box<dyn Send> {
        // A tee that was only dropped belonged to a call that broke.
        let ended = self.feed.ended().unwrap_or_else(|| Ended {
            at: Instant::now(),
            why: RecordingEnd::IceFailed,
        });
        self.end(Ending::Call(ended), disk);
        self.keep
    }

    /// Packets found no room in the queue.
    fn tear(&mut self, disk: &mut Disk) {
        match self.stage {
            // It may be that not one did.
            Stage::Refused(why) => self.refuse(why, disk),
            Stage::Running(_) | Stage::Over => {
                self.end(Ending::Early(RecordingEnd::SlowDisk), disk);
            }
        }
    }

    fn append(&mut self, disk: &mut Disk) {
        let Stage::Running(recording) = &mut self.stage else {
            return;
        };
        if self.file.is_some() && !disk.may_go_on() {
            self.end(Ending::Early(RecordingEnd::LowSpace), disk);
            return;
        }
        let pages = recording.take_pages();
        if pages.is_empty() {
            return;
        }
        // Packets were work enough for one turn: what follows is the kernel's, and not soon done.
        std::thread::yield_now();
        if self.file.is_none() && !disk.may_begin() {
            self.refuse(RecordingEnd::LowSpace, disk);
        } else if let Err(error) = self.write(&pages, disk) {
            self.fail(&error, disk);
        }
    }

    /// The first time, makes the file and says beside it that it grows.
    fn write(&mut self, pages: &[u8], disk: &Disk) -> io::Result<()> {
        let Disk {
            storage, metrics, ..
        } = disk;
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                let file = none.insert(GrowingFile::new(storage.create(self.origin.id)?));
                storage.put_metadata(&sidecar::begun(&self.origin), Durability::Later)?;
                self.may_lose_description = true;
                file
            }
        };
        let before = file.whole_bytes();
        let appended = file.append(pages);
        metrics.count_bytes(file.whole_bytes() - before);
        appended
    }

    /// Writes the last pages and the description.
    fn end(&mut self, ending: Ending, disk: &mut Disk) {
        let Stage::Running(recording) = std::mem::replace(&mut self.stage, Stage::Over) else {
            return;
        };
        let until = match ending {
            Ending::Call(ended) => Some(ended.at),
            Ending::Early(_) => None,
        };
        let (pages, report) = recording.finish(until);
        let ending = match ending {
            // What waited for its turn, or the silence before the end, went beyond it.
            Ending::Call(_) if report.is_full => Ending::Early(RecordingEnd::Limit),
            other => other,
        };
        if pages.is_empty() && self.file.is_none() {
            if let Ending::Early(RecordingEnd::SlowDisk) = ending {
                // There was audio, and no room for any of it.
                self.refuse(RecordingEnd::SlowDisk, disk);
            }
            return;
        }
        if self.file.is_none() && !disk.may_begin() {
            self.refuse(RecordingEnd::LowSpace, disk);
            return;
        }
        if let Ending::Early(_) = ending {
            self.progress.tell(Course::CutShort);
        }
        let written = self.write(&pages, disk);
        let synced = written.and_then(|()| self.file.as_ref().map_or(Ok(()), GrowingFile::sync));
        if let Err(error) = synced {
            self.fail_with(&error, &report, disk);
            return;
        }
        let metadata = sidecar::finished(&self.origin, &report, &self.outcome(ending));
        self.log(&metadata, &report);
        self.conclude(&metadata, disk);
    }

    fn outcome(&self, ending: Ending) -> Outcome {
        let (end, ended_at) = match ending {
            Ending::Call(ended) => (ended.why, ended.at),
            Ending::Early(why) => (why, Instant::now()),
        };
        let holds_all = matches!(ending, Ending::Call(_)) || end == RecordingEnd::Limit;
        Outcome {
            status: if holds_all {
                RecordingStatus::Complete
            } else {
                RecordingStatus::Truncated
            },
            end,
            ended_at,
            bytes: self.file.as_ref().map_or(0, GrowingFile::whole_bytes),
            sha256: self.file.as_ref().map_or([0; 32], GrowingFile::sha256),
        }
    }

    /// The disk failed in the middle.
    fn fail(&mut self, error: &io::Error, disk: &Disk) {
        if let Stage::Running(recording) = std::mem::replace(&mut self.stage, Stage::Over) {
            let (_, report) = recording.finish(None);
            self.fail_with(error, &report, disk);
        }
    }

    /// Saves what the disk has of the recording, and says why it is not all.
    fn fail_with(&mut self, error: &io::Error, report: &Report, disk: &Disk) {
        disk.metrics.count_error();
        self.progress.tell(Course::CutShort);
        let end = cause(error);
        let whole_bytes = self.file.as_ref().map_or(0, GrowingFile::whole_bytes);
        self.span
            .in_scope(|| error!(%error, whole_bytes, "recording stopped early"));
        let mended = match &self.file {
            Some(file) if whole_bytes > 0 => file.mend(),
            _ => Ok(None),
        };
        match mended {
            Ok(Some((stream, sha256))) => {
                let outcome = self.outcome(Ending::Early(end));
                let meant = sidecar::finished(&self.origin, report, &outcome);
                let found = sidecar::found(&stream, sha256);
                self.conclude(&sidecar::cut_short(meant, Some(found)), disk);
            }
            Ok(None) => self.take_back(end, disk),
            // The description says that it grows, so the next start looks after it.
            Err(error) => {
                self.file = None;
                self.span
                    .in_scope(|| error!(%error, "recording could not be mended"));
                disk.metrics.count_finished(RecordingStatus::Truncated, end);
            }
        }
    }

    /// Nothing of the recording is on the disk.
    fn take_back(&mut self, end: RecordingEnd, disk: &Disk) {
        if self.file.take().is_some()
            && let Err(error) = disk.storage.discard(self.origin.id)
        {
            self.span
                .in_scope(|| warn!(%error, "an empty recording could not be removed"));
        }
        self.refuse(end, disk);
    }

    /// Says, where the recording would be, why there is none.
    fn refuse(&mut self, why: RecordingEnd, disk: &Disk) {
        self.stage = Stage::Over;
        self.progress.tell(Course::Refused);
        disk.metrics.count_finished(RecordingStatus::Refused, why);
        let metadata = sidecar::refused(&self.origin, why, Instant::now());
        // A disk in trouble may not take even that; the log has it in any case.
        let is_noted = disk.storage.put_metadata_alone(&metadata).is_ok();
        self.span
            .in_scope(|| warn!(reason = ?why, is_noted, "not recorded"));
    }

    /// The file is final: so is its description, and others may have it.
    fn conclude(&mut self, metadata: &Metadata, disk: &Disk) {
        let Disk {
            storage, metrics, ..
        } = disk;
        let described = storage
            .put_metadata(metadata, Durability::Now)
            .or_else(|_| storage.overwrite_metadata(metadata))
            .and_then(|()| storage.sync_name(self.origin.id));
        self.file = None;
        disk.inspector.inspect(self.origin.id);
        if let Err(error) = described {
            metrics.count_error();
            self.span
                .in_scope(|| error!(%error, "recording may not be on the disk"));
        }
        if let Some(end) = metadata.end_reason {
            metrics.count_finished(metadata.status, end);
        }
    }

    fn log(&self, metadata: &Metadata, report: &Report) {
        let totals = &report.totals;
        let bytes = self.file.as_ref().map_or(0, GrowingFile::whole_bytes);
        self.span.in_scope(|| {
            let is_early = metadata.end_reason == Some(RecordingEnd::Limit);
            if is_early || metadata.status == RecordingStatus::Truncated {
                warn!(reason = ?metadata.end_reason, "recording stopped early");
            }
            info!(
                reason = ?metadata.end_reason,
                packets = totals.received,
                written = totals.written,
                lost = totals.lost,
                late = totals.late,
                duplicated = totals.duplicated,
                malformed = totals.malformed,
                skipped = totals.skipped,
                stale = totals.stale,
                refused = totals.refused,
                resets = totals.resets,
                samples = totals.samples,
                silence = ?totals.silence,
                bytes,
                "recording finished"
            );
        });
    }
}

fn cause(error: &io::Error) -> RecordingEnd {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => RecordingEnd::Enospc,
        _ => RecordingEnd::Io,
    }
}

#[cfg(test)]
pub(super) mod tests;
