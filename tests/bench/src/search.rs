//! The most calls that a server holds.

/// A search ends when it is known to this part.
const FINE_ENOUGH: f64 = 0.05;
/// Where a search begins.
const FIRST: usize = 200;

/// Finds the greatest number, up to `limit`, that holds; `None` if not even one call does.
///
/// # Errors
/// Those of `holds`.
pub fn greatest<E>(
    limit: usize,
    mut holds: impl FnMut(usize) -> Result<bool, E>,
) -> Result<Option<usize>, E> {
    let (mut good, mut bad) = (0, None);
    let mut next = FIRST.min(limit);
    loop {
        if holds(next)? {
            good = next;
        } else {
            bad = Some(next);
        }
        next = match bad {
            None if good == limit => break,
            None => (good * 2).min(limit),
            Some(bad) if bad - good <= step(good) => break,
            Some(bad) => good + (bad - good) / 2,
        };
    }
    Ok((good > 0).then_some(good))
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

    fn found(limit: usize, truth: usize) -> (Option<usize>, usize) {
        let mut tries = 0;
        let greatest = greatest(limit, |calls| {
            tries += 1;
            Ok::<_, ()>(calls <= truth)
        });
        (greatest.unwrap(), tries)
    }

    #[test]
    fn the_greatest_is_found_in_few_tries() {
        for truth in [49, 200, 201, 333, 777, 1_500, 4_999] {
            let (greatest, tries) = found(5_000, truth);

            let greatest = greatest.unwrap();
            assert!(
                greatest <= truth && truth - greatest <= truth * 6 / 100 + 1,
                "{truth}"
            );
            assert!(tries <= 14, "{tries}");
        }
    }

    #[test]
    fn the_limit_is_kept_and_nothing_may_be_too_much() {
        assert_eq!(found(700, 10_000).0, Some(700));
        assert_eq!(found(10, 10_000).0, Some(10));
        assert_eq!(found(1_000, 0).0, None);
        assert_eq!(found(1, 1).0, Some(1));
    }

    #[test]
    fn an_error_ends_it() {
        assert_eq!(greatest(9, |_| Err("no")), Err("no"));
    }
}
