//! Looks after recordings whose call is over: completes what an earlier run left unfinished, reads
//! every finished file back, and draws its peaks.
//!
//! One thread of low priority, behind the writers: no call and no recording waits for it. What it
//! does not get to before the server stops, it does after the next start.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use shared::ConversationId;
use shared::peaks::Peaks;
use shared::recording::{Metadata, RecordingStatus};
use tracing::{error, error_span, warn};

use super::peaks::PeaksMaker;
use super::recovery::{self, Tally};
use crate::metrics::Metrics;
use crate::priority;
use crate::recording::consistency;
use crate::recording::sidecar::rfc3339;
use crate::storage::mend::examine;
use crate::storage::{Durability, Storage};

/// A tenth of a media thread's part of a busy core.
const NICE: i32 = 10;
/// Finished recordings that wait, as many as calls can be here. What does not fit is found by the
/// next start.
const MAX_WAITING: usize = 10_000;
/// What another process holds is tried again so often.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(10);

/// A handle; a clone is another one to the same thread.
#[derive(Clone)]
pub(super) struct Inspector {
    inner: Arc<Inner>,
}

struct Inner {
    agenda: Mutex<Agenda>,
    /// There is something to do, or the end has come, or it is done.
    changed: Condvar,
    is_stopping: AtomicBool,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct Agenda {
    finished: VecDeque<ConversationId>,
    has_ended: bool,
}

impl Inspector {
    /// Starts the thread: it first looks at everything that lies in the folder now.
    ///
    /// # Errors
    /// The folder cannot be read, or the system has no room for another thread.
    pub(super) fn start(storage: Storage, metrics: Metrics) -> io::Result<Self> {
        // Read before the first call: what begins later is this process's own.
        let ids = storage.ids()?;
        let inner = Arc::new(Inner {
            agenda: Mutex::default(),
            changed: Condvar::new(),
            is_stopping: AtomicBool::new(false),
            thread: Mutex::default(),
        });
        let working = Arc::clone(&inner);
        let thread = std::thread::Builder::new()
            .name("recorder-inspector".to_owned())
            .spawn(move || working.run(&storage, &metrics, ids))?;
        *inner.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
        Ok(Self { inner })
    }

    /// Asks it to look at a recording that has just become final. Never waits.
    pub(super) fn inspect(&self, id: ConversationId) {
        let mut agenda = self.inner.lock();
        if agenda.finished.len() < MAX_WAITING {
            agenda.finished.push_back(id);
        }
        drop(agenda);
        self.inner.changed.notify_all();
    }

    /// Ends it, without waiting for that.
    pub(super) fn end(&self) {
        // Under the lock, or it could fall asleep just now.
        let agenda = self.inner.lock();
        self.inner.is_stopping.store(true, Ordering::Relaxed);
        drop(agenda);
        self.inner.changed.notify_all();
    }

    /// Ends it: the file it is reading is left for the next start.
    ///
    /// Blocks, for at most `patience`; says whether it has ended.
    #[must_use]
    pub(super) fn stop(&self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        let inner = &self.inner;
        self.end();
        let mut agenda = inner.lock();
        while !agenda.has_ended {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let woken = inner.changed.wait_timeout(agenda, left);
            (agenda, _) = woken.unwrap_or_else(PoisonError::into_inner);
        }
        drop(agenda);
        let thread = inner
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        // A panic was reported where it happened.
        drop(thread.map(JoinHandle::join));
        true
    }
}

/// Whoever waits for the end is told even if the thread panics.
struct EndOnDrop<'inner>(&'inner Inner);

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        self.0.lock().has_ended = true;
        self.0.changed.notify_all();
    }
}

impl Inner {
    fn run(&self, storage: &Storage, metrics: &Metrics, ids: Vec<ConversationId>) {
        let _end = EndOnDrop(self);
        priority::lower(NICE);
        let is_stopping = || self.is_stopping.load(Ordering::Relaxed);
        let tally = recovery::recover(storage, &ids, Timestamp::now(), &is_stopping);
        note(metrics, &tally);
        let mut busy = Busy::new(tally.busy);
        // Taken from its end: the newest are what somebody may want to see now.
        let mut earlier = ids;
        while let Some(work) = self.next(&mut earlier, busy.try_again_at) {
            let Work::Inspect(id) = work else {
                let tally = recovery::recover(storage, &busy.ids, Timestamp::now(), &is_stopping);
                note(metrics, &tally);
                busy = Busy::new(tally.busy);
                continue;
            };
            let span = error_span!(parent: None, "conversation", %id);
            let _entered = span.enter();
            match inspect(storage, id, &is_stopping) {
                Ok(Verdict::Sound | Verdict::NotLookedAt) => {}
                Ok(Verdict::Damaged) => metrics.count_verification_failure(),
                // It was deleted meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => warn!(%error, "recording could not be read back"),
            }
        }
    }

    /// What to look at next; `None` when the server stops.
    fn next(
        &self,
        earlier: &mut Vec<ConversationId>,
        try_again_at: Option<Instant>,
    ) -> Option<Work> {
        let mut agenda = self.lock();
        loop {
            if self.is_stopping.load(Ordering::Relaxed) {
                return None;
            }
            let left = try_again_at.map(|at| at.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return Some(Work::RecoverBusy);
            }
            let next = agenda.finished.pop_front().or_else(|| earlier.pop());
            if let Some(id) = next {
                return Some(Work::Inspect(id));
            }
            agenda = match left {
                Some(left) => {
                    let woken = self.changed.wait_timeout(agenda, left);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
                None => {
                    let woken = self.changed.wait(agenda);
                    woken.unwrap_or_else(PoisonError::into_inner)
                }
            };
        }
    }

    fn lock(&self) -> MutexGuard<'_, Agenda> {
        // Every change under the lock is a single step: a panic elsewhere leaves no half state.
        self.agenda.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What to do next.
enum Work {
    Inspect(ConversationId),
    /// Those that somebody else held.
    RecoverBusy,
}

/// Those that somebody else held at the last look.
struct Busy {
    ids: Vec<ConversationId>,
    /// `None` if there are none.
    try_again_at: Option<Instant>,
}

impl Busy {
    fn new(ids: Vec<ConversationId>) -> Self {
        let try_again_at = (!ids.is_empty()).then(|| Instant::now() + TRY_AGAIN_AFTER);
        Self { ids, try_again_at }
    }
}

fn note(metrics: &Metrics, tally: &Tally) {
    metrics.count_recovered(tally.recovered);
    (0..tally.failed).for_each(|_| metrics.count_error());
}

/// Reads a finished recording once, and notes what was not noted yet: that it is sound, and its
/// peaks.
fn inspect(
    storage: &Storage,
    id: ConversationId,
    is_cancelled: &dyn Fn() -> bool,
) -> io::Result<Verdict> {
    let metadata = match storage.metadata(id) {
        Ok(metadata) if has_finished_audio(&metadata) => metadata,
        _ => return Ok(Verdict::NotLookedAt),
    };
    if metadata.verified_at.is_some() && storage.has_peaks(id) {
        return Ok(Verdict::NotLookedAt);
    }
    let file = match storage.open(id) {
        Ok((file, _)) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // Unless it was deleted meanwhile, as a whole.
            return Ok(match storage.metadata(id) {
                Ok(_) => {
                    error!("recording is gone, and its description is not");
                    Verdict::Damaged
                }
                Err(_) => Verdict::NotLookedAt,
            });
        }
        Err(error) => return Err(error),
    };
    let pre_skip = metadata.file.as_ref().map_or(0, |file| file.pre_skip);
    let mut maker = PeaksMaker::new(metadata.codec.channels_header, pre_skip);
    let mut listen = |packet: &[u8]| maker.iter_mut().for_each(|maker| maker.push(packet));
    let Some(examined) = examine(&file, &mut listen, is_cancelled)? else {
        return Ok(Verdict::NotLookedAt);
    };
    let sound = examined.audio().map_err(|fault| fault.to_string());
    let consistent = sound.and_then(|audio| {
        consistency::check(&metadata, Some(id), Some(&audio))
            .map_err(|inconsistency| inconsistency.to_string())
    });
    if let Err(fault) = consistent {
        error!(%fault, "recording is damaged");
        return Ok(Verdict::Damaged);
    }
    let peaks = maker.and_then(PeaksMaker::finish).unwrap_or_else(|| {
        // Without columns, so that nobody tries again.
        warn!("recording has no peaks: it could not be decoded");
        Peaks::default()
    });
    // Whoever repaired it meanwhile knows more.
    if storage.metadata(id).ok().as_ref() != Some(&metadata) {
        return Ok(Verdict::NotLookedAt);
    }
    storage.put_peaks(id, &peaks)?;
    let metadata = Metadata {
        verified_at: Some(rfc3339(Timestamp::now())),
        ..metadata
    };
    storage.put_metadata(&metadata, Durability::Now)?;
    Ok(Verdict::Sound)
}

/// What came of looking at a recording.
enum Verdict {
    Sound,
    Damaged,
    /// There is nothing to look at, or no time.
    NotLookedAt,
}

fn has_finished_audio(metadata: &Metadata) -> bool {
    match metadata.status {
        RecordingStatus::Complete | RecordingStatus::Truncated | RecordingStatus::Recovered => true,
        RecordingStatus::Recording | RecordingStatus::Empty | RecordingStatus::Refused => false,
    }
}

#[cfg(test)]
mod tests;
