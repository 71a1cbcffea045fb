//! Whether somebody speaks: by the sound's level above the noise around him.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// When a caller was heard to speak last. A clone is told the same.
#[derive(Clone, Debug)]
pub struct Voice {
    epoch: Instant,
    /// After the epoch, in microseconds and one more; 0 for never.
    last: Arc<AtomicU64>,
}

impl Voice {
    /// Nobody spoke yet, and nothing that is noted was before `now`.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self {
            epoch: now,
            last: Arc::default(),
        }
    }

    /// He spoke then.
    pub fn note(&self, at: Instant) {
        let after = at.saturating_duration_since(self.epoch).as_micros();
        let after = u64::try_from(after).unwrap_or(u64::MAX - 1);
        self.last.fetch_max(after + 1, Ordering::Relaxed);
    }

    /// When he spoke last.
    #[must_use]
    pub fn last(&self) -> Option<Instant> {
        let after = self.last.load(Ordering::Relaxed).checked_sub(1)?;
        Some(self.epoch + Duration::from_micros(after))
    }

    /// Whether nobody else has one.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        Arc::strong_count(&self.last) == 1
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
        let voice = Voice::new(start);
        let other = voice.clone();
        assert_eq!(voice.last(), None);

        for after in [20, 60, 40] {
            other.note(start + Duration::from_millis(after));
        }
        drop(other);

        assert_eq!(voice.last(), Some(start + Duration::from_millis(60)));
        assert!(voice.is_alone());
    }
}
