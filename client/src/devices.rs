//! What a person speaks into and hears from, before a call and during it: a pure state machine.
//!
//! It opens and plays nothing itself: it says what is to be done (`Effect`), and `driver` does it. A
//! microphone that goes away during a call is no end of it as long as there is another one.

mod absence;
pub mod choices;
#[cfg(target_arch = "wasm32")]
pub mod driver;
pub mod event;
pub mod guard;
mod loudspeaker;
pub mod shown;
#[cfg(test)]
mod tests;

use choices::{Choices, Pick, Processing};
pub use event::{Device, Effect, Event, Facts, Judgement, Kind, Turn, Wanted, Way};

/// The devices of the page, and what is chosen of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Rig {
    outputs: Outputs,
    listed: Vec<Device>,
    choices: Choices,
    stage: Stage,
    /// News of earlier openings come late and are told apart by this number.
    turn: Turn,
    /// What the call has, or is to have; nothing is the default one.
    aim: Option<Pick>,
    used: Facts,
    /// Something was plugged since the microphone went away.
    is_changed: bool,
    /// The loudspeaker the call plays through; an empty one is the default.
    sink: Option<String>,
    /// The loudspeaker that could not be used in this call.
    refused: Option<String>,
    tone: Tone,
    howl: Howl,
    trouble: Option<Trouble>,
}

/// Whether the browser lets a page choose the loudspeaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outputs {
    Choosable,
    Fixed,
}

/// How the microphone of a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// There is no call.
    Off,
    Steady,
    /// The browser was asked for other processing.
    Adjusting,
    /// Another one is being opened.
    Swapping(Before),
    /// The one before went away, and the default one is being opened.
    FallingBack(Try),
}

/// Whether the microphone before still hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    Hears,
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Try {
    First,
    Last,
}

/// How the test of the loudspeaker goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Silent,
    Playing,
    /// It is over, and the person is asked whether he heard it.
    Asking,
    Judged(Judgement),
    Failed,
}

/// What the guard found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Howl {
    None,
    /// The echo plays softly.
    Ducked,
    /// It is as loud as before; the hint stays until it is read.
    Over,
}

/// What did not go as it was wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The microphone that was chosen does not open; the one before goes on.
    NotOpened,
    /// The microphone went away, and the default one took its place.
    FellBack,
    /// The loudspeaker that was chosen cannot be used; the default one plays.
    SpeakerRefused,
}

type Step = (Rig, Vec<Effect>);

impl Rig {
    /// The devices as they were chosen at an earlier visit.
    #[must_use]
    pub fn new(choices: Choices, outputs: Outputs) -> Self {
        Self {
            outputs,
            listed: Vec::new(),
            choices,
            stage: Stage::Off,
            turn: Turn::default(),
            aim: None,
            used: Facts::default(),
            is_changed: false,
            sink: None,
            refused: None,
            tone: Tone::Silent,
            howl: Howl::None,
            trouble: None,
        }
    }

    /// What the devices become by an event, and what has to be done for it, in that order.
    #[must_use]
    pub fn next(self, event: Event) -> Step {
        match event {
            Event::DevicesChanged => {
                let is_changed = true;
                (Self { is_changed, ..self }, vec![Effect::List])
            }
            Event::Listed(listed) => self.list(listed),
            Event::MicrophoneChosen(id) => self.choose_microphone(&id),
            Event::SpeakerChosen(id) => self.choose_speaker(&id),
            Event::Switched(treatment, switch) => {
                let processing = self.choices.processing.with(treatment, switch);
                self.process(processing)
            }
            Event::PresetChosen(preset) => self.process(preset.processing()),
            Event::CallOpened(facts) => self.begin(facts),
            Event::CallOver => (self.end(), Vec::new()),
            Event::MicrophoneEnded => self.lose(),
            Event::Adjusted(turn, actual) if turn == self.turn => self.adjusted(actual),
            Event::Swapped(turn, facts) if turn == self.turn => self.swapped(facts),
            Event::SwapFailed(turn) if turn == self.turn => self.swap_failed(),
            Event::Adjusted(..) | Event::Swapped(..) | Event::SwapFailed(_) => (self, Vec::new()),
            Event::SpeakerOpened => {
                let sink = Some(String::new());
                Self { sink, ..self }.route(Vec::new())
            }
            Event::SinkRefused(id) => self.refuse_sink(&id),
            Event::TonePressed => self.play_tone(),
            Event::ToneOver => (self.after_tone(Tone::Asking), Vec::new()),
            Event::ToneFailed => (self.after_tone(Tone::Failed), Vec::new()),
            Event::ToneJudged(judgement) => self.judge(judgement),
            Event::Howled => self.duck(),
            Event::Calmed => self.calm(),
            Event::HintClosed => self.close_hint(),
        }
    }

    fn list(self, listed: Vec<Device>) -> Step {
        let is_in = |listed: &[Device]| {
            let used = |one: &Device| one.kind == Kind::Microphone && one.id == self.used.id;
            listed.iter().any(used)
        };
        // A browser that hides its devices lists none, or others: that one was there is what counts.
        let has_left = !self.used.id.is_empty() && is_in(&self.listed) && !is_in(&listed);
        let rig = Self { listed, ..self };
        let (rig, effects) = match rig.stage {
            Stage::Steady | Stage::Adjusting if has_left => rig.lose(),
            Stage::Steady | Stage::Adjusting => rig.take_back(),
            _ => (rig, Vec::new()),
        };
        rig.route(effects)
    }

    fn choose_microphone(mut self, id: &str) -> Step {
        let pick = self.pick(Kind::Microphone, id);
        self.choices.microphone.clone_from(&pick);
        self.trouble = None;
        let remember = Effect::Remember(self.choices.clone());
        let before = match self.stage {
            Stage::Off => return (self, vec![remember]),
            Stage::Steady | Stage::Adjusting => Before::Hears,
            Stage::Swapping(before) => before,
            Stage::FallingBack(_) => Before::Gone,
        };
        self.aim = pick;
        let (rig, swap) = self.swap(Stage::Swapping(before), Way::Beside);
        (rig, vec![remember, swap])
    }

    fn process(mut self, processing: Processing) -> Step {
        self.choices.processing = processing;
        let remember = Effect::Remember(self.choices.clone());
        let (rig, effect) = match self.stage {
            Stage::Off => return (self, vec![remember]),
            Stage::Steady | Stage::Adjusting => {
                let rig = self.turned(Stage::Adjusting);
                let adjust = Effect::Adjust(rig.turn, processing);
                (rig, adjust)
            }
            stage @ (Stage::Swapping(_) | Stage::FallingBack(_)) => self.swap(stage, Way::Beside),
        };
        (rig, vec![remember, effect])
    }

    fn begin(mut self, facts: Facts) -> Step {
        self.aim = that_of(&facts);
        self.used = facts;
        self.is_changed = false;
        // What could not be used in the call before may be of use again.
        self.refused = None;
        self.trouble = (!self.is_as_chosen()).then_some(Trouble::FellBack);
        self.howl = Howl::None;
        // Names are told from now on.
        (self.turned(Stage::Steady), vec![Effect::List])
    }

    fn end(self) -> Self {
        Self {
            aim: None,
            used: Facts::default(),
            sink: None,
            howl: Howl::None,
            trouble: None,
            ..self.turned(Stage::Off)
        }
    }

    fn adjusted(self, actual: choices::Actual) -> Step {
        let Stage::Adjusting = self.stage else {
            return (self, Vec::new());
        };
        if actual.meets(self.choices.processing) {
            let used = Facts {
                actual,
                ..self.used
            };
            let stage = Stage::Steady;
            return (
                Self {
                    used,
                    stage,
                    ..self
                },
                Vec::new(),
            );
        }
        let (rig, swap) = self.swap(Stage::Swapping(Before::Gone), Way::Instead);
        (rig, vec![swap])
    }

    fn swapped(self, used: Facts) -> Step {
        let mut rig = Self {
            aim: that_of(&used),
            used,
            stage: Stage::Steady,
            ..self
        };
        let is_back = rig.choices.microphone.is_some() && rig.is_as_chosen();
        rig.trouble = rig.trouble.filter(|_| !is_back);
        (rig, vec![Effect::List])
    }

    fn swap_failed(self) -> Step {
        match self.stage {
            Stage::Off | Stage::Steady | Stage::Adjusting => (self, Vec::new()),
            Stage::Swapping(Before::Hears) => {
                let rig = Self {
                    aim: that_of(&self.used),
                    stage: Stage::Steady,
                    // One that was not asked for by hand is still the one that is missed.
                    trouble: self.trouble.or(Some(Trouble::NotOpened)),
                    ..self
                };
                (rig, Vec::new())
            }
            Stage::Swapping(Before::Gone) => self.fall_back(),
            Stage::FallingBack(Try::First) => {
                let (rig, swap) = self.swap(Stage::FallingBack(Try::Last), Way::AfterPause);
                (rig, vec![swap])
            }
            Stage::FallingBack(Try::Last) => (self.turned(Stage::Off), vec![Effect::BreakOff]),
        }
    }

    fn swap(self, stage: Stage, way: Way) -> (Self, Effect) {
        let rig = self.turned(stage);
        let wanted = Wanted {
            id: rig.aim.as_ref().map(|pick| pick.id.clone()),
            processing: rig.choices.processing,
        };
        let swap = Effect::Swap(rig.turn, wanted, way);
        (rig, swap)
    }

    fn turned(self, stage: Stage) -> Self {
        let turn = self.turn.next();
        Self {
            turn,
            stage,
            ..self
        }
    }

    /// The device of that kind as it is listed, by its id or by its label; as it was chosen while
    /// the browser tells no ids; nothing where it is not plugged in.
    fn present(&self, kind: Kind, pick: Option<&Pick>) -> Option<Pick> {
        let pick = pick?;
        if !self.is_told_ids() {
            return Some(pick.clone());
        }
        let has_id = |one: &&Device| one.id == pick.id;
        let has_label = |one: &&Device| !pick.label.is_empty() && one.label == pick.label;
        let by_label = || self.named(kind).find(has_label);
        let found = self.named(kind).find(has_id).or_else(by_label)?;
        Some(as_pick(found))
    }

    fn chosen_microphone(&self) -> Option<Pick> {
        self.present(Kind::Microphone, self.choices.microphone.as_ref())
    }

    /// Nothing for the default one, and for one that is not listed.
    fn pick(&self, kind: Kind, id: &str) -> Option<Pick> {
        self.named(kind).find(|one| one.id == id).map(as_pick)
    }

    /// Without permission browsers tell none.
    fn is_told_ids(&self) -> bool {
        self.listed.iter().any(|one| !one.id.is_empty())
    }

    /// Those that can be chosen.
    fn named(&self, kind: Kind) -> impl Iterator<Item = &Device> {
        let is_named =
            move |one: &&Device| one.kind == kind && !one.id.is_empty() && one.id != shown::DEFAULT;
        self.listed.iter().filter(is_named)
    }
}

/// The very device that is open; nothing where the browser leads it as the default one.
fn that_of(facts: &Facts) -> Option<Pick> {
    let has_id = !facts.id.is_empty() && facts.id != shown::DEFAULT;
    has_id.then(|| Pick {
        id: facts.id.clone(),
        label: facts.label.clone(),
    })
}

fn as_pick(device: &Device) -> Pick {
    Pick {
        id: device.id.clone(),
        label: device.label.clone(),
    }
}
