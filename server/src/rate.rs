//! How often something may happen: so many a second, and at once what was not used for a while.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const NANOSECONDS: u64 = 1_000_000_000;
/// What goes wrong again and again is told at most this often.
const TOLD_EVERY_MS: u64 = 10_000;

/// A rate, kept as the time at which all that was taken would have been earned.
#[derive(Debug)]
pub(crate) struct Meter {
    /// What one takes to be earned.
    each: Duration,
    /// What may be taken at once, in the time that it takes to be earned.
    saved_up: Duration,
    used_until: Instant,
}

impl Meter {
    /// One every `each`, and `at_once` of them, which is what there is at the start.
    #[must_use]
    pub(crate) fn new(each: Duration, at_once: u32, now: Instant) -> Self {
        Self {
            each,
            saved_up: each.saturating_mul(at_once),
            used_until: now,
        }
    }

    /// So many a second, and at once what would be earned in `saved_up`.
    #[must_use]
    pub(crate) fn a_second(rate: u32, saved_up: Duration, now: Instant) -> Self {
        Self {
            each: Duration::from_nanos(NANOSECONDS / u64::from(rate.max(1))),
            saved_up,
            used_until: now,
        }
    }

    /// Whether so many more are within it; then they are taken from it.
    pub(crate) fn take(&mut self, more: u32, now: Instant) -> bool {
        let after = self.after(more, now);
        self.used_until = after.unwrap_or(self.used_until);
        after.is_some()
    }

    /// Until when would be used what is used with so many more; `None` if that is too much.
    fn after(&self, more: u32, now: Instant) -> Option<Instant> {
        let price = self.each.checked_mul(more)?;
        let used_until = self.used_until.max(now).checked_add(price)?;
        (used_until <= now + self.saved_up).then_some(used_until)
    }
}

/// A rate of datagrams that is one of their bytes, too.
#[derive(Debug)]
pub(crate) struct Rate {
    datagrams: Meter,
    bytes: Meter,
}

impl Rate {
    /// So many datagrams and so many bytes a second, and at once what would be earned in `saved_up`.
    #[must_use]
    pub(crate) fn new(datagrams: u32, bytes: u32, saved_up: Duration, now: Instant) -> Self {
        Self {
            datagrams: Meter::a_second(datagrams, saved_up, now),
            bytes: Meter::a_second(bytes, saved_up, now),
        }
    }

    /// Whether a datagram of so many bytes is within it; then it is taken from it.
    pub(crate) fn take(&mut self, bytes: usize, now: Instant) -> bool {
        // A datagram has 64 kB at most.
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let (datagrams, bytes) = (self.datagrams.after(1, now), self.bytes.after(bytes, now));
        let (Some(datagrams), Some(bytes)) = (datagrams, bytes) else {
            return false;
        };
        self.datagrams.used_until = datagrams;
        self.bytes.used_until = bytes;
        true
    }
}

/// Whether what goes wrong again and again may be told: once in ten seconds.
///
/// Threads may ask at the same time, and none waits for another.
#[derive(Debug)]
pub(crate) struct Seldom {
    since: Instant,
    /// When it may be told next, in milliseconds since then.
    next_ms: AtomicU64,
}

impl Default for Seldom {
    fn default() -> Self {
        Self {
            since: Instant::now(),
            next_ms: AtomicU64::new(0),
        }
    }
}

impl Seldom {
    /// Whether it is time. Of all who ask meanwhile one alone is told so.
    pub(crate) fn may_tell(&self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.since).as_millis();
        let now_ms = u64::try_from(passed).unwrap_or(u64::MAX);
        let next_ms = self.next_ms.load(Ordering::Relaxed);
        if now_ms < next_ms {
            return false;
        }
        let then_ms = now_ms.saturating_add(TOLD_EVERY_MS);
        self.next_ms
            .compare_exchange(next_ms, then_ms, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_is_earned_again_one_after_the_other() {
        let start = Instant::now();
        let each = Duration::from_secs(5);
        let mut meter = Meter::new(each, 3, start);
        let taken = |meter: &mut Meter, now| (0..10).filter(|_| meter.take(1, now)).count();

        let at_once = taken(&mut meter, start);
        let soon = taken(&mut meter, start + each - Duration::from_millis(1));
        let later = taken(&mut meter, start + 2 * each);
        let much_later = taken(&mut meter, start + 1_000 * each);

        assert_eq!([at_once, soon, later, much_later], [3, 0, 2, 3]);
    }

    #[test]
    fn what_is_too_much_takes_nothing() {
        let now = Instant::now();
        let second = Duration::from_secs(1);
        let mut meter = Meter::a_second(10, second, now);
        let mut rate = Rate::new(2, 100, second, now);

        assert!(!meter.take(11, now));
        assert!(!meter.take(u32::MAX, now));
        assert!(meter.take(10, now));
        assert!(!rate.take(101, now));
        assert!(!rate.take(usize::MAX, now));
        assert_eq!(
            [60, 60, 40, 0].map(|bytes| rate.take(bytes, now)),
            [true, false, true, false]
        );
    }

    #[test]
    fn what_happens_all_the_time_is_told_once_in_ten_seconds() {
        let seldom = Seldom::default();
        let start = Instant::now();

        let told: Vec<u64> = (0..25_000)
            .filter(|&ms| seldom.may_tell(start + Duration::from_millis(ms)))
            .collect();

        assert_eq!(told, [0, 10_000, 20_000]);
    }

    #[test]
    fn of_many_threads_that_ask_at_once_one_tells() {
        let seldom = Seldom::default();
        let now = Instant::now();

        let told: usize = std::thread::scope(|scope| {
            let ask = || (0..1_000).filter(|_| seldom.may_tell(now)).count();
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
            let told = threads.into_iter().map(|thread| thread.join().unwrap());
            told.sum()
        });

        assert_eq!(told, 1);
    }
}
