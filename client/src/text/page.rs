//! What stands on the page whether or not a call runs: titles, labels and the reasons to call.

pub const BRAND: &str = "Voicechat";
pub const TITLE: &str = "Hear how you sound";
pub const LEAD: &str = "Call the server and it plays your voice straight back, \
     as it would reach someone else.";

pub const SOUND: &str = "Sound";
pub const YOUR_VOICE: &str = "Your voice";
pub const YOUR_ECHO: &str = "Your echo";
pub const MUTE: &str = "Mute";
pub const VOLUME: &str = "Volume of the echo";
pub const TAP_TO_HEAR: &str = "Tap to hear";

pub const CONVERSATION: &str = "Conversation";
pub const YOUR_RECORDING: &str = "Your recording";
pub const YOUR_RECORDINGS: &str = "Your recordings";

pub const REASONS_TITLE: &str = "What it tells you";

/// A reason to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    pub title: &'static str,
    pub explanation: &'static str,
}

pub const REASONS: [Reason; 3] = [
    Reason {
        title: "Your microphone",
        explanation: "Is it the right one, loud enough, without hum? \
             Nothing is made louder; only your loudspeaker is taken out.",
    },
    Reason {
        title: "Your connection",
        explanation: "Every word travels to the server and back. Gaps and delay \
             that you hear are those others would hear.",
    },
    Reason {
        title: YOUR_RECORDING,
        explanation: "After the call, listen to what reached the server, \
             or keep it as a file. Headphones give the clearest result.",
    },
];
