//! Offers without a voice that could be echoed or recorded.

use super::super::*;
use super::assert_refused;
use Unacceptable::{
    BadPayloadType, Contradiction, DuplicatePayloadType, Inactive, NoAudio, NoOpus, NoRtcpMux,
    Protocol, ReceiveOnly, SwitchedOff,
};

fn without_audio(sections: &str) -> String {
    let (session, _) = PLAIN.split_once("m=audio").unwrap();
    format!("{session}{sections}")
}

#[test]
fn an_offer_without_receivable_audio_is_refused() {
    let media = |line: &str| plain_with("m=audio 9 UDP/TLS/RTP/SAVPF 111 0", line);
    let direction = |line: &str| plain_with("a=sendrecv", line);
    assert_refused(vec![
        ("no section", without_audio(""), NoAudio),
        (
            "video only",
            without_audio(&section("video 9 UDP/TLS/RTP/SAVPF 96", "0")),
            NoAudio,
        ),
        (
            "data only",
            without_audio(&section(
                "application 9 UDP/DTLS/SCTP webrtc-datachannel",
                "0",
            )),
            NoAudio,
        ),
        (
            "text only",
            without_audio(&section("text 9 UDP/TLS/RTP/SAVPF 98", "0")),
            NoAudio,
        ),
        (
            "image only",
            without_audio(&section("image 9 udptl t38", "0")),
            NoAudio,
        ),
        (
            "an unknown medium",
            without_audio(&section("smell 9 UDP/TLS/RTP/SAVPF 98", "0")),
            NoAudio,
        ),
        (
            "audio in capitals",
            media("m=AUDIO 9 UDP/TLS/RTP/SAVPF 111 0"),
            NoAudio,
        ),
        (
            "port 0",
            media("m=audio 0 UDP/TLS/RTP/SAVPF 111 0"),
            SwitchedOff,
        ),
        (
            "bundle-only",
            plain_with("m=audio 9", "m=audio 0") + "a=bundle-only\r\n",
            SwitchedOff,
        ),
        (
            "RTP in the clear",
            media("m=audio 9 RTP/AVP 111 0"),
            Protocol,
        ),
        (
            "RTP in the clear with feedback",
            media("m=audio 9 RTP/AVPF 111 0"),
            Protocol,
        ),
        (
            "keys in the SDP",
            media("m=audio 9 RTP/SAVP 111 0"),
            Protocol,
        ),
        (
            "keys in the SDP with feedback",
            media("m=audio 9 RTP/SAVPF 111 0"),
            Protocol,
        ),
        (
            "no feedback",
            media("m=audio 9 UDP/TLS/RTP/SAVP 111 0"),
            Protocol,
        ),
        ("TCP", media("m=audio 9 TCP/TLS/RTP/SAVPF 111 0"), Protocol),
        (
            "DTLS over TCP",
            media("m=audio 9 TCP/DTLS/RTP/SAVPF 111 0"),
            Protocol,
        ),
        (
            "the protocol in small letters",
            media("m=audio 9 udp/tls/rtp/savpf 111 0"),
            Protocol,
        ),
        (
            "an unknown protocol",
            media("m=audio 9 QUIC 111 0"),
            Protocol,
        ),
        ("receives only", direction("a=recvonly"), ReceiveOnly),
        ("does nothing", direction("a=inactive"), Inactive),
        (
            "the session receives only",
            plain_with("t=0 0\r\n", "t=0 0\r\na=recvonly\r\n").replace("a=sendrecv\r\n", ""),
            ReceiveOnly,
        ),
        (
            "the session does nothing",
            plain_with("t=0 0\r\n", "t=0 0\r\na=inactive\r\n").replace("a=sendrecv\r\n", ""),
            Inactive,
        ),
        (
            "two directions",
            direction("a=sendrecv\r\na=recvonly"),
            Contradiction {
                attribute: "recvonly",
            },
        ),
        (
            "two other directions",
            direction("a=inactive\r\na=sendonly"),
            Contradiction {
                attribute: "inactive",
            },
        ),
        ("no rtcp-mux", plain_with("a=rtcp-mux\r\n", ""), NoRtcpMux),
        (
            "rtcp-mux for the session only",
            plain_with("a=rtcp-mux\r\n", "").replacen("t=0 0\r\n", "t=0 0\r\na=rtcp-mux\r\n", 1),
            NoRtcpMux,
        ),
        (
            "rtcp-mux misspelt",
            plain_with("a=rtcp-mux", "a=rtcpmux"),
            NoRtcpMux,
        ),
    ]);
}

#[test]
fn an_offer_without_usable_opus_is_refused() {
    let formats = |formats: &str| plain_with("SAVPF 111 0", &format!("SAVPF {formats}"));
    let map = |line: &str| plain_with("a=rtpmap:111 opus/48000/2", line);
    assert_refused(vec![
        ("PCMU only", formats("0"), NoOpus),
        ("no rtpmap", map("a=x"), NoOpus),
        ("clock 0", map("a=rtpmap:111 opus/0/2"), NoOpus),
        ("16 kHz", map("a=rtpmap:111 opus/16000/2"), NoOpus),
        (
            "16 kHz without channels",
            map("a=rtpmap:111 opus/16000"),
            NoOpus,
        ),
        ("one channel", map("a=rtpmap:111 opus/48000/1"), NoOpus),
        ("six channels", map("a=rtpmap:111 opus/48000/6"), NoOpus),
        ("surround", map("a=rtpmap:111 multiopus/48000/6"), NoOpus),
        ("Opus without a clock", map("a=rtpmap:111 opus"), NoOpus),
        (
            "a huge clock",
            map("a=rtpmap:111 opus/48000000000000000000/2"),
            NoOpus,
        ),
        (
            "redundant audio only",
            map("a=rtpmap:111 red/48000/2"),
            NoOpus,
        ),
        ("Opus mapped, but not offered", formats("0 8"), NoOpus),
        (
            "a payload type that is a word",
            formats("opus"),
            BadPayloadType,
        ),
        ("a payload type above all", formats("128"), BadPayloadType),
        (
            "a payload type far above all",
            formats("99999999999"),
            BadPayloadType,
        ),
        ("a payload type below all", formats("-1"), BadPayloadType),
        (
            "a payload type with a sign",
            formats("+111"),
            BadPayloadType,
        ),
        (
            "a payload type that looks like RTCP",
            formats("111 72"),
            BadPayloadType,
        ),
        (
            "a payload type with a fraction",
            formats("111.0"),
            BadPayloadType,
        ),
        ("any payload type", formats("*"), BadPayloadType),
        ("Arabic digits", formats("١١١"), BadPayloadType),
        (
            "a map without an encoding",
            map("a=rtpmap:111"),
            BadPayloadType,
        ),
        ("an empty map", map("a=rtpmap:"), BadPayloadType),
        (
            "a map of a word",
            map("a=rtpmap:opus opus/48000/2"),
            BadPayloadType,
        ),
        (
            "a payload type twice",
            formats("111 111"),
            DuplicatePayloadType,
        ),
        (
            "a payload type twice, apart",
            formats("111 0 111"),
            DuplicatePayloadType,
        ),
        (
            "a payload type with leading zeros twice",
            formats("111 0111"),
            DuplicatePayloadType,
        ),
        (
            "two maps of one payload type",
            map("a=rtpmap:111 opus/48000/2\r\na=rtpmap:111 PCMA/8000"),
            DuplicatePayloadType,
        ),
        (
            "the same map twice",
            map("a=rtpmap:111 opus/48000/2\r\na=rtpmap:111 opus/48000/2"),
            DuplicatePayloadType,
        ),
    ]);
}

#[test]
fn the_reason_is_that_of_the_first_audio_section() {
    let first = plain_with("a=sendrecv", "a=recvonly");
    let second = section("audio 0 UDP/TLS/RTP/SAVPF 0", "1");

    assert_eq!(parse(&(first + &second)), Err(ReceiveOnly.into()));
}
