//! Carries out what a call asks for, and tells it what came of it.

mod dump;
mod listen;
mod restart;

use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::line::{Held, Line};
use super::{Attempt, Call, Effect, Event, Farewell, Link, News, Problem, Search, Wish};
use crate::api::requests;
use crate::browser::error::{after_play, unexpected};
use crate::browser::meter::Meter;
use crate::browser::microphone::Microphone;
use crate::browser::network::Network;
use crate::browser::peer_connection::{Notice, PeerConnection, RemoteSound};
use crate::browser::speaker::Speaker;
use crate::browser::timer::{Timer, sleep};
use crate::browser::{BrowserError, page};
use crate::delay::driver::Scope;
use crate::devices::driver::Devices;
use crate::entrance::driver::Desk;
use crate::level::Levels;
use crate::level::trace::Trace;
use crate::line_quality::driver::Monitor;
use crate::microphone::driver::Checkup;
use crate::own_path::OwnPath;
use crate::shelf::driver::whereabouts;
use crate::timeline::{Step, Timeline};
use crate::{devices, entrance};
use dump::Told;

/// The one owner of the page's call. Components read it and send it events.
#[derive(Clone, Copy)]
pub struct Driver {
    call: RwSignal<Call>,
    levels: RwSignal<Levels>,
    trace: RwSignal<Trace>,
    elapsed: RwSignal<Duration>,
    line: Held,
    devices: Devices,
    desk: Desk,
    scope: Scope,
    checkup: Checkup,
    timeline: RwSignal<Timeline>,
    told: StoredValue<Told>,
    monitor: Monitor,
}

impl Driver {
    #[must_use]
    pub fn new(desk: Desk) -> Self {
        let line = Held::new_local(None);
        let scope = Scope::new();
        Self {
            desk,
            scope,
            checkup: Checkup::new(),
            timeline: RwSignal::new(Timeline::default()),
            told: StoredValue::new(Told::default()),
            monitor: Monitor::new(scope),
            devices: Devices::new(line, scope),
            call: RwSignal::new(Call::default()),
            levels: RwSignal::new(Levels::SILENCE),
            trace: RwSignal::new(Trace::default()),
            elapsed: RwSignal::new(Duration::ZERO),
            line,
        }
    }

    #[must_use]
    pub fn call(self) -> ReadSignal<Call> {
        self.call.read_only()
    }

    /// What the calls speak into and play through.
    #[must_use]
    pub fn devices(self) -> Devices {
        self.devices
    }

    /// What the meters show, every frame.
    #[must_use]
    pub fn levels(self) -> ReadSignal<Levels> {
        self.levels.read_only()
    }

    /// The levels of the last seconds.
    #[must_use]
    pub fn trace(self) -> ReadSignal<Trace> {
        self.trace.read_only()
    }

    /// How long the call is live, or was, in whole seconds.
    #[must_use]
    pub fn elapsed(self) -> ReadSignal<Duration> {
        self.elapsed.read_only()
    }

    /// The delay of the call, and its two waveforms.
    #[must_use]
    pub fn scope(self) -> Scope {
        self.scope
    }

    /// How the call came about.
    #[must_use]
    pub fn timeline(self) -> ReadSignal<Timeline> {
        self.timeline.read_only()
    }

    /// How the microphone is.
    #[must_use]
    pub fn checkup(self) -> Checkup {
        self.checkup
    }

    /// How the network is.
    #[must_use]
    pub fn monitor(self) -> Monitor {
        self.monitor
    }

    /// Measures the delay by a short sound instead of the voice.
    pub fn chirp(self) {
        let attempt = self.call.with_untracked(Call::attempt);
        self.with_line(attempt, |line| line.chirp(self.scope));
    }

    /// The call goes on to its next state, and what that asks for is done.
    pub fn send(self, event: Event) {
        let (call, effects) = self.call.get_untracked().next(event);
        let attempt = call.attempt();
        self.call.set(call);
        for effect in effects {
            self.carry_out(attempt, effect);
        }
    }

    fn tell(self, attempt: Attempt, news: News) {
        match &news {
            News::Broke(Problem::KeyRefused) => self.desk.send(entrance::Event::KeyRefused),
            News::Broke(Problem::RecordingRequired) => {
                self.desk.send(entrance::Event::RulesChanged);
            }
            _ => {}
        }
        self.send(Event::News(attempt, news));
    }

    fn carry_out(self, attempt: Attempt, effect: Effect) {
        match effect {
            Effect::AskMicrophone => self.ask_microphone(attempt),
            Effect::Offer(wish) => self.offer(attempt, wish),
            Effect::Accept(sdp) => self.accept(attempt, &sdp),
            Effect::Restart(path) => self.restart(attempt, path),
            Effect::AcceptRenewed(sdp) => self.accept_renewed(attempt, &sdp),
            Effect::Await(wait) => self.wait(attempt, wait),
            Effect::StopWaiting => self.with_line(attempt, |line| line.deadline = None),
            Effect::StartClock => self.go_live(attempt),
            Effect::Mute => self.with_microphone(attempt, Microphone::mute),
            Effect::Unmute => self.with_microphone(attempt, Microphone::unmute),
            Effect::SetVolume(volume) => self.with_line(attempt, |line| {
                if let Some(speaker) = &mut line.speaker {
                    speaker.set_volume(volume);
                }
            }),
            Effect::Play => self.play(attempt),
            Effect::Release => self.release(),
            Effect::HangUp(path) => spawn_local(self.hang_up(attempt, path)),
            Effect::HangUpAgain(path, pause) => spawn_local(async move {
                if let Err(error) = sleep(pause).await {
                    page::log("the recording is asked for without a pause", &error);
                }
                self.hang_up(attempt, path).await;
            }),
            Effect::GiveBack(path) => spawn_local(async move {
                // Nobody waits for its recording.
                let _: Farewell = requests::hang_up(&path).await;
            }),
            Effect::Remember(call) => {
                let whereabouts = whereabouts(call, self.call.with_untracked(Call::conversation));
                spawn_local(async move {
                    // Once the call is over it is asked for again.
                    let _: Result<OwnPath, Search> = whereabouts.await;
                });
            }
            Effect::Find(call) => {
                let whereabouts = whereabouts(call, self.call.with_untracked(Call::conversation));
                spawn_local(async move {
                    let search = match whereabouts.await {
                        Ok(path) => requests::find(path).await,
                        Err(search) => search,
                    };
                    self.tell(attempt, News::Searched(search));
                });
            }
        }
    }

    async fn hang_up(self, attempt: Attempt, path: OwnPath) {
        let farewell = requests::hang_up(&path).await;
        self.tell(attempt, News::HungUp(farewell));
    }

    fn ask_microphone(self, attempt: Attempt) {
        self.line.set_value(Some(Line::new(attempt)));
        self.timeline.set(Timeline::begun(page::now_ms()));
        self.told.set_value(Told::default());
        self.elapsed.set(Duration::ZERO);
        self.trace.set(Trace::default());
        self.monitor.clear();
        if !page::is_secure() {
            self.tell(attempt, News::Broke(Problem::InsecureOrigin));
            return;
        }
        spawn_local(async move {
            match self.devices.open().await {
                Ok(microphone) => self.take(attempt, microphone),
                Err(error) => self.tell(attempt, News::Broke(error.into())),
            }
        });
    }

    /// A microphone that comes after the call is over is dropped, and so switched off.
    fn take(self, attempt: Attempt, microphone: Microphone) {
        self.with_line(attempt, |line| {
            match listen(&microphone) {
                Ok(meter) => line.meter = Some(meter),
                Err(error) => page::log("the meters rest", &error),
            }
            line.frames = Some(self.draw_levels(attempt));
            self.scope.know_microphone(&microphone);
            line.microphone = Some(microphone);
            let lost = News::Broke(Problem::MicrophoneLost);
            line.on_break = Some(Rc::new(move || self.tell(attempt, lost.clone())));
        });
        if self.call.with_untracked(Call::attempt) == attempt {
            self.devices.begin(attempt);
        }
        self.note_step(attempt, Step::Microphone);
        self.tell(attempt, News::MicrophoneOpened);
    }

    fn offer(self, attempt: Attempt, wish: Wish) {
        let opened = self.try_with_line(attempt, |line| {
            let microphone = line.microphone.as_ref().ok_or(BrowserError::NotFound)?;
            let peer = PeerConnection::open(microphone, move |notice| self.hear(attempt, notice))?;
            let offer = peer.offer();
            line.peer = Some(peer);
            match Network::watch(move || self.tell(attempt, News::NetworkChanged)) {
                Ok(network) => line.network = Some(network),
                Err(error) => page::log("another network will not be noticed at once", &error),
            }
            Ok(offer)
        });
        let Some(offer) = opened else { return };
        spawn_local(async move {
            let offered = match offer {
                Ok(offer) => offer.await.map_err(|error| unexpected(&error)),
                Err(error) => Err(unexpected(&error)),
            };
            let answered = match offered {
                Ok(sdp) => {
                    self.note_step(attempt, Step::Offer);
                    requests::offer(&sdp, wish).await
                }
                Err(problem) => Err(problem),
            };
            if answered.is_ok() {
                self.note_step(attempt, Step::Answer);
            }
            self.tell(attempt, answered.map_or_else(News::Broke, News::Answered));
        });
    }

    fn accept(self, attempt: Attempt, sdp: &str) {
        let accepted = self.try_with_line(attempt, |line| {
            let peer = line.peer.as_mut()?;
            if let Err(error) = peer.watch_goodbye() {
                page::log("the server's goodbye will not be heard", &error);
            }
            Some(peer.accept(sdp))
        });
        let Some(accepted) = accepted.flatten() else {
            return;
        };
        spawn_local(async move {
            if let Err(error) = accepted.await {
                self.tell(attempt, News::Broke(unexpected(&error)));
            }
        });
    }

    fn hear(self, attempt: Attempt, notice: Notice) {
        match notice {
            Notice::WayFound => self.note_step(attempt, Step::Ice),
            Notice::FirstPacket => self.note_step(attempt, Step::FirstPacket),
            Notice::Link(link) => {
                if link == Link::Up {
                    self.note_step(attempt, Step::Dtls);
                    self.play(attempt);
                }
                self.tell(attempt, News::Link(link));
            }
            Notice::Sound(Ok(sound)) => self.connect_speaker(attempt, &sound),
            Notice::Sound(Err(error)) => self.tell(attempt, News::Broke(unexpected(&error))),
        }
    }

    fn connect_speaker(self, attempt: Attempt, sound: &RemoteSound) {
        let volume = self.call.get_untracked().volume();
        let connected = self.try_with_line(attempt, |line| {
            line.speaker = Some(Speaker::new(sound, volume)?);
            match line.meter.as_mut().map(|meter| meter.hear_back(sound)) {
                None | Some(Ok(())) => {}
                Some(Err(error)) => page::log("the meter of the echo rests", &error),
            }
            Ok(())
        });
        match connected {
            None => {}
            Some(Ok(())) => self.devices.send(devices::Event::SpeakerOpened),
            Some(Err(error)) => self.tell(attempt, News::Broke(unexpected(&error))),
        }
    }

    fn play(self, attempt: Attempt) {
        let playing = self.try_with_line(attempt, |line| {
            if let Some(meter) = &line.meter {
                meter.resume();
            }
            line.speaker.as_ref().map(Speaker::play)
        });
        let Some(playing) = playing.flatten() else {
            return;
        };
        // Hanging up takes the sound from the player, which is news that a call over does not hear.
        spawn_local(async move { self.tell(attempt, after_play(playing.await)) });
    }

    fn wait(self, attempt: Attempt, wait: Duration) {
        self.with_line(attempt, |line| {
            match Timer::after(wait, move || self.tell(attempt, News::DeadlinePassed)) {
                Ok(timer) => line.deadline = Some(timer),
                Err(error) => page::log("the call has no deadline", &error),
            }
        });
    }

    fn with_microphone(self, attempt: Attempt, change: impl FnOnce(&Microphone)) {
        self.with_line(attempt, |line| {
            if let Some(microphone) = &line.microphone {
                change(microphone);
            }
        });
    }

    fn release(self) {
        self.scope.stop();
        self.checkup.end();
        self.monitor.end();
        // Dropped after the value is free again: what closes may call back.
        let released = self.line.try_update_value(Option::take).flatten();
        if let Some(peer) = released.as_ref().and_then(|line| line.peer.as_ref()) {
            self.keep_told(peer);
        }
        if let Some(live_since) = released.as_ref().and_then(|line| line.live_since) {
            // A hidden page draws no frames, so its clock may be late.
            self.tick(page::now().saturating_sub(live_since));
        }
        drop(released);
        self.devices.send(devices::Event::CallOver);
        self.levels.set(Levels::SILENCE);
    }

    fn with_line(self, attempt: Attempt, change: impl FnOnce(&mut Line)) {
        // A line that is gone, or another's, has nothing to change.
        let _: Option<()> = self.try_with_line(attempt, change);
    }

    fn try_with_line<T>(self, attempt: Attempt, change: impl FnOnce(&mut Line) -> T) -> Option<T> {
        self.line
            .try_update_value(|line| {
                let line = line.as_mut().filter(|line| line.attempt == attempt)?;
                Some(change(line))
            })
            .flatten()
    }
}

fn listen(microphone: &Microphone) -> Result<Meter, BrowserError> {
    let mut meter = Meter::open()?;
    meter.hear_out(microphone)?;
    Ok(meter)
}
