//! What a person reads of his call: where it stands, what the button does, what became of the recording.

use std::time::Duration;

use super::number::ukrainian;
use crate::call::{self, Ending, Phase, Recorded, Recording, Summary, Volume};
use crate::level::FLOOR;

/// The words of one language.
pub struct Call {
    pub idle: &'static str,
    pub asking: &'static str,
    pub connecting: &'static str,
    pub muted: &'static str,
    pub needs_tap: &'static str,
    pub live: &'static str,
    pub reconnecting: &'static str,
    pub ended: &'static str,
    pub ended_by_server: &'static str,
    pub broke_off: &'static str,
    pub cancelled: &'static str,
    pub failed: &'static str,

    pub recorded: &'static str,
    pub not_recorded: &'static str,
    /// While the call goes on.
    pub recording_ended: &'static str,
    pub recording_refused: &'static str,

    pub do_call: &'static str,
    pub cancel: &'static str,
    pub hang_up: &'static str,
    pub call_again: &'static str,

    pub was_not_recorded: &'static str,
    pub could_not_be_recorded: &'static str,
    pub finishing: &'static str,
    pub no_sound: &'static str,
    pub closed: &'static str,
    /// Names the button that looks again.
    pub out_of_reach: &'static str,
    /// Asks the server once more for a recording that was out of reach.
    pub look_again: &'static str,

    /// Per cent.
    pub per_cent: fn(u8) -> String,
    pub silence: &'static str,
    pub decibels: fn(i32) -> String,
}

impl Call {
    /// Where the call stands, as it is shown and read aloud.
    #[must_use]
    pub fn phase(&self, call: &call::Call) -> &'static str {
        match call.phase() {
            Phase::Idle => self.idle,
            Phase::Asking => self.asking,
            Phase::Connecting => self.connecting,
            Phase::Live if call.is_muted() => self.muted,
            Phase::Live if call.needs_tap() => self.needs_tap,
            Phase::Live => self.live,
            Phase::Reconnecting => self.reconnecting,
            Phase::Ended => call
                .summary()
                .map_or(self.ended, |summary| self.ending(summary)),
            Phase::Failed => self.failed,
        }
    }

    fn ending(&self, summary: &Summary) -> &'static str {
        match &summary.ending {
            Ending::Goodbye => self.ended_by_server,
            Ending::Broken(_) => self.broke_off,
            Ending::HungUp if summary.recording == Recording::None => self.cancelled,
            Ending::HungUp | Ending::Failed(_) => self.ended,
        }
    }

    /// Whether the call that goes on is recorded.
    #[must_use]
    pub fn recorded(&self, recorded: Recorded) -> &'static str {
        match recorded {
            Recorded::Yes => self.recorded,
            Recorded::No => self.not_recorded,
            Recorded::CutShort => self.recording_ended,
            Recorded::Refused => self.recording_refused,
        }
    }

    /// What the button does next.
    #[must_use]
    pub fn button(&self, phase: Phase) -> &'static str {
        match phase {
            Phase::Idle => self.do_call,
            Phase::Asking | Phase::Connecting => self.cancel,
            Phase::Live | Phase::Reconnecting => self.hang_up,
            Phase::Ended | Phase::Failed => self.call_again,
        }
    }

    /// What became of the recording, where that has to be said.
    #[must_use]
    pub fn recording(&self, recording: Recording) -> Option<&'static str> {
        match recording {
            // A recording that is ready says more itself.
            Recording::None | Recording::Ready => None,
            Recording::Off => Some(self.was_not_recorded),
            Recording::Finishing => Some(self.finishing),
            Recording::Missing => Some(self.no_sound),
            Recording::Refused => Some(self.could_not_be_recorded),
            Recording::Closed => Some(self.closed),
            Recording::OutOfReach => Some(self.out_of_reach),
        }
    }

    /// The echo's volume for those who don't see the slider.
    #[must_use]
    pub fn volume(&self, volume: Volume) -> String {
        (self.per_cent)(volume.percent())
    }

    /// A level for those who don't see the meter.
    #[must_use]
    pub fn level(&self, decibels: i32) -> String {
        if f64::from(decibels) <= f64::from(FLOOR) {
            self.silence.to_owned()
        } else {
            (self.decibels)(decibels)
        }
    }
}

/// How long a call lasts, in any language: `0:07`, `12:34`, `1:02:03`.
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

pub static EN: Call = Call {
    idle: "Ready when you are.",
    asking: "Allow the microphone when your browser asks.",
    connecting: "Connecting…",
    muted: "Your microphone is off.",
    needs_tap: "Connected. One tap, and you hear yourself.",
    live: "You’re live. Say something, and hear it come back.",
    reconnecting: "The connection is shaky. Reconnecting…",
    ended: "Call ended.",
    ended_by_server: "The server ended the call.",
    broke_off: "The call broke off.",
    cancelled: "Call cancelled.",
    failed: "The call could not start.",

    recorded: "Recording",
    not_recorded: "Not recorded",
    recording_ended: "The recording has ended. What you say now is not recorded.",
    recording_refused: "Not recorded: the server cannot keep a recording now.",

    do_call: "Call",
    cancel: "Cancel",
    hang_up: "Hang up",
    call_again: "Call again",

    was_not_recorded: "This call was not recorded.",
    could_not_be_recorded: "This call was not recorded: the server could not keep a recording.",
    finishing: "Finishing your recording…",
    no_sound: "No sound reached the server, so there is no recording.",
    closed: "Your recording is kept. Your key does not open it.",
    out_of_reach: "The server does not say that your recording is ready. Look again in a moment.",
    look_again: "Look again",

    per_cent: |percent| format!("{percent} per cent"),
    silence: "silence",
    decibels: |decibels| format!("{decibels} decibels"),
};

pub static UK: Call = Call {
    idle: "Можна дзвонити.",
    asking: "Дозвольте мікрофон, коли браузер запитає.",
    connecting: "З’єднуємо…",
    muted: "Ваш мікрофон вимкнено.",
    needs_tap: "З’єднано. Один дотик – і ви почуєте себе.",
    live: "Ви на зв’язку. Скажіть щось і почуйте, як воно повертається.",
    reconnecting: "Зв’язок нестійкий. З’єднуємо знову…",
    ended: "Дзвінок завершено.",
    ended_by_server: "Сервер завершив дзвінок.",
    broke_off: "Дзвінок обірвався.",
    cancelled: "Дзвінок скасовано.",
    failed: "Дзвінок не вдалося розпочати.",

    recorded: "Записується",
    not_recorded: "Не записується",
    recording_ended: "Запис уже завершився. Те, що ви кажете тепер, не записується.",
    recording_refused: "Не записується: сервер зараз не може зберегти запис.",

    do_call: "Подзвонити",
    cancel: "Скасувати",
    hang_up: "Завершити",
    call_again: "Ще дзвінок",

    was_not_recorded: "Цей дзвінок не записувався.",
    could_not_be_recorded: "Цей дзвінок не записано: сервер не зміг зберегти запис.",
    finishing: "Завершуємо ваш запис…",
    no_sound: "До сервера не дійшло жодного звуку, тож запису немає.",
    closed: "Ваш запис збережено. Ваш ключ його не відкриває.",
    out_of_reach: "Сервер не каже, що ваш запис готовий. За мить можна перевірити ще раз.",
    look_again: "Перевірити ще раз",

    per_cent: |percent| {
        let forms = ["відсоток", "відсотки", "відсотків"];
        format!("{percent} {}", ukrainian(percent.into(), forms))
    },
    silence: "тиша",
    decibels: |decibels| {
        let forms = ["децибел", "децибели", "децибелів"];
        let count = decibels.unsigned_abs().into();
        format!("{decibels} {}", ukrainian(count, forms))
    },
};

pub static DE: Call = Call {
    idle: "Es kann losgehen.",
    asking: "Erlauben Sie das Mikrofon, wenn Ihr Browser fragt.",
    connecting: "Verbindung wird aufgebaut…",
    muted: "Ihr Mikrofon ist aus.",
    needs_tap: "Verbunden. Einmal tippen, und Sie hören sich.",
    live: "Sie sind verbunden. Sagen Sie etwas, und hören Sie, wie es zurückkommt.",
    reconnecting: "Die Verbindung ist instabil. Sie wird neu aufgebaut…",
    ended: "Anruf beendet.",
    ended_by_server: "Der Server hat den Anruf beendet.",
    broke_off: "Die Verbindung ist abgerissen.",
    cancelled: "Anruf abgebrochen.",
    failed: "Der Anruf kam nicht zustande.",

    recorded: "Wird aufgezeichnet",
    not_recorded: "Wird nicht aufgezeichnet",
    recording_ended: "Die Aufnahme ist zu Ende. Was Sie jetzt sagen, wird nicht aufgezeichnet.",
    recording_refused: "Wird nicht aufgezeichnet: Der Server kann gerade keine Aufnahme speichern.",

    do_call: "Anrufen",
    cancel: "Abbrechen",
    hang_up: "Auflegen",
    call_again: "Erneut anrufen",

    was_not_recorded: "Dieser Anruf wurde nicht aufgezeichnet.",
    could_not_be_recorded: "Dieser Anruf wurde nicht aufgezeichnet: \
         Der Server konnte keine Aufnahme speichern.",
    finishing: "Ihre Aufnahme wird fertiggestellt…",
    no_sound: "Beim Server kam kein Ton an, deshalb gibt es keine Aufnahme.",
    closed: "Ihre Aufnahme ist gespeichert. Ihr Schlüssel öffnet sie nicht.",
    out_of_reach: "Der Server meldet nicht, dass Ihre Aufnahme fertig ist. \
         Sie können gleich noch einmal nachsehen.",
    look_again: "Noch einmal nachsehen",

    per_cent: |percent| format!("{percent} Prozent"),
    silence: "Stille",
    decibels: |decibels| format!("{decibels} Dezibel"),
};

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [&Call; 3] = [&EN, &UK, &DE];

    #[test]
    fn a_recording_out_of_reach_names_the_button_that_looks_again() {
        for words in ALL {
            let sentence = words.recording(Recording::OutOfReach).unwrap();
            let button = words.look_again.to_lowercase();

            assert!(sentence.to_lowercase().contains(&button), "{sentence}");
        }
    }

    #[test]
    fn every_phase_is_a_sentence_of_its_own() {
        for words in ALL {
            let mut sentences = [
                words.idle,
                words.asking,
                words.connecting,
                words.muted,
                words.needs_tap,
                words.live,
                words.reconnecting,
                words.ended,
                words.ended_by_server,
                words.broke_off,
                words.cancelled,
                words.failed,
            ];
            sentences.sort_unstable();

            assert!(sentences.iter().all(|one| one.ends_with(['.', '…'])));
            assert!(sentences.windows(2).all(|pair| pair[0] != pair[1]));
        }
    }

    #[test]
    fn no_two_buttons_look_the_same() {
        for words in ALL {
            let mut buttons = [
                words.do_call,
                words.cancel,
                words.hang_up,
                words.call_again,
                words.look_again,
            ];
            buttons.sort_unstable();

            assert!(buttons.windows(2).all(|pair| pair[0] != pair[1]));
        }
    }

    #[test]
    fn the_clock_grows_an_hour_when_it_needs_one() {
        let clocks = [0, 7, 754, 3_723].map(|seconds| clock(Duration::from_secs(seconds)));

        assert_eq!(clocks, ["0:00", "0:07", "12:34", "1:02:03"]);
    }

    #[test]
    fn the_floor_of_a_meter_is_read_as_silence() {
        let levels = ALL.map(|words| [-60, -23, -1, 0].map(|decibels| words.level(decibels)));

        assert_eq!(
            levels,
            [
                ["silence", "-23 decibels", "-1 decibels", "0 decibels"],
                ["тиша", "-23 децибели", "-1 децибел", "0 децибелів"],
                ["Stille", "-23 Dezibel", "-1 Dezibel", "0 Dezibel"],
            ]
        );
    }

    #[test]
    fn the_volume_is_read_in_per_cent() {
        let volumes = ALL.map(|words| [1, 53, 100].map(|percent| (words.per_cent)(percent)));

        assert_eq!(
            volumes,
            [
                ["1 per cent", "53 per cent", "100 per cent"],
                ["1 відсоток", "53 відсотки", "100 відсотків"],
                ["1 Prozent", "53 Prozent", "100 Prozent"],
            ]
        );
    }
}
