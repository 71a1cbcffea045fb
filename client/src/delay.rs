//! The delay a caller hears: measured from what went out and what came back, split into its
//! parts, and drawn as two waveforms.
//!
//! Samples come in with their time, measurements come out: what is here needs no browser but
//! `driver`, which feeds it and draws it.

pub mod chirp;
pub mod correlate;

#[cfg(target_arch = "wasm32")]
pub mod driver;
pub mod ears;
pub mod pair;
pub mod parts;
pub mod reel;
pub mod settle;
#[cfg(test)]
mod sounds;

pub use ears::Ears;
pub use pair::Pair;
pub use parts::{Hold, Known, Part, Parts};

/// The longest delay that is looked for, in milliseconds: the server holds an echo for 10 s.
pub const LONGEST_MS: f64 = 11_000.0;

/// A stretch of both sounds, by one clock.
#[derive(Clone, Copy, Debug)]
pub struct Chunk<'a> {
    /// When the first sample was heard, in seconds of the sound system's clock.
    pub at_s: f64,
    /// Samples a second.
    pub rate: f64,
    /// Samples of both sounds that were missed just before this stretch.
    pub missed: usize,
    /// Whether the page's own chirp may be in `out`, so that it tells nothing of a microphone.
    pub has_chirp: bool,
    /// What went out.
    pub out: &'a [f32],
    /// What came back, as many samples.
    pub back: &'a [f32],
}

/// A delay, from when a sound went out to when it came back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    pub ms: f64,
    /// How far to trust it, 0 to 1.
    pub confidence: f64,
    pub how: How,
}

/// How a delay was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// What the caller said was found again in what came back.
    Speech,
    /// A short sound of the page itself was.
    Chirp,
}

impl How {
    /// For tests and style sheets.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Speech => "speech",
            Self::Chirp => "chirp",
        }
    }
}
