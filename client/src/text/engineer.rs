//! How a call came about, in words.

use crate::timeline::Step;

/// The words of one language.
pub struct Engineer {
    pub title: &'static str,
    pub step: fn(Step) -> &'static str,
    pub dump: &'static str,
    pub copy: &'static str,
    pub download: &'static str,
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
    copy: "Copy the details",
    download: "Download the details",
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
    copy: "Скопіювати подробиці",
    download: "Завантажити подробиці",
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
    copy: "Einzelheiten kopieren",
    download: "Einzelheiten herunterladen",
};
