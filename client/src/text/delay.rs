//! What a person reads about the delay he hears, and about the two waveforms.

use crate::delay::ears::Chirping;
use crate::delay::{How, Part};

/// All of it in one language.
pub struct Delay {
    pub title: &'static str,
    /// As long as nothing is measured.
    pub speak: &'static str,
    pub by_voice: &'static str,
    pub by_chirp: &'static str,
    /// A time of so many milliseconds.
    pub time: fn(f64) -> String,
    /// The list of parts, for those who do not see the bar.
    pub parts_title: &'static str,
    pub capture: &'static str,
    pub up: &'static str,
    pub server: &'static str,
    pub down: &'static str,
    pub buffer: &'static str,
    pub other: &'static str,
    pub parrot: &'static str,
    pub output: &'static str,
    pub limits: &'static str,
    pub chirp: &'static str,
    pub chirp_hint: &'static str,
    pub chirp_listening: &'static str,
    pub chirp_heard: &'static str,
    pub chirp_not_heard: &'static str,
    pub pair_title: &'static str,
    pub you_said: &'static str,
    pub came_back: &'static str,
    /// What the picture shows, for those who do not see it.
    pub pair_picture: &'static str,
    pub pair_waits: &'static str,
    /// Per cent.
    pub alike: fn(f64) -> String,
    /// None that is marked.
    pub no_gaps: &'static str,
    /// Milliseconds.
    pub lost: fn(f64) -> String,
    pub hold: &'static str,
}

impl Delay {
    /// What a part of the way is called.
    #[must_use]
    pub fn part(&self, part: Part) -> &'static str {
        match part {
            Part::Capture => self.capture,
            Part::Up => self.up,
            Part::Server => self.server,
            Part::Down => self.down,
            Part::Buffer => self.buffer,
            Part::Other => self.other,
            Part::Parrot => self.parrot,
            Part::Output => self.output,
        }
    }

    #[must_use]
    pub fn how(&self, how: How) -> &'static str {
        match how {
            How::Speech => self.by_voice,
            How::Chirp => self.by_chirp,
        }
    }

    /// What became of a chirp, where that has to be said.
    #[must_use]
    pub fn chirping(&self, chirping: Chirping) -> Option<&'static str> {
        match chirping {
            Chirping::No => None,
            Chirping::Listening => Some(self.chirp_listening),
            Chirping::Heard => Some(self.chirp_heard),
            Chirping::NotHeard => Some(self.chirp_not_heard),
        }
    }
}

pub static EN: Delay = Delay {
    title: "The delay you hear",
    speak: "Say a sentence. The delay appears as soon as your words have come back.",
    by_voice: "measured by your voice",
    by_chirp: "measured by a chirp",
    time: |ms| time(ms, '.', "ms", "s"),
    parts_title: "What it is made of",
    capture: "Microphone to page",
    up: "Way to the server",
    server: "Held by the server",
    down: "Way back",
    buffer: "Waiting for late packets",
    other: "Packing, unpacking and the rest",
    parrot: "The parrot waiting for your pause, and the rest",
    output: "Page to loudspeaker",
    limits: "The way through the air, from your mouth to the microphone and from the loudspeaker \
             to your ear, is not included. Parts your browser does not report are in the rest, or, \
             at both ends, left out.",
    chirp: "Measure by a chirp",
    chirp_hint: "Sends a short tone in place of your voice, for half a second. You hear it come back.",
    chirp_listening: "The chirp is on its way…",
    chirp_heard: "The chirp came back.",
    chirp_not_heard: "The chirp did not come back.",
    pair_title: "What you said, what came back",
    you_said: "You said",
    came_back: "Came back",
    pair_picture: "The last eight seconds as two waveforms, what came back moved under what you said. \
                   Stretches that did not come back are marked.",
    pair_waits: "Not aligned yet: the delay is not known.",
    alike: |percent| format!("{percent:.0} % alike"),
    no_gaps: "no gaps",
    lost: |ms| format!("{} lost", time(ms, '.', "ms", "s")),
    hold: "Hold the picture",
};

pub static UK: Delay = Delay {
    title: "Затримка, яку ви чуєте",
    speak: "Скажіть речення. Затримка з’явиться, щойно ваші слова повернуться.",
    by_voice: "виміряно за вашим голосом",
    by_chirp: "виміряно за звуковим сигналом",
    time: |ms| time(ms, ',', "мс", "с"),
    parts_title: "З чого вона складається",
    capture: "Від мікрофона до сторінки",
    up: "Шлях до сервера",
    server: "Утримання на сервері",
    down: "Шлях назад",
    buffer: "Очікування запізнілих пакетів",
    other: "Пакування, розпакування та решта",
    parrot: "Очікування вашої паузи папугою та решта",
    output: "Від сторінки до динаміка",
    limits: "Шлях звуку повітрям – від рота до мікрофона й від динаміка до вуха – сюди не входить. \
             Те, про що браузер не повідомляє, потрапляє до решти, а на обох кінцях не враховується.",
    chirp: "Виміряти сигналом",
    chirp_hint: "На пів секунди замість вашого голосу надсилається короткий тон. Ви почуєте, \
                 як він повернеться.",
    chirp_listening: "Сигнал у дорозі…",
    chirp_heard: "Сигнал повернувся.",
    chirp_not_heard: "Сигнал не повернувся.",
    pair_title: "Що ви сказали і що повернулося",
    you_said: "Ви сказали",
    came_back: "Повернулося",
    pair_picture: "Останні вісім секунд у вигляді двох хвиль: те, що повернулося, зсунуто під сказане. \
                   Втрачені ділянки позначено.",
    pair_waits: "Ще не суміщено: затримка невідома.",
    alike: |percent| format!("схожість {percent:.0} %"),
    no_gaps: "без пропусків",
    lost: |ms| format!("втрачено {}", time(ms, ',', "мс", "с")),
    hold: "Зупинити зображення",
};

pub static DE: Delay = Delay {
    title: "Die Verzögerung, die Sie hören",
    speak: "Sagen Sie einen Satz. Die Verzögerung erscheint, sobald Ihre Worte zurück sind.",
    by_voice: "an Ihrer Stimme gemessen",
    by_chirp: "mit einem Messton gemessen",
    time: |ms| time(ms, ',', "ms", "s"),
    parts_title: "Woraus sie besteht",
    capture: "Vom Mikrofon zur Seite",
    up: "Weg zum Server",
    server: "Vom Server zurückgehalten",
    down: "Weg zurück",
    buffer: "Warten auf verspätete Pakete",
    other: "Ein- und Auspacken und der Rest",
    parrot: "Warten des Papageis auf Ihre Pause und der Rest",
    output: "Von der Seite zum Lautsprecher",
    limits: "Der Weg durch die Luft, vom Mund zum Mikrofon und vom Lautsprecher zum Ohr, ist nicht \
             enthalten. Was Ihr Browser nicht angibt, steckt im Rest oder fehlt, soweit es die beiden \
             Enden betrifft.",
    chirp: "Mit einem Ton messen",
    chirp_hint: "Sendet eine halbe Sekunde lang statt Ihrer Stimme einen kurzen Ton. Sie hören ihn \
                 zurückkommen.",
    chirp_listening: "Der Ton ist unterwegs…",
    chirp_heard: "Der Ton ist zurückgekommen.",
    chirp_not_heard: "Der Ton ist nicht zurückgekommen.",
    pair_title: "Was Sie sagten, was zurückkam",
    you_said: "Sie sagten",
    came_back: "Es kam zurück",
    pair_picture: "Die letzten acht Sekunden als zwei Wellenformen, das Zurückgekommene unter das \
                   Gesagte geschoben. Was nicht zurückkam, ist markiert.",
    pair_waits: "Noch nicht übereinandergelegt: Die Verzögerung ist nicht bekannt.",
    alike: |percent| format!("zu {percent:.0} % ähnlich"),
    no_gaps: "ohne Lücken",
    lost: |ms| format!("{} verloren", time(ms, ',', "ms", "s")),
    hold: "Bild anhalten",
};

/// Whole milliseconds, and from a second on hundredths of it.
fn time(ms: f64, point: char, milliseconds: &str, seconds: &str) -> String {
    if ms < 999.5 {
        format!("{ms:.0} {milliseconds}")
    } else {
        let number = format!("{:.2}", ms / 1000.0).replace('.', &point.to_string());
        format!("{number} {seconds}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_each_language_writes_them() {
        let times = [&EN, &UK, &DE].map(|words| [0.4, 243.2, 999.7, 2_040.0].map(words.time));

        assert_eq!(
            times,
            [
                ["0 ms", "243 ms", "1.00 s", "2.04 s"],
                ["0 мс", "243 мс", "1,00 с", "2,04 с"],
                ["0 ms", "243 ms", "1,00 s", "2,04 s"],
            ]
        );
    }

    #[test]
    fn every_part_has_a_name_of_its_own() {
        for words in [&EN, &UK, &DE] {
            let mut names = Part::ALL.map(|part| words.part(part));
            names.sort_unstable();

            assert!(names.windows(2).all(|two| two[0] != two[1]), "{names:?}");
        }
    }
}
