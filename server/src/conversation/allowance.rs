//! How much one caller may send: more than any voice needs, and not more than others could bear.

use std::time::{Duration, Instant};

/// Opus packets of 5 ms: whoever sends more has something else in mind.
const PACKETS_A_SECOND: u32 = 200;
/// 512 kbit/s: a little more than the most that Opus knows (RFC 6716 §2.1.1).
const BYTES_A_SECOND: u32 = 64_000;
/// What every packet has besides its audio: a header of RTP and a tag of SRTP.
const OVERHEAD: usize = 28;
/// What a network has held back may come at once, as if it had been saved up for so long.
const SAVED_UP: Duration = Duration::from_secs(2);
const NANOSECONDS: u64 = 1_000_000_000;

/// What is left to one caller.
#[derive(Debug)]
pub(super) struct Allowance {
    packets: Meter,
    bytes: Meter,
}

impl Allowance {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            packets: Meter::new(PACKETS_A_SECOND, now),
            bytes: Meter::new(BYTES_A_SECOND, now),
        }
    }

    /// Whether a datagram of so many bytes is within it; then it is taken from it.
    pub(super) fn take(&mut self, bytes: usize, now: Instant) -> bool {
        // A datagram has 64 kB at most.
        let bytes = u32::try_from(bytes.saturating_sub(OVERHEAD)).unwrap_or(u32::MAX);
        let (packets, bytes) = (self.packets.after(1, now), self.bytes.after(bytes, now));
        match (packets, bytes) {
            (Some(packets), Some(bytes)) => {
                self.packets.used_until = packets;
                self.bytes.used_until = bytes;
                true
            }
            _ => false,
        }
    }
}

/// A rate, kept as the time at which all that was taken would have been earned.
#[derive(Debug)]
struct Meter {
    nanoseconds_each: u64,
    used_until: Instant,
}

impl Meter {
    fn new(a_second: u32, now: Instant) -> Self {
        Self {
            nanoseconds_each: NANOSECONDS / u64::from(a_second),
            used_until: now,
        }
    }

    /// Until when would be used what is used with so many more; `None` if that is too much.
    fn after(&self, more: u32, now: Instant) -> Option<Instant> {
        let price = Duration::from_nanos(self.nanoseconds_each.saturating_mul(more.into()));
        let used_until = self.used_until.max(now).checked_add(price)?;
        (used_until <= now + SAVED_UP).then_some(used_until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of so many datagrams pass that come evenly in ten seconds.
    fn passed(datagrams: u32, bytes: usize) -> u32 {
        let start = Instant::now();
        let mut allowance = Allowance::new(start);
        let every = Duration::from_secs(10) / datagrams;
        let passed = (0..datagrams).filter(|number| allowance.take(bytes, start + every * *number));
        u32::try_from(passed.count()).unwrap()
    }

    #[test]
    fn every_voice_is_within_it() {
        // 2.5 ms at 128 kbit/s would be 400 a second; 5 ms is the shortest that browsers know.
        assert_eq!(passed(2_000, 100), 2_000);
        // The fattest: 510 kbit/s in packets of 20 ms.
        assert_eq!(passed(500, 1_275 + OVERHEAD), 500);
    }

    #[test]
    fn a_flood_is_cut_to_the_rate() {
        let packets = passed(100_000, 20);
        let bytes = passed(10_000, 1_000);

        assert!((2_000..=2_400).contains(&packets), "{packets}");
        assert!((640..=800).contains(&bytes), "{bytes}");
    }

    #[test]
    fn what_was_held_back_for_two_seconds_comes_through_at_once() {
        let start = Instant::now();
        let mut allowance = Allowance::new(start);

        let burst = (0..1_000).filter(|_| allowance.take(100, start)).count();
        let after_a_second = (0..1_000)
            .filter(|_| allowance.take(100, start + Duration::from_secs(1)))
            .count();

        assert_eq!((burst, after_a_second), (400, 200));
    }
}
