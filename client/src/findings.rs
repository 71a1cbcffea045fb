//! What a call told of the microphone and the network: the verdict, and the report for whoever helps.
//! Pure: it is told what is seen, and how much time went by.

#[cfg(target_arch = "wasm32")]
pub mod driver;
pub mod report;
pub mod tally;

use std::time::Duration;

use crate::line_quality::{Fitness, Quality, Reason, Verdict};
use crate::microphone::{Gauge, Health};
use tally::Tally;

/// So much speech is enough to judge by.
pub const SPEECH_WANTED: Duration = Duration::from_secs(10);
/// Whoever says little is told after that long all the same.
pub const PATIENCE_MS: f64 = 30_000.0;
/// A page that slept saw nothing meanwhile.
const LONGEST_STEP_MS: f64 = 1_500.0;
/// What lasted for that part of a call is no moment any more.
const LASTING: f64 = 0.1;
/// A call as short as that has no lasting moments.
const SHORTEST_MS: f64 = 2_000.0;

/// What is seen at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    pub health: Health,
    pub gauge: Gauge,
    /// How much speech the microphone's judge heard since the call began.
    pub spoken: Duration,
    pub verdict: Verdict,
    pub quality: Quality,
}

/// What one call has told so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    live_ms: f64,
    last: Option<Seen>,
    /// How the microphone was, and for how long; what is only passing is not in it.
    healths: Vec<(Health, f64)>,
    /// The same of the network.
    networks: Vec<(Verdict, f64)>,
    /// What was seen of the network under each of its verdicts.
    tallies: Vec<(Verdict, Tally)>,
}

impl Findings {
    /// Takes in what is seen now, so long after the last time.
    pub fn note(&mut self, seen: Seen, elapsed_ms: f64) {
        let elapsed = elapsed_ms.clamp(0.0, LONGEST_STEP_MS);
        self.live_ms += elapsed;
        if !matches!(seen.health, Health::Checking | Health::MutedByYou) {
            add(&mut self.healths, seen.health, elapsed, |one, other| {
                one.name() == other.name()
            });
        }
        if seen.verdict.fitness != Fitness::Unknown {
            add(&mut self.networks, seen.verdict, elapsed, Verdict::eq);
            self.add_figures(&seen, elapsed);
        }
        self.last = Some(seen);
    }

    fn add_figures(&mut self, seen: &Seen, ms: f64) {
        let new = Tally::of(&seen.quality, ms);
        let mut tallies = self.tallies.iter_mut();
        match tallies.find(|(verdict, _)| *verdict == seen.verdict) {
            Some((_, tally)) => tally.join(&new),
            None => self.tallies.push((seen.verdict, new)),
        }
    }

    /// The person speaks into another one from now on: what was wrong with the one before is mended.
    pub fn forget_microphone(&mut self) {
        self.healths.clear();
    }

    /// Whether something that was so for that long was more than a moment.
    fn is_lasting(&self, ms: f64) -> bool {
        ms >= (LASTING * self.live_ms).max(SHORTEST_MS)
    }

    /// Whether there is enough to judge by.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        let spoken = self.last.as_ref().map(|seen| seen.spoken);
        spoken >= Some(SPEECH_WANTED) || self.live_ms >= PATIENCE_MS
    }

    /// What was seen last.
    #[must_use]
    pub fn last(&self) -> Option<&Seen> {
        self.last.as_ref()
    }

    /// How the microphone was, once that can be said: what was wrong with it longest if something was
    /// for long, else what it was most.
    #[must_use]
    pub fn microphone(&self) -> Option<Health> {
        let seen = self.last.as_ref().filter(|_| self.is_ready())?;
        let alarms = || self.healths.iter().filter(|(health, _)| health.is_alarm());
        if self.is_lasting(total(alarms())) {
            return longest(alarms());
        }
        let lasting = self.healths.iter().filter(|(_, ms)| self.is_lasting(*ms));
        let good = longest(lasting.filter(|(health, _)| health.speech_dbfs().is_some()));
        let most = || longest(self.healths.iter());
        Some(good.or_else(most).unwrap_or(seen.health))
    }

    /// How the network was, once that can be said: the worst that lasted, where what is worse still
    /// counts too, and what was its reason longest.
    #[must_use]
    pub fn network(&self) -> Option<(Fitness, Option<Reason>)> {
        let seen = self.last.as_ref().filter(|_| self.is_ready())?;
        let lasts = |fitness: &Fitness| {
            let as_bad = |(one, _): &&(Verdict, f64)| one.fitness >= *fitness;
            self.is_lasting(total(self.networks.iter().filter(as_bad)))
        };
        let worst = [Fitness::Unfit, Fitness::Limited, Fitness::Fit];
        Some(match worst.into_iter().find(lasts) {
            Some(fitness) => (fitness, self.reason_of(fitness)),
            None => (seen.verdict.fitness, seen.verdict.reason),
        })
    }

    /// The figures that led to that: of the time in which the network was so for that reason.
    #[must_use]
    pub fn network_figures(&self) -> Option<&Tally> {
        let (fitness, reason) = self
            .network()
            .filter(|(fitness, _)| *fitness != Fitness::Unknown)?;
        let tallies = self.tallies.iter();
        let of_it = tallies.filter(|(one, _)| one.reason == reason && one.fitness >= fitness);
        // Where it was never just as bad for that reason, but worse, that led to it.
        let nearest = of_it.min_by_key(|(one, _)| one.fitness);
        nearest.map(|(_, tally)| tally)
    }

    /// The figures of the whole call.
    #[must_use]
    pub fn all_figures(&self) -> Tally {
        let mut all = Tally::default();
        for (_, tally) in &self.tallies {
            all.join(tally);
        }
        all
    }

    /// Why the network was so, or worse, for the longest time.
    fn reason_of(&self, fitness: Fitness) -> Option<Reason> {
        let mut reasons = Vec::new();
        for (verdict, ms) in &self.networks {
            // What was wrong for a moment is no reason to be fit.
            let is_worse = fitness > Fitness::Fit && verdict.fitness > fitness;
            if verdict.fitness == fitness || is_worse {
                add(&mut reasons, verdict.reason, *ms, Option::eq);
            }
        }
        longest(reasons.iter()).flatten()
    }
}

/// Adds the time to what is the same, and keeps the newest of it.
fn add<T>(all: &mut Vec<(T, f64)>, new: T, ms: f64, is_same: impl Fn(&T, &T) -> bool) {
    match all.iter_mut().find(|(one, _)| is_same(one, &new)) {
        Some((one, lasted)) => {
            *one = new;
            *lasted += ms;
        }
        None => all.push((new, ms)),
    }
}

fn total<'a, T: 'a>(all: impl Iterator<Item = &'a (T, f64)>) -> f64 {
    all.map(|(_, ms)| ms).sum()
}

fn longest<'a, T: Copy + 'a>(all: impl Iterator<Item = &'a (T, f64)>) -> Option<T> {
    let longest = all.max_by(|(_, one), (_, other)| one.total_cmp(other));
    longest.map(|(one, _)| *one)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line_quality::judge;

    /// As often as a gauge moves.
    const STEP: Duration = Duration::from_millis(50);
    const GOOD: Health = Health::Good { speech_dbfs: -20.0 };

    fn seen(spoken: Duration, health: Health) -> Seen {
        Seen {
            health,
            gauge: Gauge::SILENCE,
            spoken,
            verdict: Verdict {
                fitness: Fitness::Fit,
                reason: None,
            },
            quality: Quality::default(),
        }
    }

    /// After so many steps with so much speech in each.
    fn after(steps: u32, speech: Duration, health: Health) -> Findings {
        let mut findings = Findings::default();
        for step in 1..=steps {
            findings.note(seen(speech * step, health), 50.0);
        }
        findings
    }

    #[test]
    fn ten_seconds_of_speech_are_enough_and_nothing_is_said_before() {
        let early = after(199, STEP, GOOD);
        let ready = after(200, STEP, GOOD);

        assert_eq!((early.is_ready(), early.microphone()), (false, None));
        assert_eq!(ready.microphone(), Some(GOOD));
        assert_eq!(ready.network(), Some((Fitness::Fit, None)));
    }

    #[test]
    fn a_faint_voice_is_told_as_soon_as_a_loud_one() {
        let faint = Health::TooQuiet { speech_dbfs: -54.0 };

        // The gauge stands still: what the microphone's judge calls speech is what counts.
        assert_eq!(after(199, STEP, faint).microphone(), None);
        assert_eq!(after(200, STEP, faint).microphone(), Some(faint));
    }

    #[test]
    fn whoever_says_little_is_told_after_half_a_minute() {
        let early = after(599, STEP / 10, Health::Listening);
        let ready = after(600, STEP / 10, Health::Listening);

        assert_eq!((early.is_ready(), ready.is_ready()), (false, true));
        assert_eq!(ready.microphone(), Some(Health::Listening));
    }

    #[test]
    fn a_microphone_that_gives_nothing_is_told_after_half_a_minute() {
        for dead in [Health::Silent, Health::WrongDevice] {
            let mut findings = after(80, Duration::ZERO, Health::Checking);
            // Nothing moves but the clock.
            for _ in 0..25 {
                findings.note(seen(Duration::ZERO, dead), 1_000.0);
            }
            let early = findings.microphone();
            findings.note(seen(Duration::ZERO, dead), 1_000.0);

            assert_eq!((early, findings.microphone()), (None, Some(dead)));
        }
    }

    #[test]
    fn what_was_wrong_for_long_is_not_forgotten_and_a_moment_is() {
        let mut findings = after(250, STEP, GOOD);
        let spoken = STEP * 250;
        for (health, steps) in [
            (Health::Clipping, 30),
            (GOOD, 250),
            (Health::MutedByYou, 100),
        ] {
            for _ in 0..steps {
                findings.note(seen(spoken, health), 50.0);
            }
        }
        let moment = findings.microphone();
        for _ in 0..60 {
            findings.note(seen(spoken, Health::Clipping), 50.0);
        }

        assert_eq!(moment, Some(GOOD));
        assert_eq!(findings.microphone(), Some(Health::Clipping));
    }

    #[test]
    fn a_sleeping_page_sees_nothing() {
        let mut slept = Findings::default();
        slept.note(seen(Duration::ZERO, Health::Listening), 3_600_000.0);

        assert!(!slept.is_ready());
        assert!((slept.live_ms - LONGEST_STEP_MS).abs() < 1e-9);
    }

    fn network(fitness: Fitness, reason: Option<Reason>) -> Seen {
        Seen {
            verdict: Verdict { fitness, reason },
            ..seen(SPEECH_WANTED, GOOD)
        }
    }

    /// After so many seconds of each.
    fn after_seconds(all: impl IntoIterator<Item = (Seen, u32)>) -> Findings {
        let mut findings = Findings::default();
        for (seen, seconds) in all {
            for _ in 0..seconds {
                findings.note(seen.clone(), 1_000.0);
            }
        }
        findings
    }

    #[test]
    fn a_network_that_is_bad_for_many_reasons_is_bad() {
        let limited = |reason| network(Fitness::Limited, Some(reason));
        let findings = after_seconds([
            (network(Fitness::Fit, None), 76),
            (limited(Reason::LossUp), 7),
            (limited(Reason::JitterDown), 9),
            (limited(Reason::RoundTrip), 8),
        ]);
        let unfit = |reason| network(Fitness::Unfit, Some(reason));
        let worse = after_seconds([
            (network(Fitness::Fit, None), 80),
            (limited(Reason::LossUp), 9),
            (unfit(Reason::LossUp), 5),
            (unfit(Reason::LossDown), 6),
        ]);

        assert_eq!(
            findings.network(),
            Some((Fitness::Limited, Some(Reason::JitterDown)))
        );
        assert_eq!(
            worse.network(),
            Some((Fitness::Unfit, Some(Reason::LossDown)))
        );
    }

    #[test]
    fn what_limits_a_network_at_times_and_makes_it_unfit_at_others_is_one_reason() {
        let findings = after_seconds([
            (network(Fitness::Fit, Some(Reason::Relayed)), 70),
            (network(Fitness::Limited, Some(Reason::LossUp)), 9),
            (network(Fitness::Limited, Some(Reason::JitterUp)), 12),
            (network(Fitness::Unfit, Some(Reason::LossUp)), 9),
        ]);
        let moments = after_seconds([
            (network(Fitness::Fit, Some(Reason::Relayed)), 92),
            (network(Fitness::Unfit, Some(Reason::LossUp)), 8),
        ]);

        assert_eq!(
            findings.network(),
            Some((Fitness::Limited, Some(Reason::LossUp)))
        );
        assert_eq!(
            moments.network(),
            Some((Fitness::Fit, Some(Reason::Relayed)))
        );
    }

    #[test]
    fn a_microphone_with_many_faults_is_faulty() {
        let findings = after_seconds([
            (seen(SPEECH_WANTED, GOOD), 84),
            (seen(SPEECH_WANTED, Health::Clipping), 9),
            (seen(SPEECH_WANTED, Health::MutedInHardware), 7),
        ]);

        assert_eq!(findings.microphone(), Some(Health::Clipping));
    }

    #[test]
    fn what_was_wrong_with_a_microphone_is_not_said_of_the_next_one() {
        let wrong = after(200, Duration::ZERO, Health::WrongDevice);
        let mut findings = wrong.clone();

        findings.forget_microphone();
        for _ in 0..400 {
            findings.note(seen(SPEECH_WANTED, GOOD), 50.0);
        }

        assert!(wrong.healths.iter().any(|(health, _)| health.is_alarm()));
        assert_eq!(findings.microphone(), Some(GOOD));
    }

    #[test]
    fn a_call_that_is_cut_off_is_not_fit() {
        let mut findings = after(400, STEP, GOOD);
        let quality = Quality::default().cut_off();
        for _ in 0..200 {
            let cut_off = Seen {
                verdict: judge(&quality),
                quality: quality.clone(),
                ..seen(SPEECH_WANTED, GOOD)
            };
            findings.note(cut_off, 50.0);
        }

        let network = findings.network();

        assert_eq!(network, Some((Fitness::Unfit, Some(Reason::Loss))));
        assert_eq!(loss_shown(&findings), Some(1.0));
    }

    fn lossy(fitness: Fitness, reason: Option<Reason>, loss_up: f64) -> Seen {
        let mut seen = network(fitness, reason);
        seen.quality.up.loss = Some(loss_up);
        seen
    }

    fn loss_shown(findings: &Findings) -> Option<f64> {
        findings.network_figures()?.of_the_worse_way()[0]
    }

    #[test]
    fn the_figures_beside_a_verdict_are_those_that_led_to_it() {
        let good = || lossy(Fitness::Fit, None, 0.0);
        let limited = |loss_up| lossy(Fitness::Limited, Some(Reason::LossUp), loss_up);
        let uneven = lossy(Fitness::Limited, Some(Reason::JitterUp), 0.0);
        let unfit = || lossy(Fitness::Unfit, Some(Reason::LossUp), 0.5);

        let lasted = after_seconds([
            (good(), 76),
            (limited(0.0625), 10),
            (limited(0.03125), 10),
            (unfit(), 4),
        ]);
        let moment = after_seconds([(good(), 95), (unfit(), 5)]);
        let only_worse = after_seconds([(good(), 88), (uneven, 3), (unfit(), 9)]);

        assert_eq!(loss_shown(&lasted), Some(0.046_875));
        assert_eq!(lasted.all_figures().worst()[0], Some(0.5));
        assert_eq!(loss_shown(&moment), Some(0.0));
        assert_eq!(loss_shown(&only_worse), Some(0.5));
        assert_eq!(Findings::default().network_figures(), None);
    }

    #[test]
    fn a_network_that_could_not_be_measured_has_no_figures() {
        let findings = after_seconds([
            (lossy(Fitness::Fit, None, 0.0), 1),
            (network(Fitness::Unknown, None), 40),
        ]);

        assert_eq!(findings.network(), Some((Fitness::Unknown, None)));
        assert_eq!(findings.network_figures(), None);
    }
}
