//! For each failure what went wrong, and the one thing to do.

use std::time::Duration;

use super::language::{Language, Words, choose, spoken, ukrainian_count, words};
use crate::call::Problem;

/// What went wrong, and the one thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    pub what: String,
    pub to_do: String,
}

/// What a person is told about a problem.
#[must_use]
pub fn advice(problem: &Problem) -> Advice {
    match problem {
        Problem::ServerFull { retry_after } => later(
            choose(
                "All lines are busy.",
                "Усі лінії зайняті.",
                "Alle Leitungen sind besetzt.",
            ),
            *retry_after,
        ),
        Problem::TooManyCalls { retry_after } => later(
            choose(
                "That were too many calls in a short time.",
                "Забагато дзвінків за короткий час.",
                "Das waren zu viele Anrufe in kurzer Zeit.",
            ),
            *retry_after,
        ),
        Problem::ServerRefused { reason } => in_their_words(
            choose(
                "The server refused the call",
                "Сервер відхилив дзвінок",
                "Der Server hat den Anruf abgelehnt",
            ),
            reason,
        ),
        Problem::Browser { reason } => in_their_words(
            choose(
                "The browser could not make the call",
                "Браузер не зміг подзвонити",
                "Der Browser konnte nicht anrufen",
            ),
            reason,
        ),
        Problem::PermissionDenied => told(PERMISSION_DENIED),
        Problem::NoMicrophone => told(NO_MICROPHONE),
        Problem::MicrophoneBusy => told(MICROPHONE_BUSY),
        Problem::MicrophoneLost => told(MICROPHONE_LOST),
        Problem::InsecureOrigin => told(INSECURE_ORIGIN),
        Problem::ServerAway => told(SERVER_AWAY),
        Problem::ServerStopping => told(SERVER_STOPPING),
        Problem::KeyRefused => told(KEY_REFUSED),
        Problem::NetworkBlocked => told(NETWORK_BLOCKED),
        Problem::ConnectionLost => told(CONNECTION_LOST),
        Problem::CallOver => told(CALL_OVER),
    }
}

fn told((what, to_do): Told) -> Advice {
    Advice {
        what: what.now().to_owned(),
        to_do: to_do.now().to_owned(),
    }
}

/// What went wrong, and what to do.
type Told = (Words, Words);

const PERMISSION_DENIED: Told = (
    words(
        "The microphone is not allowed on this page.",
        "Мікрофон на цій сторінці не дозволено.",
        "Das Mikrofon ist auf dieser Seite nicht erlaubt.",
    ),
    words(
        "Open the site settings beside the address, allow the microphone, and call again.",
        "Відкрийте налаштування сайту біля адреси, дозвольте мікрофон і зателефонуйте знову.",
        "Öffnen Sie die Website-Einstellungen neben der Adresse, erlauben Sie das Mikrofon, \
                 und rufen Sie noch einmal an.",
    ),
);

const NO_MICROPHONE: Told = (
    words(
        "No microphone was found.",
        "Мікрофон не знайдено.",
        "Es wurde kein Mikrofon gefunden.",
    ),
    words(
        "Plug one in, or switch it on in the system settings, and call again.",
        "Під’єднайте його або ввімкніть у налаштуваннях системи й зателефонуйте знову.",
        "Stecken Sie eines ein, oder schalten Sie es in den Systemeinstellungen ein, \
                 und rufen Sie noch einmal an.",
    ),
);

const MICROPHONE_BUSY: Told = (
    words(
        "The microphone is there, but gives no sound.",
        "Мікрофон є, але звуку не дає.",
        "Das Mikrofon ist da, gibt aber keinen Ton.",
    ),
    words(
        "Close other programs that use it, such as a meeting, and call again.",
        "Закрийте інші програми, які його використовують, наприклад нараду, і зателефонуйте знову.",
        "Schließen Sie andere Programme, die es benutzen, etwa eine Besprechung, \
                 und rufen Sie noch einmal an.",
    ),
);

const MICROPHONE_LOST: Told = (
    words(
        "The microphone went away during the call.",
        "Мікрофон зник під час дзвінка.",
        "Das Mikrofon verschwand während des Anrufs.",
    ),
    words(
        "Plug it in again, and call again.",
        "Під’єднайте його знову й зателефонуйте ще раз.",
        "Stecken Sie es wieder ein, und rufen Sie noch einmal an.",
    ),
);

const INSECURE_ORIGIN: Told = (
    words(
        "This page came unencrypted, so the browser keeps the microphone from it.",
        "Ця сторінка надійшла незашифрованою, тому браузер не дає їй мікрофон.",
        "Diese Seite kam unverschlüsselt, darum gibt ihr der Browser kein Mikrofon.",
    ),
    words(
        "Open the page by its https:// address, or on the server itself as http://localhost. \
                 Whoever runs the server gets such an address with --tls auto.",
        "Відкрийте сторінку за адресою https:// або на самому сервері як http://localhost. \
                 Хто запускає сервер, отримає таку адресу з --tls auto.",
        "Öffnen Sie die Seite unter ihrer https://-Adresse, oder auf dem Server selbst als \
                 http://localhost. Wer den Server betreibt, bekommt eine solche Adresse mit --tls auto.",
    ),
);

const SERVER_AWAY: Told = (
    words(
        "The server does not answer.",
        "Сервер не відповідає.",
        "Der Server antwortet nicht.",
    ),
    words(
        "Check that you are online and that the server runs, and call again.",
        "Перевірте, чи ви в мережі й чи працює сервер, і зателефонуйте знову.",
        "Prüfen Sie, ob Sie online sind und der Server läuft, und rufen Sie noch einmal an.",
    ),
);

const SERVER_STOPPING: Told = (
    words(
        "The server is shutting down and takes no new calls.",
        "Сервер вимикається й не приймає нових дзвінків.",
        "Der Server fährt herunter und nimmt keine neuen Anrufe an.",
    ),
    words(
        "Wait a minute, and call again.",
        "Зачекайте хвилину й зателефонуйте знову.",
        "Warten Sie eine Minute, und rufen Sie noch einmal an.",
    ),
);

const KEY_REFUSED: Told = (
    words(
        "The server does not take your key.",
        "Сервер не приймає ваш ключ.",
        "Der Server nimmt Ihren Schlüssel nicht an.",
    ),
    words(
        "Enter it again above, and call again.",
        "Введіть його вгорі ще раз і зателефонуйте знову.",
        "Geben Sie ihn oben noch einmal ein, und rufen Sie noch einmal an.",
    ),
);

const NETWORK_BLOCKED: Told = (
    words(
        "The server answers, but your network lets no audio through.",
        "Сервер відповідає, але ваша мережа не пропускає звук.",
        "Der Server antwortet, aber Ihr Netz lässt keinen Ton durch.",
    ),
    words(
        "Try another network, such as a phone’s hotspot, or ask your administrator to let UDP through.",
        "Спробуйте іншу мережу, наприклад точку доступу телефона, або попросіть адміністратора \
                 пропустити UDP.",
        "Versuchen Sie ein anderes Netz, etwa den Hotspot eines Telefons, oder bitten Sie Ihren \
                 Administrator, UDP durchzulassen.",
    ),
);

const CONNECTION_LOST: Told = (
    words(
        "The connection was lost and did not come back.",
        "З’єднання втрачено, і воно не відновилося.",
        "Die Verbindung ging verloren und kam nicht wieder.",
    ),
    words(
        "Check your network, and call again.",
        "Перевірте мережу й зателефонуйте знову.",
        "Prüfen Sie Ihr Netz, und rufen Sie noch einmal an.",
    ),
);

const CALL_OVER: Told = (
    words(
        "The server had ended the call before your connection came back.",
        "Сервер завершив дзвінок, перш ніж ваше з’єднання відновилося.",
        "Der Server hatte den Anruf beendet, bevor Ihre Verbindung wiederkam.",
    ),
    words(
        "Call again.",
        "Зателефонуйте знову.",
        "Rufen Sie noch einmal an.",
    ),
);

fn later(what: &str, retry_after: Option<Duration>) -> Advice {
    let seconds = retry_after.map_or(0, |wait| wait.as_secs());
    let to_do = match (spoken(), seconds) {
        (Language::English, 0) => "Wait a moment, and call again.".to_owned(),
        (Language::English, 1) => "Wait a second, and call again.".to_owned(),
        (Language::English, _) => format!("Wait {seconds} seconds, and call again."),
        (Language::Ukrainian, 0) => "Зачекайте хвильку й зателефонуйте знову.".to_owned(),
        (Language::Ukrainian, _) => {
            let wait = ukrainian_count(seconds, ["секунду", "секунди", "секунд"]);
            format!("Зачекайте {wait} й зателефонуйте знову.")
        }
        (Language::German, 0) => {
            "Warten Sie einen Moment, und rufen Sie noch einmal an.".to_owned()
        }
        (Language::German, 1) => {
            "Warten Sie eine Sekunde, und rufen Sie noch einmal an.".to_owned()
        }
        (Language::German, _) => {
            format!("Warten Sie {seconds} Sekunden, und rufen Sie noch einmal an.")
        }
    };
    Advice {
        what: what.to_owned(),
        to_do,
    }
}

fn in_their_words(what: &str, reason: &str) -> Advice {
    let to_do = choose(
        "Reload the page. If it stays so, try another browser.",
        "Перезавантажте сторінку. Якщо не допоможе, спробуйте інший браузер.",
        "Laden Sie die Seite neu. Bleibt es so, versuchen Sie einen anderen Browser.",
    );
    Advice {
        what: format!("{what}: {}", sentence(reason)),
        to_do: to_do.to_owned(),
    }
}

/// Others' words, closed with a full stop.
pub(crate) fn sentence(words: &str) -> String {
    let words = words.trim();
    match words.chars().last() {
        None => choose(
            "no reason given.",
            "причини не названо.",
            "ohne Angabe eines Grundes.",
        )
        .to_owned(),
        Some('.' | '!' | '?') => words.to_owned(),
        Some(_) => format!("{words}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::speak;

    fn all_problems() -> Vec<Problem> {
        let reason = "no reason".to_owned();
        vec![
            Problem::PermissionDenied,
            Problem::NoMicrophone,
            Problem::MicrophoneBusy,
            Problem::MicrophoneLost,
            Problem::InsecureOrigin,
            Problem::ServerAway,
            Problem::ServerFull { retry_after: None },
            Problem::ServerStopping,
            Problem::KeyRefused,
            Problem::TooManyCalls { retry_after: None },
            Problem::CallOver,
            Problem::ServerRefused {
                reason: reason.clone(),
            },
            Problem::NetworkBlocked,
            Problem::ConnectionLost,
            Problem::Browser { reason },
        ]
    }

    #[test]
    fn every_problem_comes_with_whole_sentences() {
        for language in Language::ALL {
            speak(language);
            for problem in all_problems() {
                let Advice { what, to_do } = advice(&problem);

                assert!(what.ends_with('.'), "{what}");
                assert!(to_do.ends_with('.'), "{to_do}");
            }
        }
        speak(Language::English);
    }

    #[test]
    fn no_two_problems_look_the_same() {
        let problems = all_problems();
        let mut kinds: Vec<_> = problems.iter().map(Problem::kind).collect();
        let mut sentences: Vec<_> = problems
            .iter()
            .map(|problem| advice(problem).what)
            .collect();

        kinds.sort_unstable();
        kinds.dedup();
        sentences.sort_unstable();
        sentences.dedup();

        assert_eq!([kinds.len(), sentences.len()], [problems.len(); 2]);
    }

    #[test]
    fn a_full_server_says_how_long_to_wait() {
        let waits = [None, Some(0), Some(1), Some(5)].map(|seconds| {
            let retry_after = seconds.map(Duration::from_secs);
            advice(&Problem::ServerFull { retry_after }).to_do
        });

        assert_eq!(
            waits,
            [
                "Wait a moment, and call again.",
                "Wait a moment, and call again.",
                "Wait a second, and call again.",
                "Wait 5 seconds, and call again.",
            ]
        );
    }

    #[test]
    fn others_words_become_sentences() {
        let sentences = ["no Opus", "no Opus. ", " ", "Why?"].map(sentence);

        assert_eq!(
            sentences,
            ["no Opus.", "no Opus.", "no reason given.", "Why?"]
        );
    }
}
