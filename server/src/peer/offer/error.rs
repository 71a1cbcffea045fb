//! Why an offer is refused: sentences that a caller can act on.

use super::{MAX_CANDIDATE_LINES, MAX_LINES, MAX_OFFER_BYTES, MAX_SECTIONS};

/// Why an offer is not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OfferError {
    #[error("an offer has at most {MAX_OFFER_BYTES} bytes")]
    TooLarge,
    #[error(transparent)]
    NotSdp(#[from] Syntax),
    #[error(transparent)]
    Unacceptable(#[from] Unacceptable),
}

/// What makes a text no session description (RFC 8866 §5).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Syntax {
    #[error("the body is not UTF-8 text")]
    NotUtf8,
    #[error("line {line} holds a control character")]
    ControlCharacter { line: usize },
    #[error("a session description begins with v=0")]
    NoVersion,
    #[error("line {line} is not a letter, an equals sign and a value")]
    BadLine { line: usize },
    #[error("line {line} is not a media line: m=<media> <port> <protocol> <formats>")]
    BadMediaLine { line: usize },
    #[error("the session description has no {letter}= line before its first media line")]
    MissingLine { letter: char },
}

/// What makes a session description one that we cannot echo or record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unacceptable {
    #[error("at most {MAX_LINES} lines are read")]
    TooManyLines,
    #[error("at most {MAX_SECTIONS} media sections are read")]
    TooManySections,
    #[error("at most {MAX_CANDIDATE_LINES} candidates are read")]
    TooManyCandidates,
    #[error("what is published here is audio alone: offer one audio section and no other")]
    NotAudioAlone,
    #[error("two media sections have the same mid")]
    DuplicateMid,
    #[error("no audio is offered: add an audio track or transceiver")]
    NoAudio,
    #[error("the audio section is switched off: its port is 0")]
    SwitchedOff,
    #[error("the audio section must use UDP/TLS/RTP/SAVPF")]
    Protocol,
    #[error(
        "the audio section only receives: offer sendrecv, or sendonly to be recorded without an echo"
    )]
    ReceiveOnly,
    #[error(
        "the audio section is inactive: offer sendrecv, or sendonly to be recorded without an echo"
    )]
    Inactive,
    #[error("the audio section does not offer Opus at 48000 Hz with two channels (opus/48000/2)")]
    NoOpus,
    #[error("a payload type of the audio section is not a number of 0 to 63 or 96 to 127")]
    BadPayloadType,
    #[error("a payload type of the audio section is used twice")]
    DuplicatePayloadType,
    #[error("the audio section needs one mid of letters, digits and dashes, at most 64 of them")]
    BadMid,
    #[error("the audio section has no rtcp-mux: RTP and RTCP share one port here")]
    NoRtcpMux,
    #[error("the caller is ICE-lite, and so nobody would begin: use a full ICE agent")]
    IceLite,
    #[error("the audio section has no ice-ufrag or no ice-pwd")]
    NoIceCredentials,
    #[error("the ice-ufrag has 4 to 256, the ice-pwd 22 to 256 letters, digits, + or /")]
    BadIceCredentials,
    #[error("the audio section has no fingerprint: DTLS is required")]
    NoFingerprint,
    #[error("the certificate's fingerprint must be a sha-256 one")]
    WeakFingerprint,
    #[error("the sha-256 fingerprint is not 32 pairs of hexadecimal digits with colons between")]
    BadFingerprint,
    #[error("the audio section has no a=setup: offer actpass")]
    NoSetup,
    #[error("a=setup must be actpass, active or passive")]
    BadSetup,
    #[error("a={attribute} is given twice with different values")]
    Contradiction { attribute: &'static str },
}
