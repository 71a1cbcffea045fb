//! The figures of a network over a time: the worst of each, and the mean.

use crate::line_quality::Quality;

/// How many figures there are.
pub const COUNT: usize = 8;

/// What was seen of a network.
///
/// Invariant: the greater a figure, the worse; scores are kept negative.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally([Figure; COUNT]);

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Figure {
    worst: Option<f64>,
    /// What was seen, times the milliseconds for which it was so.
    sum: f64,
    ms: f64,
}

impl Tally {
    /// A network that was so for so long.
    #[must_use]
    pub fn of(quality: &Quality, ms: f64) -> Self {
        Self(figures(quality).map(|seen| {
            let known = |seen: f64| Figure {
                worst: Some(seen),
                sum: seen * ms,
                ms,
            };
            seen.map(known).unwrap_or_default()
        }))
    }

    /// Takes in what was seen at another time.
    pub fn join(&mut self, other: &Self) {
        for (one, other) in self.0.iter_mut().zip(&other.0) {
            one.worst = worse(one.worst, other.worst);
            one.sum += other.sum;
            one.ms += other.ms;
        }
    }

    /// The losses up, down and on both ways together (0 to 1), the jitters up and down, the round
    /// trip (milliseconds), and the scores up and down.
    #[must_use]
    pub fn worst(&self) -> [Option<f64>; COUNT] {
        self.0.map(|figure| figure.worst.map(f64::abs))
    }

    /// The same, as it was in the mean.
    #[must_use]
    pub fn mean(&self) -> [Option<f64>; COUNT] {
        self.0.map(|figure| figure.mean().map(f64::abs))
    }

    /// Loss, jitter, round trip and score in the mean, of the direction where it was worse.
    #[must_use]
    pub fn of_the_worse_way(&self) -> [Option<f64>; 4] {
        let [
            up,
            down,
            both,
            jitter_up,
            jitter_down,
            round_trip,
            mos_up,
            mos_down,
        ] = self.0.map(Figure::mean);
        [
            worse(worse(up, down), both),
            worse(jitter_up, jitter_down),
            round_trip,
            worse(mos_up, mos_down),
        ]
        .map(|mean| mean.map(f64::abs))
    }
}

impl Figure {
    fn mean(self) -> Option<f64> {
        (self.ms > 0.0).then(|| self.sum / self.ms)
    }
}

/// What is known is worse than what is not.
fn worse(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    if other > one { other } else { one }
}

fn figures(quality: &Quality) -> [Option<f64>; COUNT] {
    let (up, down) = (quality.up, quality.down);
    [
        up.loss,
        down.loss,
        quality.loss,
        up.jitter_ms,
        down.jitter_ms,
        quality.round_trip_ms,
        up.mos.map(|mos| -mos),
        down.mos.map(|mos| -mos),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line_quality::Direction;

    fn quality(loss_up: f64, mos_up: f64) -> Quality {
        Quality {
            up: Direction {
                loss: Some(loss_up),
                mos: Some(mos_up),
                ..Direction::default()
            },
            down: Direction {
                loss: Some(0.0),
                ..Direction::default()
            },
            ..Quality::default()
        }
    }

    fn known(figures: [Option<f64>; COUNT]) -> Vec<f64> {
        figures.into_iter().flatten().collect()
    }

    #[test]
    fn more_is_worse_but_of_scores_and_what_lasted_longer_counts_more() {
        let mut tally = Tally::of(&quality(0.25, 2.0), 1_000.0);

        tally.join(&Tally::of(&quality(0.0, 4.0), 3_000.0));

        // Both losses, and the score up.
        assert_eq!(known(tally.worst()), [0.25, 0.0, 2.0]);
        assert_eq!(known(tally.mean()), [0.0625, 0.0, 3.5]);
    }

    #[test]
    fn of_both_directions_the_worse_one_is_told() {
        let mut tally = Tally::of(&quality(0.0, 4.25), 1_000.0);
        let back = Quality {
            down: quality(0.125, 3.5).up,
            round_trip_ms: Some(48.0),
            ..quality(0.0, 4.25)
        };

        tally.join(&Tally::of(&back, 1_000.0));

        // Back it was lost half of the time, and scored only then.
        assert_eq!(
            tally.of_the_worse_way(),
            [Some(0.0625), None, Some(48.0), Some(3.5)]
        );
    }

    #[test]
    fn of_nothing_nothing_is_told() {
        let mut tally = Tally::default();

        tally.join(&Tally::of(&Quality::default(), 1_000.0));

        assert_eq!(tally.worst(), [None; COUNT]);
        assert_eq!(tally.mean(), [None; COUNT]);
        assert_eq!(tally.of_the_worse_way(), [None; 4]);
    }
}
