//! How much one caller may send: more than any voice needs, and not more than others could bear.

use std::time::{Duration, Instant};

use crate::rate::{Meter, Rate};

/// Opus packets of 5 ms: whoever sends more has something else in mind.
const PACKETS_A_SECOND: u32 = 200;
/// 512 kbit/s: a little more than the most that Opus knows (RFC 6716 §2.1.1).
const BYTES_A_SECOND: u32 = 64_000;
/// A check every 50 ms is the most that one side sends (RFC 8445 §14.2), and he may be in the middle
/// of a restart.
const CHECKS_A_SECOND: u32 = 100;
/// Answers that come late or twice, and signs of life that want none (RFC 8445 §11): a handful.
const IDLE_A_SECOND: u32 = 100;
/// A handshake and reports: a handful a second.
const OTHERS_A_SECOND: u32 = 100;
/// What a network has held back may come at once, as if it had been saved up for so long.
const SAVED_UP: Duration = Duration::from_secs(2);

/// What is left to one caller. No kind of datagram takes from another: whoever floods with one goes
/// on to be heard by the others.
#[derive(Debug)]
pub(super) struct Allowance {
    audio: Rate,
    checks: Meter,
    idle: Meter,
    others: Rate,
}

impl Allowance {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            audio: Rate::new(PACKETS_A_SECOND, BYTES_A_SECOND, SAVED_UP, now),
            checks: Meter::a_second(CHECKS_A_SECOND, SAVED_UP, now),
            idle: Meter::a_second(IDLE_A_SECOND, SAVED_UP, now),
            others: Rate::new(OTHERS_A_SECOND, BYTES_A_SECOND, SAVED_UP, now),
        }
    }

    /// Whether audio of so many bytes, which has proved to be the caller's, is within it.
    pub(super) fn take_audio(&mut self, bytes: usize, now: Instant) -> bool {
        self.audio.take(bytes, now)
    }

    /// Whether an authentic check is.
    pub(super) fn take_check(&mut self, now: Instant) -> bool {
        self.checks.take(1, now)
    }

    /// Whether STUN is that asks nothing and answers none of our checks.
    pub(super) fn take_idle(&mut self, now: Instant) -> bool {
        self.idle.take(1, now)
    }

    /// Whether a datagram of so many bytes is that is none of these.
    pub(super) fn take_other(&mut self, bytes: usize, now: Instant) -> bool {
        self.others.take(bytes, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of so many packets pass that come evenly in so many seconds.
    fn passed(packets: u32, seconds: u64, bytes: usize) -> u32 {
        let start = Instant::now();
        let mut allowance = Allowance::new(start);
        let every = Duration::from_secs(seconds) / packets;
        let passed =
            (0..packets).filter(|number| allowance.take_audio(bytes, start + every * *number));
        u32::try_from(passed.count()).unwrap()
    }

    #[test]
    fn every_voice_is_within_it_for_an_hour() {
        // 2.5 ms at 128 kbit/s would be 400 a second; 5 ms is the shortest that browsers know.
        assert_eq!(passed(720_000, 3_600, 100), 720_000);
        // The fattest: 510 kbit/s in packets of 20 ms.
        assert_eq!(passed(180_000, 3_600, 1_275), 180_000);
    }

    #[test]
    fn a_flood_is_cut_to_the_rate() {
        let packets = passed(100_000, 10, 20);
        let bytes = passed(10_000, 10, 1_000);

        assert!((2_000..=2_400).contains(&packets), "{packets}");
        assert!((640..=800).contains(&bytes), "{bytes}");
    }

    #[test]
    fn what_was_held_back_for_two_seconds_comes_through_at_once() {
        let start = Instant::now();
        let mut allowance = Allowance::new(start);

        let burst = (0..1_000)
            .filter(|_| allowance.take_audio(100, start))
            .count();
        let after_a_second = (0..1_000)
            .filter(|_| allowance.take_audio(100, start + Duration::from_secs(1)))
            .count();

        assert_eq!((burst, after_a_second), (400, 200));
    }

    #[test]
    fn no_kind_takes_from_another() {
        let now = Instant::now();
        let mut allowance = Allowance::new(now);

        let checks = (0..1_000).filter(|_| allowance.take_check(now)).count();
        let idle = (0..1_000).filter(|_| allowance.take_idle(now)).count();
        let others = (0..1_000).filter(|_| allowance.take_other(50, now)).count();
        let audio = (0..1_000)
            .filter(|_| allowance.take_audio(100, now))
            .count();

        assert_eq!([checks, idle, others, audio], [200, 200, 200, 400]);
    }
}
