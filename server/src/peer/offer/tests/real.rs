//! Offers with the traits of the clients that call.

use super::*;

pub(super) const CHROMIUM: &str = "v=0\r\n\
    o=- 7338297142031145731 2 IN IP4 127.0.0.1\r\n\
    s=-\r\n\
    t=0 0\r\n\
    a=group:BUNDLE 0\r\n\
    a=extmap-allow-mixed\r\n\
    a=msid-semantic: WMS 8f1f3c47-2b0c-4d79-9b8e-5c7a0f0d6a11\r\n\
    m=audio 51472 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126\r\n\
    c=IN IP4 192.0.2.44\r\n\
    a=rtcp:9 IN IP4 0.0.0.0\r\n\
    a=candidate:3098174543 1 udp 2113937151 0a3e6e3e-5f0a-4a35-8c33-6f4a3c2d1b10.local 51472 typ host generation 0 network-cost 999\r\n\
    a=candidate:842163049 1 udp 1677729535 192.0.2.44 51472 typ srflx raddr 0.0.0.0 rport 0 generation 0 network-cost 999\r\n\
    a=ice-ufrag:q7Vt\r\n\
    a=ice-pwd:pE+uPc4W2lY9o/0Q8rTz1mBn\r\n\
    a=ice-options:trickle\r\n\
    a=fingerprint:sha-256 6B:8B:5D:EA:59:04:20:23:29:C8:87:1C:CC:87:32:BE:DD:8C:66:A5:8E:50:55:EA:8C:D3:B6:5C:09:5E:D6:BC\r\n\
    a=setup:actpass\r\n\
    a=mid:0\r\n\
    a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n\
    a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n\
    a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n\
    a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n\
    a=sendrecv\r\n\
    a=msid:8f1f3c47-2b0c-4d79-9b8e-5c7a0f0d6a11 2c1c6a0e-43b3-4b1d-8f0e-0a9b8c7d6e5f\r\n\
    a=rtcp-mux\r\n\
    a=rtcp-rsize\r\n\
    a=rtpmap:111 opus/48000/2\r\n\
    a=rtcp-fb:111 transport-cc\r\n\
    a=fmtp:111 minptime=10;useinbandfec=1\r\n\
    a=rtpmap:63 red/48000/2\r\n\
    a=fmtp:63 111/111\r\n\
    a=rtpmap:9 G722/8000\r\n\
    a=rtpmap:0 PCMU/8000\r\n\
    a=rtpmap:8 PCMA/8000\r\n\
    a=rtpmap:13 CN/8000\r\n\
    a=rtpmap:110 telephone-event/48000\r\n\
    a=rtpmap:126 telephone-event/8000\r\n\
    a=ssrc:1706329431 cname:Wn5Q0p1y7kz3TnLd\r\n\
    a=ssrc:1706329431 msid:8f1f3c47-2b0c-4d79-9b8e-5c7a0f0d6a11 2c1c6a0e-43b3-4b1d-8f0e-0a9b8c7d6e5f\r\n";

pub(super) const FIREFOX: &str = "v=0\r\n\
    o=mozilla...THIS_IS_SDPARTA-99.0 1183270922853910612 0 IN IP4 0.0.0.0\r\n\
    s=-\r\n\
    t=0 0\r\n\
    a=sendrecv\r\n\
    a=fingerprint:sha-256 6B:8B:5D:EA:59:04:20:23:29:C8:87:1C:CC:87:32:BE:DD:8C:66:A5:8E:50:55:EA:8C:D3:B6:5C:09:5E:D6:BC\r\n\
    a=group:BUNDLE 0\r\n\
    a=ice-options:trickle\r\n\
    a=msid-semantic:WMS *\r\n\
    m=audio 46541 UDP/TLS/RTP/SAVPF 109 9 0 8 101\r\n\
    c=IN IP4 0.0.0.0\r\n\
    a=candidate:0 1 UDP 2122252543 5d2f5a3a-8d0b-4f6e-9d6d-2f3f7d1c0a55.local 46541 typ host\r\n\
    a=candidate:1 1 TCP 2105524479 5d2f5a3a-8d0b-4f6e-9d6d-2f3f7d1c0a55.local 9 typ host tcptype active\r\n\
    a=sendrecv\r\n\
    a=end-of-candidates\r\n\
    a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n\
    a=extmap:2/recvonly urn:ietf:params:rtp-hdrext:csrc-audio-level\r\n\
    a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid\r\n\
    a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1\r\n\
    a=fmtp:101 0-15\r\n\
    a=ice-pwd:5f0d3a97a6a9c5b40c11bb21e1c4b0de\r\n\
    a=ice-ufrag:2f6c3d1e\r\n\
    a=mid:0\r\n\
    a=msid:{7b3c0f3e-92f1-4c43-a2b9-0a6b3f1f9c70} {0d3a1b52-6a0e-4f6e-8e55-1d9f6d1e2a33}\r\n\
    a=rtcp-mux\r\n\
    a=rtpmap:109 opus/48000/2\r\n\
    a=rtpmap:9 G722/8000/1\r\n\
    a=rtpmap:0 PCMU/8000\r\n\
    a=rtpmap:8 PCMA/8000\r\n\
    a=rtpmap:101 telephone-event/8000/1\r\n\
    a=setup:actpass\r\n\
    a=ssrc:2655508255 cname:{735484ea-4f6c-f74a-bd66-7425f8476c2e}\r\n";

/// It has three fingerprints, no format parameters, and a host candidate for each network.
pub(super) const AIORTC: &str = "v=0\r\n\
    o=- 3900000001 3900000001 IN IP4 0.0.0.0\r\n\
    s=-\r\n\
    t=0 0\r\n\
    a=group:BUNDLE 0\r\n\
    a=msid-semantic:WMS *\r\n\
    m=audio 40112 UDP/TLS/RTP/SAVPF 96 9 0 8\r\n\
    c=IN IP4 127.0.0.1\r\n\
    a=sendrecv\r\n\
    a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid\r\n\
    a=extmap:2 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n\
    a=mid:0\r\n\
    a=msid:3b8b6a5c-5b8e-4c2e-86bb-f0d3b7f0f8a2 f2e5a0c8-3f35-4a18-bf1b-6a7ac7b2e9d1\r\n\
    a=rtcp:9 IN IP4 0.0.0.0\r\n\
    a=rtcp-mux\r\n\
    a=ssrc:1944796561 cname:9c1f8d7e-8c5d-4a7e-a2f3-6d0f0f4b7a36\r\n\
    a=rtpmap:96 opus/48000/2\r\n\
    a=rtpmap:9 G722/8000\r\n\
    a=rtpmap:0 PCMU/8000\r\n\
    a=rtpmap:8 PCMA/8000\r\n\
    a=candidate:1 1 udp 2130706431 127.0.0.1 40112 typ host\r\n\
    a=end-of-candidates\r\n\
    a=ice-ufrag:sKiH\r\n\
    a=ice-pwd:zwO3nYV0fR2mLq8tBgT1aC\r\n\
    a=fingerprint:sha-256 6B:8B:5D:EA:59:04:20:23:29:C8:87:1C:CC:87:32:BE:DD:8C:66:A5:8E:50:55:EA:8C:D3:B6:5C:09:5E:D6:BC\r\n\
    a=fingerprint:sha-384 6B:8B\r\n\
    a=fingerprint:sha-512 6B:8B\r\n\
    a=setup:actpass\r\n";

/// The native library: microphone, camera and data channel at once.
pub(super) const LIBWEBRTC: &str = "v=0\r\n\
    o=- 2890844526 2 IN IP4 127.0.0.1\r\n\
    s=-\r\n\
    t=0 0\r\n\
    a=group:BUNDLE audio video data\r\n\
    a=msid-semantic: WMS\r\n\
    m=audio 9 UDP/TLS/RTP/SAVPF 111 103 104 9 102 0 8 106 105 13 110 112 113 126\r\n\
    c=IN IP4 0.0.0.0\r\n\
    a=rtcp:9 IN IP4 0.0.0.0\r\n\
    a=ice-ufrag:4ZcD\r\n\
    a=ice-pwd:2/1muCWoOi3uLifh0NuRHlab\r\n\
    a=ice-options:trickle\r\n\
    a=fingerprint:sha-256 6B:8B:5D:EA:59:04:20:23:29:C8:87:1C:CC:87:32:BE:DD:8C:66:A5:8E:50:55:EA:8C:D3:B6:5C:09:5E:D6:BC\r\n\
    a=setup:actpass\r\n\
    a=mid:audio\r\n\
    a=sendrecv\r\n\
    a=rtcp-mux\r\n\
    a=rtpmap:111 opus/48000/2\r\n\
    a=rtcp-fb:111 transport-cc\r\n\
    a=fmtp:111 minptime=10;useinbandfec=1\r\n\
    a=rtpmap:103 ISAC/16000\r\n\
    a=rtpmap:104 ISAC/32000\r\n\
    a=rtpmap:126 telephone-event/8000\r\n\
    m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n\
    c=IN IP4 0.0.0.0\r\n\
    a=ice-ufrag:4ZcD\r\n\
    a=ice-pwd:2/1muCWoOi3uLifh0NuRHlab\r\n\
    a=fingerprint:sha-256 6B:8B:5D:EA:59:04:20:23:29:C8:87:1C:CC:87:32:BE:DD:8C:66:A5:8E:50:55:EA:8C:D3:B6:5C:09:5E:D6:BC\r\n\
    a=setup:actpass\r\n\
    a=mid:video\r\n\
    a=recvonly\r\n\
    a=rtcp-mux\r\n\
    a=rtpmap:96 VP8/90000\r\n\
    a=rtpmap:97 rtx/90000\r\n\
    a=fmtp:97 apt=96\r\n\
    m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n\
    c=IN IP4 0.0.0.0\r\n\
    a=ice-ufrag:4ZcD\r\n\
    a=ice-pwd:2/1muCWoOi3uLifh0NuRHlab\r\n\
    a=fingerprint:sha-256 6B:8B:5D:EA:59:04:20:23:29:C8:87:1C:CC:87:32:BE:DD:8C:66:A5:8E:50:55:EA:8C:D3:B6:5C:09:5E:D6:BC\r\n\
    a=setup:actpass\r\n\
    a=mid:data\r\n\
    a=sctp-port:5000\r\n\
    a=max-message-size:262144\r\n";

/// The fingerprint stands in the session, in small letters, and NACK is on.
pub(super) const PION: &str = "v=0\r\n\
    o=- 5228595038118931041 1700000000 IN IP4 0.0.0.0\r\n\
    s=-\r\n\
    t=0 0\r\n\
    a=msid-semantic:WMS*\r\n\
    a=fingerprint:sha-256 6b:8b:5d:ea:59:04:20:23:29:c8:87:1c:cc:87:32:be:dd:8c:66:a5:8e:50:55:ea:8c:d3:b6:5c:09:5e:d6:bc\r\n\
    a=extmap-allow-mixed\r\n\
    a=group:BUNDLE 0\r\n\
    m=audio 9 UDP/TLS/RTP/SAVPF 111 9 0 8\r\n\
    c=IN IP4 0.0.0.0\r\n\
    a=setup:actpass\r\n\
    a=mid:0\r\n\
    a=ice-ufrag:TnYkQmWbXjRzVcPd\r\n\
    a=ice-pwd:LdKfJgHsAqWeRtYuIoPzXcVbNmQwErTy\r\n\
    a=rtcp-mux\r\n\
    a=rtcp-rsize\r\n\
    a=rtpmap:111 opus/48000/2\r\n\
    a=fmtp:111 minptime=10;useinbandfec=1\r\n\
    a=rtcp-fb:111 transport-cc \r\n\
    a=rtcp-fb:111 nack \r\n\
    a=rtpmap:9 G722/8000\r\n\
    a=rtpmap:0 PCMU/8000\r\n\
    a=rtpmap:8 PCMA/8000\r\n\
    a=ssrc:3012871391 cname:pion\r\n\
    a=ssrc:3012871391 msid:pion audio\r\n\
    a=ssrc:3012871391 mslabel:pion\r\n\
    a=ssrc:3012871391 label:audio\r\n\
    a=msid:pion audio\r\n\
    a=sendrecv\r\n\
    a=candidate:233762139 1 udp 2130706431 172.17.0.1 40000 typ host\r\n\
    a=candidate:233762139 2 udp 2130706431 172.17.0.1 40000 typ host\r\n\
    a=end-of-candidates\r\n";

/// A server or tool that wishes to be called: it plays the DTLS client and groups nothing.
pub(super) const STR0M: &str = "v=0\r\n\
    o=str0m-0.25.0 1463938477 2 IN IP4 0.0.0.0\r\n\
    s=-\r\n\
    t=0 0\r\n\
    a=group:BUNDLE kGd\r\n\
    a=msid-semantic:WMS *\r\n\
    a=fingerprint:sha-256 6B:8B:5D:EA:59:04:20:23:29:C8:87:1C:CC:87:32:BE:DD:8C:66:A5:8E:50:55:EA:8C:D3:B6:5C:09:5E:D6:BC\r\n\
    a=ice-options:trickle\r\n\
    m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n\
    c=IN IP4 0.0.0.0\r\n\
    a=rtcp:9 IN IP4 0.0.0.0\r\n\
    a=candidate:fffeff23 1 udp 2130706175 127.0.0.1 45454 typ host ufrag hOu5\r\n\
    a=end-of-candidates\r\n\
    a=ice-ufrag:hOu5\r\n\
    a=ice-pwd:TcqCYLXkQvF6gNhGzRxJ8d\r\n\
    a=setup:active\r\n\
    a=mid:kGd\r\n\
    a=sendonly\r\n\
    a=rtcp-mux\r\n\
    a=rtpmap:111 opus/48000/2\r\n\
    a=fmtp:111 minptime=10;useinbandfec=1;sprop-stereo=1\r\n\
    a=ssrc:2120340871 cname:xCfB\r\n";

pub(super) const ALL: [(&str, &str); 6] = [
    ("Chromium", CHROMIUM),
    ("Firefox", FIREFOX),
    ("aiortc", AIORTC),
    ("libwebrtc", LIBWEBRTC),
    ("pion", PION),
    ("str0m", STR0M),
];

#[test]
fn the_clients_that_call_are_understood() {
    let understood = ALL.map(|(name, offer)| {
        let offer = parse(offer).unwrap();
        let facts = (
            offer.opus_payload_type,
            offer.wants_stereo,
            offer.direction,
            offer.answering_role,
        );
        (name, facts, offer.candidates.len())
    });

    let both = Direction::SendRecv;
    assert_eq!(
        understood,
        [
            ("Chromium", (111, false, both, DtlsRole::Client), 1),
            ("Firefox", (109, true, both, DtlsRole::Client), 0),
            ("aiortc", (96, false, both, DtlsRole::Client), 1),
            ("libwebrtc", (111, false, both, DtlsRole::Client), 0),
            ("pion", (111, false, both, DtlsRole::Client), 1),
            (
                "str0m",
                (111, true, Direction::SendOnly, DtlsRole::Server),
                1
            ),
        ]
    );
}
