//! The counters of the last seconds, and what they tell.
//!
//! Only differences count: what was lost at the beginning of a call says nothing of now.

use std::collections::VecDeque;

use shared::call::Traffic;

use super::mos::{BUFFER_JITTERS, PACKING_MS, mos};
use super::snapshot::{Inbound, Snapshot};
use super::{Direction, Quality};

/// How long a loss counts, in milliseconds.
pub const WINDOW_MS: f64 = 10_000.0;

/// A loss is told of no shorter time, in milliseconds: of the first few packets, one is many.
pub const LEAST_MS: f64 = 4_500.0;

/// So many packets that were sent and of which none came are lost, though no gap shows it: a second
/// of sound.
const ALL_LOST: f64 = 50.0;

/// The counters of one call in the last seconds.
#[derive(Clone, Debug, Default)]
pub struct Window {
    /// Oldest first.
    moments: VecDeque<Moment>,
}

#[derive(Clone, Debug)]
struct Moment {
    at_ms: f64,
    browser: Snapshot,
    server: Option<Traffic>,
}

/// What the counters gained between two moments; what restarted or was not told is `None`.
struct Gain<'a> {
    from: &'a Moment,
    to: &'a Moment,
}

impl Window {
    /// Takes in what browser and server count at `at_ms`, about once a second, and says how the network
    /// is.
    pub fn feed(&mut self, at_ms: f64, browser: Snapshot, server: Option<Traffic>) -> Quality {
        let moment = Moment {
            at_ms,
            browser,
            server,
        };
        if self.moments.iter().any(|old| moment.restarts(old)) {
            self.moments.clear();
        }
        self.moments.push_back(moment);
        // The one that began before the window stays: a page in the background is fed seldom.
        while self
            .moments
            .get(1)
            .is_some_and(|next| at_ms - next.at_ms >= WINDOW_MS)
        {
            self.moments.pop_front();
        }
        self.quality()
    }

    fn quality(&self) -> Quality {
        let Some(now) = self.moments.back() else {
            return Quality::default();
        };
        let whole = self.gain(|_| true);
        // Where both are known, the differences of both are of the same time.
        let both = self.gain(|moment| moment.server.is_some());
        let browser = &now.browser;
        let round_trip_ms = round_trip_ms(now);
        let buffer_ms = whole.as_ref().and_then(Gain::buffer_ms);
        let told = self.moments.iter().rev().find_map(|moment| moment.server);
        let up = Direction {
            loss: both.as_ref().and_then(Gain::loss_up),
            jitter_ms: told.and_then(|traffic| sound(traffic.received.jitter_ms)),
            kbps: whole.as_ref().and_then(Gain::kbps_up),
            mos: None,
        };
        let down = Direction {
            loss: both.as_ref().and_then(Gain::loss_down),
            jitter_ms: sound(browser.inbound.jitter_s).map(|seconds| seconds * 1_000.0),
            kbps: whole.as_ref().and_then(Gain::kbps_down),
            mos: None,
        };
        let is_told = up.loss.or(down.loss).is_some();
        let seen = whole.as_ref().filter(|_| !is_told);
        Quality {
            up: rated(up, round_trip_ms, None),
            down: rated(down, round_trip_ms, buffer_ms),
            loss: seen.and_then(Gain::loss_seen),
            round_trip_ms,
            buffer_ms,
            concealed: whole.as_ref().and_then(Gain::concealed),
            path: browser.path,
            codec: browser.codec.clone(),
        }
    }

    /// Between the first and the last of those moments.
    fn gain(&self, is_meant: impl Fn(&Moment) -> bool) -> Option<Gain<'_>> {
        let from = self.moments.iter().find(|moment| is_meant(moment))?;
        let to = self.moments.iter().rfind(|moment| is_meant(moment))?;
        (to.at_ms > from.at_ms).then_some(Gain { from, to })
    }
}

impl Moment {
    /// Whether the counters began anew since then: only they fall.
    fn restarts(&self, old: &Self) -> bool {
        let fell = |counter: fn(&Snapshot) -> Option<f64>| {
            let (now, then) = (counter(&self.browser), counter(&old.browser));
            now.zip(then).is_some_and(|(now, then)| now < then)
        };
        let fell_there = |counter: fn(&Traffic) -> u64| {
            let (now, then) = (self.server.as_ref(), old.server.as_ref());
            now.zip(then)
                .is_some_and(|(now, then)| counter(now) < counter(then))
        };
        fell(|browser| browser.inbound.packets_received)
            || fell(|browser| browser.inbound.bytes_received)
            || fell(|browser| browser.inbound.jitter_buffer_emitted)
            || fell(|browser| browser.outbound.packets_sent)
            || fell(|browser| browser.outbound.bytes_sent)
            || fell_there(|server| server.received.packets)
            || fell_there(|server| server.sent.packets)
    }
}

impl Gain<'_> {
    fn ms(&self) -> f64 {
        self.to.at_ms - self.from.at_ms
    }

    fn browser(&self, counter: impl Fn(&Snapshot) -> Option<f64>) -> Option<f64> {
        Some(counter(&self.to.browser)? - counter(&self.from.browser)?)
    }

    fn inbound(&self, counter: impl Fn(&Inbound) -> Option<f64>) -> Option<f64> {
        self.browser(|browser| counter(&browser.inbound))
    }

    fn server(&self, counter: impl Fn(&Traffic) -> Option<u64>) -> Option<f64> {
        let to = counter(self.to.server.as_ref()?)?;
        let from = counter(self.from.server.as_ref()?)?;
        // What came late after all was no loss.
        Some(to.saturating_sub(from) as f64)
    }

    /// Lost on the way up, in packets.
    fn lost_up(&self) -> Option<f64> {
        let lost = |traffic: &Traffic| Some(traffic.received.lost.unwrap_or_default());
        self.server(lost)
    }

    fn loss_up(&self) -> Option<f64> {
        let came = self.server(|traffic| Some(traffic.received.packets))?;
        let sent = self.browser(|browser| browser.outbound.packets_sent);
        self.loss(came, self.lost_up()?, sent)
    }

    /// The server keeps the caller's numbers, so what was lost on the way up shows as a gap on the way
    /// down as well. It is taken out twice over, by what the server missed and by what it sent: an
    /// echo that is held shows the gaps of before, and what was sent is counted a moment later.
    fn loss_down(&self) -> Option<f64> {
        let came = self.inbound(|inbound| inbound.packets_received)?;
        let seen = self.inbound(|inbound| inbound.packets_lost)?;
        let sent = self.server(|traffic| Some(traffic.sent.packets))?;
        let lost = (seen - self.lost_up()?).min(sent - came);
        self.loss(came, lost, Some(sent))
    }

    /// On both ways together: what was lost on the way up is a gap on the way down as well.
    fn loss_seen(&self) -> Option<f64> {
        let came = self.inbound(|inbound| inbound.packets_received)?;
        let lost = self.inbound(|inbound| inbound.packets_lost)?;
        self.loss(came, lost, None)
    }

    fn loss(&self, came: f64, lost: f64, sent: Option<f64>) -> Option<f64> {
        if self.ms() < LEAST_MS {
            return None;
        }
        if came <= 0.0 {
            // Nothing was there to be lost, or everything was.
            return sent.filter(|sent| *sent >= ALL_LOST).map(|_| 1.0);
        }
        let lost = lost.max(0.0);
        sound(Some(lost / (came + lost)))
    }

    fn kbps_up(&self) -> Option<f64> {
        let bytes = self.browser(|browser| browser.outbound.bytes_sent)?;
        sound(Some(bytes * 8.0 / self.ms()))
    }

    fn kbps_down(&self) -> Option<f64> {
        let bytes = self.inbound(|inbound| inbound.bytes_received)?;
        sound(Some(bytes * 8.0 / self.ms()))
    }

    fn buffer_ms(&self) -> Option<f64> {
        let waited_s = self.inbound(|inbound| inbound.jitter_buffer_delay_s)?;
        let samples = self.inbound(|inbound| inbound.jitter_buffer_emitted)?;
        sound(Some(waited_s * 1_000.0 / samples))
    }

    fn concealed(&self) -> Option<f64> {
        let all = self.inbound(|inbound| inbound.total_samples_received)?;
        let concealed = self.inbound(|inbound| inbound.concealed_samples)?;
        let silent = self.inbound(|inbound| inbound.silent_concealed_samples);
        sound(Some((concealed - silent.unwrap_or(0.0)).max(0.0) / all)).map(|share| share.min(1.0))
    }
}

/// A browser that does not know the round trip says 0, as Firefox does.
fn round_trip_ms(now: &Moment) -> Option<f64> {
    let known = |ms: &f64| *ms > 0.0;
    let in_ms = |seconds: Option<f64>| sound(seconds).map(|seconds| seconds * 1_000.0);
    let (checked, reported) = (
        in_ms(now.browser.checked_round_trip_s).filter(known),
        in_ms(now.browser.reported_round_trip_s).filter(known),
    );
    let told = || now.server.and_then(|traffic| sound(traffic.round_trip_ms));
    checked.or(reported).or_else(|| told().filter(known))
}

/// With its estimated score. Half of the round trip is one way; without a round trip it is none.
fn rated(direction: Direction, round_trip_ms: Option<f64>, buffer_ms: Option<f64>) -> Direction {
    let jitter_ms = direction.jitter_ms.unwrap_or(0.0);
    let buffer_ms = buffer_ms.unwrap_or(jitter_ms * BUFFER_JITTERS);
    let score =
        |(loss, round_trip_ms): (f64, f64)| mos(round_trip_ms / 2.0 + buffer_ms + PACKING_MS, loss);
    Direction {
        mos: direction.loss.zip(round_trip_ms).map(score),
        ..direction
    }
}

/// A number that can be true.
fn sound(number: Option<f64>) -> Option<f64> {
    number.filter(|number| number.is_finite() && *number >= 0.0)
}
