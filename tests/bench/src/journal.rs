//! What one call sent, and what came back of it.

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::stamp::Stamp;

/// Echoes that are later than this many packets, five seconds, are lost.
const REMEMBERED: usize = 256;
/// Of round trips: three digits.
const DIGITS: u8 = 3;
/// The longest round trip that is told from longer ones, in microseconds.
const LONGEST: u64 = 60_000_000;

/// The sums of all calls.
#[derive(Clone, Debug)]
pub struct Tally {
    pub sent: u64,
    pub echoed: u64,
    pub duplicated: u64,
    /// Came after one that was sent later.
    pub reordered: u64,
    /// Came back with other bytes.
    pub altered: u64,
    /// Carried the stamp of another call.
    pub misdirected: u64,
    /// Is none of the packets that are waited for.
    pub unknown: u64,
    /// Of those that are not back: the weather took them, or their echo.
    pub lost_to_weather: u64,
    /// In microseconds.
    pub round_trip: Histogram<u64>,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            sent: 0,
            echoed: 0,
            duplicated: 0,
            reordered: 0,
            altered: 0,
            misdirected: 0,
            unknown: 0,
            lost_to_weather: 0,
            round_trip: microseconds(),
        }
    }
}

/// A histogram of times from a microsecond to a minute.
#[must_use]
#[expect(clippy::missing_panics_doc, reason = "the bounds are constants")]
pub fn microseconds() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST, DIGITS).expect("bounds that a histogram takes")
}

/// Notes a time; what is out of bounds counts as the bound.
pub fn record(histogram: &mut Histogram<u64>, time: Duration) {
    histogram.saturating_record(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
}

/// The packets of one call.
pub struct Journal {
    call: u32,
    next: u64,
    sent: Vec<Sent>,
    /// The latest packet that came back.
    highest: Option<u64>,
    waited_for: u64,
}

#[derive(Clone, Copy, Default)]
struct Sent {
    number: Option<u64>,
    /// Since 1970.
    at: Duration,
    is_counted: bool,
    is_back: bool,
    is_taken: bool,
}

impl Journal {
    #[must_use]
    pub fn new(call: u32) -> Self {
        Self {
            call,
            next: 0,
            sent: vec![Sent::default(); REMEMBERED],
            highest: None,
            waited_for: 0,
        }
    }

    #[must_use]
    pub fn call(&self) -> u32 {
        self.call
    }

    /// The stamp of the packet that is to be sent next.
    #[must_use]
    pub fn next(&self) -> Stamp {
        Stamp {
            call: self.call,
            number: self.next,
        }
    }

    /// Whether something may come back.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.waited_for > 0
    }

    /// The next packet was sent, `at` so long after 1970. Only what `is_counted` is in the tally.
    pub fn note_sent(&mut self, at: Duration, is_counted: bool, tally: &mut Tally) {
        let number = self.next;
        self.next += 1;
        if let Some(place) = self.place(number) {
            let forgotten = std::mem::replace(
                place,
                Sent {
                    number: Some(number),
                    at,
                    is_counted,
                    is_back: false,
                    is_taken: false,
                },
            );
            let is_lost = forgotten.number.is_some() && !forgotten.is_back;
            self.waited_for += 1 - u64::from(is_lost);
        }
        tally.sent += u64::from(is_counted);
    }

    /// A packet with this stamp came back, with the bytes it was sent with or others.
    pub fn note_echo(&mut self, stamp: Stamp, is_intact: bool, at: Duration, tally: &mut Tally) {
        if stamp.call != self.call {
            tally.misdirected += 1;
            return;
        }
        let highest = self.highest;
        let sent = self
            .place(stamp.number)
            .filter(|sent| sent.number == Some(stamp.number));
        let Some(sent) = sent else {
            tally.unknown += 1;
            return;
        };
        tally.altered += u64::from(!is_intact);
        if sent.is_back {
            tally.duplicated += u64::from(sent.is_counted);
            return;
        }
        sent.is_back = true;
        if sent.is_counted {
            tally.echoed += 1;
            tally.lost_to_weather -= u64::from(sent.is_taken);
            tally.reordered += u64::from(highest.is_some_and(|highest| stamp.number < highest));
            record(&mut tally.round_trip, at.saturating_sub(sent.at));
        }
        self.waited_for = self.waited_for.saturating_sub(1);
        self.highest = highest.max(Some(stamp.number));
    }

    /// The weather took the packet with this stamp, or an echo of it.
    pub fn note_taken(&mut self, stamp: Stamp, tally: &mut Tally) {
        if stamp.call != self.call {
            return;
        }
        let sent = self
            .place(stamp.number)
            .filter(|sent| sent.number == Some(stamp.number));
        if let Some(sent) = sent.filter(|sent| !sent.is_taken && !sent.is_back) {
            sent.is_taken = true;
            tally.lost_to_weather += u64::from(sent.is_counted);
        }
    }

    fn place(&mut self, number: u64) -> Option<&mut Sent> {
        let place = usize::try_from(number % REMEMBERED as u64).ok()?;
        self.sent.get_mut(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn stamp(number: u64) -> Stamp {
        Stamp { call: 1, number }
    }

    #[test]
    fn every_packet_counts_once_whatever_comes_back() {
        let (mut journal, mut tally) = (Journal::new(1), Tally::default());
        for _ in 0..5 {
            journal.note_sent(SECOND, true, &mut tally);
        }

        for number in [0, 2, 1, 2, 3] {
            let at = SECOND + Duration::from_millis(7);
            journal.note_echo(stamp(number), true, at, &mut tally);
        }

        assert_eq!((tally.sent, tally.echoed), (5, 4));
        assert_eq!((tally.duplicated, tally.reordered), (1, 1));
        assert_eq!((tally.altered, tally.unknown), (0, 0));
        assert_eq!(tally.round_trip.len(), 4);
        assert_eq!(tally.round_trip.max() / 1_000, 7);
        assert!(journal.waits());
        journal.note_echo(stamp(4), true, SECOND, &mut tally);
        assert!(!journal.waits());
    }

    #[test]
    fn what_is_not_ours_or_not_whole_is_told_apart() {
        let (mut journal, mut tally) = (Journal::new(1), Tally::default());
        journal.note_sent(SECOND, true, &mut tally);

        let of_another = Stamp { call: 2, number: 0 };
        journal.note_echo(of_another, true, SECOND, &mut tally);
        journal.note_echo(stamp(1), true, SECOND, &mut tally);
        journal.note_echo(stamp(0), false, SECOND, &mut tally);

        assert_eq!((tally.misdirected, tally.unknown, tally.altered), (1, 1, 1));
    }

    #[test]
    fn an_echo_after_five_seconds_is_lost() {
        let (mut journal, mut tally) = (Journal::new(1), Tally::default());
        for _ in 0..=REMEMBERED {
            journal.note_sent(SECOND, true, &mut tally);
        }

        journal.note_echo(stamp(0), true, SECOND, &mut tally);

        assert_eq!((tally.echoed, tally.unknown), (0, 1));
    }

    #[test]
    fn what_the_weather_took_is_told_from_what_the_server_lost() {
        let (mut journal, mut tally) = (Journal::new(1), Tally::default());
        for number in 0..4 {
            journal.note_sent(SECOND, number > 0, &mut tally);
        }

        // One before the window, one twice, and one of whose two echoes the other comes.
        for number in [0, 1, 1, 2] {
            journal.note_taken(stamp(number), &mut tally);
        }
        journal.note_echo(stamp(2), true, SECOND, &mut tally);
        journal.note_taken(stamp(2), &mut tally);
        journal.note_taken(stamp(4), &mut tally);

        assert_eq!((tally.sent, tally.echoed, tally.lost_to_weather), (3, 1, 1));
    }

    #[test]
    fn what_was_sent_outside_the_window_is_not_counted() {
        let (mut journal, mut tally) = (Journal::new(1), Tally::default());
        journal.note_sent(SECOND, false, &mut tally);

        journal.note_echo(stamp(0), true, SECOND, &mut tally);
        journal.note_echo(stamp(0), true, SECOND, &mut tally);

        assert_eq!((tally.sent, tally.echoed, tally.unknown), (0, 0, 0));
        assert_eq!(tally.duplicated, 0);
    }
}
