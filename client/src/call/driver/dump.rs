//! When a call's steps were done, and what its connection says of itself, to copy and to keep.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Driver;
use crate::browser::{element, page};
use crate::timeline::{Step, statistics_without_secrets, without_secrets};

impl Driver {
    pub(super) fn note_step(self, step: Step) {
        let has = self.timeline.with_untracked(|timeline| timeline.has(step));
        if !has {
            let now = page::now().as_secs_f64() * 1_000.0;
            self.timeline.update(|timeline| timeline.note(step, now));
        }
    }

    /// Copies the details to the clipboard; `done` is told whether that went well.
    pub fn copy_dump(self, done: impl FnOnce(bool) + 'static) {
        self.with_dump(move |dump| {
            spawn_local(async move { done(element::copy(&dump).await.is_ok()) });
        });
    }

    /// Gives the details to `take`; of a call that is over those that are left.
    pub fn with_dump(self, take: impl FnOnce(String) + 'static) {
        let timeline = self.timeline.with_untracked(|timeline| timeline.text());
        let asked = self.line.try_with_value(|line| {
            let peer = line.as_ref()?.peer.as_ref()?;
            Some((peer.descriptions(), peer.statistics()))
        });
        spawn_local(async move {
            let mut dump = timeline;
            if let Some((descriptions, statistics)) = asked.flatten() {
                for (name, sdp) in ["offer", "answer"].into_iter().zip(descriptions) {
                    dump += &format!("\n--- {name} ---\n{}", without_secrets(&sdp));
                }
                let json = statistics.await.unwrap_or_default();
                dump += &format!(
                    "\n--- statistics ---\n{}\n",
                    statistics_without_secrets(&json)
                );
            }
            take(dump);
        });
    }
}
