//! A fragment of SDP (RFC 8840 §9): what a caller says of the way to him once his call is answered.
//! Refused here with a reason, or understood to the last word, as an offer is.

use std::fmt::Write;
use std::net::SocketAddr;

use super::offer::{
    Attributes, Credentials, Description, MAX_OFFER_BYTES, OfferError, Syntax, Unacceptable,
    reachable,
};
use super::{IceMode, LocalSide, candidates};

/// The size of the largest fragment that is read: it says no more than an offer.
pub const MAX_FRAGMENT_BYTES: usize = MAX_OFFER_BYTES;

/// What a caller says of all sections and of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    session: Part,
    /// With their names (RFC 5888).
    sections: Vec<(String, Part)>,
}

/// What is said in one place.
#[derive(Clone, Default, PartialEq, Eq)]
struct Part {
    ufrag: Option<String>,
    password: Option<String>,
    candidates: Vec<SocketAddr>,
}

/// What a fragment says of one section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Absent where it leaves those that are in force.
    pub credentials: Option<Credentials>,
    /// Where the caller says he can be reached, too: those of an offer's section at most, and none
    /// outside the reach of a decent caller. Names that nobody could look up are left out.
    pub candidates: Vec<SocketAddr>,
}

/// Why a fragment is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FragmentError {
    #[error("a fragment has at most {MAX_FRAGMENT_BYTES} bytes")]
    TooLarge,
    #[error(transparent)]
    Malformed(#[from] Malformed),
    #[error(transparent)]
    Impossible(#[from] Impossible),
}

/// What makes a text no fragment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error(transparent)]
    Syntax(#[from] Syntax),
    #[error("the fragment is empty")]
    Empty,
    #[error("a media section of a fragment needs a mid")]
    NoMid,
}

/// What no call can do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Impossible {
    #[error(transparent)]
    Section(#[from] Unacceptable),
    #[error("no section of the fragment has the mid of the call's audio section")]
    UnknownMid,
    #[error("a restart takes a new ice-ufrag and a new ice-pwd, not one of them alone")]
    HalfRestart,
}

impl From<OfferError> for FragmentError {
    fn from(error: OfferError) -> Self {
        match error {
            OfferError::TooLarge => Self::TooLarge,
            OfferError::NotSdp(syntax) => Malformed::from(syntax).into(),
            OfferError::Unacceptable(reason) => Impossible::from(reason).into(),
        }
    }
}

impl std::fmt::Debug for Part {
    /// Neither secrets nor addresses are in a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Part(…)")
    }
}

impl Fragment {
    /// Reads a fragment.
    ///
    /// # Errors
    /// When it is too large, no fragment at all, or contradicts itself.
    pub fn parse(body: &[u8]) -> Result<Self, FragmentError> {
        let description = Description::parse_fragment(body)?;
        let mut sections = Vec::with_capacity(description.sections.len());
        for section in &description.sections {
            let mid = section.attributes.only("mid").map_err(Impossible::from)?;
            let mid = mid.ok_or(Malformed::NoMid)?;
            sections.push((mid.to_owned(), Part::read(&section.attributes)?));
        }
        let session = Part::read(&description.session)?;
        if sections.is_empty() && session == Part::default() && !says_end(&description.session) {
            return Err(Malformed::Empty.into());
        }
        Ok(Self { session, sections })
    }

    /// What it says of the section of that name. What it says of all sections holds for this one,
    /// where the section says nothing else (RFC 8839 §5.4).
    ///
    /// # Errors
    /// When it names sections and not this one, or one half of the credentials only.
    pub fn wish(&self, mid: &str) -> Result<Wish, Impossible> {
        let named = self.sections.iter().find(|(name, _)| name == mid);
        let none = Part::default();
        let section = match named {
            Some((_, section)) => section,
            None if self.sections.is_empty() => &none,
            None => return Err(Impossible::UnknownMid),
        };
        let ufrag = section.ufrag.as_ref().or(self.session.ufrag.as_ref());
        let password = section.password.as_ref().or(self.session.password.as_ref());
        let credentials = match (ufrag, password) {
            (None, None) => None,
            (Some(ufrag), Some(password)) => {
                Some(Credentials::new(ufrag, password).ok_or(Unacceptable::BadIceCredentials)?)
            }
            _ => return Err(Impossible::HalfRestart),
        };
        let candidates = if section.candidates.is_empty() {
            &self.session.candidates
        } else {
            &section.candidates
        };
        Ok(Wish {
            credentials,
            candidates: candidates.clone(),
        })
    }
}

impl Part {
    fn read(attributes: &Attributes<'_>) -> Result<Self, Impossible> {
        Ok(Self {
            ufrag: attributes.only("ice-ufrag")?.map(str::to_owned),
            password: attributes.only("ice-pwd")?.map(str::to_owned),
            candidates: reachable(attributes.values("candidate")),
        })
    }
}

/// Nothing follows from it for us: we wait for no candidate.
fn says_end(session: &Attributes<'_>) -> bool {
    session.value("end-of-candidates").is_some()
}

/// What answers a restart: our side of the new ICE session, whole.
#[must_use]
pub(super) fn write(local: &LocalSide, mid: &str) -> String {
    let mut fragment = String::with_capacity(512);
    if local.mode == IceMode::Lite {
        fragment.push_str("a=ice-lite\r\n");
    }
    let (ufrag, password) = (&local.ufrag, &local.password);
    // Writing to a string cannot fail.
    let _ = write!(
        fragment,
        "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:{mid}\r\n\
         a=ice-ufrag:{ufrag}\r\na=ice-pwd:{password}\r\n"
    );
    candidates::append(&mut fragment, &local.candidates);
    fragment
}

#[cfg(test)]
mod tests;
