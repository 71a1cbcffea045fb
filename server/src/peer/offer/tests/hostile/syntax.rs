//! Bodies that are no session description.

use super::super::*;

#[test]
fn what_is_no_session_description_is_refused_as_such() {
    let control = |line| Syntax::ControlCharacter { line };
    let bad = |line| Syntax::BadLine { line };
    let media = |line| Syntax::BadMediaLine { line };
    let with_media =
        |line: &str| plain_with("m=audio 9 UDP/TLS/RTP/SAVPF 111 0", line).into_bytes();
    let with = |passage, other| plain_with(passage, other).into_bytes();
    let rows: Vec<(&str, Vec<u8>, Syntax)> = vec![
        ("nothing", vec![], Syntax::NoVersion),
        ("a blank line", b"\r\n".to_vec(), Syntax::NoVersion),
        ("one NUL", vec![0], Syntax::NoVersion),
        ("a hundred NULs", vec![0; 100], Syntax::NoVersion),
        (
            "bytes that are no UTF-8",
            vec![0xff, 0xfe, 0xfd],
            Syntax::NotUtf8,
        ),
        (
            "UTF-16",
            "v=0".encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Syntax::NoVersion,
        ),
        (
            "a byte order mark",
            [b"\xef\xbb\xbf", PLAIN.as_bytes()].concat(),
            Syntax::NoVersion,
        ),
        (
            "Latin-1 in a name",
            [PLAIN.as_bytes(), b"a=x:\xe9\r\n"].concat(),
            Syntax::NotUtf8,
        ),
        (
            "an overlong NUL",
            [PLAIN.as_bytes(), b"a=x:\xc0\x80\r\n"].concat(),
            Syntax::NotUtf8,
        ),
        (
            "JSON",
            br#"{"type":"offer","sdp":"v=0"}"#.to_vec(),
            Syntax::NoVersion,
        ),
        (
            "HTML",
            b"<html><body>v=0</body></html>".to_vec(),
            Syntax::NoVersion,
        ),
        ("a form", b"sdp=v%3D0%0D%0A".to_vec(), Syntax::NoVersion),
        ("words", b"hello, echo".to_vec(), Syntax::NoVersion),
        (
            "a quoted offer",
            format!("\"{PLAIN}\"").into_bytes(),
            Syntax::NoVersion,
        ),
        (
            "an escaped offer",
            PLAIN.replace("\r\n", "\\r\\n").into_bytes(),
            Syntax::NoVersion,
        ),
        (
            "a blank before the first line",
            format!(" {PLAIN}").into_bytes(),
            Syntax::NoVersion,
        ),
        ("version 1", with("v=0", "v=1"), Syntax::NoVersion),
        ("version 00", with("v=0", "v=00"), Syntax::NoVersion),
        ("no version", with("v=0\r\n", ""), Syntax::NoVersion),
        (
            "the version second",
            with("v=0\r\no=", "o=x\r\nv=0\r\no="),
            Syntax::NoVersion,
        ),
        (
            "only a version",
            b"v=0\r\n".to_vec(),
            Syntax::MissingLine { letter: 'o' },
        ),
        (
            "no origin",
            with("o=- 4611733054762223410 2 IN IP4 127.0.0.1\r\n", ""),
            Syntax::MissingLine { letter: 'o' },
        ),
        (
            "no name",
            with("s=-\r\n", ""),
            Syntax::MissingLine { letter: 's' },
        ),
        (
            "no time",
            with("t=0 0\r\n", ""),
            Syntax::MissingLine { letter: 't' },
        ),
        (
            "the time in the section",
            with("t=0 0\r\n", "")
                .into_iter()
                .chain(*b"t=0 0\r\n")
                .collect(),
            Syntax::MissingLine { letter: 't' },
        ),
        (
            "an empty line inside",
            with("s=-\r\n", "\r\ns=-\r\n"),
            bad(3),
        ),
        (
            "a line without an equals sign",
            with("s=-", "sample"),
            bad(3),
        ),
        ("a line of one letter", with("s=-", "s"), bad(3)),
        ("a capital letter", with("s=-", "S=-"), bad(3)),
        (
            "a word before the equals sign",
            with("s=-", "name=-"),
            bad(3),
        ),
        (
            "an umlaut before the equals sign",
            with("s=-", "ä=-"),
            bad(3),
        ),
        ("an indented line", with("s=-", " s=-"), bad(3)),
        ("a NUL in a line", with("s=-", "s=\0"), control(3)),
        ("an escape in a line", with("s=-", "s=\x1b[2J"), control(3)),
        (
            "carriage returns only",
            PLAIN.replace("\r\n", "\r").into_bytes(),
            Syntax::NoVersion,
        ),
        (
            "a carriage return in a line",
            with("s=-", "s=\r-"),
            control(3),
        ),
        (
            "a control character of Latin-1",
            with("s=-", "s=\u{85}"),
            control(3),
        ),
        ("an empty media line", with_media("m="), media(6)),
        ("a media line of one word", with_media("m=audio"), media(6)),
        (
            "a media line without formats",
            with_media("m=audio 9 UDP/TLS/RTP/SAVPF"),
            media(6),
        ),
        (
            "a media line with blank formats",
            with_media("m=audio 9 UDP/TLS/RTP/SAVPF  "),
            media(6),
        ),
        (
            "a port that is a word",
            with_media("m=audio nine UDP/TLS/RTP/SAVPF 111"),
            media(6),
        ),
        (
            "a port above all ports",
            with_media("m=audio 65536 UDP/TLS/RTP/SAVPF 111"),
            media(6),
        ),
        (
            "a port below all ports",
            with_media("m=audio -1 UDP/TLS/RTP/SAVPF 111"),
            media(6),
        ),
        (
            "two blanks in the media line",
            with_media("m=audio  9 UDP/TLS/RTP/SAVPF 111"),
            media(6),
        ),
    ];

    for (name, offer, reason) in rows {
        assert_eq!(
            Offer::parse(&offer),
            Err(OfferError::NotSdp(reason)),
            "{name}"
        );
    }
}
