//! JSON Web Tokens (RFC 7519) that say what their bearer may do.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;

use super::{Reach, Rights, Unauthorized};
use crate::config::access::{AccessConfig, JwtAlgorithm};

/// Clocks of issuer and server may differ by so much, in seconds.
const LEEWAY: u64 = 30;
/// RFC 7518 §3.2: a key for HS256 is at least as long as its hash.
const SHORTEST_SECRET: usize = 32;
/// Longer ones are not looked at.
const MAX_TOKEN_BYTES: usize = 8 * 1024;
/// Whom a recording belongs to is kept beside it.
const MAX_SUBJECT_BYTES: usize = 256;

/// What stands in the file of `--jwt-key`.
pub struct JwtKeyFile(pub Vec<u8>);

/// A key that no token can be checked with.
#[derive(Debug, thiserror::Error)]
pub enum JwtError {
    #[error("a secret for HS256 has {SHORTEST_SECRET} bytes at least")]
    ShortSecret,
    #[error("it is no public key in PEM for this algorithm")]
    Key(#[source] jsonwebtoken::errors::Error),
}

/// Checks tokens.
pub(super) struct Tokens {
    key: DecodingKey,
    validation: Validation,
}

/// What we read of a token; the library checks `exp`, `nbf`, `aud` and `iss`.
#[derive(Deserialize)]
struct Claims {
    sub: String,
    /// Words with spaces between them (RFC 8693 §4.2).
    #[serde(default)]
    scope: String,
}

/// Text ends before its line feeds; random bytes are what they are.
fn secret(bytes: &[u8]) -> &[u8] {
    let text = str::from_utf8(bytes).map(|text| text.trim_end_matches(['\r', '\n']));
    match text {
        Ok(text) if !text.chars().any(char::is_control) => text.as_bytes(),
        _ => bytes,
    }
}

impl Tokens {
    pub(super) fn new(config: &AccessConfig, file: &JwtKeyFile) -> Result<Self, JwtError> {
        let bytes = &file.0;
        let secret = secret(bytes);
        let (algorithm, key) = match config.jwt_algorithm {
            JwtAlgorithm::Hs256 if secret.len() < SHORTEST_SECRET => {
                return Err(JwtError::ShortSecret);
            }
            JwtAlgorithm::Hs256 => (Algorithm::HS256, Ok(DecodingKey::from_secret(secret))),
            JwtAlgorithm::Rs256 => (Algorithm::RS256, DecodingKey::from_rsa_pem(bytes)),
            JwtAlgorithm::Es256 => (Algorithm::ES256, DecodingKey::from_ec_pem(bytes)),
            JwtAlgorithm::EdDsa => (Algorithm::EdDSA, DecodingKey::from_ed_pem(bytes)),
        };
        // One algorithm and no other, whatever a token says of itself (RFC 8725 §3.1).
        let mut validation = Validation::new(algorithm);
        validation.leeway = LEEWAY;
        validation.validate_nbf = true;
        validation.set_required_spec_claims(&["exp", "sub"]);
        match &config.jwt_audience {
            Some(audience) => {
                validation.set_audience(&[audience]);
                validation.required_spec_claims.insert("aud".to_owned());
            }
            None => validation.validate_aud = false,
        }
        if let Some(issuer) = &config.jwt_issuer {
            validation.set_issuer(&[issuer]);
            validation.required_spec_claims.insert("iss".to_owned());
        }
        Ok(Self {
            key: key.map_err(JwtError::Key)?,
            validation,
        })
    }

    /// What the bearer of `token` may do now.
    pub(super) fn rights(&self, token: &str) -> Result<Rights, Unauthorized> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Unauthorized::Invalid);
        }
        let decoded = decode::<Claims>(token, &self.key, &self.validation);
        let claims = decoded.map_err(|_| Unauthorized::Invalid)?.claims;
        if claims.sub.is_empty() || claims.sub.len() > MAX_SUBJECT_BYTES {
            return Err(Unauthorized::Invalid);
        }
        Ok(rights(claims))
    }
}

fn rights(claims: Claims) -> Rights {
    let mut rights = Rights::default();
    for word in claims.scope.split_ascii_whitespace() {
        match word {
            "echo" => rights.echo = true,
            "record" => rights.record = true,
            "list" => rights.list = true,
            "play:own" => rights.play = rights.play.max(Reach::Own),
            "play:any" => rights.play = Reach::Any,
            "delete:own" => rights.delete = rights.delete.max(Reach::Own),
            "delete:any" => rights.delete = Reach::Any,
            "admin" => rights = Rights::all(),
            // For another service.
            _ => {}
        }
    }
    rights.owner = Some(claims.sub);
    rights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_line_is_no_part_of_a_secret_and_bytes_are() {
        for (file, taken) in [
            (b"secret words\n".as_slice(), b"secret words".as_slice()),
            (b"secret words\r\n", b"secret words"),
            (b"secret words", b"secret words"),
            (b"gehe\xc3\xaem\n\n", b"gehe\xc3\xaem"),
            (b"\x80words\n", b"\x80words\n"),
            (b" \x00\n", b" \x00\n"),
            (b"", b""),
        ] {
            assert_eq!(secret(file), taken);
        }
    }
}
