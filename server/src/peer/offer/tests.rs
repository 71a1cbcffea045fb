//! Offers as callers send them, and as nobody should.

mod answered;
mod hostile;
mod real;
mod understood;

use super::*;

const FINGERPRINT: &str = "6B:8B:5D:EA:59:04:20:23:29:C8:87:1C:CC:87:32:BE:DD:8C:66:A5:8E:50:55:EA:8C:D3:B6:5C:09:5E:D6:BC";

/// An offer of one microphone with nothing to refuse.
const PLAIN: &str = "v=0\r\n\
    o=- 4611733054762223410 2 IN IP4 127.0.0.1\r\n\
    s=-\r\n\
    t=0 0\r\n\
    a=group:BUNDLE 0\r\n\
    m=audio 9 UDP/TLS/RTP/SAVPF 111 0\r\n\
    c=IN IP4 0.0.0.0\r\n\
    a=candidate:1 1 udp 2122260223 192.0.2.7 50000 typ host generation 0\r\n\
    a=ice-ufrag:EsAw\r\n\
    a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n\
    a=fingerprint:sha-256 6B:8B:5D:EA:59:04:20:23:29:C8:87:1C:CC:87:32:BE:DD:8C:66:A5:8E:50:55:EA:8C:D3:B6:5C:09:5E:D6:BC\r\n\
    a=setup:actpass\r\n\
    a=mid:0\r\n\
    a=sendrecv\r\n\
    a=rtcp-mux\r\n\
    a=rtpmap:111 opus/48000/2\r\n\
    a=fmtp:111 minptime=10;useinbandfec=1\r\n\
    a=rtpmap:0 PCMU/8000\r\n\
    a=ssrc:3570614608 cname:4TOk42mSjXCkVIa6\r\n";

/// The plain offer with one passage replaced.
fn plain_with(passage: &str, replacement: &str) -> String {
    assert!(
        PLAIN.contains(passage),
        "{passage:?} is not in the plain offer"
    );
    PLAIN.replacen(passage, replacement, 1)
}

/// The plain offer with lines added to its end, and so to its audio section.
fn plain_and(lines: &str) -> String {
    format!("{PLAIN}{lines}")
}

/// A section that is not the one we want, with all that a section may have.
fn section(media_line: &str, mid: &str) -> String {
    format!(
        "m={media_line}\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:EsAw\r\n\
         a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\na=fingerprint:sha-256 {FINGERPRINT}\r\n\
         a=setup:actpass\r\na=mid:{mid}\r\na=sendrecv\r\na=rtcp-mux\r\n"
    )
}

fn parse(offer: &str) -> Result<Offer, OfferError> {
    Offer::parse(offer.as_bytes())
}
