//! Where a writer's work lies: what to open, what to look at, and whether more will come.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use tracing::Span;

use crate::audio::tee::{Feed, Ring};
use crate::recording::{Origin, Progress};

/// Recordings that a writer has at most, those included whose calls are over: some kilobytes each.
pub(super) const MAX_RECORDINGS: usize = 10_000;

/// Notes for each recording: one that opens it, and three from its bell, which rings again only
/// after the writer has emptied the feed, or when it has more to tell.
const NOTES_EACH: usize = 4;

/// Bells of many recordings that ring within so long wake their writer once.
const GATHER: Duration = Duration::from_millis(50);

/// What to do with a caller's audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    Record,
    /// There is no room for another recording; the call goes on.
    Discard,
}

/// A recording to be made.
pub(super) struct Job {
    pub(super) task: Task,
    pub(super) origin: Origin,
    pub(super) progress: Progress,
    pub(super) feed: Feed,
    pub(super) keep: Box<dyn Send>,
    pub(super) span: Span,
}

/// Why a recording is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotTaken {
    #[error("the recorder has stopped")]
    Closed,
    #[error("too many recordings wait for the disk")]
    Full,
}

/// One thing to do.
pub(super) enum Note {
    Open(u64, Box<Job>),
    /// Packets wait in this recording's feed, or it is over.
    Drain(u64),
}

/// One writer's inbox.
#[derive(Default)]
pub(super) struct Desk {
    state: Mutex<State>,
    /// There is a note, or the desk was closed.
    work: Condvar,
    /// Nothing is being recorded here any more.
    empty: Condvar,
}

#[derive(Default)]
struct State {
    /// Bells are heard while there are fewer than `NOTES_EACH` for each recording; the note that
    /// opens one and the one that tells of its end come in anyway, once each.
    notes: VecDeque<Note>,
    /// The writer is to be woken now, and not when more has come together.
    is_urgent: bool,
    /// Recordings that were opened and are not final.
    recordings: usize,
    is_closed: bool,
}

impl Desk {
    /// Hands over a recording, or gives it back.
    pub(super) fn open(&self, ticket: u64, job: Job) -> Result<(), (NotTaken, Box<Job>)> {
        let job = Box::new(job);
        let mut state = self.lock();
        if state.is_closed {
            return Err((NotTaken::Closed, job));
        }
        if state.recordings >= MAX_RECORDINGS {
            return Err((NotTaken::Full, job));
        }
        state.recordings += 1;
        // So that a ring finds room and need not allocate.
        let room = NOTES_EACH * state.recordings;
        let missing = room.saturating_sub(state.notes.len());
        state.notes.reserve(missing);
        state.notes.push_back(Note::Open(ticket, job));
        state.is_urgent = true;
        drop(state);
        self.work.notify_one();
        Ok(())
    }

    /// Asks the writer to look at a recording; says whether that was heard. Whoever is at the desk
    /// just then is waited for only once in a call, at its end.
    pub(super) fn ring(&self, ticket: u64, ring: Ring) -> bool {
        let state = match ring {
            Ring::Due | Ring::Urgent => self.try_lock(),
            Ring::Over => Some(self.lock()),
        };
        let Some(mut state) = state else {
            return false;
        };
        let is_urgent = ring >= Ring::Urgent;
        if state.recordings == 0 {
            // Nothing is recorded here any more: there is nothing to look at.
            return true;
        }
        if ring < Ring::Over && state.notes.len() >= NOTES_EACH * state.recordings {
            return false;
        }
        state.notes.push_back(Note::Drain(ticket));
        // The first note has the writer wait for more of them; then only urgency wakes him.
        let wakes = state.notes.len() == 1 || (is_urgent && !state.is_urgent);
        state.is_urgent |= is_urgent;
        drop(state);
        if wakes {
            self.work.notify_one();
        }
        true
    }

    /// The next note; `None` once `until` is over. What is not urgent is kept for a while, so that
    /// the writer works rarely and then for many recordings.
    pub(super) fn next(&self, until: Option<Instant>) -> Option<Note> {
        let mut state = self.lock();
        if state.notes.is_empty() {
            state = self.wait_for_first(state, until);
            state = self.wait_for_more(state);
        }
        let note = state.notes.pop_front();
        if state.notes.is_empty() {
            state.is_urgent = false;
        }
        note
    }

    /// Until there is a note, or `until` is over.
    fn wait_for_first<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        until: Option<Instant>,
    ) -> MutexGuard<'a, State> {
        while state.notes.is_empty() {
            if state.is_closed && state.recordings == 0 {
                break;
            }
            let Some(until) = until else {
                state = self
                    .work
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let woken = self.work.wait_timeout(state, left);
            (state, _) = woken.unwrap_or_else(PoisonError::into_inner);
        }
        state
    }

    /// Until the notes are urgent or enough time has passed since the first one.
    fn wait_for_more<'a>(&'a self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        let enough = Instant::now() + GATHER;
        while !state.notes.is_empty() && !state.is_urgent && !state.is_closed {
            let left = enough.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let woken = self.work.wait_timeout(state, left);
            (state, _) = woken.unwrap_or_else(PoisonError::into_inner);
        }
        state
    }

    /// Counts a recording as final.
    pub(super) fn finish_one(&self) {
        let mut state = self.lock();
        state.recordings = state.recordings.saturating_sub(1);
        if state.recordings == 0 {
            self.empty.notify_all();
        }
    }

    /// No recording is left and none can come.
    pub(super) fn is_done(&self) -> bool {
        let state = self.lock();
        state.is_closed && state.recordings == 0
    }

    /// Takes no new recordings.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.work.notify_one();
    }

    /// The writer is gone: what lies here will never be done.
    pub(super) fn abandon(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        state.recordings = 0;
        let left_over = std::mem::take(&mut state.notes);
        drop(state);
        // Outside the lock: a feed or a keep that goes may do something.
        drop(left_over);
        self.empty.notify_all();
    }

    /// How many recordings are left when there are none any more, or when time is up.
    pub(super) fn wait_until_empty(&self, deadline: Instant) -> usize {
        let mut state = self.lock();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if state.recordings == 0 || left.is_zero() {
                return state.recordings;
            }
            let woken = self.empty.wait_timeout(state, left);
            (state, _) = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change under the lock is a single step: a panic elsewhere leaves no half state.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None` while somebody else is at the desk.
    fn try_lock(&self) -> Option<MutexGuard<'_, State>> {
        match self.state.try_lock() {
            Ok(state) => Some(state),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Keeps everybody else from the desk until what is returned is dropped.
    #[cfg(test)]
    pub(super) fn occupy(&self) -> impl Sized {
        self.lock()
    }
}
