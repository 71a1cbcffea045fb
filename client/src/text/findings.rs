//! The verdict on a call, in words.

use crate::line_quality::{Fitness, Reason};

/// The words of one language.
pub struct Findings {
    pub network: fn(Fitness, Option<Reason>) -> String,
    pub copy: &'static str,
    pub download: &'static str,
    pub copied: fn(bool) -> &'static str,
}

pub static EN: Findings = Findings {
    network: |fitness, reason| {
        let sentence = match fitness {
            Fitness::Fit => "Your network is fit for voice",
            Fitness::Limited => "Your network carries voice with limits",
            Fitness::Unfit => "Your network is not fit for voice",
            Fitness::Unknown => "Your network could not be measured",
        };
        let why = reason.map(|reason| match reason {
            Reason::LossUp => "packets are lost on the way to the server",
            Reason::LossDown => "packets are lost on the way back",
            Reason::JitterUp => "packets come unevenly to the server",
            Reason::JitterDown => "packets come back unevenly",
            Reason::RoundTrip => "the way to the server and back takes long",
            Reason::Relayed => "sound takes a detour over a relay",
            Reason::Tcp => "it goes over TCP, which stops at every loss",
        });
        join(sentence, why)
    },
    copy: "Copy the report",
    download: "Download the report",
    copied: |is_copied| {
        if is_copied {
            "The report is on the clipboard."
        } else {
            "The browser did not allow it. Download the report instead."
        }
    },
};

pub static UK: Findings = Findings {
    network: |fitness, reason| {
        let sentence = match fitness {
            Fitness::Fit => "Ваша мережа придатна для голосу",
            Fitness::Limited => "Ваша мережа передає голос з обмеженнями",
            Fitness::Unfit => "Ваша мережа непридатна для голосу",
            Fitness::Unknown => "Вашу мережу не вдалося виміряти",
        };
        let why = reason.map(|reason| match reason {
            Reason::LossUp => "пакети губляться дорогою до сервера",
            Reason::LossDown => "пакети губляться дорогою назад",
            Reason::JitterUp => "пакети надходять до сервера нерівномірно",
            Reason::JitterDown => "пакети повертаються нерівномірно",
            Reason::RoundTrip => "шлях до сервера й назад забирає багато часу",
            Reason::Relayed => "звук іде в обхід, через ретранслятор",
            Reason::Tcp => "зв’язок іде через TCP, який зупиняється за кожної втрати",
        });
        join(sentence, why)
    },
    copy: "Скопіювати звіт",
    download: "Завантажити звіт",
    copied: |is_copied| {
        if is_copied {
            "Звіт у буфері обміну."
        } else {
            "Браузер не дозволив. Натомість завантажте звіт."
        }
    },
};

pub static DE: Findings = Findings {
    network: |fitness, reason| {
        let sentence = match fitness {
            Fitness::Fit => "Ihr Netz taugt für Sprache",
            Fitness::Limited => "Ihr Netz überträgt Sprache nur eingeschränkt",
            Fitness::Unfit => "Ihr Netz taugt nicht für Sprache",
            Fitness::Unknown => "Ihr Netz ließ sich nicht messen",
        };
        let why = reason.map(|reason| match reason {
            Reason::LossUp => "Auf dem Weg zum Server gehen Pakete verloren",
            Reason::LossDown => "Auf dem Weg zurück gehen Pakete verloren",
            Reason::JitterUp => "Pakete kommen ungleichmäßig beim Server an",
            Reason::JitterDown => "Pakete kommen ungleichmäßig zurück",
            Reason::RoundTrip => "Der Weg zum Server und zurück dauert lange",
            Reason::Relayed => "Der Ton nimmt den Umweg über ein Relay",
            Reason::Tcp => "Es geht über TCP, das bei jedem Verlust stehen bleibt",
        });
        join(sentence, why)
    },
    copy: "Bericht kopieren",
    download: "Bericht herunterladen",
    copied: |is_copied| {
        if is_copied {
            "Der Bericht ist in der Zwischenablage."
        } else {
            "Der Browser hat es nicht erlaubt. Laden Sie den Bericht stattdessen herunter."
        }
    },
};

fn join(sentence: &str, why: Option<&str>) -> String {
    match why {
        Some(why) => format!("{sentence}: {why}."),
        None => format!("{sentence}."),
    }
}
