//! Which part of a recording a request asks for (RFC 9110 §14.2). The library that serves files takes
//! a strict spelling alone, and refuses what is to be ignored.

use axum::http::{HeaderMap, HeaderValue, Method, header};

/// Leaves a part that can be served, spelt as the library reads it, or none.
pub(super) fn clean(method: &Method, headers: &mut HeaderMap, bytes: u64) {
    let Some(range) = headers.remove(header::RANGE) else {
        return;
    };
    // Another method's is ignored, and so is what cannot be understood.
    let understood = range
        .to_str()
        .ok()
        .and_then(|range| understand(range, bytes));
    if let Some(range) = understood.filter(|_| *method == Method::GET) {
        headers.insert(header::RANGE, range);
    }
}

/// One range of bytes of so many; several are as good as none.
fn understand(range: &str, bytes: u64) -> Option<HeaderValue> {
    let (unit, range) = range.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = range.trim().split_once('-')?;
    if ![first, last].iter().all(|digits| are_digits(digits)) {
        return None;
    }
    let range = match (number(first), number(last)) {
        (None, None) => return None,
        // The last bytes, all if there are not that many.
        (None, Some(count)) if count >= bytes => "bytes=0-".to_owned(),
        (None, Some(count)) => format!("bytes=-{count}"),
        (Some(first), None) => format!("bytes={first}-"),
        (Some(first), Some(last)) if first > last => return None,
        (Some(first), Some(last)) => format!("bytes={first}-{last}"),
    };
    HeaderValue::try_from(range).ok()
}

fn are_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// One too large is as good as the largest.
fn number(digits: &str) -> Option<u64> {
    (!digits.is_empty()).then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(method: &Method, range: &'static str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, HeaderValue::from_static(range));
        clean(method, &mut headers, 100);
        let range = headers.get(header::RANGE)?;
        Some(range.to_str().unwrap().to_owned())
    }

    #[test]
    fn a_range_is_spelt_plainly() {
        for (range, plain) in [
            ("bytes=0-3", "bytes=0-3"),
            ("Bytes=00-03", "bytes=0-3"),
            ("bytes= 7-", "bytes=7-"),
            ("bytes=-5", "bytes=-5"),
            ("bytes=-100", "bytes=0-"),
            ("bytes=-65536", "bytes=0-"),
            ("bytes=-0", "bytes=-0"),
            ("bytes=200-300", "bytes=200-300"),
            (
                "bytes=5-99999999999999999999",
                "bytes=5-18446744073709551615",
            ),
        ] {
            assert_eq!(
                cleaned(&Method::GET, range).as_deref(),
                Some(plain),
                "{range}"
            );
        }
    }

    #[test]
    fn what_cannot_be_understood_and_other_methods_ranges_are_ignored() {
        for range in [
            "items=0-5",
            "bytes=",
            "bytes=-",
            "bytes=5-3",
            "bytes=0-1,4-5",
            "bytes=a-b",
            "bytes",
            "bytes=+1-2",
            "",
        ] {
            assert_eq!(cleaned(&Method::GET, range), None, "{range}");
        }
        assert_eq!(cleaned(&Method::HEAD, "bytes=0-3"), None);
    }
}
