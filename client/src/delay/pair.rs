//! What was said and what came back, one under the other and moved together by the delay; where
//! something is missing, and how alike the two are.

use std::fmt::Write;

use super::correlate::likeness;
use super::reel::{FRAME_MS, Peaks, Reel, decibels};

/// Frames that are shown: 8 s.
const SHOWN: usize = 1_600;
/// Frames that are drawn as one stroke: 20 ms.
const TOGETHER: usize = 4;
/// Strokes a picture is wide.
pub const WIDTH: usize = SHOWN / TOGETHER;

/// A voice is this loud at least, in decibels above -70 dBFS, ...
const VOICE_DB: f32 = 12.0;
/// ... and no quieter than this below the loudest.
const RANGE_DB: f32 = 30.0;
/// What comes back is missing when it is this far below what was to be expected, in decibels.
const MISSING_DB: f32 = 25.0;
/// Less is not marked, in frames: 40 ms.
///
/// The browser fills in a single lost packet, so that its level hardly falls. And where the jitter
/// buffer stretches or cuts the sound, the edges of syllables have gaps as long as a packet though
/// nothing was lost.
const AUDIBLE: usize = 8;
/// Likeness needs some sound, in frames: 1 s.
const ENOUGH: usize = 200;
/// The smallest sound that fills a picture, so that silence looks silent.
const FILLS: f32 = 0.02;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    Out,
    Back,
}

/// A stretch of the picture, in strokes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    pub from: usize,
    pub to: usize,
}

/// Both sounds of the last seconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pair {
    out: Vec<Peaks>,
    back: Vec<Peaks>,
    lost: Vec<Stretch>,
    lost_ms: f64,
    similarity: Option<f64>,
}

impl Pair {
    /// The last of both sounds. Without a delay they stand as they were heard, and nothing is
    /// said of them.
    #[must_use]
    pub fn of(out: &Reel, back: &Reel, delay_ms: Option<f64>) -> Self {
        let ago = delay_ms.map_or(0, frames);
        let count = SHOWN.min(out.len().saturating_sub(ago)).min(back.len());
        let (Some(said), Some(came)) = (out.peaks(count, ago), back.peaks(count, 0)) else {
            return Self::default();
        };
        let mut pair = Self {
            out: strokes(said),
            back: strokes(came),
            ..Self::default()
        };
        let levels = (out.levels(count, ago), back.levels(count, 0));
        if let (Some(_), (Some(told), Some(heard))) = (delay_ms, levels) {
            let is_missed: Vec<bool> = std::iter::zip(said, came)
                .map(|(said, came)| said.is_missed || came.is_missed)
                .collect();
            let lost = lost(told, heard, &is_missed);
            pair.lost_ms = lost.iter().map(|(from, to)| to - from).sum::<usize>() as f64 * FRAME_MS;
            let before = SHOWN - count;
            pair.lost = lost
                .iter()
                .map(|(from, to)| Stretch {
                    from: (before + from) / TOGETHER,
                    to: (before + to).div_ceil(TOGETHER),
                })
                .collect();
            pair.similarity = likeness(told, heard)
                .filter(|_| count >= ENOUGH)
                .map(|alike| 100.0 * f64::from(alike.clamp(0.0, 1.0)));
        }
        pair
    }

    /// How alike both are, in per cent. Nothing where there is too little to compare.
    #[must_use]
    pub fn similarity(&self) -> Option<f64> {
        self.similarity
    }

    /// How much of what was said did not come back, in milliseconds.
    #[must_use]
    pub fn lost_ms(&self) -> f64 {
        self.lost_ms
    }

    /// Where it did not.
    #[must_use]
    pub fn lost(&self) -> &[Stretch] {
        &self.lost
    }

    /// Where it did not, as boxes of an SVG path over the strokes.
    #[must_use]
    pub fn marks(&self) -> String {
        let mut marks = String::new();
        for Stretch { from, to } in &self.lost {
            let width = to - from;
            write!(marks, "M{from} -1h{width}v2h-{width}z")
                .expect("a string takes all that is written");
        }
        marks
    }

    /// One of them as strokes of an SVG path, one unit a stroke and one unit to each side of a
    /// line at 0. Both have the same scale.
    #[must_use]
    pub fn strokes(&self, half: Half) -> String {
        let both = self.out.iter().chain(&self.back);
        let loudest = both
            .map(|peaks| peaks.high.max(-peaks.low))
            .fold(FILLS, f32::max);
        let peaks = match half {
            Half::Out => &self.out,
            Half::Back => &self.back,
        };
        let mut strokes = String::with_capacity(peaks.len() * 14);
        let before = WIDTH.saturating_sub(peaks.len());
        for (x, peaks) in peaks.iter().enumerate() {
            let (top, height) = (-peaks.high / loudest, (peaks.high - peaks.low) / loudest);
            if height >= 0.01 {
                write!(strokes, "M{} {top:.2}v{height:.2}", before + x)
                    .expect("a string takes all that is written");
            }
        }
        strokes
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a delay is a few thousand frames at most, and not negative here"
)]
fn frames(delay_ms: f64) -> usize {
    (delay_ms.max(0.0) / FRAME_MS).round() as usize
}

/// Frames in groups; the newest group is whole, the oldest may be smaller.
fn strokes(frames: &[Peaks]) -> Vec<Peaks> {
    let mut strokes: Vec<Peaks> = frames
        .rchunks(TOGETHER)
        .map(|group| {
            group.iter().fold(Peaks::default(), |whole, one| Peaks {
                low: whole.low.min(one.low),
                high: whole.high.max(one.high),
                is_missed: whole.is_missed || one.is_missed,
            })
        })
        .collect();
    strokes.reverse();
    strokes
}

/// Where a voice went out and nothing came back, as frames from and to.
fn lost(said: &[f32], came: &[f32], is_missed: &[bool]) -> Vec<(usize, usize)> {
    let said: Vec<f32> = said.iter().map(|level| decibels(*level)).collect();
    let came: Vec<f32> = came.iter().map(|level| decibels(*level)).collect();
    let loudest = said.iter().copied().fold(0.0, f32::max);
    let is_voice = |level: f32| level > VOICE_DB && level > loudest - RANGE_DB;
    let Some(gain) = usual_gain(&said, &came, is_voice) else {
        return Vec::new();
    };
    // A delay is not a whole number of frames: what came in a neighbour came, too.
    let loudest_near = |at: usize| {
        let near = came.get(at.saturating_sub(1)..(at + 2).min(came.len()));
        near.unwrap_or_default()
            .iter()
            .copied()
            .fold(f32::MIN, f32::max)
    };
    let mut stretches = Vec::new();
    let mut open: Option<(usize, usize)> = None;
    for (at, (level, is_missed)) in std::iter::zip(&said, is_missed).enumerate() {
        let is_nothing = !is_missed && loudest_near(at) < (level + gain - MISSING_DB).max(0.0);
        match open {
            _ if is_nothing && is_voice(*level) => {
                open = Some((open.map_or(at, |(from, _)| from), at + 1));
            }
            // Between two syllables there is nothing to miss.
            Some(_) if is_nothing => {}
            _ => stretches.extend(open.take()),
        }
    }
    stretches.extend(open);
    // Each end was given away to its neighbour above.
    let widened = stretches
        .into_iter()
        .map(|(from, to)| (from.saturating_sub(1), (to + 1).min(said.len())));
    widened.filter(|(from, to)| to - from >= AUDIBLE).collect()
}

/// How much louder a voice usually comes back, in decibels: less than a quarter of it does better.
fn usual_gain(said: &[f32], came: &[f32], is_voice: impl Fn(f32) -> bool) -> Option<f32> {
    let voiced = std::iter::zip(said, came).filter(|(said, _)| is_voice(**said));
    let mut gains: Vec<f32> = voiced.map(|(said, came)| came - said).collect();
    gains.sort_by(f32::total_cmp);
    gains.get(gains.len() * 3 / 4).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delay::sounds::{Line, voice};

    const RATE: f64 = 16_000.0;

    fn reels(said: &[f32], came: &[f32]) -> (Reel, Reel) {
        let (mut out, mut back) = (Reel::new(RATE), Reel::new(RATE));
        out.push(said);
        back.push(came);
        (out, back)
    }

    #[test]
    fn a_clean_line_gives_back_what_was_said() {
        for delay_ms in [0.0, 187.0, 540.0, 9_950.0] {
            let said = voice(RATE, 19.0, 3);
            let came = Line::clean(delay_ms).carry(&said, RATE, 4);
            let (out, back) = reels(&said, &came);

            let pair = Pair::of(&out, &back, Some(delay_ms));

            assert!(
                pair.similarity().unwrap() > 95.0,
                "{delay_ms}: {:?}",
                pair.similarity()
            );
            assert_eq!(pair.lost_ms(), 0.0, "{delay_ms}");
        }
    }

    #[test]
    fn a_word_that_does_not_come_back_is_marked_where_it_was() {
        let said = voice(RATE, 12.0, 3);
        let mut came = Line {
            noise_db: -40.0,
            ..Line::clean(187.0)
        }
        .carry(&said, RATE, 4);
        // From 3 s to 2.7 s before the end.
        came[9 * 16_000..9 * 16_000 + 4_800].fill(0.0);
        let (out, back) = reels(&said, &came);

        let pair = Pair::of(&out, &back, Some(187.0));

        assert!(
            (100.0..=310.0).contains(&pair.lost_ms()),
            "{}",
            pair.lost_ms()
        );
        for stretch in pair.lost() {
            assert!(stretch.from >= 249 && stretch.to <= 266, "{stretch:?}");
        }
        assert!(pair.similarity().unwrap() < 99.0);
        assert_eq!(pair.marks().matches('M').count(), pair.lost().len());
    }

    #[test]
    fn what_was_not_listened_to_is_not_lost() {
        let said = voice(RATE, 12.0, 3);
        let came = Line::clean(185.0).carry(&said, RATE, 4);
        let (mut out, mut back) = reels(&said[..9 * 16_000], &came[..9 * 16_000]);
        out.miss(4_800);
        back.miss(4_800);
        out.push(&said[9 * 16_000 + 4_800..]);
        back.push(&came[9 * 16_000 + 4_800..]);

        let pair = Pair::of(&out, &back, Some(185.0));

        assert_eq!(pair.lost(), []);
    }

    #[test]
    fn a_bad_line_is_less_alike_than_a_clean_one() {
        let said = voice(RATE, 12.0, 3);
        let alike = |line: Line| {
            let came = line.carry(&said, RATE, 4);
            let (out, back) = reels(&said, &came);
            Pair::of(&out, &back, Some(187.0)).similarity().unwrap()
        };

        let (clean, bad) = (alike(Line::clean(187.0)), alike(Line::bad(187.0)));

        assert!(bad < clean - 5.0, "{bad} {clean}");
        assert!(bad > 40.0, "{bad}");
    }

    #[test]
    fn without_a_delay_nothing_is_said() {
        let said = voice(RATE, 12.0, 3);
        let (out, back) = reels(&said, &said);

        let pair = Pair::of(&out, &back, None);

        assert_eq!((pair.similarity(), pair.lost_ms()), (None, 0.0));
        assert!(pair.strokes(Half::Out).starts_with('M'));
    }

    #[test]
    fn strokes_go_from_peak_to_peak_at_one_scale() {
        let (out, back) = reels(&[0.5; 320], &[-0.25; 320]);

        let pair = Pair::of(&out, &back, None);

        assert_eq!(pair.strokes(Half::Out), "M399 -1.00v1.00");
        assert_eq!(pair.strokes(Half::Back), "M399 -0.00v0.50");
    }

    #[test]
    fn silence_and_nothing_at_all_draw_nothing() {
        let (out, back) = reels(&[], &[]);
        assert_eq!(Pair::of(&out, &back, Some(100.0)).strokes(Half::Out), "");

        let (out, back) = reels(&[0.0; 1_600], &[0.0; 1_600]);
        let pair = Pair::of(&out, &back, Some(0.0));

        assert_eq!(pair.strokes(Half::Back), "");
        assert_eq!((pair.similarity(), pair.lost()), (None, &[][..]));
    }
}
