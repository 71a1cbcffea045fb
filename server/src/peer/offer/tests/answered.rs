//! What is understood is answered, and rightly.

use std::sync::LazyLock;
use std::time::Instant;

use proptest::prelude::*;

use super::*;
use crate::peer::{Candidate, IceMode, Identity, LocalSide, Peer};

/// One for all: making it is slow.
static IDENTITY: LazyLock<Identity> = LazyLock::new(|| Identity::generate().unwrap());

/// What a peer answers.
fn answer(offer: &Offer) -> Result<String, crate::peer::AcceptError> {
    let local = LocalSide {
        ufrag: "ours".to_owned(),
        password: "P2uYro0UCOQ4zxjKXaWCBui1".to_owned(),
        candidates: vec![Candidate::Host(SocketAddr::from(([192, 0, 2, 1], 3001)))],
        mode: IceMode::Lite,
    };
    Peer::accept(offer, &local, &IDENTITY, Instant::now()).map(|(_, answer)| answer)
}

/// What must hold for the answer to any offer that was understood.
fn check(offer: &str) -> Result<(), String> {
    let offer_text = offer;
    let offer = parse(offer).map_err(|error| error.to_string())?;
    let answer = answer(&offer).map_err(|error| error.to_string())?;
    let count = |passage: &str| answer.matches(passage).count();
    let direction = match offer.direction {
        Direction::SendRecv => "\r\na=sendrecv\r\n",
        Direction::SendOnly => "\r\na=recvonly\r\n",
    };
    let setup = match offer.answering_role {
        DtlsRole::Client => "\r\na=setup:active\r\n",
        DtlsRole::Server => "\r\na=setup:passive\r\n",
    };
    let sections = offer_text
        .lines()
        .filter(|line| line.starts_with("m="))
        .count();
    let facts = [
        ("as many sections as offered", count("\r\nm=") == sections),
        (
            "one that is accepted",
            count(" 0 ") >= sections - 1 && count("\r\na=rtcp-mux\r\n") == 1,
        ),
        (
            "audio over the offered protocol",
            count(&format!(
                "\r\nm=audio 9 UDP/TLS/RTP/SAVPF {}\r\n",
                offer.opus_payload_type
            )) == 1,
        ),
        ("a direction that fits", count(direction) == 1),
        ("a role that fits", count(setup) == 1),
        (
            "Opus",
            count(&format!(
                "a=rtpmap:{} opus/48000/2\r\n",
                offer.opus_payload_type
            )) == 1,
        ),
        ("one candidate", count("a=candidate:") == 1),
        ("a fingerprint", count("a=fingerprint:sha-256 ") == 1),
        ("our credentials", count("a=ice-ufrag:ours\r\n") == 1),
        (
            "a group only where one was offered",
            count("a=group:") <= offer_text.matches("a=group:BUNDLE").count(),
        ),
    ];
    match facts.into_iter().find(|(_, holds)| !holds) {
        Some((fact, _)) => Err(format!("not {fact}:\n{answer}")),
        None => Ok(()),
    }
}

#[test]
fn real_offers_are_answered_rightly() {
    for (name, offer) in real::ALL {
        assert_eq!(check(offer), Ok(()), "{name}");
    }
}

#[test]
fn mended_offers_are_answered_rightly() {
    let video = section("video 9 UDP/TLS/RTP/SAVPF 96", "v");
    let rows = [
        ("plain", PLAIN.to_owned()),
        ("no direction", plain_with("a=sendrecv\r\n", "")),
        ("send only", plain_with("a=sendrecv", "a=sendonly")),
        ("no group", plain_with("a=group:BUNDLE 0\r\n", "")),
        (
            "no group, two sections",
            plain_with("a=group:BUNDLE 0\r\n", "") + &video,
        ),
        (
            "a group without the audio",
            plain_with("BUNDLE 0", "BUNDLE v") + &video,
        ),
        ("active", plain_with("actpass", "active")),
        ("passive", plain_with("actpass", "passive")),
        ("no channels", plain_with("opus/48000/2", "opus/48000")),
        (
            "no ssrc",
            plain_with("a=ssrc:3570614608 cname:4TOk42mSjXCkVIa6\r\n", ""),
        ),
        (
            "no parameters",
            plain_with("a=fmtp:111 minptime=10;useinbandfec=1\r\n", ""),
        ),
        (
            "odd parameters",
            plain_with("minptime=10;useinbandfec=1", ";;=;x=%00;stereo=7"),
        ),
        ("a static payload type", PLAIN.replace("111", "5")),
        (
            "a mid in braces",
            PLAIN
                .replace("mid:0", "mid:{x}")
                .replace("BUNDLE 0", "BUNDLE {x}"),
        ),
    ];

    for (name, offer) in rows {
        assert_eq!(check(&offer), Ok(()), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn whatever_is_understood_is_answered_rightly(
        which in 0..real::ALL.len(),
        edits in prop::collection::vec((0..60_usize, 0..60_usize, 0..4_u8), 1..4),
    ) {
        let (_, offer) = real::ALL[which];
        let mut lines: Vec<String> = offer.lines().map(str::to_owned).collect();
        for (from, to, edit) in edits {
            let (from, to) = (from % lines.len(), to % lines.len());
            match edit {
                0 => drop(lines.remove(from)),
                1 => lines.swap(from, to),
                2 => lines.insert(to, lines[from].clone()),
                _ => lines[from].truncate(to),
            }
        }
        let offer = lines.join("\r\n");

        if parse(&offer).is_ok() {
            prop_assert_eq!(check(&offer), Ok(()));
        }
    }
}
