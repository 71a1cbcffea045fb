//! Whether nothing comes, not even noise.

use super::frame::{Frame, frames};
use super::thresholds::{
    CUT_LASTS, CUTS_OF_A_GATE, SILENT_AFTER, SILENT_AFTER_SOUND, SOUND_ABOVE_DB, SPEECH_DBFS,
};

/// How long nothing came, and whether that says anything about this microphone.
#[derive(Clone, Debug, Default)]
pub(super) struct Silence {
    /// Frames of nothing, up to the last one.
    nothing_for: usize,
    /// Frames since something as loud as speech was heard.
    sound_since: Option<usize>,
    /// Short pauses of nothing: this microphone cuts low levels away.
    cuts: u32,
    heard_sound: bool,
    is_silent: bool,
}

impl Silence {
    /// Takes in what was heard where nothing comes but below so many dBFS.
    pub(super) fn note(&mut self, frame: &Frame, silent_dbfs: f64) {
        let level = frame.dbfs();
        self.sound_since = match self.sound_since {
            _ if level > SPEECH_DBFS => Some(0),
            since => since.map(|since| since.saturating_add(1)),
        };
        if level < silent_dbfs {
            self.nothing_for = self.nothing_for.saturating_add(1);
        } else {
            if (frames(CUT_LASTS)..frames(SILENT_AFTER)).contains(&self.nothing_for) {
                self.cuts = self.cuts.saturating_add(u32::from(self.heard_sound));
            }
            self.nothing_for = 0;
            self.heard_sound = true;
        }
        self.is_silent = if self.is_silent {
            level < silent_dbfs + SOUND_ABOVE_DB
        } else {
            self.nothing_for >= frames(SILENT_AFTER) && !self.is_expected()
        };
    }

    /// What was muted says nothing about the time before and after.
    pub(super) fn interrupt(&mut self) {
        self.nothing_for = 0;
    }

    pub(super) fn is_silent(&self) -> bool {
        self.is_silent
    }

    /// Whether anything but silence ever came.
    pub(super) fn heard_sound(&self) -> bool {
        self.heard_sound
    }

    fn is_expected(&self) -> bool {
        let spoke = self
            .sound_since
            .is_some_and(|since| since < frames(SILENT_AFTER_SOUND));
        spoke || self.cuts >= CUTS_OF_A_GATE
    }
}
