//! What a person reads before he calls: whether he will be recorded, which key is wanted, and why there
//! is no microphone.

use shared::about::{AuthMode, RecordingPolicy};

use crate::entrance::Key;

/// Whether calls are recorded; nothing as long as that is not known.
#[must_use]
pub fn policy(policy: RecordingPolicy) -> &'static str {
    match policy {
        RecordingPolicy::Always => "Every call is recorded on the server.",
        RecordingPolicy::Ask => "Only calls for which you want it are recorded on the server.",
        RecordingPolicy::Never => "Nothing is recorded.",
    }
}

pub const RECORD: &str = "Record this call";

pub const KEY_TITLE: &str = "This server asks who you are";
pub const USE_KEY: &str = "Use it";
/// Under the button that waits for it.
pub const KEY_FIRST: &str = "Enter it, and you can call.";

/// What the field takes.
#[must_use]
pub fn key_label(auth: AuthMode) -> &'static str {
    match auth {
        AuthMode::Jwt => "Token",
        AuthMode::Token | AuthMode::None => "Key",
    }
}

/// What is to be done.
#[must_use]
pub fn key_hint(auth: AuthMode, key: Key) -> &'static str {
    match (key, auth) {
        (Key::Tried, _) => "The server is asked…",
        (Key::Refused, AuthMode::Jwt) => {
            "The server did not take that token. It may have run out. Enter another one."
        }
        (Key::Refused, AuthMode::Token | AuthMode::None) => {
            "The server did not take that key. Enter it again."
        }
        (Key::None | Key::Kept, AuthMode::Jwt) => {
            "Enter the token you were given. It is forgotten when you close this tab."
        }
        (Key::None | Key::Kept, AuthMode::Token | AuthMode::None) => {
            "Enter the key you were given. It is forgotten when you close this tab."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_is_a_sentence_of_its_own() {
        let all = [
            RecordingPolicy::Always,
            RecordingPolicy::Ask,
            RecordingPolicy::Never,
        ];
        let mut sentences = all.map(policy).to_vec();

        assert!(sentences.iter().all(|sentence| sentence.ends_with('.')));
        sentences.sort_unstable();
        sentences.dedup();
        assert_eq!(sentences.len(), all.len());
    }

    #[test]
    fn a_refused_key_is_told_from_one_that_is_missing() {
        for auth in [AuthMode::Token, AuthMode::Jwt] {
            assert_ne!(key_hint(auth, Key::Refused), key_hint(auth, Key::None));
        }
    }
}
