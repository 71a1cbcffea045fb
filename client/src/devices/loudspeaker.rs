//! The half of the devices that a person hears: where the call plays, the test tone, and the howl.

use super::choices::Pick;
use super::{Effect, Howl, Judgement, Kind, Outputs, Rig, Stage, Step, Tone, Trouble};

impl Rig {
    pub(super) fn choose_speaker(mut self, id: &str) -> Step {
        self.choices.speaker = self.pick(Kind::Speaker, id);
        self.refused = None;
        self.trouble = None;
        // What was said of another loudspeaker is not said of this one.
        if self.tone != Tone::Playing {
            self.tone = Tone::Silent;
        }
        let remember = Effect::Remember(self.choices.clone());
        self.route(vec![remember])
    }

    /// The call plays through the loudspeaker that is chosen, as soon as it is there.
    pub(super) fn route(mut self, mut effects: Vec<Effect>) -> Step {
        let wanted = self.sink_wanted();
        if self.sink.as_ref().is_some_and(|sink| *sink != wanted) {
            self.sink = Some(wanted.clone());
            effects.push(Effect::SetSink(wanted));
        }
        (self, effects)
    }

    /// The choice stays: in the next call it may be of use again.
    pub(super) fn refuse_sink(mut self, id: &str) -> Step {
        if id.is_empty() || self.sink_wanted() != id {
            return (self, Vec::new());
        }
        self.refused = Some(id.to_owned());
        self.trouble = Some(Trouble::SpeakerRefused);
        self.route(Vec::new())
    }

    fn sink_wanted(&self) -> String {
        match self.outputs {
            Outputs::Fixed => String::new(),
            Outputs::Choosable => self
                .usable_speaker()
                .map_or_else(String::new, |pick| pick.id),
        }
    }

    /// The loudspeaker that is chosen, where it is there and was not refused.
    pub(super) fn usable_speaker(&self) -> Option<Pick> {
        let pick = self.present(Kind::Speaker, self.choices.speaker.as_ref())?;
        (self.refused.as_ref() != Some(&pick.id)).then_some(pick)
    }

    pub(super) fn play_tone(self) -> Step {
        if self.tone == Tone::Playing {
            return (self, Vec::new());
        }
        let play = Effect::PlayTone(self.sink_wanted());
        let tone = Tone::Playing;
        (Self { tone, ..self }, vec![play])
    }

    pub(super) fn after_tone(self, tone: Tone) -> Self {
        if self.tone == Tone::Playing {
            Self { tone, ..self }
        } else {
            self
        }
    }

    pub(super) fn judge(self, judgement: Judgement) -> Step {
        match self.tone {
            Tone::Silent | Tone::Playing | Tone::Failed => (self, Vec::new()),
            Tone::Asking | Tone::Judged(_) => {
                let tone = Tone::Judged(judgement);
                (Self { tone, ..self }, Vec::new())
            }
        }
    }

    pub(super) fn duck(self) -> Step {
        if self.stage == Stage::Off || self.howl == Howl::Ducked {
            return (self, Vec::new());
        }
        let howl = Howl::Ducked;
        (Self { howl, ..self }, vec![Effect::Duck])
    }

    pub(super) fn calm(self) -> Step {
        if self.howl != Howl::Ducked {
            return (self, Vec::new());
        }
        let howl = Howl::Over;
        (Self { howl, ..self }, vec![Effect::Unduck])
    }

    pub(super) fn close_hint(self) -> Step {
        let (rig, effects) = self.calm();
        let howl = Howl::None;
        (Self { howl, ..rig }, effects)
    }
}
