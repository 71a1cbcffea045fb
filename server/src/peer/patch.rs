//! What a caller changes of the way to him while his call goes on (RFC 9725 §4.3): more addresses,
//! or a new ICE session. Nothing else of the call is touched.

use std::time::Instant;

use super::fragment::{self, Fragment, Impossible, Wish};
use super::ice::Meaning;
use super::{LocalSide, Peer, candidates};

/// A change that a caller asks for.
#[derive(Clone, Debug)]
pub struct Patch {
    /// For which of the ICE sessions it is meant.
    pub meant_for: IceSessions,
    pub fragment: Fragment,
    /// Our side of a new session, if there is to be one, and our addresses.
    pub local: LocalSide,
}

/// Which ICE sessions a caller knows of; each is named by our half of its credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IceSessions {
    /// Whatever there is.
    Any,
    OneOf(Vec<String>),
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Patched {
    /// The session is the same.
    Trickled,
    /// A new session is in force.
    Restarted {
        /// Names it.
        ice_session: String,
        /// What the caller has to know of our side (RFC 8840 §9).
        fragment: String,
    },
}

/// Why nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    #[error("another ICE session is in force")]
    Stale,
    #[error(transparent)]
    Impossible(#[from] Impossible),
}

impl Peer {
    /// Changes the way to the caller. What fails changes nothing.
    ///
    /// # Errors
    /// When the change is meant for another ICE session, or cannot be made.
    pub fn patch(&mut self, patch: &Patch, now: Instant) -> Result<Patched, PatchError> {
        let Patch {
            meant_for,
            fragment,
            local,
        } = patch;
        if !meant_for.include(self.ice.session()) {
            return Err(PatchError::Stale);
        }
        let Wish {
            credentials,
            mut candidates,
        } = fragment.wish(&self.mid)?;
        candidates.retain(|address| candidates::may_check(*address, &local.candidates));
        match credentials.map(|theirs| self.ice.meaning_of(theirs)) {
            None => {
                self.ice.name(&candidates, now);
                Ok(Patched::Trickled)
            }
            Some(Meaning::InForce) => {
                self.ice.name(&candidates, now);
                // Only a restart is meant for whatever session there is (RFC 9725 §4.3.3): the
                // answer to the one before was lost.
                let is_repeated = *meant_for == IceSessions::Any && self.ice.is_restarted();
                Ok(if is_repeated {
                    self.restarted(&self.ice.local_side(local))
                } else {
                    Patched::Trickled
                })
            }
            Some(Meaning::HalfNew) => Err(Impossible::HalfRestart.into()),
            Some(Meaning::New(theirs)) => {
                self.ice.restart(local, theirs, &candidates, now);
                Ok(self.restarted(local))
            }
        }
    }

    fn restarted(&self, local: &LocalSide) -> Patched {
        Patched::Restarted {
            ice_session: local.ufrag.clone(),
            fragment: fragment::write(local, &self.mid),
        }
    }
}

impl IceSessions {
    fn include(&self, session: &str) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(sessions) => sessions.iter().any(|known| known == session),
        }
    }
}
