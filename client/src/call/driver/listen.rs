//! Watches a call that goes on: its clock, its levels, its microphone and its network.

use std::time::Duration;

use leptos::prelude::*;
use shared::call::CallState;

use super::Driver;
use crate::api::call_state::read_recorded;
use crate::browser::frames::Frames;
use crate::browser::meter::Meter;
use crate::browser::page;
use crate::browser::peer_connection::PeerConnection;
use crate::call::{Attempt, Call, News};
use crate::delay::Chunk;
use crate::devices::Rig;
use crate::level::trace::STEP;
use crate::level::{Level, Levels};
use crate::timeline::Step;

impl Driver {
    pub(super) fn go_live(self, attempt: Attempt) {
        self.checkup.begin();
        let check = move |chunk: &Chunk<'_>| self.check(chunk);
        self.with_line(attempt, |line| line.go_live(self.scope, check));
        let path = self.call.with_untracked(|call| call.path().cloned());
        let hear = move |state: &CallState| {
            let recorded = read_recorded(state);
            if self.call.with_untracked(Call::recorded) != Some(recorded) {
                self.tell(attempt, News::Recorded(recorded));
            }
        };
        self.monitor.begin(path, hear, move || {
            let count = |peer: &PeerConnection| peer.count();
            self.try_with_line(attempt, |line| line.peer.as_ref().map(count))
                .flatten()
        });
    }

    /// Listens to what the microphone gives; a chirp is not its own.
    fn check(self, chunk: &Chunk<'_>) {
        let rig = self.devices.rig();
        let others = rig.with_untracked(Rig::other_microphones);
        let state = self.line.try_with_value(|line| {
            let microphone = line.as_ref()?.microphone.as_ref()?;
            Some(microphone.state(others))
        });
        if let Some(state) = state.flatten().filter(|_| !chunk.has_chirp) {
            self.checkup.hear(state, chunk.out, chunk.rate);
        }
    }

    pub(super) fn draw_levels(self, attempt: Attempt) -> Frames {
        let mut last = page::now();
        let mut traced = last;
        Frames::new(move |now| {
            let heard = self.try_with_line(attempt, |line| {
                let heard = line.meter.as_mut().map(Meter::levels);
                (heard.unwrap_or(Levels::SILENCE), line.live_since)
            });
            let Some((heard, live_since)) = heard else {
                return;
            };
            if heard.back > Level::SILENCE {
                self.note_step(attempt, Step::FirstSound);
            }
            let shown = self.levels.get_untracked();
            let shown = shown.towards(heard, now.saturating_sub(last));
            self.levels.set(shown);
            last = now;
            if now.saturating_sub(traced) >= STEP {
                traced = now;
                self.trace.update(|trace| trace.push(shown));
            }
            if let Some(live_since) = live_since {
                self.tick(now.saturating_sub(live_since));
            }
        })
    }

    pub(super) fn tick(self, live: Duration) {
        let seconds = Duration::from_secs(live.as_secs());
        if seconds != self.elapsed.get_untracked() {
            self.elapsed.set(seconds);
        }
    }
}
