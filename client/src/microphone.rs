//! Whether a microphone works, told from the sound it gives: samples in, one state of health out.
//!
//! Time is counted in samples, so nothing here knows a clock. What each state is called and what to do
//! about it stands in `text/microphone`.

mod clipping;
mod device;
#[cfg(target_arch = "wasm32")]
pub mod driver;
mod evidence;
mod floor;
mod frame;
mod gauge;
mod silence;
#[cfg(test)]
mod tests;
pub mod thresholds;
mod voice;

use std::time::Duration;

use clipping::Clipping;
pub use device::Track;
use frame::{Frame, Framer, frames, lasting};
pub use gauge::Gauge;
use gauge::Needle;
use silence::Silence;
use thresholds::{CHECKED_AFTER, MESSAGE_STAYS, SETTLES_AFTER};
use voice::{Speech, Voice};

/// How a microphone is. Levels of speech are in whole dBFS.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Health {
    /// Too little was heard for anything else.
    Checking,
    /// It works, and nobody spoke yet.
    Listening,
    /// Speech is loud enough.
    Good { speech_dbfs: f32 },
    /// Somebody speaks, and is hard to hear.
    TooQuiet { speech_dbfs: f32 },
    /// It is louder than the microphone can tell.
    Clipping,
    /// Nothing comes, not even the noise that every live microphone has, and there is no other one.
    Silent,
    /// A switch at the device, or the system, keeps it from sending.
    MutedInHardware,
    /// Nothing comes and there are others, or it is a loopback of what the machine plays.
    WrongDevice,
    /// The person pressed the page's own button.
    MutedByYou,
}

impl Health {
    /// As it is called in the page's attributes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Checking => "checking",
            Self::Listening => "listening",
            Self::Good { .. } => "good",
            Self::TooQuiet { .. } => "too-quiet",
            Self::Clipping => "clipping",
            Self::Silent => "silent",
            Self::MutedInHardware => "muted-in-hardware",
            Self::WrongDevice => "wrong-device",
            Self::MutedByYou => "muted-by-you",
        }
    }

    /// Whether the person has to do something.
    #[must_use]
    pub fn is_alarm(self) -> bool {
        match self {
            Self::TooQuiet { .. }
            | Self::Clipping
            | Self::Silent
            | Self::MutedInHardware
            | Self::WrongDevice => true,
            Self::Checking | Self::Listening | Self::Good { .. } | Self::MutedByYou => false,
        }
    }

    /// How loud the speech was, in whole dBFS.
    #[must_use]
    pub fn speech_dbfs(self) -> Option<f32> {
        match self {
            Self::Good { speech_dbfs } | Self::TooQuiet { speech_dbfs } => Some(speech_dbfs),
            Self::Checking
            | Self::Listening
            | Self::Clipping
            | Self::Silent
            | Self::MutedInHardware
            | Self::WrongDevice
            | Self::MutedByYou => None,
        }
    }

    fn is_same_message(self, other: Self) -> bool {
        self.name() == other.name()
    }

    /// What is known and not measured comes and goes at once: a person who presses a button sees it.
    fn is_fact(self) -> bool {
        matches!(
            self,
            Self::Checking | Self::MutedByYou | Self::MutedInHardware
        )
    }
}

/// Hears one microphone after the other and knows how the present one is.
#[derive(Clone, Debug)]
pub struct Listener {
    track: Track,
    framer: Framer,
    needle: Needle,
    clipping: Clipping,
    silence: Silence,
    voice: Voice,
    /// Frames heard while nothing muted the microphone.
    heard: usize,
    /// Frames of speech, of this microphone and those before it.
    spoken: usize,
    /// Frames that are still passed over, for they may be of before a mute ended.
    unsettled: usize,
    shown: Health,
    shown_for: usize,
}

impl Listener {
    /// Takes in the microphone's next samples, of full scale 1 and in chunks of any size.
    ///
    /// A rate below 50 Hz is none, and its samples are passed over.
    pub fn hear(&mut self, samples: &[f32], rate: u32) {
        self.framer.set_rate(rate);
        for sample in samples {
            if let Some(frame) = self.framer.push(*sample) {
                self.note(&frame);
            }
        }
    }

    /// Takes in what is known of the microphone. Another label is another microphone, and everything
    /// that was heard before is forgotten.
    pub fn note_track(&mut self, track: Track) {
        let was_sending = self.track.is_sending();
        let is_another = !self.track.label.is_empty() && self.track.label != track.label;
        self.track = track;
        if is_another {
            let track = std::mem::take(&mut self.track);
            *self = Self {
                track,
                spoken: self.spoken,
                ..Self::default()
            };
        } else if was_sending != self.track.is_sending() {
            self.unsettled = frames(SETTLES_AFTER);
            self.silence.interrupt();
            self.voice.interrupt();
        }
        self.judge();
    }

    /// How the microphone is.
    #[must_use]
    pub fn state(&self) -> Health {
        self.shown
    }

    /// How loud it is right now.
    #[must_use]
    pub fn gauge(&self) -> Gauge {
        self.needle.gauge()
    }

    /// How much speech was heard so far, of whatever microphone.
    #[must_use]
    pub fn spoken(&self) -> Duration {
        lasting(self.spoken)
    }

    fn note(&mut self, frame: &Frame) {
        self.needle.note(frame);
        self.shown_for = self.shown_for.saturating_add(1);
        if !self.track.is_sending() {
            return;
        }
        if self.unsettled > 0 {
            self.unsettled -= 1;
            return;
        }
        self.heard = self.heard.saturating_add(1);
        self.clipping.note(frame);
        self.silence.note(frame, self.track.silent_dbfs());
        self.spoken = self.spoken.saturating_add(self.voice.note(frame));
        self.judge();
    }

    /// Shows what is to be shown, and no measured message for less than `MESSAGE_STAYS`.
    fn judge(&mut self) {
        let wanted = self.wanted();
        if wanted.is_same_message(self.shown) {
            self.shown = wanted;
            return;
        }
        let has_stayed = self.shown_for >= frames(MESSAGE_STAYS);
        if has_stayed || wanted.is_fact() || self.shown.is_fact() {
            self.shown = wanted;
            self.shown_for = 0;
        }
    }

    /// The first that holds, in this order: what the person did himself; what the device says of
    /// itself; then what was heard, the surest first. Clipping and silence exclude each other but for
    /// a moment, in which the sound was the later news.
    fn wanted(&self) -> Health {
        if !self.track.is_on {
            return Health::MutedByYou;
        }
        if self.track.is_muted {
            return Health::MutedInHardware;
        }
        if self.track.is_loopback() {
            return Health::WrongDevice;
        }
        if self.heard < frames(CHECKED_AFTER) {
            return Health::Checking;
        }
        if self.clipping.is_clipping() {
            return Health::Clipping;
        }
        if self.silence.is_silent() {
            return match self.track.others {
                0 => Health::Silent,
                _ => Health::WrongDevice,
            };
        }
        if !self.silence.heard_sound() {
            return Health::Checking;
        }
        match self.voice.speech() {
            Speech::None => Health::Listening,
            Speech::Clear(level) => Health::Good {
                speech_dbfs: gauge::narrow(level.round()),
            },
            Speech::Faint(level) => Health::TooQuiet {
                speech_dbfs: gauge::narrow(level.round()),
            },
        }
    }
}

impl Default for Listener {
    fn default() -> Self {
        Self {
            track: Track::default(),
            framer: Framer::default(),
            needle: Needle::default(),
            clipping: Clipping::default(),
            silence: Silence::default(),
            voice: Voice::default(),
            heard: 0,
            spoken: 0,
            unsettled: 0,
            shown: Health::Checking,
            shown_for: 0,
        }
    }
}
