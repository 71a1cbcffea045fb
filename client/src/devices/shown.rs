//! What is drawn of the devices, and what a call asks for.

use super::choices::{Choices, Pick, Switch, Treatment};
use super::{Howl, Kind, Outputs, Rig, Stage, Tone, Trouble, Turn, Wanted};

/// How the default device is chosen; browsers that list it use the same word.
pub const DEFAULT: &str = "default";

/// A device that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub id: String,
    pub name: Name,
}

/// How a device is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// By the browser.
    Label(String),
    /// The default one, whichever that is.
    Default,
    /// Without permission browsers tell no labels.
    Number(usize),
}

/// What a switch means just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// So it is asked for at the next call.
    Next(Switch),
    Is(Switch),
    /// So it was asked for; the browser does not say what it does.
    Untold(Switch),
    /// So it is, against the wish.
    Stays(Switch),
}

impl Rig {
    /// What the next call asks for.
    #[must_use]
    pub fn wanted(&self) -> Wanted {
        let pick = self.chosen_microphone();
        Wanted {
            id: pick.map(|pick| pick.id),
            processing: self.choices.processing,
        }
    }

    /// Tells the news of the latest opening from those of earlier ones.
    #[must_use]
    pub fn turn(&self) -> Turn {
        self.turn
    }

    #[must_use]
    pub fn choices(&self) -> &Choices {
        &self.choices
    }

    #[must_use]
    pub fn outputs(&self) -> Outputs {
        self.outputs
    }

    #[must_use]
    pub fn tone(&self) -> Tone {
        self.tone
    }

    #[must_use]
    pub fn howl(&self) -> Howl {
        self.howl
    }

    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        self.trouble
    }

    /// All that can be chosen, the default one first.
    #[must_use]
    pub fn rows(&self, kind: Kind) -> Vec<Row> {
        let mut rows: Vec<Row> = self
            .named(kind)
            .enumerate()
            .map(|(index, device)| Row {
                id: device.id.clone(),
                name: name(&device.label).unwrap_or(Name::Number(index + 1)),
            })
            .collect();
        if !self.is_told_ids() {
            rows.extend(self.chosen(kind).and_then(remembered));
        }
        let default = Row {
            id: DEFAULT.to_owned(),
            name: self.default_name(kind),
        };
        rows.insert(0, default);
        rows
    }

    /// How many microphones there are besides the one in use.
    #[must_use]
    pub fn other_microphones(&self) -> u32 {
        // On Windows a device has a second name for calls.
        let microphones = self.named(Kind::Microphone);
        let real = microphones.filter(|device| device.id != "communications");
        let others = real.count().saturating_sub(1);
        u32::try_from(others).unwrap_or(u32::MAX)
    }

    /// Which of the rows is in use, or will be.
    #[must_use]
    pub fn selected(&self, kind: Kind) -> String {
        let pick = match (kind, self.stage) {
            (Kind::Microphone, Stage::Off) => self.chosen_microphone(),
            (Kind::Speaker, _) => self.usable_speaker(),
            (Kind::Microphone, _) => self.aim.clone(),
        };
        let id = pick.map_or_else(|| DEFAULT.to_owned(), |pick| pick.id);
        let is_row = self.rows(kind).iter().any(|row| row.id == id);
        if is_row { id } else { DEFAULT.to_owned() }
    }

    /// What the browser really does; nothing without a call, and where it does not say.
    #[must_use]
    pub fn actual(&self, treatment: Treatment) -> Option<Switch> {
        match self.stage {
            Stage::Off => None,
            _ => self.used.actual.of(treatment),
        }
    }

    /// Whether the loudspeaker is taken out of the voice, as far as it is known.
    #[must_use]
    pub fn echo_cancellation(&self) -> Switch {
        self.shown(Treatment::EchoCancellation)
    }

    /// Where a switch stands: as it is, else as it will be.
    #[must_use]
    pub fn shown(&self, treatment: Treatment) -> Switch {
        let wanted = self.choices.processing.of(treatment);
        self.actual(treatment).unwrap_or(wanted)
    }

    /// What is said of a switch.
    #[must_use]
    pub fn standing(&self, treatment: Treatment) -> Standing {
        let wanted = self.choices.processing.of(treatment);
        match (self.stage, self.actual(treatment)) {
            (Stage::Off, _) => Standing::Next(wanted),
            (_, None) => Standing::Untold(wanted),
            (Stage::Steady, Some(actual)) if actual != wanted => Standing::Stays(actual),
            (_, Some(actual)) => Standing::Is(actual),
        }
    }

    fn chosen(&self, kind: Kind) -> Option<&Pick> {
        match kind {
            Kind::Microphone => self.choices.microphone.as_ref(),
            Kind::Speaker => self.choices.speaker.as_ref(),
        }
    }

    fn default_name(&self, kind: Kind) -> Name {
        let mut all = self.listed.iter().filter(|one| one.kind == kind);
        let listed = all.clone().find(|one| one.id == DEFAULT);
        if let Some(label) = listed.and_then(|one| name(&one.label)) {
            return label;
        }
        // The one that browsers without permission tell of.
        let is_nameless = all.any(|one| one.id.is_empty());
        let is_alone = self.named(kind).next().is_none() && self.chosen(kind).is_none();
        if is_nameless && is_alone {
            Name::Number(1)
        } else {
            Name::Default
        }
    }
}

fn name(label: &str) -> Option<Name> {
    (!label.is_empty()).then(|| Name::Label(label.to_owned()))
}

/// As long as the browser tells no ids, what was chosen at an earlier visit.
fn remembered(pick: &Pick) -> Option<Row> {
    Some(Row {
        id: pick.id.clone(),
        name: name(&pick.label)?,
    })
}
