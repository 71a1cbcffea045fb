use proptest::prelude::*;

use super::*;
use crate::peer::Candidate;

const UFRAG: &str = "ysXw";
const PASSWORD: &str = "vw5LmwG4y/e6dPP/zAP9Gp5k";

fn wish(fragment: &str, mid: &str) -> Result<Wish, FragmentError> {
    Ok(Fragment::parse(fragment.as_bytes())?.wish(mid)?)
}

fn credentials() -> Option<Credentials> {
    Credentials::new(UFRAG, PASSWORD)
}

fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

/// A restart as a caller with two networks asks for it.
fn restart() -> String {
    format!(
        "a=ice-options:trickle ice2\r\na=group:BUNDLE 0 1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n\
         a=mid:0\r\na=ice-ufrag:{UFRAG}\r\na=ice-pwd:{PASSWORD}\r\n\
         a=candidate:1 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag ysXw\r\n\
         a=candidate:2 1 udp 2122194687 198.51.100.2 61765 typ host generation 0\r\n\
         a=candidate:3 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active\r\n\
         a=candidate:4 1 udp 2122194687 9b36eaac-bb2e-49bb-bb78-21c41c499900.local 5 typ host\r\n\
         a=end-of-candidates\r\n"
    )
}

#[test]
fn a_restart_is_understood() {
    let expected = Wish {
        credentials: credentials(),
        candidates: addresses(&["192.0.2.1:61764", "198.51.100.2:61765"]),
    };

    assert_eq!(wish(&restart(), "0"), Ok(expected.clone()));
    let with_bare_newlines = restart().replace("\r\n", "\n");
    assert_eq!(wish(&with_bare_newlines, "0"), Ok(expected));
}

#[test]
fn what_is_said_of_all_sections_holds_for_ours() {
    let head = format!("a=ice-pwd:{PASSWORD}\r\na=ice-ufrag:{UFRAG}\r\n");
    let line = "a=candidate:1 1 udp 1 192.0.2.1 5 typ host\r\n";
    let section = |mid| format!("m=audio 9 RTP/AVP 0\r\na=mid:{mid}\r\n");
    let rows = [
        format!("{head}{line}"),
        format!("{head}{}{line}", section("0")),
        format!("{head}{}{}{line}", section("1"), section("0")),
        format!(
            "a=ice-pwd:{PASSWORD}\r\n{}a=ice-ufrag:{UFRAG}\r\n{line}",
            section("0")
        ),
        format!(
            "a=ice-ufrag:another\r\na=ice-pwd:{PASSWORD}\r\n{}a=ice-ufrag:{UFRAG}\r\n{line}",
            section("0")
        ),
    ];

    for fragment in rows {
        let expected = Wish {
            credentials: credentials(),
            candidates: addresses(&["192.0.2.1:5"]),
        };
        assert_eq!(wish(&fragment, "0"), Ok(expected), "{fragment}");
    }
}

#[test]
fn candidates_may_come_without_credentials_and_the_end_without_candidates() {
    let nothing_new = Wish {
        credentials: None,
        candidates: Vec::new(),
    };

    for fragment in [
        "a=end-of-candidates\r\n",
        "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=end-of-candidates\r\n",
        "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=candidate:1 1 udp 1 x.local 5 typ host\r\n",
    ] {
        assert_eq!(wish(fragment, "0"), Ok(nothing_new.clone()), "{fragment}");
    }
}

#[test]
fn what_is_no_fragment_is_malformed() {
    let rows: [(&[u8], Malformed); 8] = [
        (b"", Malformed::Empty),
        (b"\r\n\r\n", Malformed::Empty),
        (b"a=ice-options:trickle\r\n", Malformed::Empty),
        (b"a=x\xff", Syntax::NotUtf8.into()),
        (b"a=x\0y", Syntax::ControlCharacter { line: 1 }.into()),
        (b"a=x\r\n{}", Syntax::BadLine { line: 2 }.into()),
        (
            b"m=audio\r\na=mid:0",
            Syntax::BadMediaLine { line: 1 }.into(),
        ),
        (b"m=audio 9 X 0\r\na=ice-ufrag:x", Malformed::NoMid),
    ];

    for (body, reason) in rows {
        assert_eq!(Fragment::parse(body), Err(reason.into()));
    }
}

#[test]
fn what_no_call_can_do_is_said() {
    let contradiction = |attribute| Impossible::from(Unacceptable::Contradiction { attribute });
    let bad = || Impossible::from(Unacceptable::BadIceCredentials);
    let replaced = |passage: &str, other: &str| restart().replace(passage, other);
    let rows = [
        (replaced("a=mid:0", "a=mid:7"), Impossible::UnknownMid),
        (
            replaced("a=mid:0", "a=mid:0\r\na=mid:1"),
            contradiction("mid"),
        ),
        (
            replaced("a=ice-ufrag:ysXw\r\n", ""),
            Impossible::HalfRestart,
        ),
        (
            replaced(&format!("a=ice-pwd:{PASSWORD}\r\n"), ""),
            Impossible::HalfRestart,
        ),
        (replaced("ufrag:ysXw", "ufrag:ysX"), bad()),
        (replaced("ufrag:ysXw", "ufrag:ys w"), bad()),
        (replaced(PASSWORD, "tooshort"), bad()),
        (replaced(PASSWORD, &"x".repeat(257)), bad()),
        (
            replaced("a=mid:0", "a=mid:0\r\na=ice-ufrag:other"),
            contradiction("ice-ufrag"),
        ),
    ];

    for (fragment, reason) in rows {
        assert_eq!(wish(&fragment, "0"), Err(reason.into()), "{fragment}");
    }
}

#[test]
fn a_fragment_has_the_limits_of_an_offer() {
    let mid = "m=audio 9 X 0\r\na=mid:0\r\n";
    let line = "a=candidate:1 1 udp 1 192.0.2.1 5 typ host\r\n";
    let rows = [
        ("x".repeat(MAX_FRAGMENT_BYTES + 1), FragmentError::TooLarge),
        (
            "a=x\r\n".repeat(1_001),
            Impossible::from(Unacceptable::TooManyLines).into(),
        ),
        (
            mid.repeat(9),
            Impossible::from(Unacceptable::TooManySections).into(),
        ),
        (
            format!("{mid}{}", line.repeat(129)),
            Impossible::from(Unacceptable::TooManyCandidates).into(),
        ),
    ];

    for (fragment, reason) in rows {
        assert_eq!(wish(&fragment, "0"), Err(reason));
    }
}

#[test]
fn our_answer_to_a_restart_is_a_fragment_with_all_that_the_caller_needs() {
    let local = LocalSide {
        ufrag: UFRAG.to_owned(),
        password: PASSWORD.to_owned(),
        candidates: vec![Candidate::Host("192.0.2.7:3001".parse().unwrap())],
        mode: IceMode::Lite,
    };

    let fragment = write(&local, "audio-0");

    assert_eq!(
        fragment,
        format!(
            "a=ice-lite\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:audio-0\r\na=ice-ufrag:{UFRAG}\r\n\
             a=ice-pwd:{PASSWORD}\r\na=candidate:1 1 udp 2130706431 192.0.2.7 3001 typ host\r\n\
             a=end-of-candidates\r\n"
        )
    );
    let expected = Wish {
        credentials: credentials(),
        candidates: addresses(&["192.0.2.7:3001"]),
    };
    assert_eq!(wish(&fragment, "audio-0"), Ok(expected));
    let full = LocalSide {
        mode: IceMode::Full,
        ..local
    };
    assert!(write(&full, "0").starts_with("m=audio"));
}

#[test]
fn nothing_of_a_fragment_is_in_a_log() {
    let fragment = Fragment::parse(restart().as_bytes()).unwrap();

    let shown = format!("{fragment:?}");

    assert!(
        !shown.contains(UFRAG) && !shown.contains("192.0.2.1"),
        "{shown}"
    );
}

proptest! {
    #[test]
    fn any_change_to_a_fragment_leaves_every_promise_kept(
        place in any::<prop::sample::Index>(),
        junk in prop::collection::vec(any::<u8>(), 0..20),
    ) {
        let mut bytes = restart().into_bytes();
        let at = place.index(bytes.len());

        bytes.splice(at..(at + junk.len()).min(restart().len()), junk);

        crate::fuzzing::fragment(&bytes);
    }
}
