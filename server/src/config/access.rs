//! Options: who may call and listen, and whether calls are recorded.

use std::ffi::OsStr;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Args, Command, ValueEnum};
use shared::about::RecordingPolicy;

const ACCESS: &str = "Access";
/// Shorter ones can be guessed.
const SHORTEST_TOKEN: usize = 16;

/// Who may do what.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct AccessConfig {
    /// Who may call, and who may hear and delete recordings
    #[arg(long, env = "VOICECHAT_AUTH", value_name = "MODE", default_value = "none", help_heading = ACCESS)]
    pub auth: Auth,
    /// The key of --auth token, 16 characters at least; better in the environment, where other
    /// users of the machine do not see it
    #[arg(long, env = "VOICECHAT_TOKEN", value_name = "KEY", hide_env_values = true, value_parser = TokenParser, help_heading = ACCESS)]
    pub token: Option<Token>,
    /// File with the key that the tokens of --auth jwt are signed with: the secret of HS256, the
    /// public key in PEM of all others
    #[arg(long, env = "VOICECHAT_JWT_KEY", value_name = "FILE", help_heading = ACCESS)]
    pub jwt_key: Option<PathBuf>,
    /// How they are signed; no other way is taken
    #[arg(long, env = "VOICECHAT_JWT_ALGORITHM", value_name = "NAME", default_value = "hs256", help_heading = ACCESS)]
    pub jwt_algorithm: JwtAlgorithm,
    /// Whom they must be meant for (aud) [default: anybody]
    #[arg(long, env = "VOICECHAT_JWT_AUDIENCE", value_name = "NAME", help_heading = ACCESS)]
    pub jwt_audience: Option<String>,
    /// Who must have issued them (iss) [default: anybody with the key]
    #[arg(long, env = "VOICECHAT_JWT_ISSUER", value_name = "NAME", help_heading = ACCESS)]
    pub jwt_issuer: Option<String>,
    /// Which calls are recorded
    #[arg(long, env = "VOICECHAT_RECORDING", value_name = "POLICY", default_value = "always", help_heading = ACCESS)]
    pub recording: Recording,
}

impl Default for AccessConfig {
    fn default() -> Self {
        Self {
            auth: Auth::None,
            token: None,
            jwt_key: None,
            jwt_algorithm: JwtAlgorithm::Hs256,
            jwt_audience: None,
            jwt_issuer: None,
            recording: Recording::Always,
        }
    }
}

impl AccessConfig {
    /// An option that is set and has no effect in this mode, and the mode that it is for.
    #[must_use]
    pub fn without_effect(&self) -> Option<(&'static str, Auth)> {
        let are_set = [
            ("--token", Auth::Token, self.token.is_some()),
            ("--jwt-key", Auth::Jwt, self.jwt_key.is_some()),
            ("--jwt-audience", Auth::Jwt, self.jwt_audience.is_some()),
            ("--jwt-issuer", Auth::Jwt, self.jwt_issuer.is_some()),
        ];
        let useless = are_set
            .into_iter()
            .find(|(_, mode, is_set)| *is_set && *mode != self.auth);
        useless.map(|(option, mode, _)| (option, mode))
    }
}

/// Who may call, and who may hear and delete recordings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Auth {
    /// Everybody may call; recordings are open on loopback, else each to its caller's key
    None,
    /// Whoever has the one key of --token may do everything
    Token,
    /// Whoever has a JSON Web Token may do what its scope says
    Jwt,
}

/// How tokens are signed (RFC 7518 §3.1, RFC 8037 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum JwtAlgorithm {
    Hs256,
    Rs256,
    Es256,
    #[value(name = "eddsa")]
    EdDsa,
}

/// Which calls are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Recording {
    /// All
    Always,
    /// Those that ask for it
    Ask,
    /// None
    Never,
}

impl From<Recording> for RecordingPolicy {
    fn from(recording: Recording) -> Self {
        match recording {
            Recording::Always => Self::Always,
            Recording::Ask => Self::Ask,
            Recording::Never => Self::Never,
        }
    }
}

/// The key of `--auth token`. In no log.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// The text is no key that could be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseTokenError {
    #[error("it has {SHORTEST_TOKEN} characters at least")]
    Short,
    #[error("it has letters, digits and -._~+/= only, as a header can carry it (RFC 6750 §2.1)")]
    Characters,
}

impl FromStr for Token {
    type Err = ParseTokenError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() < SHORTEST_TOKEN {
            return Err(ParseTokenError::Short);
        }
        let is_sendable = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        if text.bytes().all(is_sendable) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ParseTokenError::Characters)
        }
    }
}

/// Reads the key without ever repeating one that it refuses, as `clap` does by itself: what was
/// meant to be a key is one nearly, and stderr is kept.
#[derive(Clone)]
struct TokenParser;

impl TypedValueParser for TokenParser {
    type Value = Token;

    fn parse_ref(
        &self,
        command: &Command,
        _: Option<&Arg>,
        value: &OsStr,
    ) -> Result<Token, clap::Error> {
        let text = value.to_str().ok_or(ParseTokenError::Characters);
        text.and_then(str::parse).map_err(|why| {
            let message = format!("the key of '--token <KEY>' cannot be used: {why}");
            command.clone().error(ErrorKind::ValueValidation, message)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_long_enough_and_can_be_sent() {
        let token = |text: &str| text.parse::<Token>().map(|token| token.expose().len());

        assert_eq!(token("0123456789abcde"), Err(ParseTokenError::Short));
        assert_eq!(token("0123456789abcdef"), Ok(16));
        assert_eq!(token("0123456789 abcdef"), Err(ParseTokenError::Characters));
        assert_eq!(token("0123456789äbcdef"), Err(ParseTokenError::Characters));
        let debug = format!("{:?}", "0123456789abcdef".parse::<Token>().unwrap());
        assert!(!debug.contains("0123"), "{debug}");
    }
}
