//! What a person reads of recordings.

use std::time::Duration;

use shared::recording::{RecordingEnd, RecordingStatus};

use super::language::{Language, Words, choose, spoken, ukrainian_count, words};
use super::sentence;
use crate::shelf::{Facts, Trouble};

pub const SHOW: Words = words("Show them", "Показати", "Anzeigen");
pub const HIDE: Words = words("Hide them", "Сховати", "Verbergen");
pub const PLAY: Words = words("Play", "Відтворити", "Abspielen");
pub const DOWNLOAD: Words = words("Download", "Завантажити", "Herunterladen");
pub const DELETE: Words = words("Delete", "Видалити", "Löschen");
pub const DELETE_MINE: Words = words(
    "Delete my recording",
    "Видалити мій запис",
    "Meine Aufnahme löschen",
);
pub const REALLY_DELETE: Words = words("Delete for good", "Видалити назавжди", "Endgültig löschen");
pub const KEEP: Words = words("Keep it", "Залишити", "Behalten");
pub const DOUBT: Words = words(
    "Delete this recording for good?",
    "Видалити цей запис назавжди?",
    "Diese Aufnahme endgültig löschen?",
);
pub const DELETING: Words = words("Deleting…", "Видаляємо…", "Wird gelöscht…");
pub const TRY_AGAIN: Words = words("Try again", "Спробувати ще раз", "Noch einmal versuchen");
pub const SHOW_OLDER: Words = words("Show older", "Показати старіші", "Ältere anzeigen");
pub const LOADING: Words = words(
    "Looking for recordings…",
    "Шукаємо записи…",
    "Aufnahmen werden gesucht…",
);
pub const OPENING: Words = words("Opening…", "Відкриваємо…", "Wird geöffnet…");
pub const LIVE: Words = words("Live", "Наживо", "Live");

/// Whose recordings the list has.
#[must_use]
pub fn whose(may_list: bool) -> &'static str {
    if may_list {
        choose(
            "All recordings of this server that you may hear.",
            "Усі записи цього сервера, які вам можна слухати.",
            "Alle Aufnahmen dieses Servers, die Sie hören dürfen.",
        )
    } else {
        choose(
            "Recordings of calls from this browser, which remembers the last hundred.",
            "Записи дзвінків із цього браузера, який пам’ятає останню сотню.",
            "Aufnahmen von Anrufen aus diesem Browser, der sich die letzten hundert merkt.",
        )
    }
}

/// Where there are none.
#[must_use]
pub fn none(may_list: bool) -> &'static str {
    if may_list {
        choose(
            "There are no recordings yet. Call, and yours is the first.",
            "Записів ще немає. Зателефонуйте, і ваш буде першим.",
            "Es gibt noch keine Aufnahmen. Rufen Sie an, und Ihre ist die erste.",
        )
    } else {
        choose(
            "This browser remembers no recordings. They appear here after a recorded call.",
            "Цей браузер не пам’ятає записів. Вони з’являться тут після записаного дзвінка.",
            "Dieser Browser hat sich keine Aufnahmen gemerkt. \
             Sie erscheinen hier nach einem aufgenommenen Anruf.",
        )
    }
}

/// How far a recording is, and whether it holds the whole call.
#[must_use]
pub fn status(facts: &Facts) -> &'static str {
    match (facts.status, facts.end) {
        (RecordingStatus::Recording, _) => choose(
            "The call still goes on",
            "Дзвінок ще триває",
            "Der Anruf läuft noch",
        ),
        (RecordingStatus::Complete, Some(RecordingEnd::Limit)) => choose(
            "Ended at the longest a recording may be",
            "Завершено на найбільшій дозволеній довжині",
            "Beendet bei der größten erlaubten Länge",
        ),
        (RecordingStatus::Complete, _) => choose("Complete", "Повний", "Vollständig"),
        (RecordingStatus::Truncated, end) => truncated(end),
        (RecordingStatus::Recovered, _) => choose(
            "Recovered after the server broke off",
            "Відновлено після збою сервера",
            "Wiederhergestellt, nachdem der Server abgebrochen war",
        ),
        (RecordingStatus::Empty, _) => choose(
            "Empty: the server broke off before any sound came",
            "Порожній: збій сервера стався, перш ніж надійшов звук",
            "Leer: der Server brach ab, bevor Ton kam",
        ),
        (RecordingStatus::Refused, _) => choose(
            "Not recorded: the disk had no room for it",
            "Не записано: на диску не було місця",
            "Nicht aufgenommen: auf der Platte war kein Platz",
        ),
    }
}

fn truncated(end: Option<RecordingEnd>) -> &'static str {
    match end {
        Some(RecordingEnd::Enospc | RecordingEnd::LowSpace) => choose(
            "Ended early because the disk was full",
            "Завершено завчасно, бо диск заповнився",
            "Vorzeitig beendet, weil die Platte voll war",
        ),
        Some(RecordingEnd::SlowDisk | RecordingEnd::Backlog) => choose(
            "Ended early because the disk was too slow",
            "Завершено завчасно, бо диск був надто повільний",
            "Vorzeitig beendet, weil die Platte zu langsam war",
        ),
        Some(RecordingEnd::Io) => choose(
            "Ended early because the disk failed",
            "Завершено завчасно, бо диск відмовив",
            "Vorzeitig beendet, weil die Platte versagte",
        ),
        _ => choose("Ended early", "Завершено завчасно", "Vorzeitig beendet"),
    }
}

/// How long a recording plays, for the ear: `1 minute 5 seconds`.
#[must_use]
pub fn length(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let counts = [seconds / 3600, seconds / 60 % 60, seconds % 60];
    let words: Vec<String> = counts
        .into_iter()
        .zip(UNITS)
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| counted(count, unit))
        .collect();
    if words.is_empty() {
        choose(
            "less than a second",
            "менше секунди",
            "weniger als eine Sekunde",
        )
        .to_owned()
    } else {
        words.join(" ")
    }
}

/// One and more of it in English, one, a few and more in Ukrainian, one and more in German.
struct UnitNames([&'static str; 2], [&'static str; 3], [&'static str; 2]);

const UNITS: [UnitNames; 3] = [
    UnitNames(
        ["hour", "hours"],
        ["година", "години", "годин"],
        ["Stunde", "Stunden"],
    ),
    UnitNames(
        ["minute", "minutes"],
        ["хвилина", "хвилини", "хвилин"],
        ["Minute", "Minuten"],
    ),
    UnitNames(
        ["second", "seconds"],
        ["секунда", "секунди", "секунд"],
        ["Sekunde", "Sekunden"],
    ),
];

fn counted(count: u64, UnitNames(english, ukrainian, german): UnitNames) -> String {
    let one_or_more = |[one, more]: [&str; 2]| {
        let noun = if count == 1 { one } else { more };
        format!("{count} {noun}")
    };
    match spoken() {
        Language::English => one_or_more(english),
        Language::Ukrainian => ukrainian_count(count, ukrainian),
        Language::German => one_or_more(german),
    }
}

/// A button's words for whoever hears them without the row: `Play, 27 Jun 2025, 11:02`.
#[must_use]
pub fn of_recording(what: &str, started: &str) -> String {
    format!("{what}, {started}")
}

/// What was just deleted.
#[must_use]
pub fn deleted(started: &str) -> String {
    match spoken() {
        Language::English => format!("The recording of {started} is deleted."),
        Language::Ukrainian => format!("Запис від {started} видалено."),
        Language::German => format!("Die Aufnahme von {started} ist gelöscht."),
    }
}

/// Why something could not be done, and what to do.
#[must_use]
pub fn trouble(trouble: &Trouble) -> String {
    let said = match trouble {
        Trouble::Away => choose(
            "The server does not answer. Check that you are online.",
            "Сервер не відповідає. Перевірте, чи ви в мережі.",
            "Der Server antwortet nicht. Prüfen Sie, ob Sie online sind.",
        ),
        Trouble::KeyRefused => choose(
            "The server wants its key first. Enter it above.",
            "Серверу спершу потрібен ключ. Введіть його вгорі.",
            "Der Server will zuerst seinen Schlüssel. Geben Sie ihn oben ein.",
        ),
        Trouble::Gone => choose(
            "The server has no such recording any more.",
            "На сервері вже немає цього запису.",
            "Der Server hat diese Aufnahme nicht mehr.",
        ),
        Trouble::Live => choose(
            "The call still goes on, or its recording is being finished. Wait a moment.",
            "Дзвінок ще триває або його запис завершується. Зачекайте хвильку.",
            "Der Anruf läuft noch, oder seine Aufnahme wird fertiggestellt. Warten Sie einen Moment.",
        ),
        Trouble::Unplayable => choose(
            "This browser can’t play the recording. Download it, \
             and open it with a player such as VLC.",
            "Цей браузер не може відтворити запис. Завантажте його \
             й відкрийте програвачем, наприклад VLC.",
            "Dieser Browser kann die Aufnahme nicht abspielen. Laden Sie sie herunter, \
             und öffnen Sie sie mit einem Player wie VLC.",
        ),
        Trouble::BrokeOff => choose(
            "The recording can’t be played on. Press Play again.",
            "Запис не вдається відтворити далі. Натисніть «Відтворити» ще раз.",
            "Die Aufnahme lässt sich nicht weiter abspielen. Drücken Sie noch einmal auf Abspielen.",
        ),
        Trouble::Refused { reason } => {
            let says_no = choose(
                "The server says no",
                "Сервер відмовив",
                "Der Server lehnt ab",
            );
            return format!("{says_no}: {}", sentence(reason));
        }
    };
    said.to_owned()
}

/// The same where a recording was to be deleted.
#[must_use]
pub fn not_deleted(why: &Trouble) -> String {
    let stays = choose(
        "It is not deleted.",
        "Його не видалено.",
        "Sie ist nicht gelöscht.",
    );
    format!("{stays} {}", trouble(why))
}

#[cfg(test)]
mod tests {
    use shared::ConversationId;

    use super::*;

    fn facts(status: RecordingStatus, end: Option<RecordingEnd>) -> Facts {
        Facts {
            peaks: None,
            bytes: None,
            id: ConversationId::from_nanoseconds(1),
            started_at: String::new(),
            duration: None,
            status,
            end,
            user_agent: None,
            audio: None,
            wav: None,
            caf: None,
            delete: None,
        }
    }

    #[test]
    fn what_is_missing_of_a_recording_is_said_with_its_cause() {
        let truncated = [
            RecordingEnd::Enospc,
            RecordingEnd::LowSpace,
            RecordingEnd::SlowDisk,
            RecordingEnd::Io,
        ]
        .map(|end| status(&facts(RecordingStatus::Truncated, Some(end))));

        assert_eq!(
            truncated,
            [
                "Ended early because the disk was full",
                "Ended early because the disk was full",
                "Ended early because the disk was too slow",
                "Ended early because the disk failed",
            ]
        );
        let limit = facts(RecordingStatus::Complete, Some(RecordingEnd::Limit));
        assert_ne!(status(&limit), "Complete");
    }

    #[test]
    fn no_two_states_read_the_same() {
        let mut all = [
            RecordingStatus::Recording,
            RecordingStatus::Complete,
            RecordingStatus::Truncated,
            RecordingStatus::Recovered,
            RecordingStatus::Empty,
            RecordingStatus::Refused,
        ]
        .map(|state| status(&facts(state, None)))
        .to_vec();
        let count = all.len();

        all.sort_unstable();
        all.dedup();

        assert_eq!(all.len(), count);
    }

    #[test]
    fn a_length_is_read_in_words() {
        let lengths = [0, 1, 65, 3600, 7322].map(|seconds| length(Duration::from_secs(seconds)));

        assert_eq!(
            lengths,
            [
                "less than a second",
                "1 second",
                "1 minute 5 seconds",
                "1 hour",
                "2 hours 2 minutes 2 seconds"
            ]
        );
    }

    #[test]
    fn every_trouble_is_a_sentence() {
        let reason = "no scope".to_owned();
        for why in [
            Trouble::Away,
            Trouble::KeyRefused,
            Trouble::Gone,
            Trouble::Live,
            Trouble::Unplayable,
            Trouble::BrokeOff,
            Trouble::Refused { reason },
        ] {
            assert!(trouble(&why).ends_with('.'), "{why:?}");
        }
    }
}
