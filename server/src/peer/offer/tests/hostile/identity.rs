//! Callers who do not say who they are.

use super::super::*;
use super::assert_refused;
use Unacceptable::{
    BadFingerprint, BadIceCredentials, BadMid, BadSetup, Contradiction, DuplicateMid, IceLite,
    NoFingerprint, NoIceCredentials, NoSetup, WeakFingerprint,
};

#[test]
fn a_caller_who_does_not_say_who_he_is_is_refused() {
    let ufrag = |line: &str| plain_with("a=ice-ufrag:EsAw", line);
    let pwd = |line: &str| plain_with("a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1", line);
    let digest = |digest: &str| PLAIN.replace(FINGERPRINT, digest);
    let fingerprint =
        |line: &str| PLAIN.replace(&format!("a=fingerprint:sha-256 {FINGERPRINT}"), line);
    let setup = |line: &str| plain_with("a=setup:actpass", line);
    let mid = |line: &str| plain_with("a=mid:0", line);
    let other = FINGERPRINT.replace("6B", "7B");
    assert_refused(vec![
        ("no ufrag", ufrag("a=x"), NoIceCredentials),
        ("no password", pwd("a=x"), NoIceCredentials),
        (
            "no ICE at all",
            ufrag("a=x").replace("a=ice-pwd", "a=y"),
            NoIceCredentials,
        ),
        ("an empty ufrag", ufrag("a=ice-ufrag:"), BadIceCredentials),
        (
            "a ufrag of three letters",
            ufrag("a=ice-ufrag:abc"),
            BadIceCredentials,
        ),
        (
            "a ufrag of 257 letters",
            ufrag(&format!("a=ice-ufrag:{}", "a".repeat(257))),
            BadIceCredentials,
        ),
        (
            "a ufrag of 50 kB",
            ufrag(&format!("a=ice-ufrag:{}", "a".repeat(50_000))),
            BadIceCredentials,
        ),
        (
            "a ufrag with a colon",
            ufrag("a=ice-ufrag:ab:cd"),
            BadIceCredentials,
        ),
        (
            "a ufrag with a blank",
            ufrag("a=ice-ufrag:ab cd"),
            BadIceCredentials,
        ),
        (
            "a ufrag with an umlaut",
            ufrag("a=ice-ufrag:abäd"),
            BadIceCredentials,
        ),
        (
            "a password of 21 letters",
            pwd("a=ice-pwd:P2uYro0UCOQ4zxjKXaWCB"),
            BadIceCredentials,
        ),
        (
            "a password of 257 letters",
            pwd(&format!("a=ice-pwd:{}", "a".repeat(257))),
            BadIceCredentials,
        ),
        (
            "a password with a quote",
            pwd("a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBu\"1"),
            BadIceCredentials,
        ),
        (
            "two ufrags",
            ufrag("a=ice-ufrag:EsAw\r\na=ice-ufrag:OtHe"),
            Contradiction {
                attribute: "ice-ufrag",
            },
        ),
        (
            "two passwords",
            pwd("a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui2"),
            Contradiction {
                attribute: "ice-pwd",
            },
        ),
        (
            "ICE-lite",
            plain_with("t=0 0\r\n", "t=0 0\r\na=ice-lite\r\n"),
            IceLite,
        ),
        ("no fingerprint", fingerprint("a=x"), NoFingerprint),
        (
            "md5",
            fingerprint("a=fingerprint:md5 6B:8B:5D:EA:59:04:20:23:29:C8:87:1C:CC:87:32:BE"),
            WeakFingerprint,
        ),
        (
            "sha-1",
            fingerprint(
                "a=fingerprint:sha-1 6B:8B:5D:EA:59:04:20:23:29:C8:87:1C:CC:87:32:BE:DD:8C:66:A5",
            ),
            WeakFingerprint,
        ),
        (
            "an unknown hash",
            fingerprint(&format!("a=fingerprint:crc-32 {FINGERPRINT}")),
            WeakFingerprint,
        ),
        (
            "an empty fingerprint",
            fingerprint("a=fingerprint:"),
            BadFingerprint,
        ),
        (
            "a hash without a digest",
            fingerprint("a=fingerprint:sha-256"),
            BadFingerprint,
        ),
        ("an empty digest", digest(""), BadFingerprint),
        (
            "a short digest",
            digest(FINGERPRINT.trim_end_matches(":BC")),
            BadFingerprint,
        ),
        (
            "a long digest",
            digest(&format!("{FINGERPRINT}:00")),
            BadFingerprint,
        ),
        (
            "a digest without colons",
            digest(&FINGERPRINT.replace(':', "")),
            BadFingerprint,
        ),
        (
            "a digest with dashes",
            digest(&FINGERPRINT.replace(':', "-")),
            BadFingerprint,
        ),
        (
            "a digest that is not hexadecimal",
            digest(&FINGERPRINT.replace("6B", "6G")),
            BadFingerprint,
        ),
        (
            "a digest of many bytes a letter",
            digest(&FINGERPRINT.replace("6B", "ß")),
            BadFingerprint,
        ),
        (
            "two certificates",
            plain_and(&format!("a=fingerprint:sha-256 {other}\r\n")),
            Contradiction {
                attribute: "fingerprint",
            },
        ),
        ("no setup", setup("a=x"), NoSetup),
        ("holdconn", setup("a=setup:holdconn"), BadSetup),
        ("an empty setup", setup("a=setup:"), BadSetup),
        ("a setup nobody knows", setup("a=setup:none"), BadSetup),
        ("setup in capitals", setup("a=setup:ACTPASS"), BadSetup),
        (
            "two setups",
            setup("a=setup:active\r\na=setup:passive"),
            Contradiction { attribute: "setup" },
        ),
        ("no mid", mid("a=x"), BadMid),
        ("an empty mid", mid("a=mid:"), BadMid),
        ("a mid with a blank", mid("a=mid:0 1"), BadMid),
        ("a mid with a slash", mid("a=mid:../0"), BadMid),
        (
            "a mid of 65 letters",
            mid(&format!("a=mid:{}", "0".repeat(65))),
            BadMid,
        ),
        (
            "two mids",
            mid("a=mid:0\r\na=mid:1"),
            Contradiction { attribute: "mid" },
        ),
        (
            "a mid of two sections",
            plain_and(&section("video 9 UDP/TLS/RTP/SAVPF 96", "0")),
            DuplicateMid,
        ),
        (
            "a mid of two other sections",
            plain_and(
                &(section("video 9 UDP/TLS/RTP/SAVPF 96", "1")
                    + &section("video 9 UDP/TLS/RTP/SAVPF 96", "1")),
            ),
            DuplicateMid,
        ),
    ]);
}
