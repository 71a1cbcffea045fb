//! A size as people write it: a whole number and a unit.

/// A recording's headers and a page of audio fit into it.
const SMALLEST_RECORDING: u64 = 64 * 1024;

/// Reads `500MB`, `64KiB` or `0`.
pub(super) fn parse(text: &str) -> Result<u64, SizeError> {
    if text == "0" {
        return Ok(0);
    }
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = text
        .strip_suffix(unit)
        .and_then(|digits| digits.parse::<u64>().ok());
    let number = number.ok_or(SizeError::Form)?;
    let one: u64 = match unit {
        "kB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return Err(SizeError::Form),
    };
    one.checked_mul(number).ok_or(SizeError::Range)
}

/// The same for a size of which nothing would be all: whoever writes 0 means something else.
pub(super) fn parse_some(text: &str) -> Result<u64, SizeError> {
    match parse(text)? {
        0 => Err(SizeError::Nothing),
        bytes => Ok(bytes),
    }
}

/// The same for a size that a recording must fit into.
pub(super) fn parse_recording(text: &str) -> Result<u64, SizeError> {
    let bytes = parse(text)?;
    if bytes < SMALLEST_RECORDING {
        return Err(SizeError::Small);
    }
    Ok(bytes)
}

/// Why a text is no size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum SizeError {
    #[error("write a whole number and kB, MB, GB, KiB, MiB or GiB, such as 1GiB")]
    Form,
    #[error("leave the option out for no limit")]
    Nothing,
    #[error("it is too large")]
    Range,
    #[error("it must be at least 64KiB")]
    Small,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_in_six_units() {
        let sizes = ["0", "2kB", "3MB", "4GB", "5KiB", "6MiB", "1GiB"].map(parse);

        assert_eq!(
            sizes,
            [
                0,
                2_000,
                3_000_000,
                4_000_000_000,
                5 << 10,
                6 << 20,
                1 << 30
            ]
            .map(Ok)
        );
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for text in ["", "1", "GiB", "1.5GiB", "-1MB", "1 MB", "1mb", "1B", "٣MB"] {
            assert_eq!(parse(text), Err(SizeError::Form), "{text:?}");
        }
        assert_eq!(parse("18446744073709551615kB"), Err(SizeError::Range));
        assert_eq!(parse_recording("63KiB"), Err(SizeError::Small));
        assert_eq!(parse_recording("64KiB"), Ok(64 << 10));
    }
}
