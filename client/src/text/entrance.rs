//! What a person reads before he calls: whether he will be recorded, which key is wanted, and why there
//! is no microphone.

use shared::about::{AuthMode, RecordingPolicy};

use super::language::{Words, choose, words};
use crate::entrance::Key;

/// Whether calls are recorded; nothing as long as that is not known.
#[must_use]
pub fn policy(policy: RecordingPolicy) -> &'static str {
    match policy {
        RecordingPolicy::Always => choose(
            "Every call is recorded on the server.",
            "Кожен дзвінок записується на сервері.",
            "Jeder Anruf wird auf dem Server aufgenommen.",
        ),
        RecordingPolicy::Ask => choose(
            "Only calls for which you want it are recorded on the server.",
            "На сервері записуються лише ті дзвінки, для яких ви цього хочете.",
            "Nur Anrufe, für die Sie es wollen, werden auf dem Server aufgenommen.",
        ),
        RecordingPolicy::Never => choose(
            "Nothing is recorded.",
            "Нічого не записується.",
            "Nichts wird aufgenommen.",
        ),
    }
}

pub const RECORD: Words = words(
    "Record this call",
    "Записати цей дзвінок",
    "Diesen Anruf aufnehmen",
);

pub const KEY_TITLE: Words = words(
    "This server asks who you are",
    "Цей сервер питає, хто ви",
    "Dieser Server fragt, wer Sie sind",
);
pub const USE_KEY: Words = words("Use it", "Використати", "Verwenden");
/// Under the button that waits for it.
pub const KEY_FIRST: Words = words(
    "Enter it, and you can call.",
    "Введіть його, і зможете телефонувати.",
    "Geben Sie ihn ein, dann können Sie anrufen.",
);

/// What the field takes.
#[must_use]
pub fn key_label(auth: AuthMode) -> &'static str {
    match auth {
        AuthMode::Jwt => choose("Token", "Токен", "Token"),
        AuthMode::Token | AuthMode::None => choose("Key", "Ключ", "Schlüssel"),
    }
}

/// What is to be done.
#[must_use]
pub fn key_hint(auth: AuthMode, key: Key) -> &'static str {
    match (key, auth) {
        (Key::Tried, _) => choose(
            "The server is asked…",
            "Запитуємо сервер…",
            "Der Server wird gefragt…",
        ),
        (Key::Refused, AuthMode::Jwt) => choose(
            "The server did not take that token. It may have run out. Enter another one.",
            "Сервер не прийняв цей токен. Можливо, строк його дії минув. Введіть інший.",
            "Der Server hat dieses Token nicht angenommen. Es ist vielleicht abgelaufen. \
             Geben Sie ein anderes ein.",
        ),
        (Key::Refused, AuthMode::Token | AuthMode::None) => choose(
            "The server did not take that key. Enter it again.",
            "Сервер не прийняв цей ключ. Введіть його ще раз.",
            "Der Server hat diesen Schlüssel nicht angenommen. Geben Sie ihn noch einmal ein.",
        ),
        (Key::None | Key::Kept, AuthMode::Jwt) => choose(
            "Enter the token you were given. It is forgotten when you close this tab.",
            "Введіть токен, який вам дали. Його буде забуто, коли ви закриєте цю вкладку.",
            "Geben Sie das Token ein, das Sie bekommen haben. \
             Es wird vergessen, wenn Sie diesen Tab schließen.",
        ),
        (Key::None | Key::Kept, AuthMode::Token | AuthMode::None) => choose(
            "Enter the key you were given. It is forgotten when you close this tab.",
            "Введіть ключ, який вам дали. Його буде забуто, коли ви закриєте цю вкладку.",
            "Geben Sie den Schlüssel ein, den Sie bekommen haben. \
             Er wird vergessen, wenn Sie diesen Tab schließen.",
        ),
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
