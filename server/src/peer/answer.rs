//! The answer to an offer (RFC 3264, RFC 8829 §5.3): one audio section of ours in the shape of the
//! caller's.

use std::fmt::Write;

use super::offer::{Direction, DtlsRole, Offer};
use super::{CNAME, IceMode, Identity, LocalSide, candidates};

/// What an answer says.
pub(super) struct Answer<'a> {
    pub(super) offer: &'a Offer,
    pub(super) local: &'a LocalSide,
    pub(super) identity: &'a Identity,
    /// The source of our echo.
    pub(super) ssrc: u32,
}

impl Answer<'_> {
    /// The whole answer as SDP.
    pub(super) fn write(&self) -> String {
        self.offer.finish_answer(&self.session(), &self.audio())
    }

    fn session(&self) -> String {
        let mut sdp = String::with_capacity(256);
        let mut line = |line: std::fmt::Arguments<'_>| {
            // Writing to a string cannot fail.
            let _ = write!(sdp, "{line}\r\n");
        };
        line(format_args!("v=0"));
        // RFC 8829 §5.2.1: 62 random bits.
        let session = rand::random::<u64>() >> 2;
        line(format_args!("o=- {session} 2 IN IP4 0.0.0.0"));
        line(format_args!("s=-"));
        line(format_args!("t=0 0"));
        line(format_args!("a=group:BUNDLE {}", self.offer.mid));
        line(format_args!("a=msid-semantic: WMS *"));
        if self.local.mode == IceMode::Lite {
            line(format_args!("a=ice-lite"));
        }
        sdp
    }

    fn audio(&self) -> String {
        let Self {
            offer,
            local,
            identity,
            ssrc,
        } = self;
        let payload_type = offer.opus_payload_type;
        let mut sdp = String::with_capacity(1024);
        let mut line = |line: std::fmt::Arguments<'_>| {
            // Writing to a string cannot fail.
            let _ = write!(sdp, "{line}\r\n");
        };
        line(format_args!("m=audio 9 UDP/TLS/RTP/SAVPF {payload_type}"));
        line(format_args!("c=IN IP4 0.0.0.0"));
        line(format_args!("a=mid:{}", offer.mid));
        line(format_args!("a=ice-ufrag:{}", local.ufrag));
        line(format_args!("a=ice-pwd:{}", local.password));
        line(format_args!(
            "a=fingerprint:sha-256 {}",
            identity.fingerprint
        ));
        let setup = match offer.answering_role {
            DtlsRole::Client => "active",
            DtlsRole::Server => "passive",
        };
        line(format_args!("a=setup:{setup}"));
        line(format_args!("a=rtcp-mux"));
        line(format_args!("a=rtcp-rsize"));
        line(format_args!("a=rtpmap:{payload_type} opus/48000/2"));
        line(format_args!("a=fmtp:{payload_type} {}", offer.fmtp()));
        match offer.direction {
            Direction::SendRecv => {
                line(format_args!("a=sendrecv"));
                line(format_args!("a=msid:voicechat echo"));
                line(format_args!("a=ssrc:{ssrc} cname:{CNAME}"));
                line(format_args!("a=ssrc:{ssrc} msid:voicechat echo"));
            }
            Direction::SendOnly => line(format_args!("a=recvonly")),
        }
        candidates::append(&mut sdp, &local.candidates);
        sdp
    }
}

#[cfg(test)]
mod tests {
    use super::super::Candidate;
    use super::*;

    #[test]
    fn an_answer_announces_our_addresses_in_the_accepted_section() {
        let offer = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n\
            a=mid:0\r\na=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\na=setup:actpass\r\n\
            a=fingerprint:sha-256 6B:8B:5D:EA:59:04:20:23:29:C8:87:1C:CC:87:32:BE:DD:8C:66:A5:8E:50:55:EA:8C:D3:B6:5C:09:5E:D6:BC\r\n\
            a=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n";
        let offer = Offer::parse(offer.as_bytes()).unwrap();
        let local = LocalSide {
            ufrag: "ours".to_owned(),
            password: "a password of twenty-two".to_owned(),
            candidates: vec![
                Candidate::Host("192.0.2.7:3001".parse().unwrap()),
                Candidate::Host("[2001:db8::7]:3001".parse().unwrap()),
                Candidate::Reflexive {
                    address: "203.0.113.9:40000".parse().unwrap(),
                    base: "192.0.2.7:3001".parse().unwrap(),
                },
            ],
            mode: IceMode::Lite,
        };

        let answer = Answer {
            offer: &offer,
            local: &local,
            identity: &Identity::generate().unwrap(),
            ssrc: 7,
        }
        .write();

        let candidates = "a=candidate:1 1 udp 2130706431 192.0.2.7 3001 typ host\r\n\
             a=candidate:2 1 udp 2130706175 2001:db8::7 3001 typ host\r\n\
             a=candidate:3 1 udp 1694498303 203.0.113.9 40000 typ srflx raddr 192.0.2.7 rport 3001\r\n\
             a=end-of-candidates\r\nm=video 0 ";
        assert!(answer.contains(candidates), "{answer}");
        assert!(answer.contains("\r\na=ice-lite\r\n"));
        assert!(!answer.contains("a=group"), "nobody made a group");
    }
}
