//! When a call's steps were done, and what its connection says of itself, to copy and to keep.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Driver;
use crate::browser::peer_connection::PeerConnection;
use crate::browser::{element, page};
use crate::call::{Attempt, Call};
use crate::timeline::{Step, statistics_without_secrets, without_secrets};

impl Driver {
    pub(super) fn note_step(self, attempt: Attempt, step: Step) {
        // A step of a call that was given up is none of the next one's.
        if self.call.with_untracked(Call::attempt) != attempt {
            return;
        }
        let has = self.timeline.with_untracked(|timeline| timeline.has(step));
        if !has {
            let now = page::now_ms();
            self.timeline.update(|timeline| timeline.note(step, now));
        }
    }

    /// Copies the details to the clipboard; `done` is told whether that went well.
    pub fn copy_dump(self, done: impl FnOnce(bool) + 'static) {
        self.with_dump(move |dump| {
            spawn_local(async move { done(element::copy(&dump).await.is_ok()) });
        });
    }

    /// Gives the details to `take`; of a call that is over those that were kept.
    pub fn with_dump(self, take: impl FnOnce(String) + 'static) {
        let timeline = self.timeline.with_untracked(|timeline| timeline.text());
        let asked = self.line.try_with_value(|line| {
            let peer = line.as_ref()?.peer.as_ref()?;
            Some((peer.descriptions(), peer.statistics()))
        });
        spawn_local(async move {
            let told = match asked.flatten() {
                Some((descriptions, statistics)) => Told {
                    descriptions,
                    statistics: statistics.await.unwrap_or_default(),
                },
                None => self.told.get_value(),
            };
            take(format!("{timeline}{}", told.text()));
        });
    }

    /// Keeps what a connection that is about to be closed says of itself. What it says late, when
    /// another call has begun, is of no use to anybody.
    pub(super) fn keep_told(self, peer: &PeerConnection) {
        let attempt = self.call.with_untracked(Call::attempt);
        let descriptions = peer.descriptions();
        let statistics = peer.statistics();
        self.told.set_value(Told {
            descriptions,
            statistics: String::new(),
        });
        spawn_local(async move {
            let json = statistics.await;
            if let Ok(json) = json
                && self.call.with_untracked(Call::attempt) == attempt
            {
                self.told.update_value(|told| told.statistics = json);
            }
        });
    }
}

/// What both sides agreed on (SDP), and what the browser counted (JSON).
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    descriptions: [String; 2],
    statistics: String,
}

impl Told {
    /// Without what would open anything.
    fn text(&self) -> String {
        let [offer, answer] = self.descriptions.each_ref().map(|sdp| without_secrets(sdp));
        let statistics = statistics_without_secrets(&self.statistics);
        format!(
            "\n--- offer ---\n{offer}\n--- answer ---\n{answer}\n--- statistics ---\n{statistics}\n"
        )
    }
}
