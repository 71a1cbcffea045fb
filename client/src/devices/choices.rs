//! What a person chooses of his devices and of what is done to his voice, and how the browser keeps it.

use serde::{Deserialize, Serialize};

/// Longer names than any browser gives are not ours.
const LONGEST: usize = 1024;

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Switch {
    On,
    Off,
}

impl Switch {
    #[must_use]
    pub fn is_on(self) -> bool {
        self == Self::On
    }

    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::On => Self::Off,
            Self::Off => Self::On,
        }
    }

    /// The name that tests know.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
        }
    }
}

impl From<bool> for Switch {
    fn from(is_on: bool) -> Self {
        if is_on { Self::On } else { Self::Off }
    }
}

/// What a browser can do to a voice before it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Treatment {
    EchoCancellation,
    NoiseSuppression,
    AutoGain,
}

impl Treatment {
    pub const ALL: [Self; 3] = [
        Self::EchoCancellation,
        Self::NoiseSuppression,
        Self::AutoGain,
    ];
}

/// What is to be done to the voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Processing {
    pub echo_cancellation: Switch,
    pub noise_suppression: Switch,
    pub auto_gain: Switch,
}

impl Processing {
    #[must_use]
    pub fn of(self, treatment: Treatment) -> Switch {
        match treatment {
            Treatment::EchoCancellation => self.echo_cancellation,
            Treatment::NoiseSuppression => self.noise_suppression,
            Treatment::AutoGain => self.auto_gain,
        }
    }

    /// The same but for one of them.
    #[must_use]
    pub fn with(mut self, treatment: Treatment, switch: Switch) -> Self {
        match treatment {
            Treatment::EchoCancellation => self.echo_cancellation = switch,
            Treatment::NoiseSuppression => self.noise_suppression = switch,
            Treatment::AutoGain => self.auto_gain = switch,
        }
        self
    }
}

/// The voice as it is, so that the caller hears what others would hear. Only his own echo is taken
/// out: without headphones it would go round and round.
impl Default for Processing {
    fn default() -> Self {
        Self {
            echo_cancellation: Switch::On,
            noise_suppression: Switch::Off,
            auto_gain: Switch::Off,
        }
    }
}

/// All switches at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// The microphone alone is judged.
    Raw,
    /// As the usual programs for calls have it.
    Call,
}

impl Preset {
    #[must_use]
    pub fn processing(self) -> Processing {
        let all = match self {
            Self::Raw => Switch::Off,
            Self::Call => Switch::On,
        };
        Processing {
            echo_cancellation: all,
            noise_suppression: all,
            auto_gain: all,
        }
    }
}

/// What the browser says that it really does; nothing where it does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Actual {
    pub echo_cancellation: Option<Switch>,
    pub noise_suppression: Option<Switch>,
    pub auto_gain: Option<Switch>,
}

impl Actual {
    #[must_use]
    pub fn of(self, treatment: Treatment) -> Option<Switch> {
        match treatment {
            Treatment::EchoCancellation => self.echo_cancellation,
            Treatment::NoiseSuppression => self.noise_suppression,
            Treatment::AutoGain => self.auto_gain,
        }
    }

    /// Whether nothing that the browser says is against the wish.
    #[must_use]
    pub fn meets(self, wish: Processing) -> bool {
        let meets = |treatment| self.of(treatment).is_none_or(|is| is == wish.of(treatment));
        Treatment::ALL.into_iter().all(meets)
    }
}

/// A device that was chosen. Some browsers change ids from visit to visit; then its label tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pick {
    pub id: String,
    pub label: String,
}

/// All that was chosen; no device is the browser's default one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Choices {
    pub microphone: Option<Pick>,
    pub speaker: Option<Pick>,
    pub processing: Processing,
}

impl Choices {
    /// What was written down. What cannot be read is as if it had never been chosen.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let written: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
        let pick = |name| {
            let pick = serde_json::from_value(written.get(name)?.clone());
            pick.ok().filter(is_sane)
        };
        let processing = written.get("processing").cloned().unwrap_or_default();
        Self {
            microphone: pick("microphone"),
            speaker: pick("speaker"),
            processing: serde_json::from_value(processing).unwrap_or_default(),
        }
    }

    /// What is to be written down.
    #[must_use]
    pub fn write(&self) -> String {
        serde_json::to_string(self).expect("texts and switches are JSON")
    }
}

fn is_sane(pick: &Pick) -> bool {
    !pick.id.is_empty() && pick.id.len() <= LONGEST && pick.label.len() <= LONGEST
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pick(id: &str) -> Pick {
        Pick {
            id: id.to_owned(),
            label: format!("The {id}"),
        }
    }

    #[test]
    fn what_is_written_down_is_read_again() {
        let choices = Choices {
            microphone: Some(pick("mic")),
            speaker: Some(pick("box")),
            processing: Preset::Call.processing(),
        };

        assert_eq!(Choices::read(&choices.write()), choices);
        let untouched = Choices::default();
        assert_eq!(Choices::read(&untouched.write()), untouched);
    }

    #[test]
    fn what_others_wrote_is_as_if_nothing_had_been_chosen() {
        let long = format!(
            r#"{{"microphone":{{"id":"{}","label":""}}}}"#,
            "x".repeat(5000)
        );
        let others = [
            "",
            "null",
            "[1]",
            "<html>",
            r#"{"microphone":"mic","speaker":{"id":1},"processing":{"auto_gain":true}}"#,
            r#"{"microphone":{"id":"","label":"nothing"}}"#,
            &long,
        ];
        for text in others {
            assert_eq!(Choices::read(text), Choices::default(), "{text}");
        }
    }

    #[test]
    fn one_field_that_cannot_be_read_costs_no_other() {
        let text = r#"{"microphone":7,"speaker":{"id":"box","label":"The box"},"processing":0}"#;

        assert_eq!(
            Choices::read(text),
            Choices {
                speaker: Some(pick("box")),
                ..Choices::default()
            }
        );
    }

    #[test]
    fn a_browser_that_does_not_say_is_taken_at_the_wish() {
        let wish = Preset::Raw.processing();
        let silent = Actual::default();
        let against = Actual {
            auto_gain: Some(Switch::On),
            ..silent
        };

        assert!(silent.meets(wish));
        assert!(!against.meets(wish));
        assert!(against.meets(Preset::Call.processing()));
    }
}
