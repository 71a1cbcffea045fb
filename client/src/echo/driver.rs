//! Carries out what the echo asks for, and tells it what came of it.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{Echo, Effect, Event, Way};
use crate::api::requests;
use crate::browser::storage::{Term, keep, kept};
use crate::browser::timer::Timer;
use crate::call::driver::Driver;

/// The names under which the choice is remembered.
const WAY: &str = "voicechat.echo";
const DELAY: &str = "voicechat.echo-delay";

/// The one owner of the echo. Components read it and send it events.
#[derive(Clone, Copy)]
pub struct EchoDesk {
    echo: RwSignal<Echo>,
    wait: StoredValue<Option<Timer>, LocalStorage>,
}

impl EchoDesk {
    /// With what was chosen the last time. It follows the calls of `driver`.
    #[must_use]
    pub fn open(driver: Driver) -> Self {
        let desk = Self {
            echo: RwSignal::new(Echo::default()),
            wait: StoredValue::new_local(None),
        };
        let way = kept(Term::Good, WAY);
        let way = way.and_then(|name| Way::ALL.into_iter().find(|way| way.name() == name));
        let ms = kept(Term::Good, DELAY).and_then(|ms| ms.parse().ok());
        let chosen = [
            ms.map(|ms| Event::DelayChosen { ms }),
            way.map(Event::WayChosen),
        ];
        for event in chosen.into_iter().flatten() {
            desk.send(event);
        }
        let call = driver.call();
        let path = Memo::new(move |_| call.with(|call| call.path().cloned()));
        leptos::prelude::Effect::new(move |_| {
            desk.send(match path.get() {
                Some(path) => Event::Live(path),
                None => Event::Over,
            });
        });
        desk
    }

    #[must_use]
    pub fn echo(self) -> ReadSignal<Echo> {
        self.echo.read_only()
    }

    /// The echo goes on to its next state, and what that asks for is done.
    pub fn send(self, event: Event) {
        let (echo, effect) = self.echo.get_untracked().next(event);
        keep(Term::Good, WAY, echo.way().name());
        keep(Term::Good, DELAY, &echo.delay_ms().to_string());
        self.echo.set(echo);
        match effect {
            Some(Effect::Ask(path, mode)) => spawn_local(async move {
                let told = requests::set_echo(&path, mode).await;
                self.send(Event::Told(path, told));
            }),
            Some(Effect::Wait(wait)) => self.wait(wait),
            None => {}
        }
    }

    fn wait(self, wait: Duration) {
        // Not within the timer's own call, which would end what it is in.
        let waited = move || spawn_local(async move { self.send(Event::Waited) });
        match Timer::after(wait, waited) {
            Ok(timer) => self.wait.set_value(Some(timer)),
            // Better at once than never.
            Err(_) => self.send(Event::Waited),
        }
    }
}
