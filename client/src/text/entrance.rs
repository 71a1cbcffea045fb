//! What a person reads before he calls: whether he will be recorded, and which key is wanted.

use shared::about::{AuthMode, RecordingPolicy};

use crate::entrance::Key;

/// The words of one language.
pub struct Entrance {
    pub always_recorded: &'static str,
    pub recorded_if_wanted: &'static str,
    pub never_recorded: &'static str,
    pub record: &'static str,
    pub key_title: &'static str,
    pub use_key: &'static str,
    /// Under the button that waits for it.
    pub key_first: &'static str,
    pub token: &'static str,
    pub key: &'static str,
    pub key_tried: &'static str,
    pub token_refused: &'static str,
    pub key_refused: &'static str,
    pub token_wanted: &'static str,
    pub key_wanted: &'static str,
}

impl Entrance {
    /// Whether calls are recorded.
    #[must_use]
    pub fn policy(&self, policy: RecordingPolicy) -> &'static str {
        match policy {
            RecordingPolicy::Always => self.always_recorded,
            RecordingPolicy::Ask => self.recorded_if_wanted,
            RecordingPolicy::Never => self.never_recorded,
        }
    }

    /// What the field takes.
    #[must_use]
    pub fn key_label(&self, auth: AuthMode) -> &'static str {
        match auth {
            AuthMode::Jwt => self.token,
            AuthMode::Token | AuthMode::None => self.key,
        }
    }

    /// What is to be done.
    #[must_use]
    pub fn key_hint(&self, auth: AuthMode, key: Key) -> &'static str {
        match (key, auth) {
            (Key::Tried, _) => self.key_tried,
            (Key::Refused, AuthMode::Jwt) => self.token_refused,
            (Key::Refused, AuthMode::Token | AuthMode::None) => self.key_refused,
            (Key::None | Key::Kept, AuthMode::Jwt) => self.token_wanted,
            (Key::None | Key::Kept, AuthMode::Token | AuthMode::None) => self.key_wanted,
        }
    }
}

pub static EN: Entrance = Entrance {
    always_recorded: "Every call is recorded on the server.",
    recorded_if_wanted: "Only calls for which you want it are recorded on the server.",
    never_recorded: "Nothing is recorded.",
    record: "Record this call",
    key_title: "This server asks who you are",
    use_key: "Use it",
    key_first: "Enter it, and you can call.",
    token: "Token",
    key: "Key",
    key_tried: "The server is asked…",
    token_refused: "The server did not take that token. It may have run out. Enter another one.",
    key_refused: "The server did not take that key. Enter it again.",
    token_wanted: "Enter the token you were given. It is forgotten when you close this tab.",
    key_wanted: "Enter the key you were given. It is forgotten when you close this tab.",
};

pub static UK: Entrance = Entrance {
    always_recorded: "Кожен дзвінок записується на сервері.",
    recorded_if_wanted: "На сервері записуються лише ті дзвінки, для яких ви цього хочете.",
    never_recorded: "Нічого не записується.",
    record: "Записати цей дзвінок",
    key_title: "Цей сервер питає, хто ви",
    use_key: "Застосувати",
    key_first: "Введіть його, і зможете подзвонити.",
    token: "Токен",
    key: "Ключ",
    key_tried: "Питаємо сервер…",
    token_refused: "Сервер не прийняв цей токен. Можливо, його термін минув. Введіть інший.",
    key_refused: "Сервер не прийняв цей ключ. Введіть його ще раз.",
    token_wanted: "Введіть токен, який вам дали. Його буде забуто, щойно ви закриєте цю вкладку.",
    key_wanted: "Введіть ключ, який вам дали. Його буде забуто, щойно ви закриєте цю вкладку.",
};

pub static DE: Entrance = Entrance {
    always_recorded: "Jeder Anruf wird auf dem Server aufgezeichnet.",
    recorded_if_wanted: "Auf dem Server werden nur Anrufe aufgezeichnet, für die Sie es wünschen.",
    never_recorded: "Es wird nichts aufgezeichnet.",
    record: "Diesen Anruf aufzeichnen",
    key_title: "Dieser Server fragt, wer Sie sind",
    use_key: "Verwenden",
    key_first: "Nach der Eingabe können Sie anrufen.",
    token: "Token",
    key: "Schlüssel",
    key_tried: "Der Server wird gefragt…",
    token_refused: "Der Server hat dieses Token nicht angenommen. Vielleicht ist es abgelaufen. \
         Geben Sie ein anderes ein.",
    key_refused: "Der Server hat diesen Schlüssel nicht angenommen. Geben Sie ihn noch einmal ein.",
    token_wanted: "Geben Sie das Token ein, das Sie erhalten haben. Es wird vergessen, \
         wenn Sie diesen Tab schließen.",
    key_wanted: "Geben Sie den Schlüssel ein, den Sie erhalten haben. Er wird vergessen, \
         wenn Sie diesen Tab schließen.",
};

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [&Entrance; 3] = [&EN, &UK, &DE];

    #[test]
    fn every_policy_is_a_sentence_of_its_own() {
        for words in ALL {
            let all = [
                RecordingPolicy::Always,
                RecordingPolicy::Ask,
                RecordingPolicy::Never,
            ];
            let mut sentences = all.map(|policy| words.policy(policy)).to_vec();

            assert!(sentences.iter().all(|sentence| sentence.ends_with('.')));
            sentences.sort_unstable();
            sentences.dedup();
            assert_eq!(sentences.len(), all.len());
        }
    }

    #[test]
    fn a_refused_key_is_told_from_one_that_is_missing() {
        for words in ALL {
            for auth in [AuthMode::Token, AuthMode::Jwt] {
                assert_ne!(
                    words.key_hint(auth, Key::Refused),
                    words.key_hint(auth, Key::None)
                );
            }
        }
    }
}
