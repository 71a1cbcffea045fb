//! What stands on the page whether or not a call runs: titles, labels and the reasons to call.

/// The name of the program, the same in every language.
pub const BRAND: &str = "Voicechat";

/// The words of one language.
pub struct Page {
    /// What the browser calls the page.
    pub document: &'static str,
    /// Shown when the page itself broke.
    pub broken: &'static str,
    /// Before the choice of languages.
    pub language: &'static str,
    pub title: &'static str,
    pub lead: &'static str,
    pub sound: &'static str,
    pub your_voice: &'static str,
    pub your_echo: &'static str,
    pub mute: &'static str,
    pub volume: &'static str,
    pub tap_to_hear: &'static str,
    pub conversation: &'static str,
    pub your_recording: &'static str,
    pub your_recordings: &'static str,
    pub reasons_title: &'static str,
    pub reasons: [Reason; 3],
}

/// A reason to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    pub title: &'static str,
    pub explanation: &'static str,
}

pub static EN: Page = Page {
    document: "Voicechat – hear how you sound",
    broken: "Something in this page broke. Reload it, and call again.",
    language: "Language",
    title: "Hear how you sound",
    lead: "Call the server and it plays your voice straight back, \
         as it would reach someone else.",
    sound: "Sound",
    your_voice: "Your voice",
    your_echo: "Your echo",
    mute: "Mute",
    volume: "Volume of the echo",
    tap_to_hear: "Tap to hear",
    conversation: "Conversation",
    your_recording: "Your recording",
    your_recordings: "Your recordings",
    reasons_title: "What it tells you",
    reasons: [
        Reason {
            title: "Your microphone",
            explanation: "Is it the right one, loud enough, without hum? \
                 What the browser does to your voice is up to you.",
        },
        Reason {
            title: "Your connection",
            explanation: "Every word travels to the server and back. Gaps and delay \
                 that you hear are those others would hear.",
        },
        Reason {
            title: "Your recording",
            explanation: "After the call, listen to what reached the server, \
                 or keep it as a file. Headphones give the clearest result.",
        },
    ],
};

pub static UK: Page = Page {
    document: "Voicechat – почуйте, як ви звучите",
    broken: "На цій сторінці щось зламалося. Перезавантажте її й подзвоніть ще раз.",
    language: "Мова",
    title: "Почуйте, як ви звучите",
    lead: "Подзвоніть на сервер, і він одразу поверне ваш голос таким, \
         яким його почув би хтось інший.",
    sound: "Звук",
    your_voice: "Ваш голос",
    your_echo: "Ваша луна",
    mute: "Вимкнути мікрофон",
    volume: "Гучність луни",
    tap_to_hear: "Торкніться, щоб почути",
    conversation: "Розмова",
    your_recording: "Ваш запис",
    your_recordings: "Ваші записи",
    reasons_title: "Про що ви дізнаєтеся",
    reasons: [
        Reason {
            title: "Ваш мікрофон",
            explanation: "Чи той це мікрофон, чи досить він гучний, чи не гуде? \
                 Що браузер робить із вашим голосом, вирішуєте ви.",
        },
        Reason {
            title: "Ваше з’єднання",
            explanation: "Кожне слово йде до сервера й назад. Розриви й затримку, \
                 які чуєте ви, почули б і інші.",
        },
        Reason {
            title: "Ваш запис",
            explanation: "Після дзвінка послухайте, що дійшло до сервера, \
                 або збережіть це як файл. Найчистіше чути в навушниках.",
        },
    ],
};

pub static DE: Page = Page {
    document: "Voicechat – hören Sie, wie Sie klingen",
    broken: "Auf dieser Seite ist etwas kaputtgegangen. Laden Sie sie neu, und rufen Sie erneut an.",
    language: "Sprache",
    title: "Hören Sie, wie Sie klingen",
    lead: "Rufen Sie den Server an, und er spielt Ihre Stimme sofort zurück, \
         so wie sie bei anderen ankäme.",
    sound: "Ton",
    your_voice: "Ihre Stimme",
    your_echo: "Ihr Echo",
    mute: "Stummschalten",
    volume: "Lautstärke des Echos",
    tap_to_hear: "Tippen und hören",
    conversation: "Gespräch",
    your_recording: "Ihre Aufnahme",
    your_recordings: "Ihre Aufnahmen",
    reasons_title: "Was Sie erfahren",
    reasons: [
        Reason {
            title: "Ihr Mikrofon",
            explanation: "Ist es das richtige, laut genug und ohne Brummen? \
                 Was der Browser mit Ihrer Stimme macht, bestimmen Sie.",
        },
        Reason {
            title: "Ihre Verbindung",
            explanation: "Jedes Wort reist zum Server und zurück. Lücken und Verzögerungen, \
                 die Sie hören, würden auch andere hören.",
        },
        Reason {
            title: "Ihre Aufnahme",
            explanation: "Hören Sie nach dem Anruf, was beim Server ankam, \
                 oder behalten Sie es als Datei. Am klarsten klingt es mit Kopfhörern.",
        },
    ],
};
