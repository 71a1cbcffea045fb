//! From what was found now and then to one number that can be read: sure, steady, and quick to
//! follow.

use super::correlate::Found;
use super::{How, Measured};

/// What is found must be so much alike, ...
const ALIKE: f32 = 0.5;
/// ... and so much more than the next best place.
const AHEAD: f32 = 0.12;
/// Findings that are so near to each other are the same delay, in milliseconds.
const SAME_MS: f64 = 40.0;
/// The middle of so many is shown.
const SHOWN: usize = 5;
/// A chirp is believed until so many voices in a row say otherwise by more than this.
const CHIRP_MS: f64 = 15.0;
/// A new delay has to be found so often that the confidences sum up to this: twice, where it is
/// clear. A stranger's voice may look like an echo for a while, but is never clear.
const BELIEVED: f64 = 0.8;
/// A new delay that is not found again in so many looks was none.
const PATIENCE: u8 = 2;

/// The delay as it is shown.
#[derive(Clone, Debug, Default)]
pub struct Settled {
    /// The last ones that agree, oldest first.
    agreed: Vec<Measured>,
    /// Found away from what is shown, and not often or not clearly enough yet.
    rumour: Vec<Measured>,
    /// Looks in which the rumour was not found again.
    silent: u8,
    /// More exact than a voice, as long as voices do not contradict it.
    chirp: Option<Measured>,
}

impl Settled {
    /// Takes in what a look found.
    pub fn take(&mut self, found: Option<Found>) {
        match found.and_then(sure) {
            Some(measured) => self.hear(measured),
            None => self.age(),
        }
    }

    /// Takes in what a chirp told. It needs no second one.
    pub fn take_chirp(&mut self, measured: Measured) {
        self.agreed = vec![measured];
        self.rumour.clear();
        self.chirp = Some(measured);
    }

    /// The delay, once it is sure.
    #[must_use]
    pub fn shown(&self) -> Option<Measured> {
        self.chirp.or_else(|| self.middle())
    }

    fn middle(&self) -> Option<Measured> {
        let last = self.agreed.last()?;
        let mut delays: Vec<f64> = self.agreed.iter().map(|one| one.ms).collect();
        delays.sort_by(f64::total_cmp);
        let middle = *delays.get(delays.len() / 2)?;
        Some(Measured {
            ms: middle,
            ..*last
        })
    }

    fn hear(&mut self, measured: Measured) {
        let is_near = |other: &Measured| (other.ms - measured.ms).abs() <= SAME_MS;
        if self.middle().as_ref().is_some_and(is_near) {
            self.rumour.clear();
            self.agreed.retain(is_near);
            self.agreed.push(measured);
            let surplus = self.agreed.len().saturating_sub(SHOWN);
            self.agreed.drain(..surplus);
            self.doubt_chirp();
            return;
        }
        self.rumour.retain(is_near);
        self.rumour.push(measured);
        self.silent = 0;
        let confidence: f64 = self.rumour.iter().map(|one| one.confidence).sum();
        if self.rumour.len() > 1 && confidence >= BELIEVED {
            self.agreed = std::mem::take(&mut self.rumour);
            self.chirp = None;
        }
    }

    fn doubt_chirp(&mut self) {
        let middle = self.middle().filter(|_| self.agreed.len() == SHOWN);
        if let (Some(chirp), Some(middle)) = (self.chirp, middle)
            && (chirp.ms - middle.ms).abs() > CHIRP_MS
        {
            self.chirp = None;
        }
    }

    fn age(&mut self) {
        self.silent = self.silent.saturating_add(1);
        if self.silent >= PATIENCE {
            self.rumour.clear();
        }
    }
}

/// A finding that is worth believing.
fn sure(found: Found) -> Option<Measured> {
    if found.height < ALIKE || found.height - found.second < AHEAD {
        return None;
    }
    // Half as high anywhere else is as good as nothing there.
    let ahead = (2.0 * (1.0 - found.second / found.height)).min(1.0);
    Some(Measured {
        ms: found.ms,
        confidence: f64::from(found.height.min(1.0) * ahead),
        how: How::Speech,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(ms: f64) -> Option<Found> {
        Some(Found {
            ms,
            height: 0.9,
            second: 0.3,
        })
    }

    fn shown(found: impl IntoIterator<Item = Option<Found>>) -> Vec<Option<f64>> {
        let mut settled = Settled::default();
        let after = |found| {
            settled.take(found);
            settled.shown().map(|measured| measured.ms)
        };
        found.into_iter().map(after).collect()
    }

    #[test]
    fn a_delay_is_shown_once_it_is_found_twice() {
        let shown = shown([found(100.0), found(103.0), None, found(101.0)]);

        assert_eq!(shown, [None, Some(103.0), Some(103.0), Some(101.0)]);
    }

    #[test]
    fn a_single_leap_is_not_believed() {
        let shown = shown([found(100.0), found(100.0), found(900.0), found(100.0)]);

        assert_eq!(shown, [None, Some(100.0), Some(100.0), Some(100.0)]);
    }

    #[test]
    fn leaps_without_end_show_nothing() {
        let leaps = (0..50).map(|step| found(f64::from(step * 7 % 11) * 500.0));

        assert_eq!(shown(leaps), [None; 50]);
    }

    #[test]
    fn a_new_delay_is_shown_at_its_second_finding() {
        let shown = shown([100.0, 100.0, 640.0, 642.0, 641.0].map(found));

        assert_eq!(
            shown,
            [None, Some(100.0), Some(100.0), Some(642.0), Some(641.0)]
        );
    }

    #[test]
    fn what_is_hardly_clear_has_to_be_found_more_often() {
        let hardly = Some(Found {
            ms: 100.0,
            height: 0.58,
            second: 0.43,
        });

        let shown = shown([hardly; 4]);

        assert_eq!(shown, [None, None, Some(100.0), Some(100.0)]);
    }

    #[test]
    fn an_old_rumour_is_forgotten() {
        let shown = shown([found(100.0), None, None, found(100.0)]);

        assert_eq!(shown, [None; 4]);
    }

    #[test]
    fn what_is_not_sure_counts_for_nothing() {
        let low = Found {
            ms: 100.0,
            height: 0.45,
            second: 0.0,
        };
        let doubtful = Found {
            height: 0.8,
            second: 0.75,
            ..low
        };

        assert_eq!(shown([Some(low); 3]), [None; 3]);
        assert_eq!(shown([Some(doubtful); 3]), [None; 3]);
    }

    #[test]
    fn a_chirp_is_shown_until_voices_say_otherwise() {
        let chirp = Measured {
            ms: 200.0,
            confidence: 0.9,
            how: How::Chirp,
        };
        let mut settled = Settled::default();
        settled.take_chirp(chirp);

        for ms in [203.0, 204.0, 202.0, 650.0, 203.0, 204.0] {
            settled.take(found(ms));
            assert_eq!(settled.shown(), Some(chirp));
        }
        for _ in 0..SHOWN {
            settled.take(found(230.0));
        }

        let shown = settled.shown().unwrap();
        assert_eq!((shown.ms, shown.how), (230.0, How::Speech));
    }

    #[test]
    fn a_slow_drift_is_followed() {
        let drift = (0..40).map(|step| found(100.0 + 10.0 * f64::from(step)));

        let last = shown(drift).pop().flatten().unwrap();

        assert!((last - 490.0).abs() <= SAME_MS, "{last}");
    }
}
