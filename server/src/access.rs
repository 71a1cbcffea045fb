//! Who may call, listen and delete: credentials in, rights out. Knows no HTTP and no file.
//!
//! A conversation's id is public and opens nothing. What opens a recording is a right of whoever
//! asks, or a key that names this one recording.

mod jwt;
mod keys;

use std::time::SystemTime;

use ring::hmac;
use shared::ConversationId;
use shared::about::AuthMode;

use crate::config::access::{AccessConfig, Auth, Token};
use crate::storage::KEY_BYTES;
use jwt::Tokens;
pub use jwt::{JwtError, JwtKeyFile};
use keys::{Grant, Keys, Lasts};

/// How far a right reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    #[default]
    Nothing,
    /// The recordings of the asker's own calls.
    Own,
    Any,
}

/// What somebody may do by what he showed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// Whose calls are his own: the subject of his token.
    pub owner: Option<String>,
    pub echo: bool,
    pub record: bool,
    pub list: bool,
    pub play: Reach,
    pub delete: Reach,
}

impl Rights {
    fn all() -> Self {
        Self {
            owner: None,
            echo: true,
            record: true,
            list: true,
            play: Reach::Any,
            delete: Reach::Any,
        }
    }

    /// Of everybody, where recordings are opened by their keys.
    fn call_only() -> Self {
        Self {
            echo: true,
            record: true,
            ..Self::default()
        }
    }
}

/// Whoever sent a request: his rights, and the recording that he holds a key of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asker {
    rights: Rights,
    grant: Option<Grant>,
}

/// He may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// It is his to see, or nobody's, but this is not in his rights.
    #[error("your token does not have the scope {0}")]
    Scope(&'static str),
    /// For him it does not exist.
    #[error("there is no such recording")]
    Hidden,
}

/// What was shown is worth nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unauthorized {
    #[error("this needs the header Authorization: Bearer with a token")]
    Missing,
    #[error("the token is not valid, or not any more")]
    Invalid,
}

impl Asker {
    /// The rights to a call.
    ///
    /// # Errors
    /// When there is none.
    pub fn may_call(&self) -> Result<(), Denied> {
        permit(self.rights.echo, "echo")
    }

    /// The right to have a call recorded.
    ///
    /// # Errors
    /// When there is none.
    pub fn may_record(&self) -> Result<(), Denied> {
        permit(self.rights.record, "record")
    }

    /// The right to the list; [`Self::sees`] tells what is in it.
    ///
    /// # Errors
    /// When there is none.
    pub fn may_list(&self) -> Result<(), Denied> {
        permit(self.rights.list, "list")
    }

    /// The right to hear a recording.
    ///
    /// # Errors
    /// [`Denied::Hidden`] for what he may not even know of.
    pub fn may_play(&self, id: ConversationId, owner: Option<&str>) -> Result<(), Denied> {
        let may = self.grant_of(id).is_some() || self.reaches(self.rights.play, owner);
        self.permit_of(may, id, owner, "play")
    }

    /// The right to delete a recording.
    ///
    /// # Errors
    /// [`Denied::Hidden`] for what he may not even know of.
    pub fn may_delete(&self, id: ConversationId, owner: Option<&str>) -> Result<(), Denied> {
        let has_key = self.grant_of(id).is_some_and(|grant| grant.is_owners());
        let may = has_key || self.reaches(self.rights.delete, owner);
        self.permit_of(may, id, owner, "delete")
    }

    /// Whether he may know of a recording.
    #[must_use]
    pub fn sees(&self, id: ConversationId, owner: Option<&str>) -> bool {
        let Rights {
            list, play, delete, ..
        } = self.rights;
        let widest = play.max(delete);
        let reach = if list { widest.max(Reach::Own) } else { widest };
        self.grant_of(id).is_some() || self.reaches(reach, owner)
    }

    /// Whether it matters whose a recording is.
    #[must_use]
    pub fn is_limited_to_own(&self) -> bool {
        self.rights.owner.is_some()
    }

    /// Whose calls are his own.
    #[must_use]
    pub fn owner(&self) -> Option<&str> {
        self.rights.owner.as_deref()
    }

    fn grant_of(&self, id: ConversationId) -> Option<Grant> {
        self.grant.filter(|grant| grant.id == id)
    }

    fn reaches(&self, reach: Reach, owner: Option<&str>) -> bool {
        match reach {
            Reach::Nothing => false,
            Reach::Own => owner.is_some() && self.owner() == owner,
            Reach::Any => true,
        }
    }

    fn permit_of(
        &self,
        may: bool,
        id: ConversationId,
        owner: Option<&str>,
        scope: &'static str,
    ) -> Result<(), Denied> {
        if may || self.sees(id, owner) {
            permit(may, scope)
        } else {
            Err(Denied::Hidden)
        }
    }
}

fn permit(may: bool, scope: &'static str) -> Result<(), Denied> {
    may.then_some(()).ok_or(Denied::Scope(scope))
}

/// The rules of this server.
pub struct Access {
    mode: Mode,
    keys: Keys,
}

enum Mode {
    /// Whoever reaches us is a user of this machine.
    Local,
    /// Anybody may reach us, and nobody is known.
    Open,
    Token(Box<OneToken>),
    Jwt(Box<Tokens>),
}

/// The rules cannot be kept as they are set.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    #[error("--auth token needs the token: set VOICECHAT_TOKEN")]
    NoToken,
    #[error("--auth jwt needs --jwt-key, the file with the key that tokens are signed with")]
    NoJwtKey,
    /// It is set, and somebody may think that it protects him.
    #[error("{option} is of no use without --auth {mode}")]
    WithoutEffect {
        option: &'static str,
        mode: &'static str,
    },
    #[error("the key of --jwt-key is of no use")]
    Jwt(#[from] JwtError),
}

impl Access {
    /// The rules that `config` sets. `key` makes the keys of recordings and outlives the process;
    /// `jwt_key` is what `--jwt-key` names; `is_loopback` says that only this machine reaches us.
    ///
    /// # Errors
    /// When what a mode needs is not there.
    pub fn new(
        config: &AccessConfig,
        key: &[u8; KEY_BYTES],
        jwt_key: Option<&JwtKeyFile>,
        is_loopback: bool,
    ) -> Result<Self, AccessError> {
        let mode = match config.auth {
            Auth::None if is_loopback => Mode::Local,
            Auth::None => Mode::Open,
            Auth::Token => {
                let token = config.token.as_ref().ok_or(AccessError::NoToken)?;
                Mode::Token(Box::new(OneToken::new(token)))
            }
            Auth::Jwt => {
                let file = jwt_key.ok_or(AccessError::NoJwtKey)?;
                Mode::Jwt(Box::new(Tokens::new(config, file)?))
            }
        };
        Ok(Self {
            mode,
            keys: Keys::new(key),
        })
    }

    /// Who asks, by the token and the key that he shows.
    ///
    /// # Errors
    /// When one has to be known and is not; a wrong key is none.
    pub fn asker(
        &self,
        token: Option<&str>,
        key: Option<&str>,
        now: SystemTime,
    ) -> Result<Asker, Unauthorized> {
        let grant = key.and_then(|key| self.keys.open(key, now));
        // Whoever is known by a token has no use for a key that lasts for ever.
        let grant = grant.filter(|grant| !grant.is_owners() || matches!(self.mode, Mode::Open));
        let rights = match (&self.mode, token) {
            (Mode::Local, _) => Rights::all(),
            (Mode::Open, _) => Rights::call_only(),
            (Mode::Token(_) | Mode::Jwt(_), None) if grant.is_some() => Rights::default(),
            (Mode::Token(_) | Mode::Jwt(_), None) => return Err(Unauthorized::Missing),
            (Mode::Token(one), Some(token)) if one.is(token) => Rights::all(),
            (Mode::Token(_), Some(_)) => return Err(Unauthorized::Invalid),
            (Mode::Jwt(tokens), Some(token)) => tokens.rights(token)?,
        };
        Ok(Asker { rights, grant })
    }

    /// The same asker, where a proxy passed his request on: then he is somewhere else, whatever
    /// address it came from.
    #[must_use]
    pub fn from_elsewhere(&self, asker: Asker) -> Asker {
        match self.mode {
            Mode::Local => Asker {
                rights: Rights::call_only(),
                grant: None,
            },
            Mode::Open | Mode::Token(_) | Mode::Jwt(_) => asker,
        }
    }

    /// Of the mode, as the page has to know it.
    #[must_use]
    pub fn mode(&self) -> AuthMode {
        match self.mode {
            Mode::Local | Mode::Open => AuthMode::None,
            Mode::Token(_) => AuthMode::Token,
            Mode::Jwt(_) => AuthMode::Jwt,
        }
    }

    /// Whether anybody may call, and every machine can reach us.
    #[must_use]
    pub fn is_open_to_all(&self) -> bool {
        matches!(self.mode, Mode::Open)
    }

    /// The key that the caller is given to his own recording, if it takes one.
    #[must_use]
    pub fn callers_key(&self, id: ConversationId) -> Option<String> {
        matches!(self.mode, Mode::Open).then(|| self.keys.permanent(id))
    }

    /// The key for a link to a recording that `asker` may play, if it takes one: for whoever is
    /// known by a token it lasts for minutes, for whoever followed a link no longer than that one.
    #[must_use]
    pub fn link_key(&self, asker: &Asker, id: ConversationId, now: SystemTime) -> Option<String> {
        let lasts = asker.grant_of(id).map(|grant| grant.lasts);
        match (&self.mode, lasts) {
            (Mode::Local, _) | (Mode::Open, None) => None,
            (_, Some(Lasts::Always)) => Some(self.keys.permanent(id)),
            (_, Some(Lasts::Until(second))) => Some(self.keys.until(id, second)),
            (Mode::Token(_) | Mode::Jwt(_), None) => Some(self.keys.link(id, now)),
        }
    }
}

/// The one key of `--auth token`, compared without telling by time how much of it was right.
struct OneToken {
    key: hmac::Key,
    tag: hmac::Tag,
}

impl OneToken {
    fn new(token: &Token) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &rand::random::<[u8; 32]>());
        let tag = hmac::sign(&key, token.expose().as_bytes());
        Self { key, tag }
    }

    fn is(&self, token: &str) -> bool {
        hmac::verify(&self.key, token.as_bytes(), self.tag.as_ref()).is_ok()
    }
}

#[cfg(test)]
mod tests;
