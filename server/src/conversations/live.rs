//! One call while it goes on, as its caller sees it: how it is, and changes of the way to him.

use jiff::Timestamp;
use shared::ConversationId;
use shared::call::{EchoMode, Phase, Traffic};

use super::{CallSecret, Conversations, Inner, local_side};
use crate::conversation::{NoEcho, Report};
use crate::engine::AskError;
use crate::peer::fragment::{Fragment, Impossible};
use crate::peer::{IceSessions, Patch, PatchError, Patched};
use crate::recording::Course;
use crate::seats::{Left, Whereabouts};

/// How a call is.
#[derive(Clone, Debug, PartialEq)]
pub struct CallReport {
    pub id: ConversationId,
    pub phase: Phase,
    /// Since when.
    pub since: Timestamp,
    /// Absent before it is connected, and once it is over.
    pub traffic: Option<Traffic>,
    /// Absent where the caller hears none, and once it is over.
    pub echo: Option<EchoMode>,
    /// Names the ICE session in force; absent once it is over.
    pub ice_session: Option<String>,
    /// What becomes of the recording; absent where there is none to be.
    pub recording: Option<Course>,
}

/// Why nobody knows how a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    #[error("no such call")]
    NotFound,
    #[error("the call's thread is too busy to answer")]
    TimedOut,
}

/// Why the way to a caller was not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatchCallError {
    #[error("no such call, or it has ended")]
    NotFound,
    /// It has ended, and its recording is not final yet.
    #[error("the call is over")]
    Over,
    #[error("the call's thread is too busy to answer")]
    TimedOut,
    #[error("another ICE session is in force: ask how the call is, or restart whatever there is")]
    Stale,
    #[error(transparent)]
    Impossible(#[from] Impossible),
}

/// Why an echo comes as before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EchoError {
    #[error("no such call, or it has ended")]
    NotFound,
    #[error("the call is over")]
    Over,
    #[error("the call's thread is too busy to answer")]
    TimedOut,
    #[error(transparent)]
    NoEcho(#[from] NoEcho),
}

impl From<AskError> for EchoError {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Over => Self::Over,
            AskError::TimedOut => Self::TimedOut,
        }
    }
}

impl From<AskError> for PatchCallError {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Over => Self::Over,
            AskError::TimedOut => Self::TimedOut,
        }
    }
}

impl From<PatchError> for PatchCallError {
    fn from(error: PatchError) -> Self {
        match error {
            PatchError::Stale => Self::Stale,
            PatchError::Impossible(reason) => Self::Impossible(reason),
        }
    }
}

impl Conversations {
    /// Whether `secret` opens a call whose recording is not final yet.
    #[must_use]
    pub fn is_here(&self, secret: &CallSecret) -> bool {
        matches!(self.0.seats.find(secret), Whereabouts::Here(_))
    }

    /// Whether `secret` opens a call, or opened one that ended not so long ago.
    #[must_use]
    pub fn is_known(&self, secret: &CallSecret) -> bool {
        !matches!(self.0.seats.find(secret), Whereabouts::Unknown)
    }

    /// How a call is. One that ended not so long ago is known, too.
    ///
    /// # Errors
    /// When there is no such call, or its thread is too busy to answer.
    pub async fn report(&self, secret: &CallSecret) -> Result<CallReport, ReportError> {
        let Inner { seats, engine, .. } = &*self.0;
        let id = match seats.find(secret) {
            Whereabouts::Here(id) => id,
            Whereabouts::Left(left) => return Ok(ended(left)),
            Whereabouts::Unknown => return Err(ReportError::NotFound),
        };
        let report = engine.report(id).await;
        match (report, seats.times(secret)) {
            (Ok(report), Some((times, recording))) => {
                let Report {
                    phase,
                    since,
                    traffic,
                    ice_session,
                    echo,
                } = report;
                Ok(CallReport {
                    id,
                    phase,
                    since: times.began.time_of(since),
                    traffic,
                    echo,
                    ice_session: Some(ice_session),
                    recording,
                })
            }
            (Err(AskError::TimedOut), Some(_)) => Err(ReportError::TimedOut),
            (Err(AskError::Over), Some((times, recording))) => {
                let over = times.over.unwrap_or_else(Timestamp::now);
                Ok(ended(Left {
                    id,
                    over,
                    recording,
                }))
            }
            // It became final meanwhile.
            (_, None) => match seats.find(secret) {
                Whereabouts::Left(left) => Ok(ended(left)),
                Whereabouts::Here(_) | Whereabouts::Unknown => Err(ReportError::NotFound),
            },
        }
    }

    /// Changes the way to a caller, who means it for one of those ICE sessions: new addresses of
    /// his, or new credentials of both sides. Media, recording and keys stay as they are.
    ///
    /// # Errors
    /// When there is no such call or it is over, or the change cannot be made; then the call goes
    /// on as before.
    pub async fn patch(
        &self,
        secret: &CallSecret,
        meant_for: IceSessions,
        fragment: Fragment,
    ) -> Result<Patched, PatchCallError> {
        let Inner {
            seats,
            engine,
            terms,
            ..
        } = &*self.0;
        let Whereabouts::Here(id) = seats.find(secret) else {
            return Err(PatchCallError::NotFound);
        };
        let patch = Patch {
            meant_for,
            fragment,
            local: local_side(terms.mode, engine.candidates().await),
        };
        Ok(engine.patch(id, patch).await??)
    }
}

impl Conversations {
    /// Has a caller's echo come in another way from now on, and tells in which.
    ///
    /// # Errors
    /// When there is no such call, it is over, or its caller hears none.
    pub async fn set_echo(
        &self,
        secret: &CallSecret,
        mode: EchoMode,
    ) -> Result<EchoMode, EchoError> {
        let Inner {
            seats, engine, ear, ..
        } = &*self.0;
        let Whereabouts::Here(id) = seats.find(secret) else {
            return Err(EchoError::NotFound);
        };
        Ok(engine.set_echo(id, mode, ear).await??)
    }
}

fn ended(left: Left) -> CallReport {
    let Left {
        id,
        over,
        recording,
    } = left;
    CallReport {
        recording,
        id,
        phase: Phase::Ended,
        since: over,
        traffic: None,
        echo: None,
        ice_session: None,
    }
}
