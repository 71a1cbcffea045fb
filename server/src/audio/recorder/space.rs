//! How much room the disk has, and what follows for recordings. Asks for each writer at most once a
//! second, because a disk that hangs answers late.

use std::time::{Duration, Instant};

use tracing::warn;

use crate::storage::Storage;

const ASK_EVERY: Duration = Duration::from_secs(1);

/// What one writer knows of the room that is left.
#[derive(Debug)]
pub(super) struct Space {
    /// With less, no recording begins; with less than half, none goes on. 0 is never.
    min_free: u64,
    /// `None` in it if the disk did not say.
    asked: Option<(Instant, Option<u64>)>,
}

impl Space {
    pub(super) fn new(min_free: u64) -> Self {
        Self {
            min_free,
            asked: None,
        }
    }

    pub(super) fn may_begin(&mut self, storage: &Storage, now: Instant) -> bool {
        self.has(self.min_free, storage, now)
    }

    pub(super) fn may_go_on(&mut self, storage: &Storage, now: Instant) -> bool {
        self.has(self.min_free / 2, storage, now)
    }

    /// What the disk said last.
    pub(super) fn free_bytes(&self) -> Option<u64> {
        self.asked.and_then(|(_, free)| free)
    }

    fn has(&mut self, wanted: u64, storage: &Storage, now: Instant) -> bool {
        let fresh = self
            .asked
            .filter(|(at, _)| now.saturating_duration_since(*at) < ASK_EVERY);
        let (_, free) = fresh.unwrap_or_else(|| {
            let free = storage.free_bytes();
            if let Err(error) = &free {
                warn!(%error, "the disk does not tell its free space");
            }
            *self.asked.insert((now, free.ok()))
        });
        // What is not known stops nothing: a full disk still says so when it is written to.
        free.is_none_or(|free| free >= wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn below_the_floor_none_begins_and_below_half_of_it_none_goes_on() {
        let home = tempfile::tempdir().unwrap();
        let storage = Storage::new(home.path().to_owned()).unwrap();
        let now = Instant::now();
        let verdict = |min_free: u64, free: u64| {
            let mut space = Space::new(min_free);
            space.asked = Some((now, Some(free)));
            (
                space.may_begin(&storage, now),
                space.may_go_on(&storage, now),
            )
        };

        assert_eq!(verdict(100, 100), (true, true));
        assert_eq!(verdict(100, 99), (false, true));
        assert_eq!(verdict(100, 49), (false, false));
        assert_eq!(verdict(0, 0), (true, true));
    }

    #[test]
    fn the_disk_is_asked_again_after_a_second() {
        let home = tempfile::tempdir().unwrap();
        let storage = Storage::new(home.path().to_owned()).unwrap();
        let mut space = Space::new(1);
        let now = Instant::now();
        space.asked = Some((now, Some(0)));

        let early = space.may_begin(&storage, now + ASK_EVERY / 2);
        let later = space.may_begin(&storage, now + ASK_EVERY);

        assert_eq!((early, later), (false, true));
    }
}
