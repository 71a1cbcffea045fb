//! What a caller offers: refused here with a reason he can act on, or understood to the last
//! word. Knows text and addresses only: no library, no socket.
//!
//! What follows knows one audio section; `finish_answer` puts the answer to it into the shape
//! of the whole offer.

mod answer;
mod audio;
mod candidate;
mod description;
mod error;
mod identity;

#[cfg(test)]
mod tests;

use std::net::SocketAddr;

use answer::AnswerShape;
use audio::Audio;

pub use audio::Direction;
pub use candidate::is_private;
pub(super) use candidate::reachable;
pub(super) use description::{Attributes, Description};
pub use error::{OfferError, Syntax, Unacceptable};
pub use identity::DtlsRole;

/// The size of the largest offer that is read. Chromium's for one microphone has 2 kB.
pub const MAX_OFFER_BYTES: usize = 64 * 1024;
/// An offer of one microphone has 30 to 60 lines; 10,000 cost the library seconds.
const MAX_LINES: usize = 1_000;
/// Microphone, camera, screen and data channel, twice.
const MAX_SECTIONS: usize = 8;
/// What a machine with a dozen networks gathers for a section or two.
const MAX_CANDIDATE_LINES: usize = 128;

/// An offer that can be answered, echoed and recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What the audio section is called (RFC 5888).
    pub mid: String,
    /// What the caller signs his checks and wants ours signed with.
    pub credentials: Credentials,
    /// The sha-256 digest of his certificate: 32 pairs of digits with colons (RFC 8122 §5).
    pub fingerprint: String,
    /// The part that is ours in the DTLS handshake.
    pub answering_role: DtlsRole,
    /// What the caller does with the audio section.
    pub direction: Direction,
    /// Whether the caller sends or wishes stereo (RFC 7587 §6.1).
    pub wants_stereo: bool,
    /// The number that the caller's packets of Opus carry.
    pub opus_payload_type: u8,
    /// Where the caller says he can be reached: at most eight, none of them outside the reach of
    /// a decent caller. Some may be private, see [`is_private`].
    pub candidates: Vec<SocketAddr>,
    answer_shape: AnswerShape,
}

/// A name and a password for checks (RFC 8839 §5.4).
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub ufrag: String,
    pub password: String,
}

impl Credentials {
    /// `None` for what is no name or no password of ICE (RFC 8839 §5.4).
    #[must_use]
    pub fn new(ufrag: &str, password: &str) -> Option<Self> {
        let is_sound = identity::is_ice_text(ufrag, 4) && identity::is_ice_text(password, 22);
        is_sound.then(|| Self {
            ufrag: ufrag.to_owned(),
            password: password.to_owned(),
        })
    }
}

impl std::fmt::Debug for Credentials {
    /// Secrets are in no log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(…)")
    }
}

impl Offer {
    /// Reads an offer.
    ///
    /// # Errors
    /// When it is too large, no SDP at all, or an SDP without anything we could echo or record.
    pub fn parse(body: &[u8]) -> Result<Self, OfferError> {
        let description = Description::parse(body)?;
        description.check_mids()?;
        let (index, audio) = description.audio()?;
        let group = description.bundle_of(audio.mid);
        let candidates = reachable(audio.candidates());
        Ok(Self {
            mid: audio.mid.to_owned(),
            credentials: audio.identity.credentials,
            fingerprint: audio.identity.fingerprint.to_owned(),
            answering_role: audio.identity.answering_role,
            direction: audio.direction,
            wants_stereo: audio.wants_stereo,
            opus_payload_type: audio.payload_type,
            candidates,
            answer_shape: AnswerShape::new(&description.sections, index, group.is_some()),
        })
    }

    /// Makes of it an offer that is recorded without an echo, and whole or not at all (RFC 9725
    /// §4.4.3).
    ///
    /// # Errors
    /// When the caller offers more than audio.
    pub fn publish(&mut self) -> Result<(), Unacceptable> {
        if self.answer_shape.declines_any() {
            return Err(Unacceptable::NotAudioAlone);
        }
        self.direction = Direction::SendOnly;
        Ok(())
    }

    /// The format parameters that are answered (RFC 7587 §6.1).
    #[must_use]
    pub fn fmtp(&self) -> &'static str {
        if self.wants_stereo {
            "minptime=10;useinbandfec=1;stereo=1"
        } else {
            "minptime=10;useinbandfec=1"
        }
    }

    /// The answer in the shape that this caller expects: a section for each of his, in his order,
    /// and a group only where he made one.
    pub(super) fn finish_answer(&self, session: &str, audio: &str) -> String {
        self.answer_shape.finish(session, audio)
    }
}

impl<'a> Description<'a> {
    /// The first audio section that we can take, and its place.
    fn audio(&self) -> Result<(usize, Audio<'_>), Unacceptable> {
        let mut refusal = Unacceptable::NoAudio;
        for (index, section) in self.sections.iter().enumerate() {
            if section.media != "audio" {
                continue;
            }
            match Audio::read(&self.session, section) {
                Ok(audio) => return Ok((index, audio)),
                // The first section's reason is the one the caller understands best.
                Err(reason) if refusal == Unacceptable::NoAudio => refusal = reason,
                Err(_) => {}
            }
        }
        Err(refusal)
    }

    /// RFC 5888 §4: a mid names one section.
    fn check_mids(&self) -> Result<(), Unacceptable> {
        let mids: Vec<&str> = self
            .sections
            .iter()
            .filter_map(|section| section.attributes.value("mid"))
            .collect();
        let is_repeated = |(place, mid): (usize, &&str)| mids.iter().take(place).any(|m| m == mid);
        if mids.iter().enumerate().any(is_repeated) {
            return Err(Unacceptable::DuplicateMid);
        }
        Ok(())
    }

    /// The BUNDLE group that a section is in (RFC 8843 §5).
    fn bundle_of(&self, mid: &str) -> Option<&'a str> {
        self.session.values("group").find(|group| {
            let mut words = group.split(' ');
            words.next() == Some("BUNDLE") && words.any(|member| member == mid)
        })
    }
}
