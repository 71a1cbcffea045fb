//! No text in place of an id opens, changes or removes anything.

use std::fs;

use super::*;

const CANARY: &str = "a canary outside";

/// Ways to say "up", in many codings.
const UPS: &[&str] = &[
    "..",
    "%2e%2e",
    "%2E%2E",
    ".%2e",
    "%2e.",
    "%252e%252e",
    "%c0%ae%c0%ae",
    "%e0%80%ae%e0%80%ae",
    "%uff0e%uff0e",
    "....",
    "..;",
    "%2e%2e%3b",
    "..%00",
    "%ef%bc%8e%ef%bc%8e",
    "~",
    ".",
];
const SEPARATORS: &[&str] = &[
    "%2f",
    "%2F",
    "%5c",
    "%255c",
    "%252f",
    "%c0%af",
    "%e2%88%95",
    "%00%2f",
    "%2f%2f",
    "%2f.%2f",
];
const TARGETS: &[&str] = &["canary", "etc%2fpasswd", ".key", "1"];
/// What is nearly an id, or a path by itself.
const ODD: &[&str] = &[
    "1%00",
    "1%20",
    "%201",
    "1%0a",
    "1%0d%0a",
    "+1",
    "-1",
    "0x1",
    "1e1",
    "1.0",
    "01",
    "%D9%A1",
    "%ff",
    "%2fetc%2fpasswd",
    "%5c%5chost%5cshare",
    "file:%2f%2f%2fetc",
    "CON",
    "1%3f",
    "1%23",
    "%",
];

fn payloads() -> Vec<String> {
    let mut payloads: Vec<String> = ODD.iter().map(|odd| (*odd).to_owned()).collect();
    for up in UPS {
        for separator in SEPARATORS {
            for target in TARGETS {
                payloads.push(format!("{up}{separator}{target}"));
            }
        }
    }
    payloads.push("9".repeat(4_000));
    payloads.push("%2e%2e%2f".repeat(400));
    payloads
}

#[tokio::test]
async fn no_payload_opens_changes_or_removes_anything() {
    let server = Server::new();
    let canaries = ["canary", "user_audio.ogg", "metadata.json", "peaks.bin"];
    for place in [
        server.folder.path().to_owned(),
        server.folder.path().join("recordings"),
    ] {
        for name in canaries {
            fs::write(place.join(name), CANARY).unwrap();
        }
    }
    let payloads = payloads();
    assert!(payloads.len() > 500, "{}", payloads.len());

    for payload in &payloads {
        for (verb, rest) in [
            ("GET", ""),
            ("DELETE", ""),
            ("GET", "/user_audio.ogg"),
            ("HEAD", "/user_audio.ogg"),
            ("GET", "/user_audio.ogg?format=wav"),
            ("GET", "/peaks"),
        ] {
            let head = format!("{verb} /conversations/{payload}{rest}");
            let Ok(asked) = Request::builder()
                .method(verb)
                .header("host", "localhost")
                .uri(&head[verb.len() + 1..])
                .body(Body::empty())
            else {
                // No client can send it.
                continue;
            };
            let answer = server.ask(asked).await;

            assert_eq!(answer.status, 404, "{head}");
            let body = String::from_utf8_lossy(&answer.body);
            assert!(!body.contains(CANARY), "{head}");
        }
    }
    for place in [
        server.folder.path().to_owned(),
        server.folder.path().join("recordings"),
    ] {
        for name in canaries {
            assert_eq!(fs::read_to_string(place.join(name)).unwrap(), CANARY);
        }
    }
}
