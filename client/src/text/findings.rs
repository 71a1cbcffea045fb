//! The verdict on a call, in words.

use super::network;
use super::takeaway::Takeaway;
use crate::line_quality::{Fitness, Reason};

/// The words of one language.
pub struct Findings {
    pub network: fn(Fitness, Option<Reason>) -> String,
    /// Said once, when there is a verdict.
    pub ready: &'static str,
    pub report: Takeaway,
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
            Reason::Loss => "packets are lost on the way to the server or back",
            Reason::JitterUp => "packets come unevenly to the server",
            Reason::JitterDown => "packets come back unevenly",
            Reason::RoundTrip => "the way to the server and back takes long",
            Reason::Relayed => "sound takes a detour over a relay",
            Reason::Tcp => "it goes over TCP, which stops at every loss",
        });
        let beside = reason.filter(|_| fitness == Fitness::Fit);
        join(sentence, why, beside.map(network::EN.reason))
    },
    ready: "The verdict on your microphone and your network is there.",
    report: Takeaway {
        copy: "Copy the report",
        download: "Download the report",
        copied: |is_copied| {
            if is_copied {
                "The report is on the clipboard."
            } else {
                "The browser did not allow it. Download the report instead."
            }
        },
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
            Reason::Loss => "пакети губляться дорогою до сервера або назад",
            Reason::JitterUp => "пакети надходять до сервера нерівномірно",
            Reason::JitterDown => "пакети повертаються нерівномірно",
            Reason::RoundTrip => "шлях до сервера й назад забирає багато часу",
            Reason::Relayed => "звук іде в обхід, через ретранслятор",
            Reason::Tcp => "зв’язок іде через TCP, який зупиняється за кожної втрати",
        });
        let beside = reason.filter(|_| fitness == Fitness::Fit);
        join(sentence, why, beside.map(network::UK.reason))
    },
    ready: "Висновок про ваш мікрофон і вашу мережу готовий.",
    report: Takeaway {
        copy: "Скопіювати звіт",
        download: "Завантажити звіт",
        copied: |is_copied| {
            if is_copied {
                "Звіт у буфері обміну."
            } else {
                "Браузер не дозволив. Натомість завантажте звіт."
            }
        },
    },
};

pub static DE: Findings = Findings {
    network: |fitness, reason| {
        let sentence = match fitness {
            Fitness::Fit => "Ihr Netz taugt zum Sprechen",
            Fitness::Limited => "Ihr Netz überträgt Sprache nur eingeschränkt",
            Fitness::Unfit => "Ihr Netz taugt nicht zum Sprechen",
            Fitness::Unknown => "Ihr Netz ließ sich nicht messen",
        };
        let why = reason.map(|reason| match reason {
            Reason::LossUp => "Auf dem Weg zum Server gehen Pakete verloren",
            Reason::LossDown => "Auf dem Weg zurück gehen Pakete verloren",
            Reason::Loss => "Auf dem Weg zum Server oder zurück gehen Pakete verloren",
            Reason::JitterUp => "Pakete kommen ungleichmäßig beim Server an",
            Reason::JitterDown => "Pakete kommen ungleichmäßig zurück",
            Reason::RoundTrip => "Der Weg zum Server und zurück dauert lange",
            Reason::Relayed => "Der Ton nimmt den Umweg über ein Relay",
            Reason::Tcp => "Es geht über TCP, das bei jedem Verlust stehen bleibt",
        });
        let beside = reason.filter(|_| fitness == Fitness::Fit);
        join(sentence, why, beside.map(network::DE.reason))
    },
    ready: "Das Urteil über Ihr Mikrofon und Ihr Netz ist da.",
    report: Takeaway {
        copy: "Bericht kopieren",
        download: "Bericht herunterladen",
        copied: |is_copied| {
            if is_copied {
                "Der Bericht ist in der Zwischenablage."
            } else {
                "Der Browser hat es nicht erlaubt. Laden Sie den Bericht stattdessen herunter."
            }
        },
    },
};

/// Of a fit network nothing is wrong: what is worth knowing is a sentence of its own.
fn join(sentence: &str, why: Option<&str>, beside: Option<&str>) -> String {
    match (why, beside) {
        (_, Some(beside)) => format!("{sentence}. {beside}"),
        (Some(why), None) => format!("{sentence}: {why}."),
        (None, None) => format!("{sentence}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_limits_a_network_is_its_reason_and_what_does_not_is_said_beside_it() {
        let said = |fitness, reason| (EN.network)(fitness, Some(reason));

        assert_eq!(
            said(Fitness::Limited, Reason::Tcp),
            "Your network carries voice with limits: it goes over TCP, which stops at every loss."
        );
        assert_eq!(
            said(Fitness::Fit, Reason::Relayed),
            "Your network is fit for voice. Sound takes a detour over a relay."
        );
        let ukrainian = (UK.network)(Fitness::Fit, Some(Reason::Relayed));
        assert!(ukrainian.ends_with(". Звук іде в обхід, через ретранслятор."));
    }
}
