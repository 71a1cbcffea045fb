//! The player of recordings, in words.

use super::number::ukrainian;

/// The words of one language.
pub struct Player {
    pub waveform: &'static str,
    /// With the seconds that were not received.
    pub received: fn(f64) -> String,
    pub speed: &'static str,
    /// How many times as fast.
    pub times: fn(f64) -> String,
    pub seek: &'static str,
    /// The second, and of how many.
    pub place: fn(f64, f64) -> String,
    /// In bytes.
    pub size: fn(u64) -> String,
}

/// Less is not read, in seconds: nothing was missing but what rounding makes of it.
pub const LEAST_MISSING: f64 = 0.01;

/// With as many digits as a person reads.
fn megabytes(bytes: u64) -> String {
    // A file has far less than 2⁵³ bytes; the last digit is rounded anyway.
    let kilobytes = u32::try_from(bytes.div_ceil(1_000)).unwrap_or(u32::MAX);
    if kilobytes < 1_000 {
        format!("{kilobytes} kB")
    } else {
        format!("{:.1} MB", f64::from(kilobytes) / 1_000.0)
    }
}

pub static EN: Player = Player {
    waveform: "Waveform",
    received: |missing| {
        if missing < LEAST_MISSING {
            "all of it was received".to_owned()
        } else {
            format!("{missing:.2} s were not received")
        }
    },
    speed: "Speed",
    times: |times| format!("{times} ×"),
    seek: "Place in the recording",
    place: |second, of| format!("{second:.0} of {of:.0} seconds"),
    size: megabytes,
};

pub static UK: Player = Player {
    waveform: "Форма хвилі",
    received: |missing| {
        if missing < LEAST_MISSING {
            "отримано все".to_owned()
        } else {
            format!("не отримано {missing:.2} с").replace('.', ",")
        }
    },
    speed: "Швидкість",
    times: |times| format!("{times} ×").replace('.', ","),
    seek: "Місце в записі",
    place: |second, of| {
        let of = format!("{of:.0}");
        // After «з» one asks for the singular, any other number for the plural.
        let word = ukrainian(of.parse().unwrap_or(0), ["секунди", "секунд", "секунд"]);
        format!("{second:.0} з {of} {word}")
    },
    size: |bytes| {
        megabytes(bytes)
            .replace('.', ",")
            .replace("MB", "МБ")
            .replace("kB", "кБ")
    },
};

pub static DE: Player = Player {
    waveform: "Wellenform",
    received: |missing| {
        if missing < LEAST_MISSING {
            "alles kam an".to_owned()
        } else {
            format!("{missing:.2} s kamen nicht an").replace('.', ",")
        }
    },
    speed: "Tempo",
    times: |times| format!("{times} ×").replace('.', ","),
    seek: "Stelle in der Aufnahme",
    place: |second, of| format!("{second:.0} von {of:.0} Sekunden"),
    size: |bytes| megabytes(bytes).replace('.', ","),
};
