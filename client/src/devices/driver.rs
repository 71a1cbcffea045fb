//! Carries out what the devices ask for, and tells them what came of it.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::choices::{Choices, Processing, Switch};
use super::guard::{Guard, STEP, Verdict};
use super::{Effect, Event, Rig, Turn, Wanted, Way};
use crate::browser::listener::Listener;
use crate::browser::microphone::Microphone;
use crate::browser::speaker::{Loudness, Speaker, outputs};
use crate::browser::storage::{Term, keep, kept};
use crate::browser::timer::sleep;
use crate::browser::tone::{Tone, WHOLE};
use crate::browser::{BrowserError, devices, page};
use crate::call::Attempt;
use crate::call::line::{Held, Line};
use crate::delay::driver::Scope;
use crate::level::Levels;

/// The name under which this browser keeps what was chosen.
const CHOICES: &str = "voicechat.devices";
/// What a system needs to find its default device anew.
const PAUSE: Duration = Duration::from_millis(300);

/// The one owner of the page's devices. Components read it and send it events.
#[derive(Clone, Copy)]
pub struct Devices {
    rig: RwSignal<Rig>,
    guard: StoredValue<Guard>,
    line: Held,
    scope: Scope,
    tone: StoredValue<Option<Tone>, LocalStorage>,
    watch: StoredValue<Option<Listener>, LocalStorage>,
}

impl Devices {
    /// The devices of the calls on that line, whose delay `scope` measures.
    #[must_use]
    pub(crate) fn new(line: Held, scope: Scope) -> Self {
        let choices = Choices::read(&kept(Term::Good, CHOICES).unwrap_or_default());
        let devices = Self {
            rig: RwSignal::new(Rig::new(choices, outputs())),
            guard: StoredValue::new(Guard::default()),
            line,
            scope,
            tone: StoredValue::new_local(None),
            watch: StoredValue::new_local(None),
        };
        if page::is_secure() {
            devices.watch();
        }
        devices
    }

    #[must_use]
    pub fn rig(self) -> ReadSignal<Rig> {
        self.rig.read_only()
    }

    /// The devices go on to their next state, and what that asks for is done.
    pub fn send(self, event: Event) {
        if matches!(event, Event::SpeakerOpened) {
            // As every speaker begins; an effect may move it.
            self.scope.know_sink(true);
        }
        let (rig, effects) = self.rig.get_untracked().next(event);
        self.rig.set(rig);
        for effect in effects {
            self.carry_out(effect);
        }
    }

    /// Opens the microphone that is chosen, or the default one where that is not there.
    ///
    /// # Errors
    /// There is none that works, or the person said no.
    pub async fn open(self) -> Result<Microphone, BrowserError> {
        let wanted = self.rig.with_untracked(Rig::wanted);
        match self.open_exactly(&wanted).await {
            Ok(microphone) => Ok(microphone),
            // Only a device that is not there is given up: who reads that his microphone is busy can
            // do something about it.
            Err(BrowserError::NotFound) => match wanted.by_default() {
                Some(other) => self.open_exactly(&other).await,
                None => Err(BrowserError::NotFound),
            },
            Err(error) => Err(error),
        }
    }

    /// The call of that attempt has its first microphone, and is guarded from now on.
    pub(crate) fn begin(self, attempt: Attempt) {
        let facts = self.with_line(|line| line.microphone.as_ref().map(Microphone::facts));
        if let Some(facts) = facts.flatten() {
            self.guard.set_value(Guard::default());
            self.send(Event::CallOpened(facts));
            self.stand_guard(attempt);
        }
    }

    fn watch(self) {
        match devices::watch(move || self.send(Event::DevicesChanged)) {
            Ok(listener) => self.watch.set_value(Some(listener)),
            Err(error) => page::log("another device will not be noticed", &error),
        }
        self.send(Event::DevicesChanged);
    }

    fn carry_out(self, effect: Effect) {
        match effect {
            Effect::List => spawn_local(async move {
                match devices::list().await {
                    Ok(listed) => self.send(Event::Listed(listed)),
                    Err(error) => page::log("the devices are not listed", &error),
                }
            }),
            Effect::Swap(turn, wanted, way) => spawn_local(self.swap(turn, wanted, way)),
            Effect::Adjust(turn, processing) => self.adjust(turn, processing),
            Effect::BreakOff => {
                let on_break = self.with_line(|line| line.on_break.clone()).flatten();
                if let Some(on_break) = on_break {
                    on_break();
                }
            }
            Effect::SetSink(id) => self.set_sink(id),
            Effect::PlayTone(sink) => self.play_tone(&sink),
            Effect::Duck => self.set_loudness(Loudness::Ducked),
            Effect::Unduck => {
                self.guard.set_value(Guard::default());
                self.set_loudness(Loudness::AsSet);
            }
            Effect::Remember(choices) => keep(Term::Good, CHOICES, &choices.write()),
        }
    }

    async fn open_exactly(self, wanted: &Wanted) -> Result<Microphone, BrowserError> {
        let mut microphone = Microphone::open(wanted).await?;
        microphone.on_lost(move || self.send(Event::MicrophoneEnded))?;
        Ok(microphone)
    }

    /// A microphone that comes when another one is wanted is dropped, and so switched off.
    async fn swap(self, turn: Turn, wanted: Wanted, way: Way) {
        match way {
            Way::Beside => {}
            Way::Instead => self.with_microphone(Microphone::stop),
            Way::AfterPause => {
                // Without a timer the second try is as good as the first.
                let _ = sleep(PAUSE).await;
            }
        }
        let microphone = match self.open_exactly(&wanted).await {
            Ok(microphone) => microphone,
            Err(error) => {
                page::log("the microphone does not open", &error);
                self.send(Event::SwapFailed(turn));
                return;
            }
        };
        if self.rig.with_untracked(Rig::turn) != turn {
            return;
        }
        let facts = microphone.facts();
        let Some(exchanged) = self.with_line(|line| line.exchange(microphone)) else {
            return;
        };
        match exchanged.await {
            Ok(()) => {
                self.with_microphone(|microphone| self.scope.know_microphone(microphone));
                self.send(Event::Swapped(turn, facts));
            }
            Err(error) => {
                page::log("the microphone is not sent", &error);
                // The one before is gone by now, and this one is of no use.
                self.send(Event::MicrophoneEnded);
                self.send(Event::SwapFailed(turn));
            }
        }
    }

    fn adjust(self, turn: Turn, processing: Processing) {
        let adjusted = self.with_line(|line| {
            let microphone = line.microphone.as_ref();
            microphone.map(|microphone| microphone.adjust(processing))
        });
        let Some(adjusted) = adjusted.flatten() else {
            return;
        };
        spawn_local(async move { self.send(Event::Adjusted(turn, adjusted.await)) });
    }

    fn set_sink(self, id: String) {
        let moved = self.with_line(|line| line.speaker.as_ref().map(|one| one.set_sink(&id)));
        let Some(moved) = moved.flatten() else { return };
        self.scope.know_sink(id.is_empty());
        spawn_local(async move {
            if let Err(error) = moved.await {
                page::log("the loudspeaker stays", &error);
                self.send(Event::SinkRefused(id));
            }
        });
    }

    fn play_tone(self, sink: &str) {
        let playing = Tone::new().map(|tone| {
            let playing = tone.play(sink);
            self.tone.set_value(Some(tone));
            playing
        });
        spawn_local(async move {
            let played = match playing {
                Ok(playing) => playing.await,
                Err(error) => Err(error),
            };
            let event = match played {
                Ok(()) => sleep(WHOLE).await.map(|()| Event::ToneOver),
                Err(error) => Err(error),
            };
            self.tone.set_value(None);
            self.send(event.unwrap_or_else(|error| {
                page::log("the tone does not play", &error);
                Event::ToneFailed
            }));
        });
    }

    fn set_loudness(self, loudness: Loudness) {
        self.with_line(|line| {
            if let Some(speaker) = line.speaker.as_mut() {
                Speaker::set_loudness(speaker, loudness);
            }
        });
    }

    /// By a clock of its own: a hidden page draws no frames, and howls all the same.
    fn stand_guard(self, attempt: Attempt) {
        spawn_local(async move {
            while let Some(levels) = self.levels(attempt) {
                self.hear(levels);
                if let Err(error) = sleep(STEP).await {
                    page::log("nobody listens for feedback", &error);
                    return;
                }
            }
        });
    }

    fn levels(self, attempt: Attempt) -> Option<Levels> {
        self.with_line(|line| {
            let meter = line.meter.as_mut();
            let heard = meter.map_or(Levels::SILENCE, |meter| meter.levels());
            (line.attempt == attempt).then_some(heard)
        })
        .flatten()
    }

    fn hear(self, levels: Levels) {
        let cancellation: Switch = self.rig.with_untracked(Rig::echo_cancellation);
        let now = page::now();
        let hear = |guard: &mut Guard| guard.hear(levels, cancellation, now);
        match self.guard.try_update_value(hear).flatten() {
            Some(Verdict::Howls) => self.send(Event::Howled),
            Some(Verdict::Calm) => self.send(Event::Calmed),
            None => {}
        }
    }

    fn with_microphone(self, change: impl FnOnce(&Microphone)) {
        self.with_line(|line| {
            if let Some(microphone) = &line.microphone {
                change(microphone);
            }
        });
    }

    fn with_line<T>(self, change: impl FnOnce(&mut Line) -> T) -> Option<T> {
        self.line
            .try_update_value(|line| Some(change(line.as_mut()?)))
            .flatten()
    }
}
