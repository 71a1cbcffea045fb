//! Which recordings go, and why: by age, by what all of them take up, by what the disk has left. The
//! oldest finished ones first; what still grows never. Knows no disk and no clock.

use std::time::{Duration, SystemTime};

use serde::Serialize;
use shared::ConversationId;

/// What an operator wants to keep. Without a rule everything is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// From the end of a recording.
    pub keep_for: Option<Duration>,
    /// All recordings together, in bytes.
    pub keep_at_most: Option<u64>,
    /// What the disk is to have left, in bytes.
    pub keep_free: Option<u64>,
}

impl Rules {
    /// Whether anything can ever go.
    #[must_use]
    pub fn are_any(&self) -> bool {
        *self != Self::default()
    }
}

/// A recording as it lies on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    pub id: ConversationId,
    /// When it was written to last.
    pub ended: SystemTime,
    /// With all that belongs to it.
    pub bytes: u64,
    /// It still grows.
    pub is_live: bool,
}

/// Why a recording goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    Age,
    TotalSize,
    FreeSpace,
    /// Somebody deleted it.
    Asked,
}

/// A recording that goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expired {
    pub held: Held,
    pub reason: Reason,
}

/// What goes now, in that order. `free` is what the disk has left.
#[must_use]
pub fn expired(held: &[Held], free: u64, rules: &Rules, now: SystemTime) -> Vec<Expired> {
    let mut finished: Vec<Held> = held.iter().copied().filter(|held| !held.is_live).collect();
    finished.sort_unstable_by_key(|held| (held.ended, held.id));
    let mut left: u64 = held.iter().map(|held| held.bytes).sum();
    let mut free = free;
    let mut expired = Vec::new();
    for held in finished {
        let age = now.duration_since(held.ended).unwrap_or_default();
        let reason = if rules.keep_for.is_some_and(|longest| age > longest) {
            Reason::Age
        } else if rules.keep_at_most.is_some_and(|most| left > most) {
            Reason::TotalSize
        } else if rules.keep_free.is_some_and(|least| free < least) {
            Reason::FreeSpace
        } else {
            // All others are younger, and there are fewer of them.
            break;
        };
        left = left.saturating_sub(held.bytes);
        free = free.saturating_add(held.bytes);
        expired.push(Expired { held, reason });
    }
    expired
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + 1_000 * DAY
    }

    /// So many days old.
    fn held(number: u64, days: u32, bytes: u64) -> Held {
        Held {
            id: ConversationId::from_nanoseconds(number),
            ended: now() - days * DAY,
            bytes,
            is_live: false,
        }
    }

    fn gone(held: &[Held], free: u64, rules: Rules) -> Vec<(u64, Reason)> {
        expired(held, free, &rules, now())
            .into_iter()
            .map(|expired| (expired.held.id.nanoseconds(), expired.reason))
            .collect()
    }

    #[test]
    fn each_rule_takes_the_oldest_first() {
        let all = [
            held(1, 1, 10),
            held(2, 30, 10),
            held(3, 31, 10),
            held(4, 2, 10),
        ];
        let none = Rules::default();

        let by_age = Rules {
            keep_for: Some(30 * DAY),
            ..none
        };
        assert_eq!(gone(&all, 0, by_age), [(3, Reason::Age)]);
        let by_size = Rules {
            keep_at_most: Some(20),
            ..none
        };
        let two = [(3, Reason::TotalSize), (2, Reason::TotalSize)];
        assert_eq!(gone(&all, 0, by_size), two);
        let by_space = Rules {
            keep_free: Some(115),
            ..none
        };
        let two = [(3, Reason::FreeSpace), (2, Reason::FreeSpace)];
        assert_eq!(gone(&all, 100, by_space), two);
        assert_eq!(gone(&all, 0, none), []);
    }

    #[test]
    fn what_grows_stays_and_counts() {
        let live = Held {
            is_live: true,
            ..held(1, 40, 100)
        };
        let all = [live, held(2, 1, 10), held(3, 0, 10)];
        let rules = Rules {
            keep_for: Some(30 * DAY),
            keep_at_most: Some(110),
            keep_free: None,
        };

        assert_eq!(gone(&all, 0, rules), [(2, Reason::TotalSize)]);
    }

    #[test]
    fn a_clock_that_went_back_makes_nothing_old() {
        let later = Held {
            ended: now() + DAY,
            ..held(1, 0, 10)
        };
        let rules = Rules {
            keep_for: Some(Duration::ZERO),
            ..Rules::default()
        };

        assert_eq!(gone(&[later], 0, rules), []);
    }

    proptest! {
        #[test]
        fn nothing_live_goes_and_then_every_rule_holds_or_nothing_is_left(
            all in prop::collection::vec((0_u32..100, 0_u64..1_000, any::<bool>()), 0..40),
            (days, most, least, free) in (0_u32..100, 0_u64..20_000, 0_u64..20_000, 0_u64..20_000),
        ) {
            let all: Vec<Held> = (1..).zip(all).map(|(number, (days, bytes, is_live))| Held {
                is_live,
                ..held(number, days, bytes)
            }).collect();
            let rules = Rules {
                keep_for: Some(days * DAY),
                keep_at_most: Some(most),
                keep_free: Some(least),
            };

            let expired = expired(&all, free, &rules, now());

            let is_gone = |held: &Held| expired.iter().any(|expired| expired.held.id == held.id);
            prop_assert!(all.iter().filter(|held| held.is_live).all(|held| !is_gone(held)));
            let kept: Vec<&Held> = all.iter().filter(|held| !is_gone(held)).collect();
            let freed: u64 = expired.iter().map(|expired| expired.held.bytes).sum();
            let is_kept_by_the_rules = kept.iter().map(|held| held.bytes).sum::<u64>() <= most
                && free + freed >= least
                && kept.iter().all(|held| held.is_live || held.ended >= now() - days * DAY);
            prop_assert!(is_kept_by_the_rules || kept.iter().all(|held| held.is_live));
            let ends: Vec<SystemTime> = expired.iter().map(|expired| expired.held.ended).collect();
            prop_assert!(ends.is_sorted());
        }
    }
}
