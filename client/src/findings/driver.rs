//! Keeps what a call told where components can read it, and hands the report over.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::report::{Circumstances, Report};
use super::{Findings, Seen};
use crate::browser::{element, page};
use crate::call::driver::Driver;
use crate::call::{Call, Phase};
use crate::devices::choices::{Switch, Treatment};
use crate::devices::shown::Name;
use crate::devices::{Kind, Rig};
use crate::entrance::driver::Desk;
use crate::line_quality::judge;

/// How often what does not change every moment is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The one owner of a call's findings. They stay when the call is over, until the next one.
#[derive(Clone, Copy)]
pub struct Judge {
    driver: Driver,
    desk: Desk,
    findings: RwSignal<Findings>,
    seen: StoredValue<Look>,
}

/// When was looked last, and what was seen that is gone with the call.
#[derive(Clone, Default)]
struct Look {
    at: Duration,
    known_at: Option<Duration>,
    microphone: String,
    processing: [Option<bool>; 3],
}

impl Judge {
    /// Follows the calls of `driver`.
    #[must_use]
    pub fn follow(driver: Driver, desk: Desk) -> Self {
        let judge = Self {
            driver,
            desk,
            findings: RwSignal::new(Findings::default()),
            seen: StoredValue::new(Look::default()),
        };
        let (is_on, gauge) = (driver.checkup().is_on(), driver.checkup().gauge());
        let elapsed = driver.elapsed();
        let attempt = Memo::new(move |_| driver.call().with(Call::attempt));
        // What is read beside a call that fails is nothing of the one before.
        Effect::new(move |_| {
            attempt.track();
            judge.findings.set(Findings::default());
        });
        Effect::new(move |was_on: Option<bool>| {
            let is_on = is_on.get();
            if is_on && was_on != Some(true) {
                judge.begin();
            }
            // A dead microphone moves no gauge; the clock goes on.
            elapsed.track();
            if is_on {
                gauge.track();
                judge.look();
            }
            is_on
        });
        judge
    }

    #[must_use]
    pub fn findings(self) -> ReadSignal<Findings> {
        self.findings.read_only()
    }

    /// The report, as JSON.
    #[must_use]
    pub fn json(self) -> String {
        self.report().json()
    }

    /// Copies the report to the clipboard, in lines; `done` is told whether that went well.
    pub fn copy(self, done: impl FnOnce(bool) + 'static) {
        let text = self.report().text();
        spawn_local(async move { done(element::copy(&text).await.is_ok()) });
    }

    fn begin(self) {
        self.findings.set(Findings::default());
        self.seen.set_value(Look {
            at: page::now(),
            ..Look::default()
        });
    }

    fn look(self) {
        let now = page::now();
        let checkup = self.driver.checkup();
        let monitor = self.driver.monitor();
        let mut quality = monitor.quality().get_untracked();
        let is_away = self
            .driver
            .call()
            .with_untracked(|call| call.phase() == Phase::Reconnecting);
        if is_away {
            quality = quality.cut_off();
        }
        let seen = Seen {
            health: checkup.health().get_untracked(),
            gauge: checkup.gauge().get_untracked(),
            spoken: checkup.spoken(),
            // As it was, not as long as it is said so that the page does not flicker.
            verdict: judge(&quality),
            quality,
        };
        let before = self.seen.with_value(|look| look.at);
        let elapsed = now.saturating_sub(before).as_secs_f64() * 1_000.0;
        self.findings
            .update(|findings| findings.note(seen, elapsed));
        self.seen.update_value(|look| look.at = now);
        let known_at = self.seen.with_value(|look| look.known_at);
        if known_at.is_none_or(|at| now.saturating_sub(at) >= LOOK_EVERY) {
            self.learn(now);
        }
    }

    fn learn(self, now: Duration) {
        let rig = self.driver.devices().rig();
        let (microphone, processing) = rig.with_untracked(|rig| (label(rig), processing(rig)));
        let is_another = self
            .seen
            .with_value(|look| look.known_at.is_some() && look.microphone != microphone);
        if is_another {
            self.findings.update(Findings::forget_microphone);
        }
        self.seen.update_value(|look| {
            look.known_at = Some(now);
            look.microphone = microphone;
            look.processing = processing;
        });
    }

    fn report(self) -> Report {
        let about = self.desk.entrance();
        let version =
            about.with_untracked(|entrance| entrance.about().map(|about| about.version.clone()));
        let scope = self.driver.scope();
        let conversation = self
            .driver
            .call()
            .with_untracked(|call| call.conversation());
        let look = self.seen.get_value();
        let known = Circumstances {
            made_at: page::wall_clock(),
            server_version: version.unwrap_or_default(),
            user_agent: page::user_agent(),
            conversation: conversation.map(|id| id.to_string()),
            lasted: self.driver.elapsed().get_untracked().as_secs_f64(),
            microphone: look.microphone,
            processing: look.processing,
            measured: scope.measured().get_untracked(),
            parts: scope.parts(),
        };
        self.findings
            .with_untracked(|findings| Report::of(findings, known))
    }
}

fn label(rig: &Rig) -> String {
    let selected = rig.selected(Kind::Microphone);
    let rows = rig.rows(Kind::Microphone);
    let row = rows.into_iter().find(|row| row.id == selected);
    match row.map(|row| row.name) {
        Some(Name::Label(label)) => label,
        Some(Name::Number(number)) => number.to_string(),
        Some(Name::Default) | None => String::new(),
    }
}

fn processing(rig: &Rig) -> [Option<bool>; 3] {
    Treatment::ALL.map(|treatment| rig.actual(treatment).map(|switch| switch == Switch::On))
}
