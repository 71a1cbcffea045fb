//! Keeps every caller's audio: feeds in, recordings on the disk out, on threads of its own: two
//! that write, and one that reads back what is written.
//!
//! The thread that receives a caller's packets only queues them and, every 200 ms, rings. What
//! is slow happens here, and a disk that hangs holds up nobody but the recordings.

mod desk;
mod growing_file;
mod inspector;
mod open;
pub mod peaks;
mod recovery;
mod space;
mod writer;

use std::io;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use shared::recording::{RecordingEnd, RecordingStatus};
use tracing::{error_span, warn};

use crate::audio::tee::{Bell, Tee};
use crate::metrics::Metrics;
use crate::recording::{Course, Origin, Progress};
use crate::storage::Storage;
use desk::{Desk, Job, NotTaken, Task};
use inspector::Inspector;
use open::Disk;
use space::Space;

/// Recordings are spread over so many threads, so that one slow write leaves the others room.
const WRITERS: usize = 2;
/// As long as a page: a batch is about one.
const BATCH: Duration = Duration::from_millis(200);
/// About ninety full queues of 2000 packets, each as large as a datagram.
const MAX_WAITING_BYTES: u64 = 256 * 1024 * 1024;

/// A call that is to be recorded.
pub struct Call {
    pub origin: Origin,
    /// Where it is told what becomes of the recording.
    pub progress: Progress,
    /// Dropped when the call has ended and its recording is final, whatever came of it.
    pub keep: Box<dyn Send>,
}

/// What all recordings have in common.
#[derive(Clone, Debug)]
pub struct Terms {
    /// With less on the disk no recording begins, with less than half of it none goes on; 0 is
    /// never.
    pub min_free_bytes: u64,
    /// No new recording while more than this waits for the disk in all queues together; with twice
    /// as much, those that run lose what comes, and end.
    pub max_waiting_bytes: u64,
    pub metrics: Metrics,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            min_free_bytes: 0,
            max_waiting_bytes: MAX_WAITING_BYTES,
            metrics: Metrics::default(),
        }
    }
}

/// Recordings are still being written after all the time there was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{recordings} recordings were not finished in time")]
pub struct StopError {
    pub recordings: usize,
}

/// Starts recordings. A clone starts them on the same threads, which end after the last handle
/// and the last feed are gone.
#[derive(Clone)]
pub struct Recorder {
    inner: Arc<Inner>,
}

struct Inner {
    desks: Vec<Arc<Desk>>,
    inspector: Inspector,
    threads: Mutex<Vec<JoinHandle<()>>>,
    next_ticket: AtomicU64,
    waiting_bytes: Arc<AtomicU64>,
    max_waiting_bytes: u64,
    metrics: Metrics,
}

impl Recorder {
    /// What its queues are called.
    pub const NAME: &'static str = "recorder";

    /// Starts the writers; nobody looks at their counts, and no space is kept free.
    ///
    /// # Errors
    /// The system has no room for another thread.
    pub fn start(storage: Storage) -> io::Result<Self> {
        Self::start_with(storage, &Terms::default())
    }

    /// The same on other terms.
    ///
    /// # Errors
    /// The system has no room for another thread.
    pub fn start_with(storage: Storage, terms: &Terms) -> io::Result<Self> {
        if let Ok(bytes) = storage.free_bytes() {
            terms.metrics.set_free_bytes(bytes);
        }
        // Complete before the first thread starts, so that an error ends those that run.
        let mut inner = Inner {
            desks: Vec::with_capacity(WRITERS),
            inspector: Inspector::start(storage.clone(), terms.metrics.clone())?,
            threads: Mutex::default(),
            next_ticket: AtomicU64::new(0),
            waiting_bytes: terms.metrics.waiting_bytes(),
            max_waiting_bytes: terms.max_waiting_bytes,
            metrics: terms.metrics.clone(),
        };
        for (number, storage) in std::iter::repeat_n(storage, WRITERS).enumerate() {
            let disk = Disk {
                storage,
                space: Space::new(terms.min_free_bytes),
                metrics: terms.metrics.clone(),
                inspector: inner.inspector.clone(),
            };
            let desk = Arc::new(Desk::default());
            inner.desks.push(Arc::clone(&desk));
            let thread = std::thread::Builder::new()
                .name(format!("recorder-{number}"))
                .spawn(move || writer::run(&desk, disk))?;
            inner.lock_threads().push(thread);
        }
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Records what enters the tee from now on; `capacity` packets may wait for the disk.
    ///
    /// Never waits. Without room for another recording the call goes on unrecorded, and `keep` is
    /// dropped at once, as it is by a recorder that has stopped.
    pub fn record(&self, tee: &mut Tee, capacity: NonZeroUsize, call: Call) {
        let Call {
            origin,
            progress,
            keep,
        } = call;
        let id = origin.id;
        let span = error_span!(parent: None, "conversation", %id);
        let task = self.inner.task();
        let keep = match task {
            Task::Record => keep,
            Task::Discard => {
                progress.tell(Course::Refused);
                // A disk that hangs must not hold what it will get nothing of.
                Box::new(())
            }
        };
        let ticket = self.inner.next_ticket.fetch_add(1, Ordering::Relaxed);
        let Some(desk) = self.inner.desk_of(ticket) else {
            return;
        };
        let ringing_desk = Arc::clone(desk);
        let bell = Bell {
            after: BATCH,
            ring: Box::new(move |ring| ringing_desk.ring(ticket, ring)),
            waiting_bytes: Arc::clone(&self.inner.waiting_bytes),
            max_waiting_bytes: self.inner.max_waiting_bytes.saturating_mul(2),
        };
        let feed = tee.attach_with_bell(Self::NAME, capacity, bell);
        let job = Job {
            task,
            origin,
            progress,
            feed,
            keep,
            span,
        };
        if let Err((why, job)) = desk.open(ticket, job) {
            job.progress.tell(Course::Refused);
            if why == NotTaken::Full {
                let (refused, backlog) = (RecordingStatus::Refused, RecordingEnd::Backlog);
                self.inner.metrics.count_finished(refused, backlog);
            }
            job.span.in_scope(|| warn!(reason = %why, "not recorded"));
        }
    }

    /// Takes no new recordings, and waits until all are finished: their tees have to be gone. What
    /// was not read back by then is left to the next start.
    ///
    /// Blocks, for at most `patience`.
    ///
    /// # Errors
    /// [`StopError`] if the disk, or a call that goes on, kept a recording open.
    pub fn stop(&self, patience: Duration) -> Result<(), StopError> {
        let deadline = Instant::now() + patience;
        let desks = &self.inner.desks;
        desks.iter().for_each(|desk| desk.close());
        let recordings = desks
            .iter()
            .map(|desk| desk.wait_until_empty(deadline))
            .sum();
        if recordings > 0 {
            return Err(StopError { recordings });
        }
        for thread in self.inner.lock_threads().drain(..) {
            // A panic was reported where it happened; its recordings are gone either way.
            drop(thread.join());
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if !self.inner.inspector.stop(left) {
            warn!("a recording is still being read back");
        }
        Ok(())
    }
}

impl Inner {
    fn task(&self) -> Task {
        if self.waiting_bytes.load(Ordering::Relaxed) > self.max_waiting_bytes {
            Task::Discard
        } else {
            Task::Record
        }
    }

    fn desk_of(&self, ticket: u64) -> Option<&Arc<Desk>> {
        let number = usize::try_from(ticket % WRITERS as u64).ok()?;
        self.desks.get(number)
    }

    fn lock_threads(&self) -> std::sync::MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.desks.iter().for_each(|desk| desk.close());
        self.inspector.end();
    }
}

#[cfg(test)]
mod tests;
