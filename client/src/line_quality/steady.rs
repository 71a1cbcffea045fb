//! A verdict that does not flicker: at a limit the network goes up and down all the time, and each
//! new sentence is read aloud.

use super::judge::{Fitness, Verdict};

/// For so long a network has to be better, or limited by something else, until that is said, in
/// milliseconds. That it is worse is said at once.
pub const BETTER_AFTER_MS: f64 = 5_000.0;

/// What is said of one call.
#[derive(Clone, Copy, Debug, Default)]
pub struct Steady {
    said: Verdict,
    /// Since when what was said is not true any more.
    outdated_since_ms: Option<f64>,
}

impl Steady {
    /// Takes in what was judged at `at_ms`, and tells what is to be said.
    pub fn take(&mut self, at_ms: f64, judged: Verdict) -> Verdict {
        let is_urgent = self.said.fitness == Fitness::Unknown || judged.fitness > self.said.fitness;
        if judged == self.said {
            self.outdated_since_ms = None;
            return self.said;
        }
        let since = *self.outdated_since_ms.get_or_insert(at_ms);
        if is_urgent || at_ms - since >= BETTER_AFTER_MS {
            self.said = judged;
            self.outdated_since_ms = None;
        }
        self.said
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line_quality::Reason;

    const FIT: Verdict = Verdict {
        fitness: Fitness::Fit,
        reason: None,
    };
    const LIMITED: Verdict = Verdict {
        fitness: Fitness::Limited,
        reason: Some(Reason::LossUp),
    };
    const UNEVEN: Verdict = Verdict {
        fitness: Fitness::Limited,
        reason: Some(Reason::JitterUp),
    };

    fn said(judged: &[Verdict]) -> Vec<Verdict> {
        let mut steady = Steady::default();
        let mut now = 0.0;
        let take = |verdict: &Verdict| {
            now += 1_000.0;
            steady.take(now, *verdict)
        };
        judged.iter().map(take).collect()
    }

    #[test]
    fn what_is_worse_is_said_at_once() {
        assert_eq!(said(&[FIT, LIMITED]), [FIT, LIMITED]);
    }

    #[test]
    fn what_is_better_is_said_once_it_stays() {
        let judged = [LIMITED, FIT, FIT, FIT, FIT, FIT, FIT];

        let said = said(&judged);

        assert_eq!(said[..6], [LIMITED; 6]);
        assert_eq!(said[6], FIT);
    }

    #[test]
    fn what_goes_up_and_down_is_said_once() {
        let judged = [
            FIT, LIMITED, FIT, LIMITED, UNEVEN, LIMITED, FIT, UNEVEN, LIMITED,
        ];

        assert_eq!(said(&judged)[1..], [LIMITED; 8]);
    }
}
