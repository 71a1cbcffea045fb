//! Which form of a file a browser gets (RFC 9110 §12.5.3).

use axum::http::{HeaderMap, header};

/// A form in which a file can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Encoding {
    Brotli,
    Gzip,
    Identity,
}

impl Encoding {
    /// The smallest first.
    pub(super) const COMPRESSED: [Self; 2] = [Self::Brotli, Self::Gzip];

    /// What the name of a file in this form ends with.
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
            Self::Identity => "",
        }
    }

    /// Its name in `Content-Encoding`, where it has one.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }
}

/// The form with the highest weight among those that exist, and the smallest of equals. Identity
/// is sent when nothing else may be, even to who refuses it: better than an error.
pub(super) fn choose(asked: &HeaderMap, exists: impl Fn(Encoding) -> bool) -> Encoding {
    let lists = asked.get_all(header::ACCEPT_ENCODING).into_iter();
    let weights: Vec<(&str, u16)> = lists
        .filter_map(|list| list.to_str().ok())
        .flat_map(|list| list.split(','))
        .filter_map(weigh)
        .collect();
    let weight_of = |name: &str| {
        let named = |wanted: &str| {
            weights
                .iter()
                .find(|(coding, _)| coding.eq_ignore_ascii_case(wanted))
        };
        named(name)
            .or_else(|| named("*"))
            .map(|(_, weight)| *weight)
    };
    // Not named, identity is acceptable, but worth less than whatever was named.
    let mut best = (Encoding::Identity, weight_of("identity").unwrap_or(1));
    for encoding in Encoding::COMPRESSED
        .into_iter()
        .rev()
        .filter(|encoding| exists(*encoding))
    {
        let weight = encoding.name().and_then(weight_of).unwrap_or(0);
        if weight > 0 && weight >= best.1 {
            best = (encoding, weight);
        }
    }
    best.0
}

/// A coding and its weight in thousandths (RFC 9110 §12.4.2).
fn weigh(item: &str) -> Option<(&str, u16)> {
    let (coding, parameters) = item.split_once(';').unwrap_or((item, ""));
    let weight = match parameters.trim().split_once('=') {
        None => 1_000,
        Some((name, value)) if name.trim().eq_ignore_ascii_case("q") => thousandths(value.trim())?,
        Some(_) => return None,
    };
    Some((coding.trim(), weight))
}

/// `0`, `1`, `0.5` or `0.333`; at most three places.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction: u16 = format!("{fraction:0<3}").parse().ok()?;
    match (whole, fraction) {
        ("0", fraction) => Some(fraction),
        ("1", 0) => Some(1_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Encoding::{Brotli, Gzip, Identity};

    fn chosen(accepted: &str) -> Encoding {
        let mut asked = HeaderMap::new();
        asked.insert(header::ACCEPT_ENCODING, accepted.parse().unwrap());
        choose(&asked, |_| true)
    }

    #[test]
    fn weights_decide_and_size_decides_between_equals() {
        for (accepted, encoding) in [
            ("gzip, deflate, br, zstd", Brotli),
            ("br", Brotli),
            ("BR", Brotli),
            ("gzip", Gzip),
            ("gzip;q=1.0, br;q=0.5", Gzip),
            ("gzip;q=0.5,br;q=0.501", Brotli),
            ("br;q=0, gzip", Gzip),
            ("br;q=0, gzip;q=0.000", Identity),
            ("*", Brotli),
            ("br;q=0, *", Gzip),
            ("*;q=0, gzip;q=0.1", Gzip),
            ("identity, br;q=0.9", Identity),
            ("identity;q=0.1, gzip;q=0.2", Gzip),
            ("identity;q=0", Identity),
            ("", Identity),
            ("zstd, deflate", Identity),
            ("br;q=2", Identity),
            ("br;q=1.001", Identity),
            ("br;q=-1", Identity),
            ("br;q=0.0001", Identity),
            ("br;level=5", Identity),
            ("br ; q=0.4 , gzip ;q=0.3", Brotli),
            (";;;,,,", Identity),
        ] {
            assert_eq!(chosen(accepted), encoding, "{accepted:?}");
        }
    }

    #[test]
    fn who_asks_for_nothing_gets_the_plain_form() {
        assert_eq!(choose(&HeaderMap::new(), |_| true), Identity);
    }

    #[test]
    fn what_does_not_exist_is_not_chosen() {
        let mut asked = HeaderMap::new();
        asked.insert(header::ACCEPT_ENCODING, "br, gzip;q=0.1".parse().unwrap());

        assert_eq!(choose(&asked, |encoding| encoding != Brotli), Gzip);
        assert_eq!(choose(&asked, |encoding| encoding == Identity), Identity);
    }
}
