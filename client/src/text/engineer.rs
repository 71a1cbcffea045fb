//! How a call came about, in words.

use super::takeaway::Takeaway;
use crate::timeline::Step;

/// The words of one language.
pub struct Engineer {
    pub title: &'static str,
    pub step: fn(Step) -> &'static str,
    pub dump: &'static str,
    pub takeaway: Takeaway,
}

pub static EN: Engineer = Engineer {
    title: "Details for engineers",
    step: |step| match step {
        Step::Microphone => "Microphone open",
        Step::Offer => "Offer made",
        Step::Answer => "Server answered",
        Step::Ice => "Way to the server found (ICE)",
        Step::Dtls => "Keys agreed on (DTLS)",
        Step::FirstPacket => "First packet came back",
        Step::FirstSound => "First sound came back",
    },
    dump: "Session descriptions and statistics of the call, without its passwords.",
    takeaway: Takeaway {
        copy: "Copy the details",
        download: "Download the details",
        copied: |is_copied| {
            if is_copied {
                "The details are on the clipboard."
            } else {
                "The browser did not allow it. Download the details instead."
            }
        },
    },
};

pub static UK: Engineer = Engineer {
    title: "Подробиці для інженерів",
    step: |step| match step {
        Step::Microphone => "Мікрофон відкрито",
        Step::Offer => "Пропозицію складено",
        Step::Answer => "Сервер відповів",
        Step::Ice => "Шлях до сервера знайдено (ICE)",
        Step::Dtls => "Ключі узгоджено (DTLS)",
        Step::FirstPacket => "Повернувся перший пакет",
        Step::FirstSound => "Повернувся перший звук",
    },
    dump: "Описи сеансу й статистика дзвінка, без паролів.",
    takeaway: Takeaway {
        copy: "Скопіювати подробиці",
        download: "Завантажити подробиці",
        copied: |is_copied| {
            if is_copied {
                "Подробиці в буфері обміну."
            } else {
                "Браузер не дозволив. Натомість завантажте подробиці."
            }
        },
    },
};

pub static DE: Engineer = Engineer {
    title: "Einzelheiten für Techniker",
    step: |step| match step {
        Step::Microphone => "Mikrofon offen",
        Step::Offer => "Angebot fertig",
        Step::Answer => "Server hat geantwortet",
        Step::Ice => "Weg zum Server gefunden (ICE)",
        Step::Dtls => "Schlüssel vereinbart (DTLS)",
        Step::FirstPacket => "Erstes Paket kam zurück",
        Step::FirstSound => "Erster Ton kam zurück",
    },
    dump: "Sitzungsbeschreibungen und Statistik des Anrufs, ohne seine Passwörter.",
    takeaway: Takeaway {
        copy: "Einzelheiten kopieren",
        download: "Einzelheiten herunterladen",
        copied: |is_copied| {
            if is_copied {
                "Die Einzelheiten sind in der Zwischenablage."
            } else {
                "Der Browser hat es nicht erlaubt. Laden Sie die Einzelheiten stattdessen herunter."
            }
        },
    },
};
