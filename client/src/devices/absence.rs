//! A microphone that goes away during a call, what takes its place, and how it is taken back.

use super::{Before, Rig, Stage, Step, Trouble, Try, Way};

impl Rig {
    pub(super) fn lose(self) -> Step {
        match self.stage {
            Stage::Off | Stage::FallingBack(_) => (self, Vec::new()),
            Stage::Swapping(_) => {
                let stage = Stage::Swapping(Before::Gone);
                (Self { stage, ..self }, Vec::new())
            }
            Stage::Steady | Stage::Adjusting => self.fall_back(),
        }
    }

    pub(super) fn fall_back(self) -> Step {
        let rig = Self {
            aim: None,
            is_changed: false,
            trouble: Some(Trouble::FellBack),
            ..self
        };
        let (rig, swap) = rig.swap(Stage::FallingBack(Try::First), Way::Beside);
        (rig, vec![swap])
    }

    /// Whoever plugs in again what he chose speaks into it again. One that went away by itself is not
    /// tried before something was plugged: it would go away again and again.
    pub(super) fn take_back(mut self) -> Step {
        let chosen = self.chosen_microphone();
        let is_missed = self.trouble == Some(Trouble::FellBack) && self.is_changed;
        if !is_missed || chosen.is_none() {
            return (self, Vec::new());
        }
        self.aim = chosen;
        self.is_changed = false;
        let (rig, swap) = self.swap(Stage::Swapping(Before::Hears), Way::Beside);
        (rig, vec![swap])
    }

    /// Whether the microphone in use is the one that is chosen, as far as the browser says which it is.
    pub(super) fn is_as_chosen(&self) -> bool {
        let Some(chosen) = &self.choices.microphone else {
            return true;
        };
        let is_named = !chosen.label.is_empty() && chosen.label == self.used.label;
        self.used.id.is_empty() || self.used.id == chosen.id || is_named
    }
}
