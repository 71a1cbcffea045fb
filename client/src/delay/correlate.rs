//! Finding what went out in what came back, by how the loudness of both moved.

use super::LONGEST_MS;
use super::reel::{FINE, FRAME_MS, Peaks, Reel, decibels};

/// What came back in this time is looked for, in frames. A longer one is surer, a shorter one
/// follows a changed delay sooner.
const WINDOW: usize = 480;
/// The longest delay, in frames.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a few thousand"
)]
const LAGS: usize = (LONGEST_MS / FRAME_MS) as usize;

/// Frames with a voice in them that make a window worth looking at: 0.45 s.
const VOICED: usize = 90;
/// A voice is this loud at least, in decibels above -70 dBFS, ...
const VOICE_DB: f32 = 12.0;
/// ... and moves at least so much, as mean square.
const MOVING: f32 = 0.004;

/// Loudness is compared after slower moves were taken out of it, so that a peak is narrow:
/// it is smoothed over so many frames to each side, less the mean of so many.
const SMOOTH: usize = 1;
const SLOW: usize = 12;

/// As near to the peak another one is the same: 30 ms.
const SAME: usize = 6;
/// How far around the coarse answer the fine one is looked for, in milliseconds.
const NEAR: usize = 6;

/// Where what came back was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    pub ms: f64,
    /// How alike both are there, up to 1.
    pub height: f32,
    /// How alike they are at the next best place.
    pub second: f32,
}

/// The delay at which the newest of `back` is most like what went out before it. Nothing where
/// there was no voice in it.
#[must_use]
pub fn find(out: &Reel, back: &Reel) -> Option<Found> {
    // Both sounds are missed at the same time, which looks like an echo without a delay.
    let is_whole = |peaks: &[Peaks]| peaks.iter().all(|peaks| !peaks.is_missed);
    let heard = back.levels(WINDOW, 0)?;
    back.peaks(WINDOW, 0).filter(|peaks| is_whole(peaks))?;
    let voiced = heard.iter().filter(|level| decibels(**level) > VOICE_DB);
    if voiced.count() < VOICED {
        return None;
    }
    let heard = Template::of(&moves(heard))?;
    // Before the call there was silence, in which nothing is found.
    let lags = LAGS.min(out.len().saturating_sub(WINDOW)) + 1;
    let said = moves(out.levels(WINDOW + lags - 1, 0)?);
    let likeness = heard.slide(&said);
    let (place, height) = highest(&likeness)?;
    let second = likeness.iter().enumerate();
    let second = second.filter(|(other, _)| other.abs_diff(place) > SAME);
    let second = second.map(|(_, height)| *height).fold(0.0, f32::max);
    // The last place is a lag of 0: sliding went forward in time.
    let coarse = lags as f64 - 1.0 - beside(&likeness, place);
    let ms = refine(out, back, coarse * FRAME_MS).unwrap_or(coarse * FRAME_MS);
    Some(Found {
        ms: ms.max(0.0),
        height,
        second,
    })
}

/// The same by milliseconds, close to what the frames said.
fn refine(out: &Reel, back: &Reel, coarse_ms: f64) -> Option<f64> {
    let count = WINDOW * FINE;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a delay is at most some thousand milliseconds, and not negative here"
    )]
    let coarse = coarse_ms.max(0.0).round() as usize;
    let newest = coarse.saturating_sub(NEAR);
    let lags = coarse + NEAR - newest;
    let heard = Template::of(back.fine(count, 0)?)?;
    let likeness = heard.slide(out.fine(count + lags, newest)?);
    let (place, _) = highest(&likeness)?;
    let is_inside = place > 0 && place + 1 < likeness.len();
    let lag = (newest + lags) as f64 - beside(&likeness, place);
    (is_inside || coarse < NEAR).then_some(lag)
}

/// Which place is highest, and how high.
fn highest(likeness: &[f32]) -> Option<(usize, f32)> {
    let places = likeness.iter().copied().enumerate();
    places.max_by(|one, other| one.1.total_cmp(&other.1))
}

/// Where between its neighbours a peak truly is: the top of a parabola through the three.
pub(super) fn beside(heights: &[f32], place: usize) -> f64 {
    let at = |place: Option<usize>| place.and_then(|place| heights.get(place)).copied();
    let neighbours = (
        at(place.checked_sub(1)),
        at(Some(place)),
        at(place.checked_add(1)),
    );
    let (Some(before), Some(top), Some(after)) = neighbours else {
        return place as f64;
    };
    let bend = before - 2.0 * top + after;
    if bend >= 0.0 {
        return place as f64;
    }
    let aside = 0.5 * (before - after) / bend;
    place as f64 + f64::from(aside.clamp(-0.5, 0.5))
}

/// How loudness moves: its quick changes only.
fn moves(levels: &[f32]) -> Vec<f32> {
    let sums: Vec<f32> = std::iter::once(0.0)
        .chain(levels.iter().scan(0.0, |sum, level| {
            *sum += level;
            Some(*sum)
        }))
        .collect();
    let mean = |middle: usize, reach: usize| {
        let from = middle.saturating_sub(reach);
        let to = (middle + reach + 1).min(levels.len());
        match (sums.get(from), sums.get(to)) {
            (Some(before), Some(after)) => (after - before) / (to - from) as f32,
            _ => 0.0,
        }
    };
    (0..levels.len())
        .map(|middle| mean(middle, SMOOTH) - mean(middle, SLOW))
        .collect()
}

/// What is looked for: values whose mean is 0.
struct Template {
    values: Vec<f32>,
    energy: f32,
}

impl Template {
    /// Nothing where there is nothing that moves.
    fn of(values: &[f32]) -> Option<Self> {
        let count = values.len() as f32;
        let mean = values.iter().sum::<f32>() / count;
        let values: Vec<f32> = values.iter().map(|value| value - mean).collect();
        let energy = values.iter().map(|value| value * value).sum::<f32>();
        (energy > MOVING * count).then_some(Self { values, energy })
    }

    /// How alike it is to every stretch of `sound`, oldest first.
    fn slide(&self, sound: &[f32]) -> Vec<f32> {
        let count = self.values.len();
        let mut sums = Running::default();
        let mut likeness = Vec::with_capacity((sound.len() + 1).saturating_sub(count));
        for (at, value) in sound.iter().enumerate() {
            sums.add(*value);
            let Some(from) = (at + 1).checked_sub(count) else {
                continue;
            };
            if let Some(stretch) = sound.get(from..=at) {
                let alike = dot(&self.values, stretch);
                likeness.push(sums.normalise(alike, self.energy, count));
                sums.take(stretch.first().copied().unwrap_or(0.0));
            }
        }
        likeness
    }
}

/// Sum and sum of squares of a stretch that moves on.
#[derive(Default)]
struct Running {
    sum: f64,
    squares: f64,
}

impl Running {
    fn add(&mut self, value: f32) {
        let value = f64::from(value);
        self.sum += value;
        self.squares += value * value;
    }

    fn take(&mut self, value: f32) {
        let value = f64::from(value);
        self.sum -= value;
        self.squares -= value * value;
    }

    #[expect(clippy::cast_possible_truncation, reason = "it is -1 to 1")]
    fn normalise(&self, alike: f32, energy: f32, count: usize) -> f32 {
        let count = count as f64;
        // A stretch that hardly moves is like nothing, instead of like everything.
        let own = (self.squares - self.sum * self.sum / count).max(f64::from(MOVING) * count);
        (f64::from(alike) / (own * f64::from(energy)).sqrt()) as f32
    }
}

/// Sum of products, in lanes so that compilers may do several at once.
fn dot(one: &[f32], other: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; 8];
    let ones = one.chunks_exact(8);
    let others = other.chunks_exact(8);
    let rest: f32 = std::iter::zip(ones.remainder(), others.remainder())
        .map(|(a, b)| a * b)
        .sum();
    for (a, b) in std::iter::zip(ones, others) {
        for (lane, (a, b)) in std::iter::zip(&mut lanes, std::iter::zip(a, b)) {
            *lane += a * b;
        }
    }
    lanes.iter().sum::<f32>() + rest
}

/// How alike two stretches of the same length are, -1 to 1, however loud each is. Nothing where
/// one of them does not move.
#[must_use]
pub fn likeness(one: &[f32], other: &[f32]) -> Option<f32> {
    let template = Template::of(one)?;
    Template::of(other)?;
    template.slide(other).first().copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delay::sounds::{Line, place, voice};

    const RATE: f64 = 16_000.0;

    /// What is found at the end of each half second.
    fn found(said: &[f32], came: &[f32]) -> Vec<Option<Found>> {
        let (mut out, mut back) = (Reel::new(RATE), Reel::new(RATE));
        let step = place(0.5, RATE);
        std::iter::zip(said.chunks(step), came.chunks(step))
            .map(|(said, came)| {
                out.push(said);
                back.push(came);
                find(&out, &back)
            })
            .collect()
    }

    #[test]
    fn a_delay_is_found_to_five_milliseconds_on_a_bad_line() {
        for delay_ms in [0.0, 3.0, 40.0, 187.0, 540.0, 2_040.0, 9_950.0] {
            for line in [Line::clean(delay_ms), Line::bad(delay_ms)] {
                let said = voice(RATE, 16.0, 3);
                let came = line.carry(&said, RATE, 4);

                // From 3 s after it came back first there is nothing but the echo to be found.
                let sure = place(delay_ms / 1000.0 + 3.5, 2.0);
                let found = found(&said, &came).split_off(sure);

                for found in found {
                    let found = found.expect("a voice is in every window");
                    assert!((found.ms - delay_ms).abs() < 5.0, "{delay_ms}: {found:?}");
                    assert!(found.height > 0.55, "{delay_ms}: {found:?}");
                    assert!(found.height - found.second > 0.12, "{delay_ms}: {found:?}");
                }
            }
        }
    }

    #[test]
    fn nothing_is_found_in_silence() {
        let said = voice(RATE, 6.0, 1);
        let silence = vec![0.0; said.len()];

        assert!(found(&silence, &silence).iter().all(Option::is_none));
        assert!(found(&said, &silence).iter().all(Option::is_none));
    }

    #[test]
    fn what_was_not_listened_to_is_no_echo() {
        let said = voice(RATE, 16.0, 1);
        let came = voice(RATE, 16.0, 2);
        let (mut out, mut back) = (Reel::new(RATE), Reel::new(RATE));
        let second = place(1.0, RATE);
        for (said, came) in std::iter::zip(said.chunks(second), came.chunks(second)) {
            for (reel, sound) in [(&mut out, said), (&mut back, came)] {
                reel.push(&sound[..second / 2]);
                reel.miss(second / 2);
            }

            assert_eq!(find(&out, &back), None);
        }
    }

    #[test]
    fn another_voice_is_nothing_like_ours() {
        let said = voice(RATE, 16.0, 1);
        let came = voice(RATE, 16.0, 2);

        let likest = found(&said, &came).into_iter().flatten();
        let likest = likest.map(|found| found.height).fold(0.0, f32::max);
        assert!(likest < 0.6, "{likest}");
    }

    #[test]
    fn alike_is_how_both_move_however_loud() {
        let moves: Vec<f32> = (0..100_u8).map(|at| f32::from(at % 7)).collect();
        let louder: Vec<f32> = moves.iter().map(|value| value * 3.0 + 2.0).collect();
        let against: Vec<f32> = moves.iter().map(|value| -value).collect();

        assert!(likeness(&moves, &louder).unwrap() > 0.999);
        assert!(likeness(&moves, &against).unwrap() < -0.999);
        assert_eq!(likeness(&moves, &[1.0; 100]), None);
    }

    /// The bound is 3 ms in a release build; it is told, because a busy machine proves nothing.
    #[test]
    fn one_look_is_quick() {
        let said = voice(RATE, 20.0, 3);
        let came = Line::bad(540.0).carry(&said, RATE, 4);
        let (mut out, mut back) = (Reel::new(RATE), Reel::new(RATE));
        out.push(&said);
        back.push(&came);

        let begun = std::time::Instant::now();
        for _ in 0..20 {
            std::hint::black_box(find(&out, &back));
        }

        #[expect(clippy::print_stdout, reason = "a figure to read")]
        {
            println!("one look: {:?}", begun.elapsed() / 20);
        }
    }
}
