//! What is refused, and with which reason.

mod identity;
mod limits;
mod media;
mod syntax;

use proptest::prelude::*;

use super::*;

/// A name, an offer, and why it is refused.
type Row = (&'static str, String, Unacceptable);

fn assert_refused(rows: Vec<Row>) {
    for (name, offer, reason) in rows {
        assert_eq!(
            parse(&offer),
            Err(OfferError::Unacceptable(reason)),
            "{name}"
        );
    }
}

#[test]
fn every_truncation_is_refused_or_understood() {
    let understood = (0..PLAIN.len()).filter(|&length| parse(&PLAIN[..length]).is_ok());

    // Without the rtpmap of Opus there is nothing to take, whatever came before it.
    let opus = PLAIN.find("opus/48000").unwrap();
    assert!(understood.min().unwrap() >= opus + "opus/48000".len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_bytes_are_refused_without_panic(body in prop::collection::vec(any::<u8>(), 0..2_000)) {
        prop_assert!(Offer::parse(&body).is_err());
    }

    #[test]
    fn what_is_understood_is_bounded_and_of_one_line(
        edits in prop::collection::vec((0..PLAIN.len(), 0..40_usize, "[ -~]{0,40}|\r\n|a=candidate:1 1 udp 1 10[.]0[.]0[.]1 9 typ host\r\n"), 1..8)
    ) {
        let mut offer = PLAIN.to_owned();
        for (at, length, text) in edits {
            let at = at.min(offer.len());
            let end = (at + length).min(offer.len());
            offer.replace_range(at..end, &text);
        }

        if let Ok(understood) = parse(&offer) {
            prop_assert!(understood.candidates.len() <= 8);
            let texts = [
                &understood.mid,
                &understood.credentials.ufrag,
                &understood.credentials.password,
                &understood.fingerprint,
            ];
            // Each goes into lines of ours, and must not break out of them.
            prop_assert!(texts.iter().all(|text| text.len() <= 256 && !text.contains(['\r', '\n'])));
        }
    }
}
