//! What stands on the page whether or not a call runs: titles, labels and the reasons to call.

use super::language::{Words, words};

pub const BRAND: &str = "Voicechat";
pub const TITLE: Words = words(
    "Hear how you sound",
    "Почуйте, як ви звучите",
    "Hören Sie, wie Sie klingen",
);
pub const LEAD: Words = words(
    "Call the server and it plays your voice straight back, \
     as it would reach someone else.",
    "Зателефонуйте на сервер, і він одразу поверне ваш голос \
     таким, яким його почув би хтось інший.",
    "Rufen Sie den Server an, und er spielt Ihre Stimme sofort zurück, \
     so wie sie bei anderen ankäme.",
);

pub const LANGUAGE: Words = words("Language", "Мова", "Sprache");
pub const SOUND: Words = words("Sound", "Звук", "Ton");
pub const YOUR_VOICE: Words = words("Your voice", "Ваш голос", "Ihre Stimme");
pub const YOUR_ECHO: Words = words("Your echo", "Ваше відлуння", "Ihr Echo");
pub const MUTE: Words = words("Mute", "Вимкнути мікрофон", "Stumm");
pub const VOLUME: Words = words(
    "Volume of the echo",
    "Гучність відлуння",
    "Lautstärke des Echos",
);
pub const TAP_TO_HEAR: Words = words("Tap to hear", "Торкніться, щоб почути", "Tippen zum Hören");

pub const CONVERSATION: Words = words("Conversation", "Розмова", "Gespräch");
pub const YOUR_RECORDING: Words = words("Your recording", "Ваш запис", "Ihre Aufnahme");
pub const YOUR_RECORDINGS: Words = words("Your recordings", "Ваші записи", "Ihre Aufnahmen");

pub const REASONS_TITLE: Words = words(
    "What it tells you",
    "Про що ви дізнаєтеся",
    "Was Sie erfahren",
);

/// A reason to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    pub title: Words,
    pub explanation: Words,
}

pub const REASONS: [Reason; 3] = [
    Reason {
        title: words("Your microphone", "Ваш мікрофон", "Ihr Mikrofon"),
        explanation: words(
            "Is it the right one, loud enough, without hum? \
             Nothing is made louder; only your loudspeaker is taken out.",
            "Чи це той мікрофон, чи досить гучний, чи не гуде? \
             Нічого не підсилюється, лише прибирається ваш динамік.",
            "Ist es das richtige, laut genug, ohne Brummen? \
             Nichts wird verstärkt, nur Ihr Lautsprecher wird herausgerechnet.",
        ),
    },
    Reason {
        title: words("Your connection", "Ваше з’єднання", "Ihre Verbindung"),
        explanation: words(
            "Every word travels to the server and back. Gaps and delay \
             that you hear are those others would hear.",
            "Кожне слово йде до сервера й назад. Прогалини й затримку, \
             які чуєте ви, чули б і інші.",
            "Jedes Wort reist zum Server und zurück. Lücken und Verzögerung, \
             die Sie hören, würden auch andere hören.",
        ),
    },
    Reason {
        title: YOUR_RECORDING,
        explanation: words(
            "After the call, listen to what reached the server, \
             or keep it as a file. Headphones give the clearest result.",
            "Після дзвінка послухайте, що дійшло до сервера, \
             або збережіть як файл. У навушниках чути найкраще.",
            "Hören Sie nach dem Anruf, was beim Server ankam, \
             oder behalten Sie es als Datei. Mit Kopfhörern hört man es am klarsten.",
        ),
    },
];
