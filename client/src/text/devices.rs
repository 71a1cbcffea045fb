//! What a person reads about his devices: pickers, switches, the test tone and the howl.

/// The words of that part, in one language.
pub struct Devices {
    pub title: &'static str,
    pub microphone: &'static str,
    pub speaker: &'static str,
    pub default_microphone: &'static str,
    pub default_speaker: &'static str,
    /// A device without a name, by its number.
    pub numbered_microphone: fn(usize) -> String,
    pub numbered_speaker: fn(usize) -> String,
    pub not_opened: &'static str,
    pub fell_back: &'static str,
    pub speaker_refused: &'static str,

    pub processing: &'static str,
    pub echo_cancellation: &'static str,
    pub noise_suppression: &'static str,
    pub auto_gain: &'static str,
    pub is_on: &'static str,
    pub is_off: &'static str,
    pub will_be_on: &'static str,
    pub will_be_off: &'static str,
    /// In a call whose browser does not say.
    pub on_untold: &'static str,
    pub off_untold: &'static str,
    pub stays_on: &'static str,
    pub stays_off: &'static str,
    pub preset_raw: &'static str,
    pub preset_call: &'static str,

    pub play_tone: &'static str,
    pub tone_playing: &'static str,
    pub did_you_hear: &'static str,
    pub yes: &'static str,
    pub no: &'static str,
    pub tone_heard: &'static str,
    pub tone_not_heard: &'static str,
    /// The same where the browser lets nobody choose a loudspeaker.
    pub tone_not_heard_fixed: &'static str,
    pub tone_failed: &'static str,

    pub howl: &'static str,
    pub howl_to_do: &'static str,
    pub volume_up: &'static str,
    pub hint_read: &'static str,
}

pub static EN: Devices = Devices {
    title: "Devices",
    microphone: "Microphone",
    speaker: "Loudspeaker",
    default_microphone: "Default microphone",
    default_speaker: "Default loudspeaker",
    numbered_microphone: |number| format!("Microphone {number}"),
    numbered_speaker: |number| format!("Loudspeaker {number}"),
    not_opened: "That microphone does not open. The one before goes on.",
    fell_back: "Your microphone is not there. The default one took its place.",
    speaker_refused: "That loudspeaker cannot be used. The default one plays.",

    processing: "What the browser does to your voice",
    echo_cancellation: "Echo cancellation",
    noise_suppression: "Noise suppression",
    auto_gain: "Automatic volume",
    is_on: "On.",
    is_off: "Off.",
    will_be_on: "On in the next call.",
    will_be_off: "Off in the next call.",
    on_untold: "Asked for. The browser does not say whether it does it.",
    off_untold: "Not asked for. The browser does not say whether it does it.",
    stays_on: "On, although you want it off: this browser or microphone does not do otherwise.",
    stays_off: "Off, although you want it on: this browser or microphone cannot do it.",
    preset_raw: "My raw microphone",
    preset_call: "As in a call",

    play_tone: "Test the loudspeaker",
    tone_playing: "Two notes are playing…",
    did_you_hear: "Did you hear it?",
    yes: "Yes",
    no: "No",
    tone_heard: "Good. You will hear your echo there, too.",
    tone_not_heard: "Turn the volume of your device up, or choose another loudspeaker, \
         and test again. Headphones may be plugged in, or still connected by Bluetooth.",
    tone_not_heard_fixed: "Turn the volume of your device up and test again. Which loudspeaker \
         plays is chosen in the settings of your device.",
    tone_failed: "The browser could not play it. Choose another loudspeaker and test again.",

    howl: "Your microphone hears your loudspeaker.",
    howl_to_do: "The echo was made softer before it howls. Use headphones, or switch echo \
         cancellation on.",
    volume_up: "Volume up again",
    hint_read: "Got it",
};

pub static UK: Devices = Devices {
    title: "Пристрої",
    microphone: "Мікрофон",
    speaker: "Динамік",
    default_microphone: "Типовий мікрофон",
    default_speaker: "Типовий динамік",
    numbered_microphone: |number| format!("Мікрофон {number}"),
    numbered_speaker: |number| format!("Динамік {number}"),
    not_opened: "Цей мікрофон не вмикається. Далі працює попередній.",
    fell_back: "Вашого мікрофона немає. Його замінив типовий.",
    speaker_refused: "Цим динаміком не можна скористатися. Грає типовий.",

    processing: "Що браузер робить із вашим голосом",
    echo_cancellation: "Усунення луни",
    noise_suppression: "Приглушення шуму",
    auto_gain: "Автоматична гучність",
    is_on: "Увімкнено.",
    is_off: "Вимкнено.",
    will_be_on: "Буде ввімкнено в наступному дзвінку.",
    will_be_off: "Буде вимкнено в наступному дзвінку.",
    on_untold: "Запит надіслано. Браузер не каже, чи справді це робить.",
    off_untold: "Запиту не було. Браузер не каже, чи все ж це робить.",
    stays_on: "Увімкнено, хоча ви хочете вимкнути: цей браузер або мікрофон інакше не вміє.",
    stays_off: "Вимкнено, хоча ви хочете ввімкнути: цей браузер або мікрофон цього не вміє.",
    preset_raw: "Мій мікрофон без обробки",
    preset_call: "Як під час дзвінка",

    play_tone: "Перевірити динамік",
    tone_playing: "Лунають дві ноти…",
    did_you_hear: "Ви їх почули?",
    yes: "Так",
    no: "Ні",
    tone_heard: "Добре. Там само ви чутимете й свою луну.",
    tone_not_heard: "Збільште гучність пристрою або виберіть інший динамік і перевірте ще раз. \
         Можливо, підключено навушники, дротові чи через Bluetooth.",
    tone_not_heard_fixed: "Збільште гучність пристрою й перевірте ще раз. Який динамік грає, \
         вибирають у налаштуваннях пристрою.",
    tone_failed: "Браузер не зміг відтворити звук. Виберіть інший динамік і перевірте ще раз.",

    howl: "Ваш мікрофон чує ваш динамік.",
    howl_to_do: "Луну приглушено, щоб не було свисту. Надягніть навушники або ввімкніть усунення \
         луни.",
    volume_up: "Повернути гучність",
    hint_read: "Зрозуміло",
};

pub static DE: Devices = Devices {
    title: "Geräte",
    microphone: "Mikrofon",
    speaker: "Lautsprecher",
    default_microphone: "Standardmikrofon",
    default_speaker: "Standardlautsprecher",
    numbered_microphone: |number| format!("Mikrofon {number}"),
    numbered_speaker: |number| format!("Lautsprecher {number}"),
    not_opened: "Dieses Mikrofon lässt sich nicht öffnen. Das bisherige bleibt an.",
    fell_back: "Ihr Mikrofon ist nicht da. Das Standardmikrofon hat übernommen.",
    speaker_refused: "Dieser Lautsprecher ist nicht nutzbar. Es spielt der Standardlautsprecher.",

    processing: "Was der Browser mit Ihrer Stimme macht",
    echo_cancellation: "Echounterdrückung",
    noise_suppression: "Rauschunterdrückung",
    auto_gain: "Automatische Lautstärke",
    is_on: "An.",
    is_off: "Aus.",
    will_be_on: "Im nächsten Anruf an.",
    will_be_off: "Im nächsten Anruf aus.",
    on_untold: "Angefordert. Der Browser sagt nicht, ob er es wirklich tut.",
    off_untold: "Nicht angefordert. Der Browser sagt nicht, ob er es trotzdem tut.",
    stays_on: "An, obwohl Sie es aus haben möchten: Dieser Browser oder dieses Mikrofon kann es \
         nicht anders.",
    stays_off: "Aus, obwohl Sie es an haben möchten: Dieser Browser oder dieses Mikrofon kann es \
         nicht.",
    preset_raw: "Mein Mikrofon unbearbeitet",
    preset_call: "Wie im Anruf",

    play_tone: "Lautsprecher testen",
    tone_playing: "Zwei Töne erklingen…",
    did_you_hear: "Haben Sie sie gehört?",
    yes: "Ja",
    no: "Nein",
    tone_heard: "Gut. Dort hören Sie auch Ihr Echo.",
    tone_not_heard: "Stellen Sie Ihr Gerät lauter oder wählen Sie einen anderen Lautsprecher, und \
         testen Sie noch einmal. Vielleicht sind Kopfhörer angeschlossen oder über Bluetooth \
         verbunden.",
    tone_not_heard_fixed: "Stellen Sie Ihr Gerät lauter und testen Sie noch einmal. Welcher \
         Lautsprecher spielt, legen Sie in den Einstellungen Ihres Geräts fest.",
    tone_failed: "Der Browser konnte die Töne nicht abspielen. Wählen Sie einen anderen \
         Lautsprecher und testen Sie noch einmal.",

    howl: "Ihr Mikrofon hört Ihren Lautsprecher.",
    howl_to_do: "Das Echo wurde leiser gestellt, bevor es pfeift. Nehmen Sie Kopfhörer oder \
         schalten Sie die Echounterdrückung ein.",
    volume_up: "Wieder lauter",
    hint_read: "Verstanden",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_without_a_name_has_its_number_in_every_language() {
        for words in [&EN, &UK, &DE] {
            assert!((words.numbered_microphone)(2).ends_with(" 2"));
            assert!((words.numbered_speaker)(3).ends_with(" 3"));
        }
    }

    #[test]
    fn what_a_switch_does_is_a_sentence_of_its_own() {
        for words in [&EN, &UK, &DE] {
            let mut all = vec![
                words.is_on,
                words.is_off,
                words.will_be_on,
                words.will_be_off,
                words.on_untold,
                words.off_untold,
                words.stays_on,
                words.stays_off,
            ];
            assert!(all.iter().all(|sentence| sentence.ends_with('.')));
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), 8);
        }
    }
}
