//! Whether somebody speaks: by the sound's level above the noise around him.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// When a caller was heard to speak last, and until when he was heard at all. A clone is told the
/// same.
#[derive(Clone, Debug)]
pub struct Voice {
    epoch: Instant,
    heard: Arc<Heard>,
}

/// After the epoch, in microseconds.
#[derive(Debug, Default)]
struct Heard {
    /// And one more; 0 for never.
    spoke: AtomicU64,
    /// All that came until then was listened to, and if it was a voice, `spoke` says so.
    until: AtomicU64,
}

impl Voice {
    /// Nobody spoke yet, and nothing that is noted was before `now`.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self {
            epoch: now,
            heard: Arc::default(),
        }
    }

    /// What came then is a voice, or none.
    pub fn note(&self, at: Instant, is_voice: bool) {
        let after = at.saturating_duration_since(self.epoch).as_micros();
        let after = u64::try_from(after).unwrap_or(u64::MAX - 1);
        if is_voice {
            self.heard.spoke.fetch_max(after + 1, Ordering::Relaxed);
        }
        // Whoever sees this sees the voice, too.
        self.heard.until.fetch_max(after, Ordering::Release);
    }

    /// When he spoke last, of what was listened to.
    #[must_use]
    pub fn last(&self) -> Option<Instant> {
        let after = self.heard.spoke.load(Ordering::Relaxed).checked_sub(1)?;
        Some(self.epoch + Duration::from_micros(after))
    }

    /// What came until then was listened to. To be asked before [`Self::last`].
    #[must_use]
    pub fn heard_until(&self) -> Instant {
        self.epoch + Duration::from_micros(self.heard.until.load(Ordering::Acquire))
    }

    /// Whether nobody else has one.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        Arc::strong_count(&self.heard) == 1
    }
}

/// A voice stands out of the noise by that, in dB.
const ABOVE_NOISE: f32 = 9.0;
/// Quieter sound is no voice into a microphone, in dBFS.
const QUIETEST_VOICE: f32 = -52.0;
/// What a quiet room begins with, in dBFS. Quieter ones are no reason to take noise for a voice
/// later.
const FIRST_FLOOR: f32 = -65.0;
/// How fast what lasts is taken for noise, in dB a second.
const RISE: f32 = 6.0;
/// Louder noise is taken for voice, in dBFS: who shouts all the time is not noise.
const HIGHEST_FLOOR: f32 = -35.0;

/// Follows one caller's sound, packet by packet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Detector {
    floor: f32,
}

impl Default for Detector {
    fn default() -> Self {
        Self { floor: FIRST_FLOOR }
    }
}

impl Detector {
    /// Whether sound of that mean square, and that long, is a voice.
    pub(super) fn hear(&mut self, mean_square: f32, length: Duration) -> bool {
        let level = 10.0 * mean_square.max(1e-10).log10();
        let risen = self.floor + RISE * length.as_secs_f32();
        // It falls at once into the gaps between words.
        self.floor = level.min(risen).clamp(FIRST_FLOOR, HIGHEST_FLOOR);
        level > QUIETEST_VOICE.max(self.floor + ABOVE_NOISE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKET: Duration = Duration::from_millis(20);

    fn power(decibels: f32) -> f32 {
        10.0_f32.powf(decibels / 10.0)
    }

    /// How many of fifty packets a second are a voice, by their levels in dBFS.
    fn voiced(detector: &mut Detector, levels: impl IntoIterator<Item = f32>) -> usize {
        let levels = levels.into_iter();
        levels
            .filter(|level| detector.hear(power(*level), PACKET))
            .count()
    }

    #[test]
    fn silence_and_a_room_are_no_voice() {
        for room in [-100.0, -70.0, -60.0, -56.0] {
            let rooms = (0..500).map(|at| room + if at % 3 == 0 { 2.0 } else { -2.0 });
            assert_eq!(voiced(&mut Detector::default(), rooms), 0, "{room}");
        }
    }

    #[test]
    fn a_noise_that_begins_is_taken_for_one_after_some_seconds() {
        let mut detector = Detector::default();

        let first = voiced(&mut detector, [-45.0; 100]);
        voiced(&mut detector, [-45.0; 100]);
        let later = voiced(&mut detector, [-45.0; 100]);

        assert!(first > 50, "{first}");
        assert_eq!(later, 0);
    }

    #[test]
    fn words_are_a_voice_in_a_quiet_room_and_in_a_noisy_one() {
        for (room, word) in [(-75.0, -45.0), (-55.0, -35.0), (-48.0, -28.0)] {
            let mut detector = Detector::default();
            voiced(&mut detector, (0..400).map(|_| room));

            // Five syllables a second, with gaps that the noise fills.
            let levels = (0..200).map(|at| if at % 10 < 7 { word } else { room });
            let spoken = voiced(&mut detector, levels);

            assert!(spoken > 120, "{spoken} of 140 at {room}");
        }
    }

    #[test]
    fn what_was_noted_last_is_the_newest() {
        let start = Instant::now();
        let at = |after| start + Duration::from_millis(after);
        let voice = Voice::new(start);
        let other = voice.clone();
        assert_eq!((voice.last(), voice.heard_until()), (None, start));

        for (after, is_voice) in [(20, true), (60, true), (40, true), (80, false)] {
            other.note(at(after), is_voice);
        }
        drop(other);

        assert_eq!((voice.last(), voice.heard_until()), (Some(at(60)), at(80)));
        assert!(voice.is_alone());
    }
}
