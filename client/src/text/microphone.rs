//! How the microphone is, in words: a sentence for each state, and for each alarm the one thing to do.

use crate::microphone::Health;
use crate::microphone::thresholds::{Limit, Unit};

/// The words of one language.
pub struct Microphone {
    pub title: &'static str,
    /// What the meter measures.
    pub level: &'static str,
    pub said: fn(Health) -> Said,
    /// Of what is heard, and of the peak that is held; in whole dBFS.
    pub loudness: fn(i32, i32) -> String,
    /// In whole dBFS; for a meter at its lower end.
    pub quieter_than: fn(i32) -> String,
    /// In whole dBFS.
    pub speech: fn(i32) -> String,
    pub thresholds: &'static str,
    pub limit: fn(Limit) -> &'static str,
    /// Before what a limit was weighed against.
    pub source: &'static str,
    pub decimal_point: char,
    pub seconds: &'static str,
}

/// What is said of a microphone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    pub what: &'static str,
    /// The one thing to do, if there is any.
    pub to_do: Option<&'static str>,
}

impl Microphone {
    /// A value as a person reads it.
    #[must_use]
    pub fn value(&self, value: f64, unit: Unit) -> String {
        let rounded = (value * 10.0).round() / 10.0;
        let number = rounded.to_string().replace('-', "−");
        let number = number.replace('.', &self.decimal_point.to_string());
        match unit {
            Unit::Dbfs => format!("{number} dBFS"),
            Unit::Decibels => format!("{number} dB"),
            Unit::Seconds => format!("{number} {}", self.seconds),
            Unit::Percent => format!("{number} %"),
            Unit::Times => format!("{number}×"),
        }
    }
}

/// A whole number with the sign that is as wide as a digit.
fn signed(number: i32) -> String {
    number.to_string().replace('-', "−")
}

const fn said(what: &'static str) -> Said {
    Said { what, to_do: None }
}

const fn do_so(what: &'static str, to_do: &'static str) -> Said {
    let to_do = Some(to_do);
    Said { what, to_do }
}

pub static EN: Microphone = Microphone {
    title: "Your microphone",
    level: "Level of your microphone",
    said: |health| match health {
        Health::Checking => said("Your microphone is being checked…"),
        Health::Listening => {
            said("Your microphone works. Say something to learn how loud you are.")
        }
        Health::Good { .. } => said("Your microphone works, and you are loud enough."),
        Health::TooQuiet { .. } => do_so(
            "You are hard to hear.",
            "Turn the microphone up in the sound settings of your system.",
        ),
        Health::Clipping => do_so(
            "Your voice is distorted, because the microphone is set too loud.",
            "Turn the microphone down in the sound settings of your system.",
        ),
        Health::Silent => do_so(
            "Nothing comes from your microphone, not even noise.",
            "See whether it is plugged in and switched on.",
        ),
        Health::MutedInHardware => do_so(
            "Your microphone is muted by a switch of its own or by your system.",
            "Switch it on there.",
        ),
        Health::WrongDevice => do_so(
            "This does not seem to be the microphone you speak into.",
            "Choose another microphone.",
        ),
        Health::MutedByYou => said("You have muted yourself."),
    },
    loudness: |level, peak| format!("{} dBFS, peak {}", signed(level), signed(peak)),
    quieter_than: |level| format!("below {} dBFS", signed(level)),
    speech: |level| format!("Your speech: {} dBFS", signed(level)),
    thresholds: "Thresholds",
    limit: |limit| match limit {
        Limit::Silent => "Silent below",
        Limit::SilentAfter => "Silent after",
        Limit::SilentCleaned => "Silent below, with noise suppression",
        Limit::SilentAfterSound => "Silent after, if there was speech before",
        Limit::TooQuiet => "Speech is too quiet below",
        Limit::SpeechToWarn => "Speech that is heard before it is called too quiet",
        Limit::SpeechAboveNoise => "Speech is louder than the noise by",
        Limit::SpeechAbove => "Speech is louder than",
        Limit::ClippedSample => "A sample counts as clipped from (share of full scale)",
        Limit::ClippedRuns => "Distorted by flat tops of 3 samples",
        Limit::ClippingWindow => "Flat tops count for",
    },
    source: "Compare",
    decimal_point: '.',
    seconds: "s",
};

pub static UK: Microphone = Microphone {
    title: "Ваш мікрофон",
    level: "Рівень вашого мікрофона",
    said: |health| match health {
        Health::Checking => said("Перевіряємо ваш мікрофон…"),
        Health::Listening => {
            said("Мікрофон працює. Скажіть щось, щоб дізнатися, наскільки гучно вас чути.")
        }
        Health::Good { .. } => said("Мікрофон працює, і вас добре чути."),
        Health::TooQuiet { .. } => do_so(
            "Вас ледве чути.",
            "Збільште рівень мікрофона в налаштуваннях звуку вашої системи.",
        ),
        Health::Clipping => do_so(
            "Ваш голос спотворюється, бо рівень мікрофона завеликий.",
            "Зменште рівень мікрофона в налаштуваннях звуку вашої системи.",
        ),
        Health::Silent => do_so(
            "З мікрофона не надходить нічого, навіть шуму.",
            "Перевірте, чи він під’єднаний і ввімкнений.",
        ),
        Health::MutedInHardware => do_so(
            "Мікрофон вимкнено перемикачем на пристрої або системою.",
            "Увімкніть його там.",
        ),
        Health::WrongDevice => do_so(
            "Схоже, це не той мікрофон, у який ви говорите.",
            "Виберіть інший мікрофон.",
        ),
        Health::MutedByYou => said("Ви вимкнули свій мікрофон."),
    },
    loudness: |level, peak| format!("{} dBFS, пік {}", signed(level), signed(peak)),
    quieter_than: |level| format!("нижче {} dBFS", signed(level)),
    speech: |level| format!("Ваше мовлення: {} dBFS", signed(level)),
    thresholds: "Порогові значення",
    limit: |limit| match limit {
        Limit::Silent => "Тиша: нижче",
        Limit::SilentAfter => "Про тишу повідомляємо через",
        Limit::SilentCleaned => "Тиша з приглушенням шуму: нижче",
        Limit::SilentAfterSound => "Про тишу після мовлення повідомляємо через",
        Limit::TooQuiet => "Мовлення затихе: нижче",
        Limit::SpeechToWarn => "Скільки мовлення треба почути, щоб назвати його затихим",
        Limit::SpeechAboveNoise => "Мовлення гучніше за шум на",
        Limit::SpeechAbove => "Мовлення гучніше за",
        Limit::ClippedSample => "Відлік вважаємо обрізаним від (частка повної шкали)",
        Limit::ClippedRuns => "Спотворення: зрізані вершини по 3 відліки",
        Limit::ClippingWindow => "Зрізані вершини враховуємо протягом",
    },
    source: "Для порівняння",
    decimal_point: ',',
    seconds: "с",
};

pub static DE: Microphone = Microphone {
    title: "Ihr Mikrofon",
    level: "Pegel Ihres Mikrofons",
    said: |health| match health {
        Health::Checking => said("Ihr Mikrofon wird geprüft…"),
        Health::Listening => {
            said("Ihr Mikrofon funktioniert. Sagen Sie etwas, dann sehen Sie, wie laut Sie sind.")
        }
        Health::Good { .. } => said("Ihr Mikrofon funktioniert, und Sie sind laut genug."),
        Health::TooQuiet { .. } => do_so(
            "Sie sind kaum zu hören.",
            "Stellen Sie das Mikrofon in den Toneinstellungen Ihres Systems lauter.",
        ),
        Health::Clipping => do_so(
            "Ihre Stimme ist verzerrt, weil das Mikrofon zu laut eingestellt ist.",
            "Stellen Sie das Mikrofon in den Toneinstellungen Ihres Systems leiser.",
        ),
        Health::Silent => do_so(
            "Von Ihrem Mikrofon kommt nichts, nicht einmal Rauschen.",
            "Prüfen Sie, ob es angeschlossen und eingeschaltet ist.",
        ),
        Health::MutedInHardware => do_so(
            "Ihr Mikrofon ist an einem Schalter am Gerät oder vom System stummgeschaltet.",
            "Schalten Sie es dort ein.",
        ),
        Health::WrongDevice => do_so(
            "Das scheint nicht das Mikrofon zu sein, in das Sie sprechen.",
            "Wählen Sie ein anderes Mikrofon.",
        ),
        Health::MutedByYou => said("Sie haben sich stummgeschaltet."),
    },
    loudness: |level, peak| format!("{} dBFS, Spitze {}", signed(level), signed(peak)),
    quieter_than: |level| format!("unter {} dBFS", signed(level)),
    speech: |level| format!("Ihr Sprechpegel: {} dBFS", signed(level)),
    thresholds: "Schwellenwerte",
    limit: |limit| match limit {
        Limit::Silent => "Stille unter",
        Limit::SilentAfter => "Stille wird gemeldet nach",
        Limit::SilentCleaned => "Stille unter, mit Rauschunterdrückung",
        Limit::SilentAfterSound => "Stille nach Sprache wird gemeldet nach",
        Limit::TooQuiet => "Sprache ist zu leise unter",
        Limit::SpeechToWarn => "Nötige Sprechdauer, bevor „zu leise“ gemeldet wird",
        Limit::SpeechAboveNoise => "Sprache ist lauter als das Rauschen um",
        Limit::SpeechAbove => "Sprache ist lauter als",
        Limit::ClippedSample => "Abtastwert gilt als übersteuert ab (Anteil am Höchstwert)",
        Limit::ClippedRuns => "Verzerrt durch abgeschnittene Spitzen zu je 3 Abtastwerten",
        Limit::ClippingWindow => "So lange zählen abgeschnittene Spitzen",
    },
    source: "Zum Vergleich",
    decimal_point: ',',
    seconds: "s",
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::microphone::thresholds::thresholds;

    const ALL: [&Microphone; 3] = [&EN, &UK, &DE];

    fn all_states() -> [Health; 9] {
        let speech_dbfs = -30.0;
        [
            Health::Checking,
            Health::Listening,
            Health::Good { speech_dbfs },
            Health::TooQuiet { speech_dbfs },
            Health::Clipping,
            Health::Silent,
            Health::MutedInHardware,
            Health::WrongDevice,
            Health::MutedByYou,
        ]
    }

    #[test]
    fn an_alarm_has_one_remedy_and_nothing_else_has() {
        for words in ALL {
            for health in all_states() {
                let said = (words.said)(health);

                assert!(said.what.ends_with(['.', '…']), "{said:?}");
                assert_eq!(said.to_do.is_some(), health.is_alarm(), "{said:?}");
                if let Some(to_do) = said.to_do {
                    assert_eq!(to_do.matches('.').count(), 1, "{to_do}");
                    assert!(to_do.ends_with('.'), "{to_do}");
                }
            }
        }
    }

    #[test]
    fn no_two_states_look_the_same() {
        for words in ALL {
            let mut sentences = all_states().map(|health| (words.said)(health).what);
            sentences.sort_unstable();
            let mut names = all_states().map(Health::name);
            names.sort_unstable();

            assert!(sentences.windows(2).all(|pair| pair[0] != pair[1]));
            assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
        }
    }

    #[test]
    fn no_two_limits_look_the_same() {
        for words in ALL {
            let mut names = thresholds().map(|threshold| (words.limit)(threshold.limit));
            names.sort_unstable();

            assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
        }
    }

    #[test]
    fn values_are_read_in_the_manner_of_the_language() {
        let values = |words: &Microphone| {
            [
                words.value(-40.0, Unit::Dbfs),
                words.value(1.5, Unit::Seconds),
                words.value(f64::from(0.985_f32) * 100.0, Unit::Percent),
                words.value(3.0, Unit::Times),
            ]
        };

        assert_eq!(values(&EN), ["−40 dBFS", "1.5 s", "98.5 %", "3×"]);
        assert_eq!(values(&UK), ["−40 dBFS", "1,5 с", "98,5 %", "3×"]);
        assert_eq!(values(&DE), ["−40 dBFS", "1,5 s", "98,5 %", "3×"]);
    }

    #[test]
    fn loudness_is_told_with_its_peak() {
        assert_eq!((EN.loudness)(-18, -6), "−18 dBFS, peak −6");
        assert_eq!((UK.loudness)(-18, -6), "−18 dBFS, пік −6");
        assert_eq!((DE.loudness)(-18, -6), "−18 dBFS, Spitze −6");
    }
}
