//! Names both sides use on the wire: paths, media types and header fields.

use crate::ConversationId;

/// Takes an SDP offer by POST and answers it.
pub const OFFER_PATH: &str = "/webrtc";
/// Takes an SDP offer to record by POST and answers it (RFC 9725).
pub const WHIP_PATH: &str = "/whip";
/// Tells what has to be known before a call.
pub const ABOUT_PATH: &str = "/about";
/// Tells how the server is.
pub const HEALTH_PATH: &str = "/health";
/// The recordings lie below this path.
pub const CONVERSATIONS_PATH: &str = "/conversations";
/// The caller's side of a conversation, as it was received.
pub const RECORDING_FILE: &str = "user_audio.ogg";

/// Media type of offers and answers (RFC 8866 §8.1).
pub const SDP: &str = "application/sdp";
/// Media type of what changes a call that goes on (RFC 8840 §9).
pub const TRICKLE_ICE_SDPFRAG: &str = "application/trickle-ice-sdpfrag";
/// Media type of recordings (RFC 7845 §9, RFC 5334).
pub const OGG_OPUS: &str = "audio/ogg; codecs=opus";

/// Names the conversation that an answer belongs to.
pub const CONVERSATION_ID_HEADER: &str = "x-conversation-id";

/// Says in an answer whether the call is recorded: `on` or `off`.
pub const RECORDING_HEADER: &str = "x-recording";

/// Where a recording is described, and deleted.
#[must_use]
pub fn conversation_path(id: ConversationId) -> String {
    format!("{CONVERSATIONS_PATH}/{id}")
}

/// Where the waveform of a recording is found.
#[must_use]
pub fn peaks_path(id: ConversationId) -> String {
    format!("{CONVERSATIONS_PATH}/{id}/peaks")
}

/// Where the recording of a conversation is found.
#[must_use]
pub fn recording_path(id: ConversationId) -> String {
    format!("{CONVERSATIONS_PATH}/{id}/{RECORDING_FILE}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_lies_under_its_conversation() {
        let id = ConversationId::from_nanoseconds(1_751_014_936_301_809_000);

        assert_eq!(
            recording_path(id),
            "/conversations/1751014936301809000/user_audio.ogg"
        );
    }
}
