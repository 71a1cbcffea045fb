//! What a browser says when it fails, by the names of the Web IDL (§2.8.1), and what that is to a
//! call.

use crate::call::{News, Problem, Sound};

/// A failure of the browser, named by its cause.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrowserError {
    #[error("the person or a policy does not allow it")]
    NotAllowed,
    #[error("there is no such device")]
    NotFound,
    #[error("the device can't be read")]
    NotReadable,
    #[error("it took too long")]
    TooSlow,
    #[error("{name}: {message}")]
    Other { name: String, message: String },
}

impl BrowserError {
    /// The failure behind a JavaScript error's name and message.
    #[must_use]
    pub fn named(name: &str, message: &str) -> Self {
        match name {
            "NotAllowedError" | "SecurityError" => Self::NotAllowed,
            "NotFoundError" | "OverconstrainedError" => Self::NotFound,
            // Chromium aborts when the device fails to start; Firefox and Safari can't read it.
            "NotReadableError" | "AbortError" => Self::NotReadable,
            "TimeoutError" => Self::TooSlow,
            _ => Self::Other {
                name: name.to_owned(),
                message: message.to_owned(),
            },
        }
    }
}

/// What went wrong when the microphone could not be opened.
impl From<BrowserError> for Problem {
    fn from(error: BrowserError) -> Self {
        match error {
            BrowserError::NotAllowed => Self::PermissionDenied,
            BrowserError::NotFound => Self::NoMicrophone,
            BrowserError::NotReadable => Self::MicrophoneBusy,
            BrowserError::TooSlow | BrowserError::Other { .. } => unexpected(&error),
        }
    }
}

/// What a call learns when the player was told to play the echo.
#[must_use]
pub fn after_play(played: Result<(), BrowserError>) -> News {
    match played {
        Ok(()) => News::Sound(Sound::Plays),
        // The second is a player that was paused before it began: a tap helps there, too.
        Err(BrowserError::NotAllowed | BrowserError::NotReadable) => News::Sound(Sound::Blocked),
        Err(error) => News::Broke(unexpected(&error)),
    }
}

/// A failure that is told in the browser's words.
#[must_use]
pub fn unexpected(error: &BrowserError) -> Problem {
    Problem::Browser {
        reason: error.to_string(),
    }
}

#[cfg(target_arch = "wasm32")]
mod from_js {
    use wasm_bindgen::{JsCast, JsValue};

    use super::BrowserError;

    impl From<JsValue> for BrowserError {
        fn from(value: JsValue) -> Self {
            if let Some(exception) = value.dyn_ref::<web_sys::DomException>() {
                return Self::named(&exception.name(), &exception.message());
            }
            // Only Chromium's `OverconstrainedError` is neither; both kinds have these two fields.
            let text = |key: &str| {
                js_sys::Reflect::get(&value, &key.into())
                    .ok()
                    .and_then(|text| text.as_string())
                    .unwrap_or_default()
            };
            Self::named(&text("name"), &text("message"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_told_apart_by_their_names() {
        let causes = [
            "NotAllowedError",
            "SecurityError",
            "NotFoundError",
            "OverconstrainedError",
            "NotReadableError",
            "AbortError",
            "TimeoutError",
        ]
        .map(|name| BrowserError::named(name, ""));

        assert_eq!(
            causes,
            [
                BrowserError::NotAllowed,
                BrowserError::NotAllowed,
                BrowserError::NotFound,
                BrowserError::NotFound,
                BrowserError::NotReadable,
                BrowserError::NotReadable,
                BrowserError::TooSlow,
            ]
        );
    }

    #[test]
    fn a_failure_we_do_not_know_keeps_the_browsers_words() {
        let error = BrowserError::named("InvalidStateError", "the connection is closed");

        assert_eq!(
            error.to_string(),
            "InvalidStateError: the connection is closed"
        );
    }

    #[test]
    fn an_echo_that_does_not_begin_to_play_asks_for_a_tap() {
        let refused = ["NotAllowedError", "AbortError"]
            .map(|name| after_play(Err(BrowserError::named(name, ""))));

        assert_eq!(after_play(Ok(())), News::Sound(Sound::Plays));
        assert_eq!(
            refused,
            [News::Sound(Sound::Blocked), News::Sound(Sound::Blocked)]
        );
    }

    #[test]
    fn an_echo_that_cannot_be_played_is_told() {
        let failed = BrowserError::named("NotSupportedError", "no decoder");

        let reason = "NotSupportedError: no decoder".to_owned();
        let told = News::Broke(Problem::Browser { reason });
        assert_eq!(after_play(Err(failed)), told);
    }
}
