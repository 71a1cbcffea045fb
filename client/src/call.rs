//! One call as the page lives it: a pure state machine.
//!
//! It opens and closes nothing itself: it says what is to be done (`Effect`), and `driver` does it.

mod drawn;
#[cfg(target_arch = "wasm32")]
pub mod driver;
pub mod event;
#[cfg(target_arch = "wasm32")]
pub(crate) mod line;
pub mod phase;
pub mod problem;
mod recovery;
#[cfg(test)]
mod tests;

use std::time::Duration;

use shared::ConversationId;

use crate::own_path::OwnPath;
pub use event::{
    Answer, Attempt, Effect, Event, Farewell, Link, News, Recorded, Restarted, Search, Sound,
    Volume, Wish,
};
pub use phase::{Ending, Phase, Recording, Summary};
pub use problem::Problem;
use recovery::Recovery;

/// As long as the server waits for a caller it has answered.
const CONNECTING: Duration = Duration::from_secs(15);

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
    /// For the calls to come.
    wish: Wish,
}

#[derive(Clone, Debug, Default, PartialEq)]
enum State {
    #[default]
    Idle,
    Asking,
    Offering,
    Joining(Joined),
    Live(Joined),
    Reconnecting(Joined, Recovery),
    Over(Summary, Option<Parting>),
}

/// What the server gave for this call.
#[derive(Clone, Debug, PartialEq)]
struct Joined {
    conversation: ConversationId,
    path: OwnPath,
    recorded: Recorded,
    /// The answer in force (SDP).
    answer: String,
    ice_session: Option<String>,
    /// As it was heard last.
    link: Link,
}

/// What a call that was live still has to learn: whether its recording is final.
#[derive(Clone, Debug, PartialEq)]
struct Parting {
    path: OwnPath,
    asks_left: u8,
}

impl Parting {
    fn new(path: OwnPath) -> Self {
        Self {
            path,
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
            Event::RecordingWished(wish) => (Self { wish, ..self }, Vec::new()),
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
                    wish: self.wish,
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
            News::NetworkChanged => self.change_network(),
            News::Restarted(restarted) => self.take_restart(restarted),
            News::Renewed => self.renewed(),
            News::Sound(_) if self.summary().is_some() => (self, Vec::new()),
            News::Sound(sound) => (Self { sound, ..self }, Vec::new()),
            News::DeadlinePassed => self.give_up_waiting(),
            News::Broke(problem) => self.fail(problem),
            News::HungUp(farewell) => self.part(farewell),
            News::Searched(search) => self.settle(search),
            News::Recorded(recorded) => self.learn(recorded),
        }
    }

    fn offer(self) -> Step {
        match self.state {
            State::Asking => {
                let offer = Effect::Offer(self.wish);
                (self.with(State::Offering), vec![offer])
            }
            _ => (self, Vec::new()),
        }
    }

    fn join(self, answer: Answer) -> Step {
        let State::Offering = self.state else {
            return self.give_back(answer);
        };
        let joined = Joined {
            conversation: answer.conversation,
            path: answer.path,
            recorded: answer.recorded,
            answer: answer.sdp.clone(),
            ice_session: answer.ice_session,
            link: Link::Down,
        };
        let effects = vec![Effect::Accept(answer.sdp), Effect::Await(CONNECTING)];
        (self.with(State::Joining(joined)), effects)
    }

    /// An answer nobody waits for any more still holds a seat on the server.
    fn give_back(self, answer: Answer) -> Step {
        (self, vec![Effect::GiveBack(answer.path)])
    }

    fn relink(self, link: Link) -> Step {
        match (self.state.clone(), link) {
            (State::Joining(joined), Link::Up) => self.go_live(joined),
            (State::Joining(_), Link::Down) => self.fail(Problem::NetworkBlocked),
            (State::Joining(_), Link::Goodbye) => self.fail(Problem::ServerStopping),
            (State::Live(_) | State::Reconnecting(..), Link::Goodbye) => self.end(Ending::Goodbye),
            (State::Live(joined), link) => self.relink_live(Joined { link, ..joined }),
            (State::Reconnecting(joined, recovery), link) => {
                self.relink_shaky(Joined { link, ..joined }, recovery)
            }
            _ => (self, Vec::new()),
        }
    }

    fn go_live(self, joined: Joined) -> Step {
        let mut effects = vec![Effect::StopWaiting, Effect::StartClock];
        if joined.recorded == Recorded::Yes {
            effects.push(Effect::Remember(joined.path.clone()));
        }
        let link = Link::Up;
        (self.with(State::Live(Joined { link, ..joined })), effects)
    }

    /// A recording may end before its call does.
    fn learn(self, recorded: Recorded) -> Step {
        let state = match self.state.clone() {
            State::Live(joined) => State::Live(Joined { recorded, ..joined }),
            State::Reconnecting(joined, recovery) => {
                State::Reconnecting(Joined { recorded, ..joined }, recovery)
            }
            _ => return (self, Vec::new()),
        };
        (self.with(state), Vec::new())
    }

    fn give_up_waiting(self) -> Step {
        match self.state.clone() {
            State::Joining(_) => self.fail(Problem::NetworkBlocked),
            State::Reconnecting(joined, recovery) => self.wait_no_longer(joined, recovery),
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
            State::Live(_) | State::Reconnecting(..) => self.end(Ending::Broken(problem)),
        }
    }

    fn end(self, ending: Ending) -> Step {
        let (joined, was_live) = match self.state.clone() {
            State::Live(joined) | State::Reconnecting(joined, _) => (Some(joined), true),
            State::Joining(joined) => (Some(joined), false),
            State::Idle | State::Asking | State::Offering | State::Over(..) => (None, false),
        };
        let recording = match joined.as_ref().map(|joined| joined.recorded) {
            Some(Recorded::Yes | Recorded::CutShort | Recorded::Refused) if was_live => {
                Recording::Finishing
            }
            Some(Recorded::No) if was_live => Recording::Off,
            _ => Recording::None,
        };
        let summary = Summary {
            ending,
            conversation: joined.as_ref().map(|joined| joined.conversation),
            recording,
            found: None,
        };
        let path = joined.map(|joined| joined.path);
        let mut effects = vec![Effect::Release];
        effects.extend(path.clone().map(Effect::HangUp));
        let is_recorded = recording == Recording::Finishing;
        let parting = path.filter(|_| is_recorded).map(Parting::new);
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
        match (farewell, parting.asks_left.checked_sub(1)) {
            (Farewell::Final, _) => (self, vec![Effect::Find(parting.path)]),
            (Farewell::Unsure, None) => self.settle(Search::NoReply),
            (Farewell::Unsure, Some(asks_left)) => {
                let again = Effect::HangUpAgain(parting.path.clone(), BETWEEN_FAREWELLS);
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
        let (recording, found) = match search {
            Search::Found(path) => (Recording::Ready, Some(path)),
            Search::Missing => (Recording::Missing, None),
            Search::Refused => (Recording::Refused, None),
            Search::Closed => (Recording::Closed, None),
            Search::NoReply => (Recording::OutOfReach, None),
        };
        let summary = Summary {
            recording,
            found,
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
        let parting = Parting::new(parting.path);
        let again = Effect::HangUpAgain(parting.path.clone(), Duration::ZERO);
        (self.with(State::Over(summary, Some(parting))), vec![again])
    }

    fn with(self, state: State) -> Self {
        Self { state, ..self }
    }
}
