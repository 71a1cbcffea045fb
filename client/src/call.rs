//! One call as the page lives it: a pure state machine.
//!
//! It opens and closes nothing itself: it says what is to be done (`Effect`), and `driver` does it.

#[cfg(target_arch = "wasm32")]
pub mod driver;
pub mod event;
#[cfg(target_arch = "wasm32")]
mod line;
pub mod phase;
pub mod problem;
#[cfg(test)]
mod tests;

use std::time::Duration;

use shared::ConversationId;

pub use event::{
    Answer, Attempt, Deadline, Effect, Event, Farewell, HangUpPath, Link, News, Search, Sound,
    Volume,
};
pub use phase::{Ending, Phase, Recording, Summary};
pub use problem::Problem;

/// How often the server is asked again whether a recording is final. It waits up to 10 s for that
/// itself, so this is for a slow disk, or a network that is away for a moment.
const FAREWELLS: u8 = 4;
const BETWEEN_FAREWELLS: Duration = Duration::from_secs(3);

/// The one call of the page: not begun, running or over.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Call {
    /// News of earlier attempts come late and are told apart by this number.
    attempt: Attempt,
    state: State,
    is_muted: bool,
    sound: Sound,
    volume: Volume,
}

#[derive(Clone, Debug, Default, PartialEq)]
enum State {
    #[default]
    Idle,
    Asking,
    Offering,
    Joining(Joined),
    Live(Joined),
    Reconnecting(Joined),
    Over(Summary, Option<Parting>),
}

/// What the server gave for this call.
#[derive(Clone, Debug, PartialEq)]
struct Joined {
    conversation: ConversationId,
    hang_up: HangUpPath,
}

/// What a call that was live still has to learn: whether its recording is final.
#[derive(Clone, Debug, PartialEq)]
struct Parting {
    hang_up: HangUpPath,
    asks_left: u8,
}

impl Parting {
    fn new(hang_up: HangUpPath) -> Self {
        Self {
            hang_up,
            asks_left: FAREWELLS,
        }
    }
}

type Step = (Call, Vec<Effect>);

impl Call {
    /// What the call becomes by an event, and what has to be done for it, in that order.
    #[must_use]
    pub fn next(self, event: Event) -> Step {
        match event {
            Event::Pressed => self.press(),
            Event::MuteToggled => self.toggle_mute(),
            Event::VolumeSet(volume) => (Self { volume, ..self }, vec![Effect::SetVolume(volume)]),
            Event::TappedToHear => (self, vec![Effect::Play]),
            Event::LookedAgain => self.look_again(),
            Event::PageLeft => self.leave(),
            Event::News(attempt, news) if attempt == self.attempt => self.hear(news),
            Event::News(_, News::Answered(answer)) => self.give_back(answer),
            Event::News(..) => (self, Vec::new()),
        }
    }

    fn press(self) -> Step {
        match self.phase() {
            Phase::Idle | Phase::Ended | Phase::Failed => {
                let attempt = self.attempt.next();
                let call = Self {
                    attempt,
                    volume: self.volume,
                    state: State::Asking,
                    ..Self::default()
                };
                (call, vec![Effect::AskMicrophone])
            }
            Phase::Asking | Phase::Connecting | Phase::Live | Phase::Reconnecting => {
                self.end(Ending::HungUp)
            }
        }
    }

    fn leave(self) -> Step {
        match self.phase() {
            Phase::Idle | Phase::Ended | Phase::Failed => (self, Vec::new()),
            Phase::Asking | Phase::Connecting | Phase::Live | Phase::Reconnecting => {
                self.end(Ending::HungUp)
            }
        }
    }

    fn toggle_mute(self) -> Step {
        if !self.is_talking() {
            return (self, Vec::new());
        }
        let is_muted = !self.is_muted;
        let effect = if is_muted {
            Effect::Mute
        } else {
            Effect::Unmute
        };
        (Self { is_muted, ..self }, vec![effect])
    }

    fn hear(self, news: News) -> Step {
        match news {
            News::MicrophoneOpened => self.offer(),
            News::Answered(answer) => self.join(answer),
            News::Link(link) => self.relink(link),
            News::Sound(_) if self.summary().is_some() => (self, Vec::new()),
            News::Sound(sound) => (Self { sound, ..self }, Vec::new()),
            News::DeadlinePassed => self.give_up_waiting(),
            News::Broke(problem) => self.fail(problem),
            News::HungUp(farewell) => self.part(farewell),
            News::Searched(search) => self.settle(search),
        }
    }

    fn offer(self) -> Step {
        match self.state {
            State::Asking => (self.with(State::Offering), vec![Effect::Offer]),
            _ => (self, Vec::new()),
        }
    }

    fn join(self, answer: Answer) -> Step {
        let State::Offering = self.state else {
            return self.give_back(answer);
        };
        let joined = Joined {
            conversation: answer.conversation,
            hang_up: answer.hang_up,
        };
        let effects = vec![
            Effect::Accept(answer.sdp),
            Effect::Await(Deadline::Connecting),
        ];
        (self.with(State::Joining(joined)), effects)
    }

    /// An answer nobody waits for any more still holds a seat on the server.
    fn give_back(self, answer: Answer) -> Step {
        (self, vec![Effect::GiveBack(answer.hang_up)])
    }

    fn relink(self, link: Link) -> Step {
        match (self.state.clone(), link) {
            (State::Joining(joined), Link::Up) => (
                self.with(State::Live(joined)),
                vec![Effect::StopWaiting, Effect::StartClock],
            ),
            (State::Reconnecting(joined), Link::Up) => {
                (self.with(State::Live(joined)), vec![Effect::StopWaiting])
            }
            (State::Live(joined), Link::Shaky) => (
                self.with(State::Reconnecting(joined)),
                vec![Effect::Await(Deadline::Reconnecting)],
            ),
            (State::Joining(_), Link::Down) => self.fail(Problem::NetworkBlocked),
            (State::Joining(_), Link::Goodbye) => self.fail(Problem::ServerStopping),
            (State::Live(_) | State::Reconnecting(_), Link::Down) => {
                self.fail(Problem::ConnectionLost)
            }
            (State::Live(_) | State::Reconnecting(_), Link::Goodbye) => self.end(Ending::Goodbye),
            _ => (self, Vec::new()),
        }
    }

    fn give_up_waiting(self) -> Step {
        match self.state {
            State::Joining(_) => self.fail(Problem::NetworkBlocked),
            State::Reconnecting(_) => self.fail(Problem::ConnectionLost),
            _ => (self, Vec::new()),
        }
    }

    /// A call that was live ends with the problem as its reason; one that was not, failed.
    fn fail(self, problem: Problem) -> Step {
        match self.state {
            State::Idle | State::Over(..) => (self, Vec::new()),
            State::Asking | State::Offering | State::Joining(_) => {
                self.end(Ending::Failed(problem))
            }
            State::Live(_) | State::Reconnecting(_) => self.end(Ending::Broken(problem)),
        }
    }

    fn end(self, ending: Ending) -> Step {
        let (joined, recording) = match self.state.clone() {
            State::Live(joined) | State::Reconnecting(joined) => {
                (Some(joined), Recording::Finishing)
            }
            State::Joining(joined) => (Some(joined), Recording::None),
            State::Idle | State::Asking | State::Offering | State::Over(..) => {
                (None, Recording::None)
            }
        };
        let summary = Summary {
            ending,
            conversation: joined.as_ref().map(|joined| joined.conversation),
            recording,
        };
        let hang_up = joined.map(|joined| joined.hang_up);
        let mut effects = vec![Effect::Release];
        effects.extend(hang_up.clone().map(Effect::HangUp));
        let is_recorded = recording == Recording::Finishing;
        let parting = hang_up.filter(|_| is_recorded).map(Parting::new);
        let call = Self {
            is_muted: false,
            sound: Sound::Plays,
            ..self.with(State::Over(summary, parting))
        };
        (call, effects)
    }

    /// A recording that is not final may be there and is not shown: the server is asked again.
    fn part(self, farewell: Farewell) -> Step {
        let State::Over(summary, Some(parting)) = self.state.clone() else {
            return (self, Vec::new());
        };
        let Some(conversation) = summary.conversation else {
            return (self, Vec::new());
        };
        match (farewell, parting.asks_left.checked_sub(1)) {
            (Farewell::Final, _) => (self, vec![Effect::Find(conversation)]),
            (Farewell::Unsure, None) => self.settle(Search::NoReply),
            (Farewell::Unsure, Some(asks_left)) => {
                let again = Effect::HangUpAgain(parting.hang_up.clone(), BETWEEN_FAREWELLS);
                let parting = Parting {
                    asks_left,
                    ..parting
                };
                (self.with(State::Over(summary, Some(parting))), vec![again])
            }
        }
    }

    fn settle(self, search: Search) -> Step {
        let State::Over(summary, parting) = self.state.clone() else {
            return (self, Vec::new());
        };
        let recording = match search {
            Search::Found => Recording::Ready,
            Search::Missing => Recording::Missing,
            Search::NoReply => Recording::OutOfReach,
        };
        let summary = Summary {
            recording,
            ..summary
        };
        (self.with(State::Over(summary, parting)), Vec::new())
    }

    fn look_again(self) -> Step {
        let State::Over(summary, Some(parting)) = self.state.clone() else {
            return (self, Vec::new());
        };
        if summary.recording != Recording::OutOfReach {
            return (self, Vec::new());
        }
        let summary = Summary {
            recording: Recording::Finishing,
            ..summary
        };
        let parting = Parting::new(parting.hang_up);
        let again = Effect::HangUpAgain(parting.hang_up.clone(), Duration::ZERO);
        (self.with(State::Over(summary, Some(parting))), vec![again])
    }

    fn with(self, state: State) -> Self {
        Self { state, ..self }
    }
}

/// What is drawn.
impl Call {
    /// Tells the news of this call from those of earlier ones.
    #[must_use]
    pub fn attempt(&self) -> Attempt {
        self.attempt
    }

    /// Where the call stands, in the words of a person.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match &self.state {
            State::Idle => Phase::Idle,
            State::Asking => Phase::Asking,
            State::Offering | State::Joining(_) => Phase::Connecting,
            State::Live(_) => Phase::Live,
            State::Reconnecting(_) => Phase::Reconnecting,
            State::Over(summary, _) => match summary.ending {
                Ending::HungUp | Ending::Goodbye | Ending::Broken(_) => Phase::Ended,
                Ending::Failed(_) => Phase::Failed,
            },
        }
    }

    /// Whether the caller can be heard, and so can mute himself.
    #[must_use]
    pub fn is_talking(&self) -> bool {
        matches!(self.state, State::Live(_) | State::Reconnecting(_))
    }

    /// Whether the call is live, or was before it ended.
    #[must_use]
    pub fn was_live(&self) -> bool {
        let is_recorded = |summary: &Summary| summary.recording != Recording::None;
        self.is_talking() || self.summary().is_some_and(is_recorded)
    }

    /// Whether the caller silenced his microphone.
    #[must_use]
    pub fn is_muted(&self) -> bool {
        self.is_muted
    }

    /// Whether the browser waits for a tap before it plays the echo.
    #[must_use]
    pub fn needs_tap(&self) -> bool {
        self.is_talking() && self.sound == Sound::Blocked
    }

    /// How loud the echo plays.
    #[must_use]
    pub fn volume(&self) -> Volume {
        self.volume
    }

    /// The conversation of the running call, or of the one that is over.
    #[must_use]
    pub fn conversation(&self) -> Option<ConversationId> {
        match &self.state {
            State::Joining(joined) | State::Live(joined) | State::Reconnecting(joined) => {
                Some(joined.conversation)
            }
            State::Over(summary, _) => summary.conversation,
            State::Idle | State::Asking | State::Offering => None,
        }
    }

    /// What remains of a call that is over.
    #[must_use]
    pub fn summary(&self) -> Option<&Summary> {
        match &self.state {
            State::Over(summary, _) => Some(summary),
            _ => None,
        }
    }

    /// What went wrong, if anything did.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        match &self.summary()?.ending {
            Ending::Failed(problem) | Ending::Broken(problem) => Some(problem),
            Ending::HungUp | Ending::Goodbye => None,
        }
    }
}
