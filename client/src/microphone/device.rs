//! What is known of a microphone without hearing it.

use super::thresholds::{SILENT_CLEANED_DBFS, SILENT_DBFS};

/// Parts of the names of devices that give what the machine plays and not what is said before it.
///
/// In small letters: the monitors of Linux, Windows' mixes in the page's languages, and the virtual
/// cables of Windows and macOS. Devices that change a voice, like Krisp or NVIDIA Broadcast, are none.
const LOOPBACKS: [&str; 16] = [
    "monitor of",
    "stereo mix",
    "stereomix",
    "wave out mix",
    "what u hear",
    "what you hear",
    "стерео мікшер",
    "стереомікшер",
    "loopback",
    "blackhole",
    "soundflower",
    "vb-audio",
    "cable output",
    "voicemeeter out",
    "virtual audio cable",
    "virtual cable",
];

/// A microphone as its track and the machine describe it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    /// The device or the system keeps it from sending (`MediaStreamTrack.muted`).
    pub is_muted: bool,
    /// The person did not press the page's own button.
    pub is_on: bool,
    /// The name of the device; empty if the browser does not tell.
    pub label: String,
    /// How many other microphones the machine has.
    pub others: u32,
    /// The browser takes noise away.
    pub is_cleaned: bool,
}

impl Track {
    pub(super) fn is_sending(&self) -> bool {
        self.is_on && !self.is_muted
    }

    /// Below it there is nothing.
    pub(super) fn silent_dbfs(&self) -> f64 {
        if self.is_cleaned {
            SILENT_CLEANED_DBFS
        } else {
            SILENT_DBFS
        }
    }

    /// By its name.
    pub(super) fn is_loopback(&self) -> bool {
        let label = self.label.to_lowercase();
        LOOPBACKS.iter().any(|name| label.contains(name))
    }
}

impl Default for Track {
    fn default() -> Self {
        Self {
            is_muted: false,
            is_on: true,
            label: String::new(),
            others: 0,
            is_cleaned: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_loopback(label: &str) -> bool {
        let label = label.to_owned();
        Track {
            label,
            ..Track::default()
        }
        .is_loopback()
    }

    #[test]
    fn what_gives_back_what_is_played_is_known_by_its_name() {
        for label in [
            "Monitor of Built-in Audio Analog Stereo",
            "Stereo Mix (Realtek(R) Audio)",
            "Stereomix (Realtek High Definition Audio)",
            "What U Hear (Sound Blaster Z)",
            "BlackHole 2ch (Virtual)",
            "CABLE Output (VB-Audio Virtual Cable)",
            "Loopback Audio (Virtual)",
            "Soundflower (2ch)",
            "Стерео мікшер (Realtek Audio)",
        ] {
            assert!(is_loopback(label), "{label}");
        }
    }

    #[test]
    fn what_hears_a_person_is_none() {
        for label in [
            "",
            "Default",
            "Built-in Audio Analog Stereo",
            "MacBook Pro Microphone (Built-in)",
            "Microphone (NVIDIA Broadcast)",
            "krisp microphone",
            "Stereo Microphone (USB)",
            "LG UltraFine Monitor Audio (043e:9a4d)",
            "Fake Default Audio Input",
            "Headset (Jabra Evolve2 65)",
            "Мікрофон (USB Audio)",
        ] {
            assert!(!is_loopback(label), "{label}");
        }
    }
}
