//! What happens to the devices, and what is to be done for it.

use super::choices::{Actual, Choices, Preset, Processing, Switch, Treatment};

/// What a device is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Microphone,
    Speaker,
}

/// A device as the browser lists it. Without permission its id and its label may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    pub kind: Kind,
    pub id: String,
    pub label: String,
}

/// The microphone that was really opened, and what is really done to its sound.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Empty where the browser does not say.
    pub id: String,
    pub label: String,
    pub actual: Actual,
}

/// The microphone that is wanted; no id is the browser's default one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub id: Option<String>,
    pub processing: Processing,
}

impl Wanted {
    /// What is asked for when that device is not there; none if no device was named.
    #[must_use]
    pub fn by_default(self) -> Option<Self> {
        self.id.as_ref()?;
        Some(Self { id: None, ..self })
    }
}

/// Which opening of a microphone news belong to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn(u32);

impl Turn {
    pub(super) fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }
}

/// How one microphone follows another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The one before goes on until the other one is there.
    Beside,
    /// The one before is stopped first: some browsers give a device that is open only as it is open.
    Instead,
    /// As the first, once the system had a moment to sort itself.
    AfterPause,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Something was plugged or unplugged.
    DevicesChanged,
    Listed(Vec<Device>),
    /// By its id, or `shown::DEFAULT`.
    MicrophoneChosen(String),
    /// By its id, or `shown::DEFAULT`.
    SpeakerChosen(String),
    Switched(Treatment, Switch),
    PresetChosen(Preset),
    /// A call has its first microphone.
    CallOpened(Facts),
    CallOver,
    /// The microphone went away by itself.
    MicrophoneEnded,
    /// What is done after the browser was asked to do otherwise.
    Adjusted(Turn, Actual),
    Swapped(Turn, Facts),
    SwapFailed(Turn),
    /// The call plays, through the default loudspeaker so far.
    SpeakerOpened,
    /// The loudspeaker of that id cannot be used.
    SinkRefused(String),
    TonePressed,
    ToneOver,
    ToneFailed,
    ToneJudged(Judgement),
    /// The guard hears feedback.
    Howled,
    /// It does not any more.
    Calmed,
    /// The person wants it loud again, or has read the hint.
    HintClosed,
}

/// Whether the person heard the test tone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    Heard,
    NotHeard,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Reports `Listed`.
    List,
    /// Opens a microphone in the place of the call's, and reports `Swapped` or `SwapFailed`.
    Swap(Turn, Wanted, Way),
    /// Asks for other processing on the open microphone, and reports `Adjusted`.
    Adjust(Turn, Processing),
    /// The call has no microphone any more.
    BreakOff,
    /// The call plays through the loudspeaker of that id; an empty one is the default.
    SetSink(String),
    /// The same for the test tone; reports `ToneOver` or `ToneFailed`.
    PlayTone(String),
    /// Makes the echo ten times softer.
    Duck,
    /// Ends that, and the guard begins anew.
    Unduck,
    Remember(Choices),
}
