//! Sizes, and what is just within them.

use super::super::*;
use super::assert_refused;
use Unacceptable::{TooManyCandidates, TooManyLines, TooManySections};

#[test]
fn sizes_have_limits_and_the_limits_themselves_are_fine() {
    let filled =
        |size: usize| plain_and(&format!("a=x:{}\r\n", "x".repeat(size - PLAIN.len() - 6)));
    let lines = |count: usize| plain_and(&"a=x\r\n".repeat(count - PLAIN.lines().count()));
    let sections = |count: usize| {
        (1..count).fold(PLAIN.to_owned(), |offer, mid| {
            offer + &section("video 9 UDP/TLS/RTP/SAVPF 96", &format!("v{mid}"))
        })
    };
    let candidates = |count: usize| {
        plain_and(&"a=candidate:1 1 udp 1 192.0.2.7 5000 typ host\r\n".repeat(count - 1))
    };

    assert_eq!(filled(65_536).len(), 65_536);
    assert!(parse(&filled(65_536)).is_ok());
    assert!(parse(&lines(1_000)).is_ok());
    assert!(parse(&sections(8)).is_ok());
    assert!(parse(&candidates(128)).is_ok());
    assert_eq!(parse(&filled(65_537)), Err(OfferError::TooLarge));
    assert_eq!(
        Offer::parse(&vec![b'x'; 5_000_000]),
        Err(OfferError::TooLarge)
    );
    assert_refused(vec![
        ("1,001 lines", lines(1_001), TooManyLines),
        ("10,000 lines", lines(10_000), TooManyLines),
        ("nine sections", sections(9), TooManySections),
        (
            "400 sections",
            "v=0\r\n".to_owned() + &"m=audio 9 RTP/AVP 0\r\n".repeat(400),
            TooManySections,
        ),
        ("129 candidates", candidates(129), TooManyCandidates),
        ("900 candidates", candidates(900), TooManyCandidates),
    ]);
}
