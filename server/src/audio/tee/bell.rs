//! What wakes a consumer that sleeps.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

/// How a consumer that sleeps is told that there is work.
pub struct Bell {
    /// Ring when the oldest waiting packet is this old, by the arrival of the newest one.
    pub after: Duration,
    /// Called on the pushing thread, where it may wait at the end alone; says whether it was heard.
    ///
    /// What was not is rung again with the next packet, or when the tee catches up; what was, not before
    /// the queue was found empty, unless there is more to tell.
    pub ring: Box<dyn Fn(Ring) -> bool + Send + Sync>,
    /// Raised by the bytes that wait in this queue; several queues can share it.
    pub waiting_bytes: Arc<AtomicU64>,
    /// With more than that in all of them, no queue takes another packet.
    pub max_waiting_bytes: u64,
}

/// How a bell is rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ring {
    /// Packets are old enough; a little later will do.
    Due,
    /// The queue is half full.
    Urgent,
    /// Nothing more comes. Nobody rings again, so this has to be heard, even if it waits for that.
    Over,
}

impl fmt::Debug for Bell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bell")
            .field("after", &self.after)
            .finish_non_exhaustive()
    }
}
