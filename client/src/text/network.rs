//! How the network carries the call, in words.

use crate::findings::tally::Tally;
use crate::line_quality::judge::{Limit, Unit};
use crate::line_quality::{Candidate, Fitness, Path, Protocol, Reason, Verdict};

/// The words of one language.
pub struct Network {
    pub title: &'static str,
    /// As long as too little is known.
    pub checking: &'static str,
    pub fit: &'static str,
    pub limited: &'static str,
    pub unfit: &'static str,
    /// A sentence of its own.
    pub reason: fn(Reason) -> &'static str,
    /// What the table is of, for those who do not see it.
    pub table: &'static str,
    pub up: &'static str,
    pub down: &'static str,
    pub loss: &'static str,
    pub jitter: &'static str,
    pub bitrate: &'static str,
    pub mos: &'static str,
    /// Kilobits a second, rounded.
    pub kbps: fn(f64) -> String,
    pub milliseconds: &'static str,
    pub kilohertz: &'static str,
    pub decimal_point: char,
    /// Of what is not known.
    pub unknown: &'static str,
    pub round_trip: &'static str,
    pub concealed: &'static str,
    pub path: &'static str,
    pub codec: &'static str,
    pub candidate: fn(Candidate) -> &'static str,
    pub pictures: &'static str,
    /// What each picture shows, before its name.
    pub last_minute: &'static str,
    /// Of a picture, with a value: as high as it is.
    pub top: fn(&str) -> String,
    pub thresholds: &'static str,
    pub limit: fn(Limit) -> &'static str,
    /// Fit below the one, unfit from the other on.
    pub between: fn(&str, &str) -> String,
    pub source: &'static str,
    /// How the score comes about.
    pub about_mos: &'static str,
}

impl Network {
    /// All that is said of a verdict.
    #[must_use]
    pub fn sentence(&self, verdict: Verdict) -> String {
        let said = match verdict.fitness {
            Fitness::Unknown => self.checking,
            Fitness::Fit => self.fit,
            Fitness::Limited => self.limited,
            Fitness::Unfit => self.unfit,
        };
        match verdict.reason {
            Some(reason) => format!("{said} {}", (self.reason)(reason)),
            None => said.to_owned(),
        }
    }

    /// A share of 0 to 1.
    #[must_use]
    pub fn share(&self, share: f64) -> String {
        format!("{} %", self.number(share * 100.0, 1))
    }

    /// In milliseconds.
    #[must_use]
    pub fn time(&self, ms: f64) -> String {
        let places = usize::from(ms < 9.95);
        format!("{} {}", self.number(ms, places), self.milliseconds)
    }

    /// A rate in hertz.
    #[must_use]
    pub fn kilohertz(&self, hertz: f64) -> String {
        let number = (hertz / 1_000.0).to_string();
        let number = number.replace('.', &self.decimal_point.to_string());
        format!("{number} {}", self.kilohertz)
    }

    #[must_use]
    pub fn score(&self, mos: f64) -> String {
        self.number(mos, 1)
    }

    #[must_use]
    pub fn value(&self, value: f64, unit: Unit) -> String {
        match unit {
            Unit::Share => self.share(value),
            Unit::Milliseconds => self.time(value),
            Unit::KilobitsPerSecond => (self.kbps)(value),
            Unit::Score => self.score(value),
        }
    }

    /// What was seen of a network, in one line.
    #[must_use]
    pub fn figures(&self, tally: &Tally) -> String {
        let [loss, jitter_ms, round_trip_ms, mos] = tally.of_the_worse_way();
        let figures = [
            (self.mos, mos, Unit::Score),
            (self.loss, loss, Unit::Share),
            (self.jitter, jitter_ms, Unit::Milliseconds),
            (self.round_trip, round_trip_ms, Unit::Milliseconds),
        ];
        let mut line = String::new();
        for (name, figure, unit) in figures {
            if let Some(figure) = figure {
                let between = if line.is_empty() { "" } else { " · " };
                line += between;
                line += name;
                line += " ";
                line += &self.value(figure, unit);
            }
        }
        line
    }

    /// The way of the packets.
    #[must_use]
    pub fn way(&self, path: Path) -> String {
        let protocol = match path.protocol {
            Protocol::Udp => "UDP",
            Protocol::Tcp => "TCP",
        };
        format!("{}, {protocol}", (self.candidate)(path.candidate))
    }

    fn number(&self, number: f64, places: usize) -> String {
        let number = format!("{number:.places$}");
        number.replace('.', &self.decimal_point.to_string())
    }
}

pub static EN: Network = Network {
    title: "Your network",
    checking: "Your network is being checked…",
    fit: "Your network is fit for voice.",
    limited: "Your network limits the call.",
    unfit: "Your network is not fit for voice.",
    reason: |reason| match reason {
        Reason::LossUp => "A part of what you say does not reach the server.",
        Reason::LossDown => "A part of what the server sends does not reach you.",
        Reason::Loss => "A part of what you say gets lost on the way there or back.",
        Reason::JitterUp => "What you say reaches the server unevenly.",
        Reason::JitterDown => "What the server sends reaches you unevenly.",
        Reason::RoundTrip => "The way to the server and back takes long.",
        Reason::Tcp => {
            "It lets sound through over TCP only, where one lost packet holds up the rest."
        }
        Reason::Relayed => "Sound takes a detour over a relay.",
    },
    table: "Quality of both directions",
    up: "To the server",
    down: "Back to you",
    loss: "Loss",
    jitter: "Jitter",
    bitrate: "Bitrate",
    mos: "MOS (estimated)",
    kbps: |kbps| format!("{kbps:.0} kbit/s"),
    milliseconds: "ms",
    kilohertz: "kHz",
    decimal_point: '.',
    unknown: "–",
    round_trip: "Round trip",
    concealed: "Filled in by your browser",
    path: "Path",
    codec: "Codec",
    candidate: |candidate| match candidate {
        Candidate::Host => "direct",
        Candidate::ServerReflexive | Candidate::PeerReflexive => "direct, through a router",
        Candidate::Relay => "over a relay",
    },
    pictures: "The last minute",
    last_minute: "The last minute as a picture:",
    top: |value| format!("up to {value}"),
    thresholds: "Thresholds",
    limit: |limit| match limit {
        Limit::Loss => "Loss, in each direction",
        Limit::Jitter => "Jitter, in each direction",
        Limit::RoundTrip => "Round trip",
    },
    between: |fit, unfit| format!("fit below {fit}, not fit from {unfit}"),
    source: "Compare",
    about_mos: "Loss, bitrate and MOS are those of the last 10 seconds. MOS, from 1 to 4.5, estimates \
                what listeners would think. It comes from delay and loss alone, by the E-model (ITU-T \
                G.107, simplified by Cole and Rosenbluth).",
};

pub static UK: Network = Network {
    title: "Ваша мережа",
    checking: "Ваша мережа перевіряється…",
    fit: "Ваша мережа придатна для голосового зв’язку.",
    limited: "Ваша мережа погіршує зв’язок.",
    unfit: "Ваша мережа непридатна для голосового зв’язку.",
    reason: |reason| match reason {
        Reason::LossUp => "Частина сказаного вами не доходить до сервера.",
        Reason::LossDown => "Частина надісланого сервером не доходить до вас.",
        Reason::Loss => "Частина сказаного вами губиться дорогою до сервера або назад.",
        Reason::JitterUp => "Сказане вами доходить до сервера нерівномірно.",
        Reason::JitterDown => "Надіслане сервером доходить до вас нерівномірно.",
        Reason::RoundTrip => "Шлях до сервера й назад триває довго.",
        Reason::Tcp => {
            "Вона пропускає звук лише через TCP, де один втрачений пакет затримує всі наступні."
        }
        Reason::Relayed => "Звук іде в обхід, через ретранслятор.",
    },
    table: "Якість в обох напрямках",
    up: "До сервера",
    down: "Назад до вас",
    loss: "Втрати",
    jitter: "Джитер",
    bitrate: "Бітрейт",
    mos: "MOS (оцінка)",
    kbps: |kbps| format!("{kbps:.0} кбіт/с"),
    milliseconds: "мс",
    kilohertz: "кГц",
    decimal_point: ',',
    unknown: "–",
    round_trip: "Час до сервера й назад",
    concealed: "Відтворено браузером замість втраченого",
    path: "Шлях",
    codec: "Кодек",
    candidate: |candidate| match candidate {
        Candidate::Host => "прямий",
        Candidate::ServerReflexive | Candidate::PeerReflexive => "прямий, через маршрутизатор",
        Candidate::Relay => "через ретранслятор",
    },
    pictures: "Остання хвилина",
    last_minute: "Остання хвилина на графіку:",
    top: |value| format!("до {value}"),
    thresholds: "Порогові значення",
    limit: |limit| match limit {
        Limit::Loss => "Втрати в кожному напрямку",
        Limit::Jitter => "Джитер у кожному напрямку",
        Limit::RoundTrip => "Час до сервера й назад",
    },
    between: |fit, unfit| format!("придатна, якщо менше ніж {fit}, непридатна від {unfit}"),
    source: "Для порівняння",
    about_mos: "Втрати, бітрейт і MOS – за останні 10 секунд. MOS, від 1 до 4,5, оцінює, яке враження \
                мали б слухачі. Оцінку обчислено лише із затримки та втрат за E-моделлю (ITU-T G.107, \
                спрощення Коула й Розенблута).",
};

pub static DE: Network = Network {
    title: "Ihr Netz",
    checking: "Ihr Netz wird geprüft…",
    fit: "Ihr Netz taugt zum Sprechen.",
    limited: "Ihr Netz beeinträchtigt das Gespräch.",
    unfit: "Ihr Netz taugt nicht zum Sprechen.",
    reason: |reason| match reason {
        Reason::LossUp => "Ein Teil dessen, was Sie sagen, erreicht den Server nicht.",
        Reason::LossDown => "Ein Teil dessen, was der Server sendet, erreicht Sie nicht.",
        Reason::Loss => "Ein Teil dessen, was Sie sagen, geht auf dem Hin- oder Rückweg verloren.",
        Reason::JitterUp => "Was Sie sagen, erreicht den Server ungleichmäßig.",
        Reason::JitterDown => "Was der Server sendet, erreicht Sie ungleichmäßig.",
        Reason::RoundTrip => "Der Weg zum Server und zurück dauert lange.",
        Reason::Tcp => {
            "Es lässt Ton nur über TCP durch, wo ein verlorenes Paket alle folgenden aufhält."
        }
        Reason::Relayed => "Der Ton nimmt den Umweg über ein Relay.",
    },
    table: "Qualität beider Richtungen",
    up: "Zum Server",
    down: "Zurück zu Ihnen",
    loss: "Verlust",
    jitter: "Jitter",
    bitrate: "Bitrate",
    mos: "MOS (geschätzt)",
    kbps: |kbps| format!("{kbps:.0} kbit/s"),
    milliseconds: "ms",
    kilohertz: "kHz",
    decimal_point: ',',
    unknown: "–",
    round_trip: "Hin und zurück",
    concealed: "Vom Browser ergänzt",
    path: "Weg",
    codec: "Codec",
    candidate: |candidate| match candidate {
        Candidate::Host => "direkt",
        Candidate::ServerReflexive | Candidate::PeerReflexive => "direkt, durch einen Router",
        Candidate::Relay => "über ein Relay",
    },
    pictures: "Die letzte Minute",
    last_minute: "Die letzte Minute als Bild:",
    top: |value| format!("bis {value}"),
    thresholds: "Schwellenwerte",
    limit: |limit| match limit {
        Limit::Loss => "Verlust, in jeder Richtung",
        Limit::Jitter => "Jitter, in jeder Richtung",
        Limit::RoundTrip => "Hin und zurück",
    },
    between: |fit, unfit| format!("tauglich unter {fit}, untauglich ab {unfit}"),
    source: "Zum Vergleich",
    about_mos: "Verlust, Bitrate und MOS gelten für die letzten 10 Sekunden. Der MOS, von 1 bis 4,5, \
                schätzt, was Hörer davon hielten. Er folgt allein aus Verzögerung und Verlust, nach dem \
                E-Modell (ITU-T G.107, vereinfacht nach Cole und Rosenbluth).",
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line_quality::Quality;

    const ALL: [&Network; 3] = [&EN, &UK, &DE];

    #[test]
    fn no_two_verdicts_sound_the_same() {
        let fitnesses = [
            Fitness::Unknown,
            Fitness::Fit,
            Fitness::Limited,
            Fitness::Unfit,
        ];
        let reasons = || [None].into_iter().chain(Reason::ALL.map(Some));
        for words in ALL {
            let mut said: Vec<_> = fitnesses
                .into_iter()
                .flat_map(|fitness| reasons().map(move |reason| Verdict { fitness, reason }))
                .map(|verdict| words.sentence(verdict))
                .collect();
            said.sort_unstable();

            assert!(said.iter().all(|said| said.ends_with(['.', '…'])));
            assert!(said.windows(2).all(|two| two[0] != two[1]));
        }
    }

    #[test]
    fn numbers_are_read_in_the_manner_of_the_language() {
        let numbers = |words: &Network| {
            [
                words.share(0.0123),
                words.time(4.26),
                words.time(243.4),
                words.score(4.409),
                (words.kbps)(31.6),
                words.kilohertz(44_100.0),
                words.kilohertz(48_000.0),
            ]
        };

        assert_eq!(
            numbers(&EN),
            [
                "1.2 %",
                "4.3 ms",
                "243 ms",
                "4.4",
                "32 kbit/s",
                "44.1 kHz",
                "48 kHz"
            ]
        );
        assert_eq!(
            numbers(&UK),
            [
                "1,2 %",
                "4,3 мс",
                "243 мс",
                "4,4",
                "32 кбіт/с",
                "44,1 кГц",
                "48 кГц"
            ]
        );
        assert_eq!(
            numbers(&DE),
            [
                "1,2 %",
                "4,3 ms",
                "243 ms",
                "4,4",
                "32 kbit/s",
                "44,1 kHz",
                "48 kHz"
            ]
        );
    }

    #[test]
    fn figures_are_a_line_of_what_is_known() {
        let mut quality = Quality {
            round_trip_ms: Some(48.0),
            ..Quality::default()
        };
        quality.up.loss = Some(0.002);
        quality.down.mos = Some(4.3);
        let tally = Tally::of(&quality, 1_000.0);

        let lines = ALL.map(|words| words.figures(&tally));

        assert_eq!(
            lines,
            [
                "MOS (estimated) 4.3 · Loss 0.2 % · Round trip 48 ms",
                "MOS (оцінка) 4,3 · Втрати 0,2 % · Час до сервера й назад 48 мс",
                "MOS (geschätzt) 4,3 · Verlust 0,2 % · Hin und zurück 48 ms",
            ]
        );
    }

    #[test]
    fn a_way_is_named_with_what_carries_it() {
        let path = Path {
            candidate: Candidate::Relay,
            protocol: Protocol::Tcp,
        };

        let ways = ALL.map(|words| words.way(path));

        assert_eq!(
            ways,
            [
                "over a relay, TCP",
                "через ретранслятор, TCP",
                "über ein Relay, TCP"
            ]
        );
    }
}
