//! Every sentence a person reads about his call, and for each failure the one thing to do.
//!
//! What has to be known before a call stands in `entrance`, how the microphone is in `microphone`, what
//! is said of recordings in `recordings`, what does not change at all in `page`.

pub mod delay;
pub mod devices;
pub mod echo;
pub mod entrance;
pub mod findings;
pub mod language;
pub mod microphone;
pub mod network;
pub mod page;
pub mod player;
pub mod problem;
pub mod recordings;

use std::time::Duration;

use crate::call::{Call, Ending, Phase, Recorded, Recording, Summary, Volume};
use crate::level::FLOOR;
pub use language::{Language, choose, speak, spoken};
use language::{Words, words};
pub(crate) use problem::sentence;
pub use problem::{Advice, advice};

/// Where the call stands, as it is shown and read aloud.
#[must_use]
pub fn phase(call: &Call) -> &'static str {
    match call.phase() {
        Phase::Idle => choose(
            "Ready when you are.",
            "Готово, коли готові ви.",
            "Bereit, wenn Sie es sind.",
        ),
        Phase::Asking => choose(
            "Allow the microphone when your browser asks.",
            "Дозвольте мікрофон, коли браузер запитає.",
            "Erlauben Sie das Mikrofon, wenn der Browser fragt.",
        ),
        Phase::Connecting => choose("Connecting…", "З’єднуємо…", "Verbinden…"),
        Phase::Live if call.is_muted() => choose(
            "Your microphone is off.",
            "Ваш мікрофон вимкнено.",
            "Ihr Mikrofon ist aus.",
        ),
        Phase::Live if call.needs_tap() => choose(
            "Connected. One tap, and you hear yourself.",
            "З’єднано. Один дотик, і ви почуєте себе.",
            "Verbunden. Einmal tippen, und Sie hören sich.",
        ),
        Phase::Live => choose(
            "You’re live. Say something, and hear it come back.",
            "Ви на лінії. Скажіть щось і почуйте, як воно повертається.",
            "Sie sind dran. Sagen Sie etwas, und hören Sie es zurückkommen.",
        ),
        Phase::Reconnecting => choose(
            "The connection is shaky. Reconnecting…",
            "З’єднання нестійке. З’єднуємо знову…",
            "Die Verbindung wackelt. Neu verbinden…",
        ),
        Phase::Ended => call
            .summary()
            .map_or_else(|| ENDED.now(), |summary| ending(summary)),
        Phase::Failed => choose(
            "The call could not start.",
            "Дзвінок не вдалося розпочати.",
            "Der Anruf konnte nicht beginnen.",
        ),
    }
}

const ENDED: Words = words("Call ended.", "Дзвінок завершено.", "Anruf beendet.");

fn ending(summary: &Summary) -> &'static str {
    match &summary.ending {
        Ending::Goodbye => choose(
            "The server ended the call.",
            "Сервер завершив дзвінок.",
            "Der Server hat den Anruf beendet.",
        ),
        Ending::Broken(_) => choose(
            "The call broke off.",
            "Дзвінок обірвався.",
            "Der Anruf brach ab.",
        ),
        Ending::HungUp if summary.recording == Recording::None => choose(
            "Call cancelled.",
            "Дзвінок скасовано.",
            "Anruf abgebrochen.",
        ),
        Ending::HungUp | Ending::Failed(_) => ENDED.now(),
    }
}

/// Whether the call that goes on is recorded.
#[must_use]
pub fn recorded(recorded: Recorded) -> &'static str {
    match recorded {
        Recorded::Yes => choose("Recording", "Запис", "Aufnahme"),
        Recorded::No => choose("Not recorded", "Без запису", "Keine Aufnahme"),
    }
}

/// What the button does next.
#[must_use]
pub fn button(phase: Phase) -> &'static str {
    match phase {
        Phase::Idle => choose("Call", "Подзвонити", "Anrufen"),
        Phase::Asking | Phase::Connecting => choose("Cancel", "Скасувати", "Abbrechen"),
        Phase::Live | Phase::Reconnecting => choose("Hang up", "Завершити", "Auflegen"),
        Phase::Ended | Phase::Failed => choose("Call again", "Ще раз", "Noch einmal"),
    }
}

/// What became of the recording, where that has to be said.
#[must_use]
pub fn recording(recording: Recording) -> Option<&'static str> {
    Some(match recording {
        // A recording that is ready says more itself.
        Recording::None | Recording::Ready => return None,
        Recording::Off => choose(
            "This call was not recorded.",
            "Цей дзвінок не записано.",
            "Dieser Anruf wurde nicht aufgenommen.",
        ),
        Recording::Finishing => choose(
            "Finishing your recording…",
            "Завершуємо ваш запис…",
            "Ihre Aufnahme wird fertiggestellt…",
        ),
        Recording::Missing => choose(
            "No sound reached the server, so there is no recording.",
            "Звук не дійшов до сервера, тому запису немає.",
            "Kein Ton kam beim Server an, also gibt es keine Aufnahme.",
        ),
        Recording::Closed => choose(
            "Your recording is kept. Your key does not open it.",
            "Ваш запис збережено. Ваш ключ його не відкриває.",
            "Ihre Aufnahme ist aufbewahrt. Ihr Schlüssel öffnet sie nicht.",
        ),
        Recording::OutOfReach => choose(
            "The server does not say that your recording is ready. \
             Look again in a moment.",
            "Сервер не повідомляє, що ваш запис готовий. \
             Перевірити ще раз можна за хвильку.",
            "Der Server sagt nicht, dass Ihre Aufnahme fertig ist. \
             Noch einmal nachsehen können Sie gleich.",
        ),
    })
}

/// Asks the server once more for a recording that was out of reach.
pub const LOOK_AGAIN: Words = words("Look again", "Перевірити ще раз", "Noch einmal nachsehen");

/// The echo's volume for those who don't see the slider.
#[must_use]
pub fn volume(volume: Volume) -> String {
    let unit = choose("per cent", "відсотків", "Prozent");
    format!("{} {unit}", volume.percent())
}

/// How long a call lasts: `0:07`, `12:34`, `1:02:03`.
#[must_use]
pub fn clock(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours == 0 {
        format!("{minutes}:{seconds:02}")
    } else {
        format!("{hours}:{minutes:02}:{seconds:02}")
    }
}

/// A level for those who don't see the meter.
#[must_use]
pub fn level(decibels: i32) -> String {
    if f64::from(decibels) <= f64::from(FLOOR) {
        choose("silence", "тиша", "Stille").to_owned()
    } else {
        let unit = choose("decibels", "децибел", "Dezibel");
        format!("{decibels} {unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_out_of_reach_names_the_button_that_looks_again() {
        for language in Language::ALL {
            speak(language);
            let sentence = recording(Recording::OutOfReach).unwrap();

            assert!(sentence.contains(LOOK_AGAIN.now()), "{sentence}");
        }
        speak(Language::English);
    }

    #[test]
    fn the_clock_grows_an_hour_when_it_needs_one() {
        let clocks = [0, 7, 754, 3_723].map(|seconds| clock(Duration::from_secs(seconds)));

        assert_eq!(clocks, ["0:00", "0:07", "12:34", "1:02:03"]);
    }

    #[test]
    fn the_floor_of_a_meter_is_read_as_silence() {
        let levels = [-60, -23, 0].map(level);

        assert_eq!(levels, ["silence", "-23 decibels", "0 decibels"]);
    }
}
