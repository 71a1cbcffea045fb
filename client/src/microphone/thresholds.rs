//! Every limit the health of a microphone is judged by, with its reason and its source.
//!
//! Levels are root mean squares in dB below full scale, as ITU-T G.100.1 has them in dBov: a square
//! wave of full scale is at 0.

use std::time::Duration;

/// Below it there is nothing.
///
/// A live microphone has noise of its own, from -72 to -50 dBFS in a room; testrtc calls a channel
/// silent below one step of 16 bits, -90 dBFS, which lets a dead analogue input pass.
pub const SILENT_DBFS: f64 = -75.0;

/// The same where the browser takes noise away: of that of a quiet room hardly anything is left, of a
/// dead microphone nothing was there.
pub const SILENT_CLEANED_DBFS: f64 = -96.0;

/// What was silent has to be so much louder again; the distance keeps the message from flickering.
pub const SOUND_ABOVE_DB: f64 = 3.0;

/// How long nothing has to come until that is said.
pub const SILENT_AFTER: Duration = Duration::from_secs(4);

/// The same after speech or another sound was heard: a microphone that cuts low levels away is silent
/// on purpose while nobody speaks (odoo/odoo#267511).
pub const SILENT_AFTER_SOUND: Duration = Duration::from_secs(20);

/// A pause of nothing at all that is at least as long shows that low levels are cut away.
pub const CUT_LASTS: Duration = Duration::from_millis(200);

/// So many of such pauses, and silence is no news any more.
pub const CUTS_OF_A_GATE: u32 = 3;

/// Speech below it is hard to hear.
///
/// It is expected at -22 dBFS (RFC 7874 §4: -19 dBm0, give or take 6 dB) or at -26 dBov (ITU-T P.830,
/// measured as in P.56), so this is 14 dB less than the latter. testrtc warns below -60 dBFS, pauses
/// included, which is no level of speech.
pub const TOO_QUIET_DBFS: f64 = -40.0;

/// Speech that was too quiet has to be as loud as this; the distance keeps the message from flickering.
pub const LOUD_ENOUGH_DBFS: f64 = -37.0;

/// How much speech has to be heard before it is called too quiet: some words.
pub const SPEECH_TO_WARN: Duration = Duration::from_millis(1500);

/// How much speech has to be heard before it is called good; a word or two, for praise does no harm.
pub const SPEECH_TO_PRAISE: Duration = Duration::from_millis(600);

/// The level of speech is that of the last so much speech; louder words count at once, quieter ones
/// bit by bit.
pub const SPEECH_KEPT: Duration = Duration::from_secs(5);

/// Speech that is longer ago is no reason to warn of anything.
pub const SPEECH_FORGOTTEN_AFTER: Duration = Duration::from_secs(30);

/// How far speech stands out of the noise: more than noise itself goes up and down in 20 ms, less than
/// the 15.9 dB of ITU-T P.56, which knows the whole speech before it judges.
pub const SPEECH_ABOVE_NOISE_DB: f64 = 9.0;

/// Nothing below it is speech, however quiet the room.
pub const SPEECH_DBFS: f64 = -60.0;

/// Speech goes on through pauses as long as this (ITU-T P.56: 200 ms).
pub const HANG_OVER: Duration = Duration::from_millis(200);

/// A sound is a syllable when it falls by so much after it rose. Speech does so 3 to 8 times a second;
/// a fan that starts does not.
pub const SYLLABLE_FALLS_DB: f64 = 6.0;

/// The shortest syllable: a key that is hit is over sooner.
pub const SYLLABLE_LASTS: Duration = Duration::from_millis(80);

/// The longest syllable: of a sound that goes on, no more than that is taken for speech.
pub const SYLLABLE_AT_MOST: Duration = Duration::from_millis(500);

/// The noise is the quietest of what was heard for so long (minimum statistics: between two breaths
/// everybody pauses).
pub const NOISE_WINDOW: Duration = Duration::from_secs(3);

/// Noise is told from stretches of this length: single frames of rumble go up and down by many dB.
pub const NOISE_STRETCH: Duration = Duration::from_millis(80);

/// A sample that is as large is at the end of the scale, even if a filter rounded it off a little.
pub const CLIPPED_SAMPLE: f32 = 0.985;

/// So many clipped samples one after the other are a flat top; a peak that just fits has one or two.
pub const CLIPPED_RUN: u32 = 3;

/// So many flat tops within `CLIPPING_WINDOW` are heard as distortion. testrtc warns of more than 6
/// samples of full scale in a row, which a sound system that filters after the microphone breaks up.
pub const CLIPPED_RUNS: u32 = 3;

/// How long a flat top counts.
pub const CLIPPING_WINDOW: Duration = Duration::from_secs(3);

/// How much has to be heard before anything is said.
pub const CHECKED_AFTER: Duration = Duration::from_secs(2);

/// A measured message stays as long as this, so that it can be read.
pub const MESSAGE_STAYS: Duration = Duration::from_secs(1);

/// What is heard so soon after a mute began or ended may be of before.
pub const SETTLES_AFTER: Duration = Duration::from_millis(300);

/// What a threshold is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    Silent,
    SilentCleaned,
    SilentAfter,
    SilentAfterSound,
    TooQuiet,
    SpeechToWarn,
    SpeechAboveNoise,
    SpeechAbove,
    ClippedSample,
    ClippedRuns,
    ClippingWindow,
}

/// What a threshold is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Decibels below full scale.
    Dbfs,
    /// Decibels between two levels.
    Decibels,
    Seconds,
    /// Of full scale.
    Percent,
    Times,
}

/// A limit as the page shows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    pub limit: Limit,
    pub value: f64,
    pub unit: Unit,
    /// What it was weighed against, the same in every language; nothing if it is our own.
    pub source: Option<&'static str>,
}

/// What a person may want to know of the limits, in the order of the messages.
#[must_use]
pub fn thresholds() -> [Threshold; 11] {
    use Unit::{Dbfs, Decibels, Percent, Seconds, Times};
    let row = |limit, value, unit, source| Threshold {
        limit,
        value,
        unit,
        source,
    };
    [
        row(Limit::Silent, SILENT_DBFS, Dbfs, Some("testrtc: −90 dBFS")),
        row(Limit::SilentCleaned, SILENT_CLEANED_DBFS, Dbfs, None),
        row(Limit::SilentAfter, seconds(SILENT_AFTER), Seconds, None),
        row(
            Limit::SilentAfterSound,
            seconds(SILENT_AFTER_SOUND),
            Seconds,
            None,
        ),
        row(
            Limit::TooQuiet,
            TOO_QUIET_DBFS,
            Dbfs,
            Some("ITU-T P.830: −26 dBov; RFC 7874 §4: −22 dBFS"),
        ),
        row(Limit::SpeechToWarn, seconds(SPEECH_TO_WARN), Seconds, None),
        row(
            Limit::SpeechAboveNoise,
            SPEECH_ABOVE_NOISE_DB,
            Decibels,
            Some("ITU-T P.56: 15.9 dB"),
        ),
        row(
            Limit::SpeechAbove,
            SPEECH_DBFS,
            Dbfs,
            Some("testrtc: −60 dBFS"),
        ),
        row(
            Limit::ClippedSample,
            f64::from(CLIPPED_SAMPLE) * 100.0,
            Percent,
            Some("testrtc: 100 %"),
        ),
        row(
            Limit::ClippedRuns,
            f64::from(CLIPPED_RUNS),
            Times,
            Some("testrtc"),
        ),
        row(
            Limit::ClippingWindow,
            seconds(CLIPPING_WINDOW),
            Seconds,
            None,
        ),
    ]
}

fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}
