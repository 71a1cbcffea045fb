//! What a caller offers, and what he needs of the answer (RFC 8866, RFC 8839, RFC 8842).

use std::net::{IpAddr, SocketAddr};

use server::peer::offer::DtlsRole;

/// Addresses of one server that are tried.
const MAX_CANDIDATES: usize = 8;

/// Who the caller is.
pub struct Offer<'a> {
    pub ufrag: &'a str,
    pub password: &'a str,
    /// Of his certificate: sha-256, as SDP writes it.
    pub fingerprint: &'a str,
    /// Where he can be reached.
    pub local: SocketAddr,
    pub ssrc: u32,
}

/// The number of the offered Opus.
pub const OPUS: u8 = 111;

impl Offer<'_> {
    /// The whole offer as SDP: one voice, there and back.
    #[must_use]
    pub fn write(&self) -> String {
        let Self {
            ufrag,
            password,
            fingerprint,
            local,
            ssrc,
        } = self;
        let (ip, port) = (local.ip(), local.port());
        let family = if ip.is_ipv4() { "IP4" } else { "IP6" };
        let session = rand::random::<u64>() >> 2;
        [
            "v=0".to_owned(),
            format!("o=- {session} 1 IN {family} {ip}"),
            "s=-".to_owned(),
            "t=0 0".to_owned(),
            "a=group:BUNDLE 0".to_owned(),
            "a=msid-semantic: WMS *".to_owned(),
            format!("m=audio {port} UDP/TLS/RTP/SAVPF {OPUS}"),
            format!("c=IN {family} {ip}"),
            "a=mid:0".to_owned(),
            "a=sendrecv".to_owned(),
            "a=rtcp-mux".to_owned(),
            "a=rtcp-rsize".to_owned(),
            format!("a=ice-ufrag:{ufrag}"),
            format!("a=ice-pwd:{password}"),
            format!("a=fingerprint:sha-256 {fingerprint}"),
            "a=setup:actpass".to_owned(),
            format!("a=rtpmap:{OPUS} opus/48000/2"),
            format!("a=fmtp:{OPUS} minptime=10;useinbandfec=1"),
            "a=msid:caller voice".to_owned(),
            format!("a=ssrc:{ssrc} cname:caller"),
            format!("a=candidate:1 1 udp 2130706431 {ip} {port} typ host"),
            "a=end-of-candidates".to_owned(),
            String::new(),
        ]
        .join("\r\n")
    }
}

/// What an answer says of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub ufrag: String,
    pub password: String,
    pub fingerprint: String,
    /// The part that is the caller's.
    pub role: DtlsRole,
    pub payload_type: u8,
    pub candidates: Vec<SocketAddr>,
}

/// An answer that no call can be made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
pub enum AnswerError {
    #[error("the answer names no ICE credentials")]
    NoCredentials,
    #[error("the answer names no sha-256 fingerprint")]
    NoFingerprint,
    #[error("the answer does not say who begins the handshake")]
    NoSetup,
    #[error("the answer takes no Opus")]
    NoOpus,
    #[error("the answer names no address over UDP")]
    NoCandidates,
}

impl Answer {
    /// Reads an answer to [`Offer`].
    ///
    /// # Errors
    /// When something is missing that a call needs.
    pub fn read(sdp: &str) -> Result<Self, AnswerError> {
        let attribute = |name: &'static str| {
            sdp.lines()
                .filter_map(move |line| line.strip_prefix("a=")?.strip_prefix(name))
                .map(str::trim)
        };
        let first = |name| attribute(name).next().map(str::to_owned);
        let fingerprint = attribute("fingerprint:").find_map(|value| {
            value
                .strip_prefix("sha-256 ")
                .or(value.strip_prefix("SHA-256 "))
        });
        let role = match attribute("setup:").next() {
            Some("active") => DtlsRole::Server,
            Some("passive") => DtlsRole::Client,
            _ => return Err(AnswerError::NoSetup),
        };
        let payload_type = attribute("rtpmap:").find_map(|value| {
            let (number, codec) = value.split_once(' ')?;
            let is_opus = codec.to_ascii_lowercase().starts_with("opus/48000");
            is_opus.then(|| number.parse().ok())?
        });
        let mut candidates: Vec<_> = attribute("candidate:").filter_map(candidate).collect();
        candidates.sort_by_key(|(priority, _)| std::cmp::Reverse(*priority));
        let mut addresses: Vec<_> = candidates.into_iter().map(|(_, address)| address).collect();
        addresses.dedup();
        addresses.truncate(MAX_CANDIDATES);
        if addresses.is_empty() {
            return Err(AnswerError::NoCandidates);
        }
        Ok(Self {
            ufrag: first("ice-ufrag:").ok_or(AnswerError::NoCredentials)?,
            password: first("ice-pwd:").ok_or(AnswerError::NoCredentials)?,
            fingerprint: fingerprint.ok_or(AnswerError::NoFingerprint)?.to_owned(),
            role,
            payload_type: payload_type.ok_or(AnswerError::NoOpus)?,
            candidates: addresses,
        })
    }
}

/// Priority and address of a candidate for media over UDP (RFC 8839 §5.1).
fn candidate(value: &str) -> Option<(u32, SocketAddr)> {
    let mut words = value.split_ascii_whitespace().skip(1);
    let (component, transport) = (words.next()?, words.next()?);
    let (priority, ip, port) = (words.next()?, words.next()?, words.next()?);
    if component != "1" || !transport.eq_ignore_ascii_case("udp") {
        return None;
    }
    let ip: IpAddr = ip.parse().ok()?;
    Some((
        priority.parse().ok()?,
        SocketAddr::new(ip, port.parse().ok()?),
    ))
}

#[cfg(test)]
mod tests {
    use server::peer::offer::Offer as Received;

    use super::*;

    const FINGERPRINT: &str = "6B:8B:5D:EA:59:04:20:23:29:C8:87:1C:CC:87:32:BE:DD:8C:66:A5:8E:50:55:EA:8C:D3:B6:5C:\
        09:5E:D6:BC";

    fn answer() -> String {
        format!(
            "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=fingerprint:sha-256 {FINGERPRINT}\r\n\
             m=audio 9 UDP/TLS/RTP/SAVPF 96\r\na=ice-ufrag:theirs\r\na=ice-pwd:a password of twenty-two\r\n\
             a=setup:passive\r\na=rtpmap:96 OPUS/48000/2\r\n\
             a=candidate:1 1 UDP 100 203.0.113.9 40000 typ srflx raddr 192.0.2.7 rport 3001\r\n\
             a=candidate:2 2 udp 900 192.0.2.7 3002 typ host\r\n\
             a=candidate:3 1 tcp 900 192.0.2.7 9 typ host tcptype active\r\n\
             a=candidate:4 1 udp 200 192.0.2.7 3001 typ host\r\n\
             a=candidate:5 1 udp 300 a-name.local 3001 typ host\r\n"
        )
    }

    #[test]
    fn an_answer_is_read_with_its_best_address_first() {
        let answer = Answer::read(&answer()).unwrap();

        assert_eq!(
            answer,
            Answer {
                ufrag: "theirs".to_owned(),
                password: "a password of twenty-two".to_owned(),
                fingerprint: FINGERPRINT.to_owned(),
                role: DtlsRole::Client,
                payload_type: 96,
                candidates: vec![
                    "192.0.2.7:3001".parse().unwrap(),
                    "203.0.113.9:40000".parse().unwrap()
                ],
            }
        );
    }

    #[test]
    fn what_an_answer_lacks_is_said() {
        let without = |word: &str| {
            let lines = answer();
            let kept: Vec<&str> = lines.lines().filter(|line| !line.contains(word)).collect();
            Answer::read(&kept.join("\r\n"))
        };

        assert_eq!(without("ice-pwd"), Err(AnswerError::NoCredentials));
        assert_eq!(without("fingerprint"), Err(AnswerError::NoFingerprint));
        assert_eq!(without("setup"), Err(AnswerError::NoSetup));
        assert_eq!(without("rtpmap"), Err(AnswerError::NoOpus));
        assert_eq!(without("candidate"), Err(AnswerError::NoCandidates));
        assert_eq!(Answer::read("<html>"), Err(AnswerError::NoSetup));
    }

    #[test]
    fn the_server_reads_what_is_offered() {
        let offer = Offer {
            ufrag: "ours",
            password: "apasswordoftwentytwoch",
            fingerprint: FINGERPRINT,
            local: "127.0.0.1:4000".parse().unwrap(),
            ssrc: 7,
        };

        let received = Received::parse(offer.write().as_bytes());

        let received = received.unwrap();
        assert_eq!(received.opus_payload_type, OPUS);
        assert_eq!(received.candidates, [offer.local]);
        assert_eq!(received.fingerprint, FINGERPRINT);
    }
}
