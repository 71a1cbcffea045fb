//! How the caller may hear himself, in words.

use crate::echo::Way;

/// The words of one language.
pub struct Echo {
    pub title: &'static str,
    pub way: fn(Way) -> &'static str,
    pub hint: fn(Way) -> &'static str,
    /// In seconds.
    pub delay: fn(f64) -> String,
    pub refused: &'static str,
}

pub static EN: Echo = Echo {
    title: "Hear yourself",
    way: |way| match way {
        Way::AtOnce => "At once",
        Way::Delayed => "Later",
        Way::Parrot => "Parrot",
    },
    hint: |way| match way {
        Way::AtOnce => "Your voice comes straight back, as in a call. Best with headphones.",
        Way::Delayed => "Your voice comes back after a while, so a loudspeaker does not howl.",
        Way::Parrot => "Speak, then pause: you hear once what you said.",
    },
    delay: |seconds| format!("{seconds:.1} s later"),
    refused: "The server did not change the echo. Choose again, or call again.",
};

pub static UK: Echo = Echo {
    title: "Чути себе",
    way: |way| match way {
        Way::AtOnce => "Одразу",
        Way::Delayed => "Пізніше",
        Way::Parrot => "Папуга",
    },
    hint: |way| match way {
        Way::AtOnce => "Ваш голос повертається одразу, як у розмові. Найкраще в навушниках.",
        Way::Delayed => "Ваш голос повертається трохи згодом, тож динамік не свистить.",
        Way::Parrot => "Говоріть, а тоді зробіть паузу: ви один раз почуєте сказане.",
    },
    delay: |seconds| format!("на {seconds:.1} с пізніше").replace('.', ","),
    refused: "Сервер не змінив луни. Виберіть ще раз або подзвоніть ще раз.",
};

pub static DE: Echo = Echo {
    title: "Sich selbst hören",
    way: |way| match way {
        Way::AtOnce => "Sofort",
        Way::Delayed => "Später",
        Way::Parrot => "Papagei",
    },
    hint: |way| match way {
        Way::AtOnce => {
            "Ihre Stimme kommt sofort zurück, wie im Gespräch. Am besten mit Kopfhörern."
        }
        Way::Delayed => "Ihre Stimme kommt etwas später zurück, so pfeift kein Lautsprecher.",
        Way::Parrot => "Sprechen Sie und machen Sie eine Pause: Sie hören das Gesagte einmal.",
    },
    delay: |seconds| format!("{seconds:.1} s später").replace('.', ","),
    refused: "Der Server hat das Echo nicht geändert. Wählen Sie noch einmal, oder rufen Sie erneut an.",
};
