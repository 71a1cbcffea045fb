//! What is understood, and how.

use super::*;

fn addresses(candidates: &[&str]) -> Vec<String> {
    let lines: String = candidates
        .iter()
        .map(|line| format!("a=candidate:{line}\r\n"))
        .collect();
    let offer = plain_with(
        "a=candidate:1 1 udp 2122260223 192.0.2.7 50000 typ host generation 0\r\n",
        &lines,
    );
    parse(&offer)
        .unwrap()
        .candidates
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn all_that_is_needed_is_understood() {
    let offer = parse(PLAIN).unwrap();

    assert_eq!(offer.mid, "0");
    assert_eq!(offer.credentials.ufrag, "EsAw");
    assert_eq!(offer.credentials.password, "P2uYro0UCOQ4zxjKXaWCBui1");
    assert_eq!(offer.fingerprint, FINGERPRINT);
    assert_eq!(offer.opus_payload_type, 111);
    assert_eq!(
        offer.candidates,
        [SocketAddr::from(([192, 0, 2, 7], 50_000))]
    );
}

#[test]
fn no_secret_of_an_offer_is_in_its_debug_text() {
    let offer = format!("{:?}", parse(PLAIN).unwrap());

    assert!(!offer.contains("P2uYro0UCOQ4zxjKXaWCBui1"), "{offer}");
}

#[test]
fn a_missing_direction_means_both() {
    let offer = parse(&plain_with("a=sendrecv\r\n", "")).unwrap();

    assert_eq!(offer.direction, Direction::SendRecv);
}

#[test]
fn a_caller_may_speak_without_an_echo() {
    let offer = parse(&plain_with("a=sendrecv", "a=sendonly")).unwrap();

    assert_eq!(offer.direction, Direction::SendOnly);
}

#[test]
fn the_section_says_its_direction_before_the_session() {
    let offer = parse(&plain_with("t=0 0\r\n", "t=0 0\r\na=inactive\r\n")).unwrap();

    assert_eq!(offer.direction, Direction::SendRecv);
}

#[test]
fn the_answering_role_fits_the_offered_one() {
    let role = |setup: &str| {
        parse(&plain_with("setup:actpass", setup))
            .unwrap()
            .answering_role
    };

    assert_eq!(
        [
            role("setup:actpass"),
            role("setup:active"),
            role("setup:passive")
        ],
        [DtlsRole::Client, DtlsRole::Server, DtlsRole::Client]
    );
}

#[test]
fn what_is_said_for_the_session_holds_for_its_section() {
    let mut offer = PLAIN.to_owned();
    for name in ["a=ice-ufrag", "a=ice-pwd", "a=fingerprint", "a=setup"] {
        let line = PLAIN.lines().find(|line| line.starts_with(name)).unwrap();
        offer = offer.replace(&format!("{line}\r\n"), "");
        offer = offer.replace("t=0 0\r\n", &format!("t=0 0\r\n{line}\r\n"));
    }

    assert_eq!(parse(&offer).unwrap(), parse(PLAIN).unwrap());
}

#[test]
fn the_opus_that_the_caller_likes_best_is_taken() {
    let offer = plain_with("SAVPF 111 0", "SAVPF 0 96 111")
        + "a=rtpmap:96 OPUS/48000/2\r\na=fmtp:96 stereo=1\r\n";

    let offer = parse(&offer).unwrap();

    assert_eq!((offer.opus_payload_type, offer.wants_stereo), (96, true));
}

#[test]
fn opus_may_forget_its_channels() {
    let offer = parse(&plain_with("opus/48000/2", "opus/48000")).unwrap();

    assert_eq!(offer.opus_payload_type, 111);
}

#[test]
fn stereo_is_wished_or_announced() {
    let wants = |parameters: &str| {
        parse(&plain_with("minptime=10;useinbandfec=1", parameters))
            .unwrap()
            .wants_stereo
    };

    assert!(wants("stereo=1"));
    assert!(wants("minptime=10; sprop-stereo=1"));
    assert!(wants("STEREO=1"));
    assert!(!wants("stereo=0;sprop-stereo=0"));
    assert!(!wants("xstereo=1"));
    assert!(!wants("stereo=10"));
}

#[test]
fn line_ends_and_trailing_empty_lines_do_not_matter() {
    let plain = parse(PLAIN).unwrap();

    assert_eq!(parse(&PLAIN.replace("\r\n", "\n")).unwrap(), plain);
    assert_eq!(parse(&plain_and("\r\n\r\n")).unwrap(), plain);
    assert_eq!(parse(PLAIN.trim_end()).unwrap(), plain);
}

#[test]
fn only_udp_addresses_of_the_first_component_are_taken() {
    let found = addresses(&[
        "1 1 udp 1 192.0.2.1 5000 typ host",
        "1 1 UDP 1 192.0.2.2 5000 typ srflx raddr 0.0.0.0 rport 0",
        "1 1 udp 1 192.0.2.3 5000 typ prflx",
        "1 1 udp 1 192.0.2.4 5000 typ relay",
        "1 1 udp 1 2001:db8::5 5000 typ host",
        "1 1 udp 1 ::ffff:192.0.2.6 5000 typ host",
        "1 1 udp 1 192.0.2.1 5000 typ srflx",
        "1 2 udp 1 192.0.2.7 5001 typ host",
        "1 1 tcp 1 192.0.2.8 9 typ host tcptype active",
        "1 1 udp 1 d0f3a3c2-4f5e-4b36-a0f5-dd3ed4a9a4b3.local 5000 typ host",
        "1 1 udp 1 example.net 5000 typ host",
        "1 1 udp 1 192.0.2.9 5000 typ magic",
        "1 1 udp 1 192.0.2.9 0 typ host",
        "1 1 udp 1 192.0.2.9 70000 typ host",
        "1 1 udp 1 192.0.2.9",
        "",
    ]);

    assert_eq!(
        found,
        [
            "192.0.2.1:5000",
            "192.0.2.2:5000",
            "192.0.2.3:5000",
            "192.0.2.4:5000",
            "[2001:db8::5]:5000",
            "192.0.2.6:5000"
        ]
    );
}

#[test]
fn addresses_that_no_decent_caller_has_are_left_out() {
    for address in [
        "0.0.0.0",
        "0.1.2.3",
        "255.255.255.255",
        "240.0.0.1",
        "224.0.0.251",
        "239.255.255.250",
        "169.254.169.254",
        "169.254.0.1",
        "100.100.100.200",
        "192.0.0.192",
        "::",
        "ff02::fb",
        "fe80::1",
        "fd00:ec2::254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "::ffff:169.254.169.254",
        "::ffff:255.255.255.255",
    ] {
        assert!(
            addresses(&[&format!("1 1 udp 1 {address} 5000 typ host")]).is_empty(),
            "{address}"
        );
    }
}

#[test]
fn at_most_eight_addresses_are_taken() {
    let lines: Vec<String> = (1..=20)
        .map(|host| format!("1 1 udp 1 192.0.2.{host} 5000 typ host"))
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();

    let found = addresses(&lines);

    assert_eq!((found.len(), found[7].as_str()), (8, "192.0.2.8:5000"));
}

#[test]
fn private_addresses_are_told_from_public_ones() {
    let is_private = |ip: &str| is_private(ip.parse().unwrap());

    for ip in [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "::1",
        "fd00::1",
        "::ffff:10.0.0.1",
    ] {
        assert!(is_private(ip), "{ip}");
    }
    for ip in [
        "192.0.2.1",
        "100.63.0.1",
        "100.128.0.1",
        "172.32.0.1",
        "2001:db8::1",
        "::ffff:192.0.2.1",
    ] {
        assert!(!is_private(ip), "{ip}");
    }
}

#[test]
fn each_section_of_the_offer_is_answered_in_its_place() {
    let video = section("video 9 UDP/TLS/RTP/SAVPF 96 97", "1");
    let data = section("application 9 UDP/DTLS/SCTP webrtc-datachannel", "2");
    let (session, audio) = PLAIN.split_at(PLAIN.find("m=audio").unwrap());
    let session = session.replace("BUNDLE 0", "BUNDLE 1 0 2");
    let offer = parse(&format!("{session}{video}{audio}{data}")).unwrap();

    let answer = offer.finish_answer(
        "v=0\r\na=group:BUNDLE 0\r\n",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n",
    );

    assert_eq!(
        answer,
        "v=0\r\na=group:BUNDLE 0\r\n\
         m=video 0 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\n\
         m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n\
         m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:2\r\n"
    );
}

#[test]
fn the_first_audio_section_that_can_be_taken_is_taken() {
    let off = section("audio 0 UDP/TLS/RTP/SAVPF 111", "off");
    let second = section("audio 9 UDP/TLS/RTP/SAVPF 96", "second") + "a=rtpmap:96 opus/48000/2\r\n";
    let (session, audio) = PLAIN.split_at(PLAIN.find("m=audio").unwrap());
    let offer = parse(&format!("{session}{off}{audio}{second}")).unwrap();

    let answer = offer.finish_answer("v=0\r\n", "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n");

    assert_eq!(offer.opus_payload_type, 111);
    assert_eq!(
        answer,
        "v=0\r\nm=audio 0 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:off\r\n\
         m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n\
         m=audio 0 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:second\r\n"
    );
}

#[test]
fn a_group_that_the_caller_did_not_make_is_not_in_his_answer() {
    let session = "v=0\r\na=group:BUNDLE 0\r\n";
    let audio = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n";
    let finish = |offer: &str| parse(offer).unwrap().finish_answer(session, audio);

    assert_eq!(finish(PLAIN), format!("{session}{audio}"));
    for without in [
        "",
        "a=group:BUNDLE 7\r\n",
        "a=group:LS 0\r\n",
        "a=group:BUNDLE\r\n",
    ] {
        let finished = finish(&plain_with("a=group:BUNDLE 0\r\n", without));
        assert_eq!(
            finished, "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n",
            "{without:?}"
        );
    }
}
