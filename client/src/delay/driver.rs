//! Listens to a call, and shows what its delay is.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::ears::Chirping;
use super::{Chunk, Ears, Hold, Known, Measured, Pair, Parts};
use crate::browser::meter::Meter;
use crate::browser::microphone::Microphone;
use crate::browser::peer_connection::PeerConnection;
use crate::browser::tape::{Tape, capture_latency_ms, is_page_hidden};
use crate::browser::{BrowserError, chirp, page};

/// Time between two pictures.
const BETWEEN_PICTURES: Duration = Duration::from_millis(200);

/// The one owner of what is measured of the page's call. Components read it.
#[derive(Clone, Copy)]
pub struct Scope {
    is_on: RwSignal<bool>,
    measured: RwSignal<Option<Measured>>,
    known: RwSignal<Known>,
    chirping: RwSignal<Chirping>,
    pair: RwSignal<Pair>,
    is_held: RwSignal<bool>,
    open: StoredValue<Option<Open>, LocalStorage>,
    /// What measures plays nowhere, and knows the default loudspeaker alone.
    knows_output: StoredValue<bool>,
}

/// What one call needs.
struct Open {
    tape: Tape,
    ears: Ears,
    drawn: Duration,
}

/// What there is to show after a stretch of sound.
struct News {
    measured: Option<Measured>,
    chirping: Chirping,
    output: Option<f64>,
    pair: Option<Pair>,
}

impl Scope {
    #[must_use]
    pub fn new() -> Self {
        Self {
            is_on: RwSignal::new(false),
            measured: RwSignal::new(None),
            known: RwSignal::new(Known::default()),
            chirping: RwSignal::new(Chirping::No),
            pair: RwSignal::new(Pair::default()),
            is_held: RwSignal::new(false),
            open: StoredValue::new_local(None),
            knows_output: StoredValue::new(true),
        }
    }

    /// Whether a call is listened to.
    #[must_use]
    pub fn is_on(self) -> ReadSignal<bool> {
        self.is_on.read_only()
    }

    /// The delay of the call, or of the last one.
    #[must_use]
    pub fn measured(self) -> ReadSignal<Option<Measured>> {
        self.measured.read_only()
    }

    /// Nothing of an earlier call is to be read any more.
    pub fn clear(self) {
        self.measured.set(None);
    }

    /// What it is made of. To be read where signals are followed.
    #[must_use]
    pub fn parts(self) -> Option<Parts> {
        let measured = self.measured.get()?;
        Some(self.known.with(|known| Parts::of(measured.ms, known)))
    }

    #[must_use]
    pub fn chirping(self) -> ReadSignal<Chirping> {
        self.chirping.read_only()
    }

    /// Both sounds of the last seconds, a few times a second.
    #[must_use]
    pub fn pair(self) -> ReadSignal<Pair> {
        self.pair.read_only()
    }

    /// Whether the picture stands still.
    #[must_use]
    pub fn is_held(self) -> ReadSignal<bool> {
        self.is_held.read_only()
    }

    /// Lets the picture stand still, or go on.
    pub fn toggle_held(self) {
        self.is_held.update(|is_held| *is_held = !*is_held);
    }

    /// Listens to a call that became live, and begins anew. `also` hears the same stretches.
    pub fn start(self, meter: &Meter, mut also: impl FnMut(&Chunk<'_>) + 'static) {
        self.stop();
        self.measured.set(None);
        self.chirping.set(Chirping::No);
        self.pair.set(Pair::default());
        self.is_held.set(false);
        let opened = Tape::open(meter, move |chunk| {
            self.hear(chunk);
            also(chunk);
        });
        match opened {
            Ok(tape) => {
                let ears = Ears::default();
                let drawn = Duration::ZERO;
                self.open.set_value(Some(Open { tape, ears, drawn }));
                self.is_on.set(true);
            }
            Err(error) => page::log("the delay is not measured", &error),
        }
    }

    /// The call is over. What was measured stays to be read.
    pub fn stop(self) {
        // Dropped after the value is free again: what closes may call back.
        let closed = self.open.try_update_value(Option::take);
        drop(closed);
        self.is_on.set(false);
        if self.chirping.get_untracked() == Chirping::Listening {
            self.chirping.set(Chirping::No);
        }
    }

    /// Takes in what is known of the way of a sound, such as the network's round trip.
    pub fn know(self, learn: impl FnOnce(&mut Known)) {
        let mut known = self.known.get_untracked();
        learn(&mut known);
        if known != self.known.get_untracked() {
            self.known.set(known);
        }
    }

    /// Takes in how long the server holds the sound from now on. What was measured before is true no
    /// more.
    pub fn know_hold(self, hold: Hold) {
        if self.known.with_untracked(|known| known.hold) == hold {
            return;
        }
        self.know(|known| known.hold = hold);
        self.with_ears(Ears::forget);
    }

    /// Takes in what is known of the microphone that is open now.
    pub fn know_microphone(self, microphone: &Microphone) {
        let capture = capture_latency_ms(microphone);
        self.know(|known| known.capture = capture);
    }

    /// Takes in whether the echo plays through the default loudspeaker.
    pub fn know_sink(self, is_default: bool) {
        self.knows_output.set_value(is_default);
        if !is_default {
            self.know(|known| known.output = None);
        }
    }

    /// Measures by a short sound that is sent instead of the microphone for a moment.
    pub fn chirp(self, meter: &Meter, peer: &PeerConnection, microphone: &Microphone) {
        if !self.is_on.get_untracked() || self.chirping.get_untracked() == Chirping::Listening {
            return;
        }
        let sending = chirp::send(meter, peer, microphone);
        self.mark_chirp(true);
        self.with_ears(Ears::await_chirp);
        self.chirping.set(Chirping::Listening);
        spawn_local(async move {
            let sent: Result<(), BrowserError> = match sending {
                Ok(sending) => sending.await,
                Err(error) => Err(error),
            };
            if let Err(error) = sent {
                page::log("the chirp was not sent", &error);
                self.with_ears(Ears::forgo_chirp);
            }
            self.mark_chirp(false);
        });
    }

    fn mark_chirp(self, is_chirping: bool) {
        self.open.with_value(|open| {
            if let Some(open) = open {
                open.tape.set_chirping(is_chirping);
            }
        });
    }

    fn with_ears(self, change: impl FnOnce(&mut Ears)) {
        self.open.update_value(|open| {
            if let Some(open) = open {
                change(&mut open.ears);
            }
        });
    }

    fn hear(self, chunk: &Chunk<'_>) {
        let knows_output = self.knows_output.get_value();
        let is_drawn = !self.is_held.get_untracked() && !is_page_hidden();
        let news = self.open.try_update_value(|open| {
            let open = open.as_mut()?;
            open.ears.hear(chunk);
            let now = page::now();
            let is_due = is_drawn && now.saturating_sub(open.drawn) >= BETWEEN_PICTURES;
            if is_due {
                open.drawn = now;
            }
            Some(News {
                measured: open.ears.measured(),
                chirping: open.ears.chirping(),
                output: (is_due && knows_output)
                    .then(|| open.tape.output_latency_ms())
                    .flatten(),
                pair: is_due.then(|| open.ears.pair()),
            })
        });
        if let Some(news) = news.flatten() {
            self.show(news);
        }
    }

    fn show(self, news: News) {
        if news.measured != self.measured.get_untracked() {
            self.measured.set(news.measured);
        }
        if news.chirping != self.chirping.get_untracked() {
            self.chirping.set(news.chirping);
        }
        if let Some(output) = news.output {
            // It moves by parts of a millisecond all the time.
            self.know(|known| {
                let is_new = known.output.is_none_or(|old| (old - output).abs() >= 1.0);
                if is_new {
                    known.output = Some(output);
                }
            });
        }
        if let Some(pair) = news.pair {
            self.pair.set(pair);
        }
    }
}

impl Default for Scope {
    fn default() -> Self {
        Self::new()
    }
}
