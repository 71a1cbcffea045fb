//! Keeps the health of a call's microphone where components can read it.

use std::time::Duration;

use leptos::prelude::*;

use super::{Gauge, Health, Listener, Track};

/// The one owner of what is known of the page's microphone. Components read it.
#[derive(Clone, Copy)]
pub struct Checkup {
    is_on: RwSignal<bool>,
    health: RwSignal<Health>,
    gauge: RwSignal<Gauge>,
    listener: StoredValue<Listener, LocalStorage>,
}

impl Checkup {
    #[must_use]
    pub fn new() -> Self {
        Self {
            is_on: RwSignal::new(false),
            health: RwSignal::new(Health::Checking),
            gauge: RwSignal::new(Gauge::SILENCE),
            listener: StoredValue::new_local(Listener::default()),
        }
    }

    /// Whether a microphone is open, so that there is anything to show.
    #[must_use]
    pub fn is_on(self) -> ReadSignal<bool> {
        self.is_on.read_only()
    }

    #[must_use]
    pub fn health(self) -> ReadSignal<Health> {
        self.health.read_only()
    }

    #[must_use]
    pub fn gauge(self) -> ReadSignal<Gauge> {
        self.gauge.read_only()
    }

    /// How much speech the call heard so far.
    #[must_use]
    pub fn spoken(self) -> Duration {
        self.listener.with_value(Listener::spoken)
    }

    /// A call begins, with whatever microphone.
    pub fn begin(self) {
        self.listener.set_value(Listener::default());
        self.is_on.set(true);
    }

    /// How the microphone is now, and all that it gave since the last time, `rate` samples a second.
    pub fn hear(self, track: Track, samples: &[f32], rate: f64) {
        self.with_listener(|listener| {
            listener.note_track(track);
            listener.hear(samples, whole(rate));
        });
    }

    /// The microphone was closed.
    pub fn end(self) {
        self.listener.set_value(Listener::default());
        self.is_on.set(false);
        self.show(Health::Checking, Gauge::SILENCE);
    }

    fn with_listener(self, change: impl FnOnce(&mut Listener)) {
        let now = self.listener.try_update_value(|listener| {
            change(listener);
            (listener.state(), listener.gauge())
        });
        if let Some((health, gauge)) = now {
            self.show(health, gauge);
        }
    }

    fn show(self, health: Health, gauge: Gauge) {
        if health != self.health.get_untracked() {
            self.health.set(health);
        }
        if gauge != self.gauge.get_untracked() {
            self.gauge.set(gauge);
        }
    }
}

impl Default for Checkup {
    fn default() -> Self {
        Self::new()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast takes what is out of range as the nearest that is in it"
)]
fn whole(rate: f64) -> u32 {
    rate.round() as u32
}
