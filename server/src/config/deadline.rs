//! A time as people write it: a whole number and a unit.

use std::time::Duration;

/// Longer than any call; keeps sums of times within bounds.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

const MOST_DAYS: u32 = 36_500;
/// A page of a recording (`docs/RECORDING.md`); a packet fits into it.
const SHORTEST_RECORDING: Duration = Duration::from_millis(200);

/// Reads `500ms`, `15s`, `2m` or `1h`.
pub(super) fn parse(text: &str) -> Result<Duration, DeadlineError> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = text
        .strip_suffix(unit)
        .and_then(|digits| digits.parse::<u32>().ok());
    let number = number.ok_or(DeadlineError::Form)?;
    let one = match unit {
        "ms" => Duration::from_millis(1),
        "s" => Duration::from_secs(1),
        "m" => Duration::from_secs(60),
        "h" => Duration::from_secs(60 * 60),
        _ => return Err(DeadlineError::Form),
    };
    one.checked_mul(number)
        .filter(|time| (Duration::from_millis(1)..=LONGEST).contains(time))
        .ok_or(DeadlineError::Range)
}

/// The same for a time that something is kept, with `d` for days, and up to 100 years.
pub(super) fn parse_long(text: &str) -> Result<Duration, DeadlineError> {
    let Some(days) = text.strip_suffix('d') else {
        return parse(text);
    };
    let days: u32 = days.parse().map_err(|_| DeadlineError::Form)?;
    if (1..=MOST_DAYS).contains(&days) {
        Ok(LONGEST * days)
    } else {
        Err(DeadlineError::Days)
    }
}

/// The same for a time that a recording may last.
pub(super) fn parse_recording(text: &str) -> Result<Duration, DeadlineError> {
    let time = parse(text)?;
    if time < SHORTEST_RECORDING {
        return Err(DeadlineError::Short);
    }
    Ok(time)
}

/// Why a text is no time to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum DeadlineError {
    #[error("write a whole number and ms, s, m or h, such as 15s")]
    Form,
    #[error("it must be at least 1ms and at most 24h")]
    Range,
    #[error("it must be at least 1d and at most 36500d")]
    Days,
    #[error("it must be at least 200ms and at most 24h")]
    Short,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_four_units() {
        let milliseconds =
            ["1ms", "500ms", "15s", "2m", "1h", "24h"].map(|text| parse(text).unwrap().as_millis());

        assert_eq!(
            milliseconds,
            [1, 500, 15_000, 120_000, 3_600_000, 86_400_000]
        );
    }

    #[test]
    fn a_recording_lasts_as_long_as_a_page_at_least() {
        let read = ["199ms", "200ms", "24h"].map(parse_recording);

        assert_eq!(read[0], Err(DeadlineError::Short));
        assert!(read[1..].iter().all(Result::is_ok));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "15",
            "s",
            "1.5s",
            "-1s",
            "+1s",
            "15 s",
            "15S",
            "1d",
            "1s1",
            "٣s",
            "4294967296ms",
        ] {
            assert_eq!(parse(text), Err(DeadlineError::Form), "{text:?}");
        }
        for text in ["0s", "0ms", "25h", "4294967295h"] {
            assert_eq!(parse(text), Err(DeadlineError::Range), "{text:?}");
        }
    }
}
