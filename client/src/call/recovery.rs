//! How a call that was live gets its connection back: ICE begun anew (RFC 8445 §9, RFC 9725 §4.3), a
//! few times, with growing pauses.

use std::time::Duration;

use super::{Call, Effect, Ending, Joined, Link, Problem, Restarted, State, Step};
use crate::fragment;

/// A connection that was shaky for no longer than this came back by itself.
const DOUBT: Duration = Duration::from_secs(2);
/// Checks and their answers take no longer than this, or the new way leads nowhere.
const SETTLING: Duration = Duration::from_secs(5);
/// What is waited after each try. All of it is about as long as the server waits for a sign of life.
const PAUSES: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(8),
];

/// How far getting the connection back is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Recovery {
    /// Begun so far in this network.
    tries: usize,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It may come back by itself.
    Doubting,
    /// The server is asked. One try at a time: a network that changes meanwhile waits for it.
    Trying(Network),
    /// Both sides have new credentials; the connection is to come up.
    Settling,
    /// Between two tries, and after the last one.
    Pausing,
}

/// Whether the network of a try is still the one that there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Network {
    Same,
    Changed,
}

impl Call {
    pub(super) fn relink_live(self, joined: Joined) -> Step {
        match joined.link {
            Link::Shaky => self.recover(joined, 0, Stage::Doubting, vec![Effect::Await(DOUBT)]),
            Link::Down => self.try_again(joined, 0),
            Link::Up | Link::Goodbye => (self.with(State::Live(joined)), Vec::new()),
        }
    }

    pub(super) fn relink_shaky(self, joined: Joined, recovery: Recovery) -> Step {
        let Recovery { tries, stage } = recovery;
        match (stage, joined.link) {
            (Stage::Doubting | Stage::Settling | Stage::Pausing, Link::Up) => {
                (self.with(State::Live(joined)), vec![Effect::StopWaiting])
            }
            (Stage::Doubting, Link::Down) => self.try_again(joined, tries),
            (Stage::Settling, Link::Down) => self.pause(joined, tries),
            _ => (self.with(State::Reconnecting(joined, recovery)), Vec::new()),
        }
    }

    /// Another network is another chance: the tries are counted anew.
    pub(super) fn change_network(self) -> Step {
        match self.state.clone() {
            State::Live(joined) => self.try_again(joined, 0),
            State::Reconnecting(joined, Recovery { tries, stage }) => match stage {
                Stage::Trying(_) => {
                    self.recover(joined, tries, Stage::Trying(Network::Changed), Vec::new())
                }
                Stage::Doubting | Stage::Settling | Stage::Pausing => self.try_again(joined, 0),
            },
            _ => (self, Vec::new()),
        }
    }

    pub(super) fn take_restart(self, restarted: Restarted) -> Step {
        let State::Reconnecting(joined, recovery) = self.state.clone() else {
            return (self, Vec::new());
        };
        match restarted {
            Restarted::CallOver => self.end(Ending::Broken(Problem::CallOver)),
            Restarted::Failed => self.fail_to_restart(joined, recovery),
            Restarted::Renewed {
                fragment,
                ice_session,
            } => {
                let Some(answer) = fragment::renew(&joined.answer, &fragment) else {
                    return self.fail_to_restart(joined, recovery);
                };
                let joined = Joined {
                    answer: answer.clone(),
                    ice_session,
                    ..joined
                };
                let effects = vec![Effect::AcceptRenewed(answer)];
                self.recover(joined, recovery.tries, recovery.stage, effects)
            }
        }
    }

    pub(super) fn renewed(self) -> Step {
        match self.state.clone() {
            State::Reconnecting(joined, Recovery { tries, stage }) => match stage {
                Stage::Trying(Network::Changed) => self.try_again(joined, 0),
                Stage::Trying(Network::Same) if joined.link == Link::Up => {
                    (self.with(State::Live(joined)), Vec::new())
                }
                Stage::Trying(Network::Same) => {
                    let effects = vec![Effect::Await(SETTLING)];
                    self.recover(joined, tries, Stage::Settling, effects)
                }
                Stage::Doubting | Stage::Settling | Stage::Pausing => (self, Vec::new()),
            },
            _ => (self, Vec::new()),
        }
    }

    pub(super) fn wait_no_longer(self, joined: Joined, recovery: Recovery) -> Step {
        match recovery.stage {
            Stage::Doubting | Stage::Settling | Stage::Pausing => {
                self.try_again(joined, recovery.tries)
            }
            Stage::Trying(_) => (self, Vec::new()),
        }
    }

    fn fail_to_restart(self, joined: Joined, recovery: Recovery) -> Step {
        match recovery.stage {
            Stage::Trying(Network::Changed) => self.try_again(joined, 0),
            // The old way still leads to the server.
            Stage::Trying(Network::Same) if joined.link == Link::Up => {
                (self.with(State::Live(joined)), Vec::new())
            }
            Stage::Trying(Network::Same) => self.pause(joined, recovery.tries),
            Stage::Doubting | Stage::Settling | Stage::Pausing => (self, Vec::new()),
        }
    }

    fn try_again(self, joined: Joined, tries: usize) -> Step {
        if tries == PAUSES.len() {
            return self.fail(Problem::ConnectionLost);
        }
        let effects = vec![Effect::StopWaiting, Effect::Restart(joined.path.clone())];
        self.recover(joined, tries + 1, Stage::Trying(Network::Same), effects)
    }

    fn pause(self, joined: Joined, tries: usize) -> Step {
        let pause = PAUSES.get(tries.saturating_sub(1)).copied();
        let effects = vec![Effect::Await(pause.unwrap_or_default())];
        self.recover(joined, tries, Stage::Pausing, effects)
    }

    fn recover(self, joined: Joined, tries: usize, stage: Stage, effects: Vec<Effect>) -> Step {
        let recovery = Recovery { tries, stage };
        (self.with(State::Reconnecting(joined, recovery)), effects)
    }
}
