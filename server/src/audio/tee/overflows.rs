//! Says that queues overflow: one line for each kind of queue every ten seconds, however many
//! calls have one.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tracing::{Span, warn};

use crate::rate::Seldom;

/// What overflowed so far, by the queue's name. A clone counts on in the same place. Its lock is
/// taken where a queue is made, and never for a packet.
#[derive(Clone, Debug, Default)]
pub struct Overflows(Arc<Mutex<BTreeMap<&'static str, Arc<Kind>>>>);

/// All queues of one name.
#[derive(Debug)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    dropped: AtomicU64,
    overflow: Seldom,
}

impl Overflows {
    /// How many packets found no room, by the queue's name.
    #[must_use]
    pub fn totals(&self) -> BTreeMap<&'static str, u64> {
        let kinds = self.lock();
        let totals = kinds
            .iter()
            .map(|(&name, kind)| (name, kind.dropped.load(Ordering::Relaxed)));
        totals.filter(|&(_, dropped)| dropped > 0).collect()
    }

    /// All queues of that name.
    pub(super) fn kind(&self, name: &'static str) -> Arc<Kind> {
        let mut kinds = self.lock();
        let kind = kinds.entry(name).or_insert_with(|| {
            Arc::new(Kind {
                name,
                dropped: AtomicU64::new(0),
                overflow: Seldom::default(),
            })
        });
        Arc::clone(kind)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, Arc<Kind>>> {
        // Every change under the lock is a single step: a panic elsewhere leaves no half state.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kind {
    /// Counts packets that one of the queues had no room for. Never waits.
    pub(super) fn note(&self, packets: u64, capacity: usize, now: Instant, span: Option<&Span>) {
        let dropped_by_all = self.dropped.fetch_add(packets, Ordering::Relaxed) + packets;
        if self.overflow.may_tell(now) {
            let _entered = span.map(Span::enter);
            let queue = self.name;
            warn!(queue, capacity, dropped_by_all, "queue overflowed");
        }
    }
}
