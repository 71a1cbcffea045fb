//! What went wrong with a call, and the one thing to do.

use std::time::Duration;

use super::number::ukrainian;
use super::sentence;
use crate::call::Problem;

/// The words of one language.
pub struct Problems {
    pub permission_denied: Told,
    pub no_microphone: Told,
    pub microphone_busy: Told,
    pub microphone_lost: Told,
    pub insecure_origin: Told,
    pub server_away: Told,
    pub server_stopping: Told,
    pub key_refused: Told,
    pub recording_required: Told,
    pub network_blocked: Told,
    pub connection_lost: Told,
    pub call_over: Told,
    pub server_full: &'static str,
    pub too_many_calls: &'static str,
    /// With the server's reason, which may be empty.
    pub server_refused: fn(&str) -> String,
    /// With the browser's reason, which may be empty.
    pub browser: fn(&str) -> String,
    pub reload: &'static str,
    pub wait: &'static str,
    /// In whole seconds, at least one.
    pub wait_seconds: fn(u64) -> String,
}

/// What is always told with the same words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    pub what: &'static str,
    pub to_do: &'static str,
}

/// What went wrong, and the one thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    pub what: String,
    pub to_do: String,
}

impl Problems {
    /// What a person is told about a problem.
    #[must_use]
    pub fn advice(&self, problem: &Problem) -> Advice {
        let told = match problem {
            Problem::ServerFull { retry_after } => {
                return self.later(self.server_full, *retry_after);
            }
            Problem::TooManyCalls { retry_after } => {
                return self.later(self.too_many_calls, *retry_after);
            }
            Problem::ServerRefused { reason } => return self.anew((self.server_refused)(reason)),
            Problem::Browser { reason } => return self.anew((self.browser)(reason)),
            Problem::PermissionDenied => self.permission_denied,
            Problem::NoMicrophone => self.no_microphone,
            Problem::MicrophoneBusy => self.microphone_busy,
            Problem::MicrophoneLost => self.microphone_lost,
            Problem::InsecureOrigin => self.insecure_origin,
            Problem::ServerAway => self.server_away,
            Problem::ServerStopping => self.server_stopping,
            Problem::KeyRefused => self.key_refused,
            Problem::RecordingRequired => self.recording_required,
            Problem::NetworkBlocked => self.network_blocked,
            Problem::ConnectionLost => self.connection_lost,
            Problem::CallOver => self.call_over,
        };
        Advice {
            what: told.what.to_owned(),
            to_do: told.to_do.to_owned(),
        }
    }

    fn later(&self, what: &str, retry_after: Option<Duration>) -> Advice {
        let to_do = match retry_after.map(|wait| wait.as_secs()) {
            None | Some(0) => self.wait.to_owned(),
            Some(seconds) => (self.wait_seconds)(seconds),
        };
        Advice {
            what: what.to_owned(),
            to_do,
        }
    }

    fn anew(&self, what: String) -> Advice {
        let to_do = self.reload.to_owned();
        Advice { what, to_do }
    }
}

pub static EN: Problems = Problems {
    permission_denied: Told {
        what: "The microphone is not allowed on this page.",
        to_do: "Open the site settings beside the address, allow the microphone, and call again.",
    },
    no_microphone: Told {
        what: "No microphone was found.",
        to_do: "Plug one in, or switch it on in the system settings, and call again.",
    },
    microphone_busy: Told {
        what: "The microphone is there, but gives no sound.",
        to_do: "Close other programs that use it, such as a meeting, and call again.",
    },
    microphone_lost: Told {
        what: "The microphone went away during the call.",
        to_do: "Plug it in again, and call again.",
    },
    insecure_origin: Told {
        what: "This page came unencrypted, so the browser keeps the microphone from it.",
        to_do: "Open the page by its https:// address, or on the server itself as \
             http://localhost. Whoever runs the server gets such an address with --tls auto.",
    },
    server_away: Told {
        what: "The server does not answer.",
        to_do: "Check that you are online and that the server runs, and call again.",
    },
    server_stopping: Told {
        what: "The server is shutting down and takes no new calls.",
        to_do: "Wait a minute, and call again.",
    },
    key_refused: Told {
        what: "The server does not take your key.",
        to_do: "Enter it again above, and call again.",
    },
    recording_required: Told {
        what: "The server now records every call.",
        to_do: "If that is fine with you, call again.",
    },
    network_blocked: Told {
        what: "The server answers, but your network lets no audio through.",
        to_do: "Try another network, such as a phone’s hotspot, or ask your administrator to let \
             UDP through.",
    },
    connection_lost: Told {
        what: "The connection was lost and did not come back.",
        to_do: "Check your network, and call again.",
    },
    call_over: Told {
        what: "The server had ended the call before your connection came back.",
        to_do: "Call again.",
    },
    server_full: "All lines are busy.",
    too_many_calls: "Too many calls come from your network.",
    server_refused: |reason| {
        let reason = sentence(reason, "no reason given.");
        format!("The server refused the call: {reason}")
    },
    browser: |reason| {
        let reason = sentence(reason, "no reason given.");
        format!("The browser could not make the call: {reason}")
    },
    reload: "Reload the page. If it stays so, try another browser.",
    wait: "Wait a moment, and call again.",
    wait_seconds: |seconds| match seconds {
        1 => "Wait a second, and call again.".to_owned(),
        _ => format!("Wait {seconds} seconds, and call again."),
    },
};

pub static UK: Problems = Problems {
    permission_denied: Told {
        what: "Цій сторінці не дозволено користуватися мікрофоном.",
        to_do: "Відкрийте налаштування сайту біля адреси, дозвольте мікрофон і подзвоніть ще раз.",
    },
    no_microphone: Told {
        what: "Мікрофона не знайдено.",
        to_do: "Під’єднайте його або ввімкніть у налаштуваннях системи й подзвоніть ще раз.",
    },
    microphone_busy: Told {
        what: "Мікрофон є, але звуку не дає.",
        to_do: "Закрийте інші програми, які ним користуються, наприклад відеозустріч, \
             і подзвоніть ще раз.",
    },
    microphone_lost: Told {
        what: "Мікрофон зник під час дзвінка.",
        to_do: "Під’єднайте його знову й подзвоніть ще раз.",
    },
    insecure_origin: Told {
        what: "Ця сторінка надійшла незашифрованою, тому браузер не дає їй мікрофона.",
        to_do: "Відкрийте сторінку за її адресою https:// або на самому сервері як \
             http://localhost. Таку адресу той, хто керує сервером, отримає з параметром \
             --tls auto.",
    },
    server_away: Told {
        what: "Сервер не відповідає.",
        to_do: "Перевірте, чи ви в мережі та чи працює сервер, і подзвоніть ще раз.",
    },
    server_stopping: Told {
        what: "Сервер завершує роботу й не приймає нових дзвінків.",
        to_do: "Зачекайте хвилину й подзвоніть ще раз.",
    },
    key_refused: Told {
        what: "Сервер не приймає вашого ключа.",
        to_do: "Введіть його вище заново й подзвоніть ще раз.",
    },
    recording_required: Told {
        what: "Тепер сервер записує кожен дзвінок.",
        to_do: "Якщо ви згодні, подзвоніть ще раз.",
    },
    network_blocked: Told {
        what: "Сервер відповідає, але ваша мережа не пропускає звуку.",
        to_do: "Спробуйте іншу мережу, наприклад точку доступу телефона, або попросіть \
             адміністратора дозволити UDP.",
    },
    connection_lost: Told {
        what: "З’єднання втрачено, і воно не відновилося.",
        to_do: "Перевірте мережу й подзвоніть ще раз.",
    },
    call_over: Told {
        what: "Сервер завершив дзвінок раніше, ніж відновилося ваше з’єднання.",
        to_do: "Подзвоніть ще раз.",
    },
    server_full: "Усі лінії зайняті.",
    too_many_calls: "З вашої мережі надходить забагато дзвінків.",
    server_refused: |reason| {
        let reason = sentence(reason, "причини не вказано.");
        format!("Сервер відхилив дзвінок: {reason}")
    },
    browser: |reason| {
        let reason = sentence(reason, "причини не вказано.");
        format!("Браузер не зміг розпочати дзвінок: {reason}")
    },
    reload: "Перезавантажте сторінку. Якщо це не допоможе, спробуйте інший браузер.",
    wait: "Зачекайте трохи й подзвоніть ще раз.",
    wait_seconds: |seconds| {
        if seconds == 1 {
            return "Зачекайте секунду й подзвоніть ще раз.".to_owned();
        }
        let word = ukrainian(seconds, ["секунду", "секунди", "секунд"]);
        format!("Зачекайте {seconds} {word} і подзвоніть ще раз.")
    },
};

pub static DE: Problems = Problems {
    permission_denied: Told {
        what: "Diese Seite darf das Mikrofon nicht benutzen.",
        to_do: "Öffnen Sie die Website-Einstellungen neben der Adresse, erlauben Sie das \
             Mikrofon, und rufen Sie erneut an.",
    },
    no_microphone: Told {
        what: "Es wurde kein Mikrofon gefunden.",
        to_do: "Schließen Sie eines an, oder schalten Sie es in den Systemeinstellungen ein, \
             und rufen Sie erneut an.",
    },
    microphone_busy: Told {
        what: "Das Mikrofon ist da, liefert aber keinen Ton.",
        to_do: "Schließen Sie andere Programme, die es benutzen, etwa eine Videokonferenz, \
             und rufen Sie erneut an.",
    },
    microphone_lost: Told {
        what: "Während des Anrufs ging das Mikrofon verloren.",
        to_do: "Schließen Sie es wieder an, und rufen Sie erneut an.",
    },
    insecure_origin: Told {
        what: "Diese Seite kam unverschlüsselt an, deshalb gibt ihr der Browser kein Mikrofon.",
        to_do: "Öffnen Sie die Seite unter ihrer https://-Adresse oder auf dem Server selbst als \
             http://localhost. Wer den Server betreibt, erhält eine solche Adresse mit \
             --tls auto.",
    },
    server_away: Told {
        what: "Der Server antwortet nicht.",
        to_do: "Prüfen Sie, ob Sie online sind und ob der Server läuft, und rufen Sie erneut an.",
    },
    server_stopping: Told {
        what: "Der Server fährt herunter und nimmt keine neuen Anrufe an.",
        to_do: "Warten Sie eine Minute, und rufen Sie erneut an.",
    },
    key_refused: Told {
        what: "Der Server nimmt Ihren Schlüssel nicht an.",
        to_do: "Geben Sie ihn oben noch einmal ein, und rufen Sie erneut an.",
    },
    recording_required: Told {
        what: "Der Server nimmt inzwischen jeden Anruf auf.",
        to_do: "Wenn Ihnen das recht ist, rufen Sie erneut an.",
    },
    network_blocked: Told {
        what: "Der Server antwortet, aber Ihr Netz lässt keinen Ton durch.",
        to_do: "Versuchen Sie ein anderes Netz, etwa den Hotspot eines Telefons, oder bitten Sie \
             Ihre Administration, UDP zuzulassen.",
    },
    connection_lost: Told {
        what: "Die Verbindung ging verloren und kam nicht zurück.",
        to_do: "Prüfen Sie Ihr Netz, und rufen Sie erneut an.",
    },
    call_over: Told {
        what: "Der Server hatte den Anruf beendet, bevor Ihre Verbindung wieder da war.",
        to_do: "Rufen Sie erneut an.",
    },
    server_full: "Alle Leitungen sind belegt.",
    too_many_calls: "Aus Ihrem Netz kommen zu viele Anrufe.",
    server_refused: |reason| {
        let reason = sentence(reason, "ohne Angabe von Gründen.");
        format!("Der Server hat den Anruf abgelehnt: {reason}")
    },
    browser: |reason| {
        let reason = sentence(reason, "ohne Angabe von Gründen.");
        format!("Der Browser konnte den Anruf nicht herstellen: {reason}")
    },
    reload: "Laden Sie die Seite neu. Hilft das nicht, versuchen Sie es mit einem anderen Browser.",
    wait: "Warten Sie einen Moment, und rufen Sie erneut an.",
    wait_seconds: |seconds| {
        let wait = match seconds {
            1 => "Warten Sie eine Sekunde".to_owned(),
            _ => format!("Warten Sie {seconds} Sekunden"),
        };
        format!("{wait}, und rufen Sie erneut an.")
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [&Problems; 3] = [&EN, &UK, &DE];

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
            Problem::RecordingRequired,
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
        for words in ALL {
            for problem in all_problems() {
                let Advice { what, to_do } = words.advice(&problem);

                assert!(what.ends_with('.'), "{what}");
                assert!(to_do.ends_with('.'), "{to_do}");
            }
        }
    }

    #[test]
    fn no_two_problems_look_the_same() {
        for words in ALL {
            let problems = all_problems();
            let mut kinds: Vec<_> = problems.iter().map(Problem::kind).collect();
            let mut sentences: Vec<_> = problems
                .iter()
                .map(|problem| words.advice(problem).what)
                .collect();

            kinds.sort_unstable();
            kinds.dedup();
            sentences.sort_unstable();
            sentences.dedup();

            assert_eq!([kinds.len(), sentences.len()], [problems.len(); 2]);
        }
    }

    #[test]
    fn a_full_server_says_how_long_to_wait() {
        let waits = ALL.map(|words| {
            [None, Some(0), Some(1), Some(2), Some(5), Some(21)].map(|seconds| {
                let retry_after = seconds.map(Duration::from_secs);
                words.advice(&Problem::ServerFull { retry_after }).to_do
            })
        });

        assert_eq!(
            waits,
            [
                [
                    "Wait a moment, and call again.",
                    "Wait a moment, and call again.",
                    "Wait a second, and call again.",
                    "Wait 2 seconds, and call again.",
                    "Wait 5 seconds, and call again.",
                    "Wait 21 seconds, and call again.",
                ],
                [
                    "Зачекайте трохи й подзвоніть ще раз.",
                    "Зачекайте трохи й подзвоніть ще раз.",
                    "Зачекайте секунду й подзвоніть ще раз.",
                    "Зачекайте 2 секунди і подзвоніть ще раз.",
                    "Зачекайте 5 секунд і подзвоніть ще раз.",
                    "Зачекайте 21 секунду і подзвоніть ще раз.",
                ],
                [
                    "Warten Sie einen Moment, und rufen Sie erneut an.",
                    "Warten Sie einen Moment, und rufen Sie erneut an.",
                    "Warten Sie eine Sekunde, und rufen Sie erneut an.",
                    "Warten Sie 2 Sekunden, und rufen Sie erneut an.",
                    "Warten Sie 5 Sekunden, und rufen Sie erneut an.",
                    "Warten Sie 21 Sekunden, und rufen Sie erneut an.",
                ],
            ]
        );
    }

    #[test]
    fn a_refusal_without_a_reason_says_so() {
        let reason = String::new();
        let refused = Problem::ServerRefused { reason };
        let sentences = ALL.map(|words| words.advice(&refused).what);

        assert_eq!(
            sentences,
            [
                "The server refused the call: no reason given.",
                "Сервер відхилив дзвінок: причини не вказано.",
                "Der Server hat den Anruf abgelehnt: ohne Angabe von Gründen.",
            ]
        );
    }
}
