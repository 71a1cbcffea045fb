//! How the caller hears himself: what he chose, and what the server has made of it. A pure state
//! machine; one request at a time, and the newest choice wins.

#[cfg(target_arch = "wasm32")]
pub mod driver;

use std::time::Duration;

use shared::call::{EchoMode, MAX_ECHO_DELAY_MS};

use crate::own_path::OwnPath;

/// What a slider moves by, in milliseconds.
pub const DELAY_STEP_MS: u32 = 100;
/// What "later" means at first: about a sentence.
const FIRST_DELAY_MS: u32 = 2_000;
/// A slider that rests so long is let go: a hundred steps are no hundred wishes.
const SETTLING: Duration = Duration::from_millis(300);
/// Nobody waits longer for his echo than that, whatever the server says.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// The three ways, without how much later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    AtOnce,
    Delayed,
    Parrot,
}

impl Way {
    pub const ALL: [Self; 3] = [Self::AtOnce, Self::Delayed, Self::Parrot];

    /// As tests and the server call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AtOnce => "at_once",
            Self::Delayed => "delayed",
            Self::Parrot => "parrot",
        }
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    WayChosen(Way),
    /// How much later, for now: the slider may still move. Only the delayed echo heeds it.
    DelayChosen {
        ms: u32,
    },
    /// The wait is over.
    Waited,
    /// The call at that path can be heard from now on.
    Live(OwnPath),
    Over,
    /// What is in force of the call at that path, or that the server did not do it.
    Told(OwnPath, Result<EchoMode, NotDone>),
}

/// Why the server did not do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotDone {
    Refused,
    /// It was not reached, or has to be asked again after so long.
    NotNow(Duration),
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Has the call at that path echo so, and reports `Told`.
    Ask(OwnPath, EchoMode),
    /// Reports `Waited` after so long; a later wait takes its place.
    Wait(Duration),
}

/// The echo of this page's calls.
#[derive(Clone, Debug, PartialEq)]
pub struct Echo {
    way: Way,
    delay_ms: u32,
    call: Option<OwnPath>,
    in_force: EchoMode,
    /// What the server is asked for now.
    asked: Option<EchoMode>,
    is_refused: bool,
    /// Nothing is asked for meanwhile.
    pause: Option<Pause>,
}

/// Why nothing is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pause {
    /// The slider may still move.
    Settling,
    /// The server has to be asked later, whatever is chosen.
    PutOff,
}

impl Default for Echo {
    fn default() -> Self {
        Self {
            way: Way::AtOnce,
            delay_ms: FIRST_DELAY_MS,
            call: None,
            in_force: EchoMode::AtOnce,
            asked: None,
            is_refused: false,
            pause: None,
        }
    }
}

impl Echo {
    /// What becomes of it by an event, and what has to be done for it.
    #[must_use]
    pub fn next(mut self, event: Event) -> (Self, Option<Effect>) {
        match event {
            Event::WayChosen(way) => {
                self.way = way;
                self.is_refused = false;
                self.pause = self.pause.filter(|pause| *pause == Pause::PutOff);
            }
            Event::DelayChosen { ms } => {
                self.delay_ms = ms.min(MAX_ECHO_DELAY_MS);
                self.is_refused = false;
                if self.pause != Some(Pause::PutOff) {
                    return self.wait(Pause::Settling, SETTLING);
                }
            }
            Event::Waited => self.pause = None,
            Event::Live(call) if self.call.as_ref() == Some(&call) => {}
            Event::Live(call) => {
                // So every call begins.
                self.in_force = EchoMode::AtOnce;
                self.call = Some(call);
                self.asked = None;
                self.is_refused = false;
                self.pause = None;
            }
            Event::Over => {
                self.call = None;
                self.asked = None;
                self.is_refused = false;
                self.pause = None;
            }
            // What another call answers comes too late.
            Event::Told(call, told) => {
                if self.call.as_ref() == Some(&call) && self.asked.take().is_some() {
                    match told {
                        Ok(mode) => self.in_force = mode,
                        Err(NotDone::Refused) => self.is_refused = true,
                        Err(NotDone::NotNow(wait)) => {
                            return self.wait(Pause::PutOff, wait.min(LONGEST_WAIT));
                        }
                    }
                }
            }
        }
        self.ask()
    }

    fn wait(mut self, pause: Pause, wait: Duration) -> (Self, Option<Effect>) {
        self.pause = Some(pause);
        (self, Some(Effect::Wait(wait)))
    }

    fn ask(mut self) -> (Self, Option<Effect>) {
        let wish = self.wish();
        let is_done = self.in_force == wish || self.is_refused;
        let is_busy = self.asked.is_some() || self.pause.is_some();
        let effect = match &self.call {
            Some(call) if !is_done && !is_busy => Some(Effect::Ask(call.clone(), wish)),
            _ => None,
        };
        if effect.is_some() {
            self.asked = Some(wish);
        }
        (self, effect)
    }

    /// What the caller wants.
    #[must_use]
    pub fn wish(&self) -> EchoMode {
        match self.way {
            Way::AtOnce => EchoMode::AtOnce,
            Way::Delayed if self.delay_ms == 0 => EchoMode::AtOnce,
            Way::Delayed => EchoMode::Delayed {
                delay_ms: self.delay_ms,
            },
            Way::Parrot => EchoMode::Parrot,
        }
    }

    #[must_use]
    pub fn way(&self) -> Way {
        self.way
    }

    /// How much later the delayed echo comes.
    #[must_use]
    pub fn delay_ms(&self) -> u32 {
        self.delay_ms
    }

    /// What the server does, while a call is live.
    #[must_use]
    pub fn in_force(&self) -> Option<EchoMode> {
        self.call.as_ref().map(|_| self.in_force)
    }

    /// How long the server keeps each packet; none where that is no fixed time.
    #[must_use]
    pub fn hold_ms(&self) -> Option<u32> {
        match self.in_force()? {
            EchoMode::AtOnce => Some(0),
            EchoMode::Delayed { delay_ms } => Some(delay_ms),
            EchoMode::Parrot => None,
        }
    }

    /// Whether the server did not do what was chosen.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.is_refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(path: &str) -> OwnPath {
        OwnPath::parse(path).unwrap()
    }

    fn delayed(delay_ms: u32) -> EchoMode {
        EchoMode::Delayed { delay_ms }
    }

    fn after(echo: Echo, events: impl IntoIterator<Item = Event>) -> (Echo, Vec<EchoMode>) {
        let mut asked = Vec::new();
        let echo = events.into_iter().fold(echo, |echo, event| {
            let (echo, effect) = echo.next(event);
            if let Some(Effect::Ask(_, mode)) = effect {
                asked.push(mode);
            }
            echo
        });
        (echo, asked)
    }

    fn live() -> Event {
        Event::Live(path("/webrtc/a"))
    }

    fn told(told: Result<EchoMode, NotDone>) -> Event {
        Event::Told(path("/webrtc/a"), told)
    }

    #[test]
    fn what_was_chosen_before_the_call_is_asked_for_once_it_is_live() {
        let (echo, early) = after(Echo::default(), [Event::WayChosen(Way::Parrot)]);
        let (echo, asked) = after(echo, [live(), live()]);
        let (echo, more) = after(echo, [told(Ok(EchoMode::Parrot)), live()]);

        assert_eq!(
            (early, asked, more),
            (vec![], vec![EchoMode::Parrot], vec![])
        );
        assert_eq!(echo.in_force(), Some(EchoMode::Parrot));
        assert_eq!(echo.hold_ms(), None);
    }

    #[test]
    fn an_echo_at_once_asks_for_nothing() {
        let (echo, asked) = after(Echo::default(), [live()]);

        assert_eq!((asked, echo.hold_ms()), (vec![], Some(0)));
    }

    #[test]
    fn while_one_is_asked_for_the_newest_choice_waits() {
        let choices = [500, 700, 900].map(|ms| Event::DelayChosen { ms });
        let (echo, asked) = after(
            Echo::default(),
            [live(), Event::WayChosen(Way::Delayed)]
                .into_iter()
                .chain(choices),
        );
        let (echo, next) = after(echo, [told(Ok(delayed(2_000))), Event::Waited]);
        let (echo, none) = after(echo, [told(Ok(delayed(900)))]);

        assert_eq!(asked, [delayed(2_000)]);
        assert_eq!(next, [delayed(900)]);
        assert_eq!((none, echo.hold_ms()), (vec![], Some(900)));
    }

    #[test]
    fn what_is_refused_is_not_asked_again_before_another_choice() {
        let refused = told(Err(NotDone::Refused));
        let (echo, asked) = after(
            Echo::default(),
            [live(), Event::WayChosen(Way::Parrot), refused, live()],
        );
        let was_refused = echo.is_refused();
        let (echo, again) = after(echo, [Event::WayChosen(Way::Delayed)]);

        assert_eq!((asked.len(), was_refused), (1, true));
        assert_eq!((again, echo.is_refused()), (vec![delayed(2_000)], false));
    }

    #[test]
    fn a_slider_asks_once_it_rests() {
        let ready = [
            live(),
            Event::WayChosen(Way::Delayed),
            told(Ok(delayed(2_000))),
        ];
        let (echo, _) = after(Echo::default(), ready);

        let (_, shown) = echo.clone().next(Event::DelayChosen { ms: 100 });
        let dragged = (1..=100).map(|step| Event::DelayChosen { ms: step * 100 });
        let (echo, early) = after(echo, dragged);
        let (_, asked) = after(echo.clone(), [Event::Waited, Event::Waited]);

        assert_eq!(shown, Some(Effect::Wait(SETTLING)));
        assert_eq!((early, echo.delay_ms()), (vec![], 10_000));
        assert_eq!(asked, [delayed(10_000)]);
    }

    #[test]
    fn a_server_that_was_not_reached_is_asked_again_and_has_refused_nothing() {
        let wait = Duration::from_secs(3);
        let (echo, _) = after(Echo::default(), [live(), Event::WayChosen(Way::Parrot)]);

        let (echo, effect) = echo.next(told(Err(NotDone::NotNow(wait))));
        let (echo, early) = after(echo, [live()]);
        let was_refused = echo.is_refused();
        let (echo, again) = after(echo, [Event::Waited]);

        assert_eq!(effect, Some(Effect::Wait(wait)));
        assert_eq!((early, was_refused), (vec![], false));
        assert_eq!(again, [EchoMode::Parrot]);
        let (_, effect) = echo.next(told(Err(NotDone::NotNow(Duration::MAX))));
        assert_eq!(effect, Some(Effect::Wait(LONGEST_WAIT)));
    }

    #[test]
    fn what_is_chosen_meanwhile_waits_as_long_as_the_server_said_and_not_into_the_next_call() {
        let not_now = told(Err(NotDone::NotNow(Duration::from_secs(3))));
        let (echo, _) = after(
            Echo::default(),
            [live(), Event::WayChosen(Way::Parrot), not_now],
        );

        let (_, moved) = echo.clone().next(Event::DelayChosen { ms: 500 });
        let choices = [
            Event::WayChosen(Way::Delayed),
            Event::DelayChosen { ms: 700 },
        ];
        let (echo, early) = after(echo, choices);
        let (_, asked) = after(echo.clone(), [Event::Waited]);
        let next_call = Event::Live(path("/webrtc/b"));
        let (_, anew) = after(echo, [Event::Over, next_call]);

        assert_eq!((moved, early), (None, vec![]));
        assert_eq!((asked, anew), (vec![delayed(700)], vec![delayed(700)]));
    }

    #[test]
    fn the_next_call_gets_the_same_echo() {
        let (echo, _) = after(
            Echo::default(),
            [
                live(),
                Event::WayChosen(Way::Parrot),
                told(Ok(EchoMode::Parrot)),
                Event::Over,
            ],
        );
        let meanwhile = echo.in_force();
        // It belongs to the call before, and does so once the next one has asked.
        let (echo, none) = after(echo, [told(Ok(EchoMode::AtOnce))]);
        let (echo, asked) = after(echo, [Event::Live(path("/webrtc/b"))]);
        let (echo, late) = after(echo, [told(Ok(EchoMode::Parrot))]);
        let in_force = echo.in_force();
        let own = Event::Told(path("/webrtc/b"), Ok(EchoMode::Parrot));
        let (echo, _) = after(echo, [own]);

        assert_eq!((meanwhile, none, late), (None, vec![], vec![]));
        assert_eq!(asked, [EchoMode::Parrot]);
        assert_eq!(in_force, Some(EchoMode::AtOnce));
        assert_eq!(echo.in_force(), Some(EchoMode::Parrot));
    }

    #[test]
    fn no_delay_is_longer_than_the_longest_and_none_is_at_once() {
        let choose = |ms| {
            let events = [Event::WayChosen(Way::Delayed), Event::DelayChosen { ms }];
            after(Echo::default(), events).0.wish()
        };

        assert_eq!(choose(u32::MAX), delayed(10_000));
        assert_eq!(choose(0), EchoMode::AtOnce);
    }
}
