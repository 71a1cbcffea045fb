//! Keeps every caller's audio: feeds in, recordings on the disk out, on two threads of its own.
//!
//! The thread that receives a caller's packets only queues them and, every 200 ms, rings. What
//! is slow happens here, and a disk that hangs holds up nobody but the recordings.

mod desk;
mod growing_file;
mod inspector;
mod recovery;
mod writer;

use std::io;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tracing::{error_span, warn};

use crate::audio::tee::{Bell, Tee};
use crate::recording::Origin;
use crate::storage::Storage;
use desk::{Desk, Job, Task};

/// Recordings are spread over so many threads, so that one slow write leaves the others room.
const WRITERS: usize = 2;
/// As long as a page: a batch is about one.
const BATCH: Duration = Duration::from_millis(200);
/// No new recording while more than this waits for the disk in all queues together.
const MAX_WAITING_BYTES: u64 = 256 * 1024 * 1024;

/// A call that is to be recorded.
pub struct Call {
    pub origin: Origin,
    /// Dropped when the call has ended and its recording is final, whatever came of it.
    pub keep: Box<dyn Send>,
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
    threads: Mutex<Vec<JoinHandle<()>>>,
    next_ticket: AtomicU64,
    waiting_bytes: Arc<AtomicU64>,
}

impl Recorder {
    /// What its queues are called.
    pub const NAME: &'static str = "recorder";

    /// Starts the writers.
    ///
    /// # Errors
    /// The system has no room for another thread.
    pub fn start(storage: Storage) -> io::Result<Self> {
        // Complete before the first thread starts, so that an error ends those that run.
        let mut inner = Inner {
            desks: Vec::with_capacity(WRITERS),
            threads: Mutex::default(),
            next_ticket: AtomicU64::new(0),
            waiting_bytes: Arc::default(),
        };
        for (number, storage) in std::iter::repeat_n(storage, WRITERS).enumerate() {
            let desk = Arc::new(Desk::default());
            inner.desks.push(Arc::clone(&desk));
            let thread = std::thread::Builder::new()
                .name(format!("recorder-{number}"))
                .spawn(move || writer::run(&desk, &storage))?;
            inner.lock_threads().push(thread);
        }
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Records what enters the tee from now on; `capacity` packets may wait for the disk.
    ///
    /// Never waits. Without room for another recording the call goes on unrecorded; a recorder
    /// that has stopped drops `keep` at once.
    pub fn record(&self, tee: &mut Tee, capacity: NonZeroUsize, call: Call) {
        let Call { origin, keep } = call;
        let id = origin.id;
        let span = error_span!(parent: None, "conversation", %id);
        let task = self.inner.task();
        if task == Task::Discard {
            span.in_scope(|| warn!("not recorded: the disk is too far behind"));
        }
        let ticket = self.inner.next_ticket.fetch_add(1, Ordering::Relaxed);
        let Some(desk) = self.inner.desk_of(ticket) else {
            return;
        };
        let ringing_desk = Arc::clone(desk);
        let bell = Bell {
            after: BATCH,
            ring: Box::new(move || ringing_desk.ring(ticket)),
            waiting_bytes: Arc::clone(&self.inner.waiting_bytes),
        };
        let feed = tee.attach_with_bell(Self::NAME, capacity, bell);
        let job = Job {
            task,
            origin,
            feed,
            keep,
            span,
        };
        if let Err(job) = desk.open(ticket, job) {
            job.span
                .in_scope(|| warn!("not recorded: the recorder has stopped"));
        }
    }

    /// Takes no new recordings, and waits until all are finished: their tees have to be gone.
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
        Ok(())
    }
}

impl Inner {
    fn task(&self) -> Task {
        if self.waiting_bytes.load(Ordering::Relaxed) > MAX_WAITING_BYTES {
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
    }
}

#[cfg(test)]
mod tests;
