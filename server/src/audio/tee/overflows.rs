//! Says that queues overflow: one line for each kind of queue every ten seconds, however many
//! calls have one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing::warn;

/// A kind of queue that overflows for long says so at most this often.
const WARN_EVERY: Duration = Duration::from_secs(10);

/// What overflowed so far, by the queue's name. A clone counts on in the same place. Its lock is
/// taken by nobody whose queues have room.
#[derive(Clone, Debug, Default)]
pub struct Overflows(Arc<Mutex<BTreeMap<&'static str, Kind>>>);

/// All queues of one name.
#[derive(Debug, Default)]
struct Kind {
    dropped: u64,
    warned_at: Option<Instant>,
}

impl Overflows {
    /// How many packets found no room, by the queue's name.
    #[must_use]
    pub fn totals(&self) -> BTreeMap<&'static str, u64> {
        let kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let totals = kinds.iter().map(|(&name, kind)| (name, kind.dropped));
        totals.collect()
    }

    /// Counts a packet that queue `name` had no room for.
    pub(super) fn note(&self, name: &'static str, capacity: usize, now: Instant) {
        let Some(dropped_by_all) = self.count(name, now) else {
            return;
        };
        warn!(queue = name, capacity, dropped_by_all, "queue overflowed");
    }

    /// How many packets queues of that name dropped, when it is time to say so.
    fn count(&self, name: &'static str, now: Instant) -> Option<u64> {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = kinds.entry(name).or_default();
        kind.dropped += 1;
        let is_due = kind
            .warned_at
            .is_none_or(|then| now.saturating_duration_since(then) >= WARN_EVERY);
        is_due.then(|| {
            kind.warned_at = Some(now);
            kind.dropped
        })
    }
}
