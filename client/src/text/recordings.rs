//! What a person reads of recordings.

use std::time::Duration;

use shared::recording::{RecordingEnd, RecordingStatus};

use super::number::{one_or_more, ukrainian};
use super::sentence;
use crate::shelf::{Facts, Trouble};

/// The words of one language.
pub struct Recordings {
    pub show: &'static str,
    pub hide: &'static str,
    pub play: &'static str,
    pub download: &'static str,
    pub delete: &'static str,
    pub delete_mine: &'static str,
    pub really_delete: &'static str,
    pub keep: &'static str,
    pub doubt: &'static str,
    pub deleting: &'static str,
    pub try_again: &'static str,
    pub show_older: &'static str,
    pub loading: &'static str,
    pub opening: &'static str,
    pub live: &'static str,

    pub of_server: &'static str,
    pub of_this_browser: &'static str,
    pub none_on_server: &'static str,
    pub none_remembered: &'static str,

    pub goes_on: &'static str,
    pub complete: &'static str,
    pub at_the_limit: &'static str,
    pub disk_full: &'static str,
    pub disk_slow: &'static str,
    pub disk_failed: &'static str,
    pub ended_early: &'static str,
    pub recovered: &'static str,
    pub empty: &'static str,
    pub no_room: &'static str,

    pub hours: fn(u64) -> String,
    pub minutes: fn(u64) -> String,
    pub seconds: fn(u64) -> String,
    pub less_than_a_second: &'static str,

    /// With the day and minute it began.
    pub deleted: fn(&str) -> String,
    /// With why.
    pub not_deleted: fn(&str) -> String,

    pub away: &'static str,
    pub key_refused: &'static str,
    pub gone: &'static str,
    pub still_live: &'static str,
    pub unplayable: &'static str,
    pub player_broke: &'static str,
    /// With the server's reason, which may be empty.
    pub refused: fn(&str) -> String,
}

impl Recordings {
    /// Whose recordings the list has.
    #[must_use]
    pub fn whose(&self, may_list: bool) -> &'static str {
        if may_list {
            self.of_server
        } else {
            self.of_this_browser
        }
    }

    /// Where there are none.
    #[must_use]
    pub fn none(&self, may_list: bool) -> &'static str {
        if may_list {
            self.none_on_server
        } else {
            self.none_remembered
        }
    }

    /// How far a recording is, and whether it holds the whole call.
    #[must_use]
    pub fn status(&self, facts: &Facts) -> &'static str {
        match (facts.status, facts.end) {
            (RecordingStatus::Recording, _) => self.goes_on,
            (RecordingStatus::Complete, Some(RecordingEnd::Limit)) => self.at_the_limit,
            (RecordingStatus::Complete, _) => self.complete,
            (RecordingStatus::Truncated, end) => self.truncated(end),
            (RecordingStatus::Recovered, _) => self.recovered,
            (RecordingStatus::Empty, _) => self.empty,
            (RecordingStatus::Refused, _) => self.no_room,
        }
    }

    fn truncated(&self, end: Option<RecordingEnd>) -> &'static str {
        match end {
            Some(RecordingEnd::Enospc | RecordingEnd::LowSpace) => self.disk_full,
            Some(RecordingEnd::SlowDisk | RecordingEnd::Backlog) => self.disk_slow,
            Some(RecordingEnd::Io) => self.disk_failed,
            _ => self.ended_early,
        }
    }

    /// How long a recording plays, for the ear: `1 minute 5 seconds`.
    #[must_use]
    pub fn length(&self, duration: Duration) -> String {
        let seconds = duration.as_secs();
        let units = [
            (seconds / 3600, self.hours),
            (seconds / 60 % 60, self.minutes),
            (seconds % 60, self.seconds),
        ];
        let words: Vec<String> = units
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, words)| words(count))
            .collect();
        if words.is_empty() {
            self.less_than_a_second.to_owned()
        } else {
            words.join(" ")
        }
    }

    /// Why something could not be done, and what to do.
    #[must_use]
    pub fn trouble(&self, trouble: &Trouble) -> String {
        let sentence = match trouble {
            Trouble::Away => self.away,
            Trouble::KeyRefused => self.key_refused,
            Trouble::Gone => self.gone,
            Trouble::Live => self.still_live,
            Trouble::Unplayable => self.unplayable,
            Trouble::BrokeOff => self.player_broke,
            Trouble::Refused { reason } => return (self.refused)(reason),
        };
        sentence.to_owned()
    }

    /// The same where a recording was to be deleted.
    #[must_use]
    pub fn why_not_deleted(&self, why: &Trouble) -> String {
        (self.not_deleted)(&self.trouble(why))
    }
}

/// A button's words for whoever hears them without the row: `Play, 27 Jun 2025, 11:02`.
#[must_use]
pub fn of_recording(what: &str, started: &str) -> String {
    format!("{what}, {started}")
}

pub static EN: Recordings = Recordings {
    show: "Show them",
    hide: "Hide them",
    play: "Play",
    download: "Download",
    delete: "Delete",
    delete_mine: "Delete my recording",
    really_delete: "Delete for good",
    keep: "Keep it",
    doubt: "Delete this recording for good?",
    deleting: "Deleting…",
    try_again: "Try again",
    show_older: "Show older",
    loading: "Looking for recordings…",
    opening: "Opening…",
    live: "Live",

    of_server: "All recordings of this server that you may hear.",
    of_this_browser: "Recordings of calls from this browser, which remembers the last hundred.",
    none_on_server: "There are no recordings yet. Call, and yours is the first.",
    none_remembered: "This browser remembers no recordings. They appear here after a recorded call.",

    goes_on: "The call still goes on",
    complete: "Complete",
    at_the_limit: "Ended at the limit for one recording",
    disk_full: "Ended early because the disk was full",
    disk_slow: "Ended early because the disk was too slow",
    disk_failed: "Ended early because the disk failed",
    ended_early: "Ended early",
    recovered: "Recovered after the server broke off",
    empty: "Empty: the server broke off before any sound came",
    no_room: "Not recorded: the disk had no room for it",

    hours: |count| format!("{count} {}", one_or_more(count, "hour", "hours")),
    minutes: |count| format!("{count} {}", one_or_more(count, "minute", "minutes")),
    seconds: |count| format!("{count} {}", one_or_more(count, "second", "seconds")),
    less_than_a_second: "less than a second",

    deleted: |started| format!("The recording of {started} is deleted."),
    not_deleted: |why| format!("It is not deleted. {why}"),

    away: "The server does not answer. Check that you are online.",
    key_refused: "The server wants its key first. Enter it above.",
    gone: "The server has no such recording any more.",
    still_live: "The call still goes on, or its recording is being finished. Wait a moment.",
    unplayable: "This browser can’t play the recording. Download it, \
         and open it with a player such as VLC.",
    player_broke: "The recording can’t be played on. Press Play again.",
    refused: |reason| {
        let reason = sentence(reason, "no reason given.");
        format!("The server says no: {reason}")
    },
};

pub static UK: Recordings = Recordings {
    show: "Показати",
    hide: "Сховати",
    play: "Відтворити",
    download: "Завантажити",
    delete: "Видалити",
    delete_mine: "Видалити мій запис",
    really_delete: "Видалити назавжди",
    keep: "Залишити",
    doubt: "Видалити цей запис назавжди?",
    deleting: "Видаляємо…",
    try_again: "Спробувати ще раз",
    show_older: "Показати старіші",
    loading: "Шукаємо записи…",
    opening: "Відкриваємо…",
    live: "Триває",

    of_server: "Усі записи цього сервера, які вам дозволено слухати.",
    of_this_browser: "Записи дзвінків із цього браузера; він пам’ятає останню сотню.",
    none_on_server: "Записів ще немає. Подзвоніть, і ваш буде першим.",
    none_remembered: "Цей браузер не пам’ятає жодного запису. \
         Вони з’являться тут після записаного дзвінка.",

    goes_on: "Дзвінок ще триває",
    complete: "Повний",
    at_the_limit: "Зупинено: досягнуто межі для одного запису",
    disk_full: "Обірвався, бо диск заповнився",
    disk_slow: "Обірвався, бо диск був заповільний",
    disk_failed: "Обірвався через збій диска",
    ended_early: "Обірвався раніше",
    recovered: "Відновлено після аварії сервера",
    empty: "Порожній: сервер зупинився, перш ніж надійшов звук",
    no_room: "Не записано: на диску не було місця",

    hours: |count| {
        format!(
            "{count} {}",
            ukrainian(count, ["година", "години", "годин"])
        )
    },
    minutes: |count| {
        format!(
            "{count} {}",
            ukrainian(count, ["хвилина", "хвилини", "хвилин"])
        )
    },
    seconds: |count| {
        format!(
            "{count} {}",
            ukrainian(count, ["секунда", "секунди", "секунд"])
        )
    },
    less_than_a_second: "менше секунди",

    deleted: |started| format!("Запис від {started} видалено."),
    not_deleted: |why| format!("Не видалено. {why}"),

    away: "Сервер не відповідає. Перевірте, чи ви в мережі.",
    key_refused: "Серверу спершу потрібен ключ. Введіть його вище.",
    gone: "На сервері більше немає такого запису.",
    still_live: "Дзвінок ще триває, або його запис саме завершується. Зачекайте трохи.",
    unplayable: "Цей браузер не може відтворити запис. Завантажте його \
         й відкрийте програвачем, наприклад VLC.",
    player_broke: "Відтворити запис далі не вдається. Натисніть «Відтворити» ще раз.",
    refused: |reason| {
        let reason = sentence(reason, "причини не вказано.");
        format!("Сервер відмовляє: {reason}")
    },
};

pub static DE: Recordings = Recordings {
    show: "Anzeigen",
    hide: "Ausblenden",
    play: "Abspielen",
    download: "Herunterladen",
    delete: "Löschen",
    delete_mine: "Meine Aufnahme löschen",
    really_delete: "Endgültig löschen",
    keep: "Behalten",
    doubt: "Diese Aufnahme endgültig löschen?",
    deleting: "Wird gelöscht…",
    try_again: "Noch einmal versuchen",
    show_older: "Ältere anzeigen",
    loading: "Aufnahmen werden gesucht…",
    opening: "Wird geöffnet…",
    live: "Live",

    of_server: "Alle Aufnahmen dieses Servers, die Sie hören dürfen.",
    of_this_browser: "Aufnahmen von Anrufen aus diesem Browser; er merkt sich die letzten hundert.",
    none_on_server: "Es gibt noch keine Aufnahmen. Rufen Sie an, und Ihre ist die erste.",
    none_remembered: "Dieser Browser kennt keine Aufnahmen. \
         Sie erscheinen hier nach einem aufgezeichneten Anruf.",

    goes_on: "Der Anruf läuft noch",
    complete: "Vollständig",
    at_the_limit: "Beendet, weil die Obergrenze für eine Aufnahme erreicht war",
    disk_full: "Vorzeitig beendet, weil der Speicher voll war",
    disk_slow: "Vorzeitig beendet, weil der Speicher zu langsam war",
    disk_failed: "Vorzeitig beendet, weil der Speicher versagte",
    ended_early: "Vorzeitig beendet",
    recovered: "Nach einem Ausfall des Servers wiederhergestellt",
    empty: "Leer: Der Server fiel aus, bevor ein Ton kam",
    no_room: "Nicht aufgezeichnet: Der Speicher hatte keinen Platz dafür",

    hours: |count| format!("{count} {}", one_or_more(count, "Stunde", "Stunden")),
    minutes: |count| format!("{count} {}", one_or_more(count, "Minute", "Minuten")),
    seconds: |count| format!("{count} {}", one_or_more(count, "Sekunde", "Sekunden")),
    less_than_a_second: "weniger als eine Sekunde",

    deleted: |started| format!("Die Aufnahme vom {started} ist gelöscht."),
    not_deleted: |why| format!("Sie ist nicht gelöscht. {why}"),

    away: "Der Server antwortet nicht. Prüfen Sie, ob Sie online sind.",
    key_refused: "Der Server verlangt zuerst seinen Schlüssel. Geben Sie ihn oben ein.",
    gone: "Der Server hat diese Aufnahme nicht mehr.",
    still_live: "Der Anruf läuft noch, oder seine Aufnahme wird gerade fertiggestellt. \
         Warten Sie einen Moment.",
    unplayable: "Dieser Browser kann die Aufnahme nicht abspielen. Laden Sie sie herunter, \
         und öffnen Sie sie mit einem Programm wie VLC.",
    player_broke: "Die Aufnahme lässt sich nicht weiter abspielen. Drücken Sie noch einmal \
         auf Abspielen.",
    refused: |reason| {
        let reason = sentence(reason, "ohne Angabe von Gründen.");
        format!("Der Server lehnt ab: {reason}")
    },
};

#[cfg(test)]
mod tests;
