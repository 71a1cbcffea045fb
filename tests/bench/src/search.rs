//! The most calls that a server holds, and what there were no more for.

use serde::Serialize;

/// A search ends when it is known to this part.
const FINE_ENOUGH: f64 = 0.05;
/// Where a search begins.
const FIRST: usize = 200;

/// What is said of a number of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Hold,
    TooMany,
    /// The caller did not keep its pace: what came back says nothing of the server.
    CallerLate,
}

/// What kept a search from finding more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// More were too many for it.
    Server,
    /// It could not do more: the server may hold more.
    Caller,
    /// More were not asked for.
    Asked,
}

/// What a search found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// None, if not even one call held.
    pub calls: usize,
    pub limited_by: Limit,
}

/// Finds the greatest number, up to `most`, that holds.
///
/// # Errors
/// Those of `judge`.
pub fn greatest<E>(
    most: usize,
    mut judge: impl FnMut(usize) -> Result<Verdict, E>,
) -> Result<Found, E> {
    let (mut good, mut bad) = (0, None);
    let mut limited_by = Limit::Asked;
    let mut next = FIRST.min(most);
    loop {
        match judge(next)? {
            Verdict::Hold => good = next,
            Verdict::TooMany => (bad, limited_by) = (Some(next), Limit::Server),
            Verdict::CallerLate => (bad, limited_by) = (Some(next), Limit::Caller),
        }
        next = match bad {
            None if good == most => break,
            None => (good * 2).min(most),
            Some(bad) if bad - good <= step(good) => break,
            Some(bad) => good + (bad - good) / 2,
        };
    }
    Ok(Found {
        calls: good,
        limited_by,
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a small part of a number of calls"
)]
fn step(good: usize) -> usize {
    ((good as f64 * FINE_ENOUGH) as usize).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Searches where the server has enough beyond `truth`, and the caller is late beyond `paced`.
    fn found(most: usize, truth: usize, paced: usize) -> (Found, usize) {
        let mut tries = 0;
        let found = greatest(most, |calls| {
            tries += 1;
            Ok::<_, ()>(match calls {
                _ if calls > paced => Verdict::CallerLate,
                _ if calls > truth => Verdict::TooMany,
                _ => Verdict::Hold,
            })
        });
        (found.unwrap(), tries)
    }

    #[test]
    fn the_greatest_is_found_in_few_tries() {
        for truth in [49, 200, 201, 333, 777, 1_500, 4_999] {
            let (found, tries) = found(5_000, truth, 5_000);

            assert!(
                found.calls <= truth && truth - found.calls <= truth * 6 / 100 + 1,
                "{truth}"
            );
            assert_eq!(found.limited_by, Limit::Server);
            assert!(tries <= 14, "{tries}");
        }
    }

    #[test]
    fn the_limit_is_kept_and_nothing_may_be_too_much() {
        let found = |most, truth| {
            let (found, _) = found(most, truth, usize::MAX);
            (found.calls, found.limited_by)
        };

        assert_eq!(found(700, 10_000), (700, Limit::Asked));
        assert_eq!(found(10, 10_000), (10, Limit::Asked));
        assert_eq!(found(1_000, 0), (0, Limit::Server));
        assert_eq!(found(1, 1), (1, Limit::Asked));
    }

    #[test]
    fn a_caller_who_is_late_is_told_from_a_server_that_has_enough() {
        let limit = |truth, paced| found(5_000, truth, paced).0.limited_by;

        assert_eq!(limit(4_000, 1_000), Limit::Caller);
        // Late at first, but the server has enough of less.
        assert_eq!(limit(1_000, 1_500), Limit::Server);
        assert_eq!(
            found(5_000, 5_000, 0).0,
            Found {
                calls: 0,
                limited_by: Limit::Caller
            }
        );
    }

    #[test]
    fn an_error_ends_it() {
        assert_eq!(greatest(9, |_| Err("no")), Err("no"));
    }
}
