//! What one audio section must have so that its voice can be echoed and recorded.

use super::Unacceptable;
use super::description::{Attributes, Section};
use super::identity::Identity;

/// RTP under keys from DTLS, with feedback (RFC 5764 §8); the only one that browsers speak.
pub(super) const PROTOCOL: &str = "UDP/TLS/RTP/SAVPF";
/// Invented by us: browsers use one digit, others up to a UUID.
const MAX_MID_BYTES: usize = 64;

/// What the caller does with his audio section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// He speaks and hears his echo.
    SendRecv,
    /// He speaks and is only recorded.
    SendOnly,
}

/// An audio section that we can take.
#[derive(Debug)]
pub(super) struct Audio<'a> {
    pub(super) mid: &'a str,
    pub(super) direction: Direction,
    pub(super) identity: Identity<'a>,
    pub(super) payload_type: u8,
    pub(super) wants_stereo: bool,
    attributes: &'a Attributes<'a>,
}

impl<'a> Audio<'a> {
    pub(super) fn read(
        session: &'a Attributes<'a>,
        section: &'a Section<'a>,
    ) -> Result<Self, Unacceptable> {
        let attributes = &section.attributes;
        if section.port == 0 {
            return Err(Unacceptable::SwitchedOff);
        }
        if section.protocol != PROTOCOL {
            return Err(Unacceptable::Protocol);
        }
        let direction = direction(session, attributes)?;
        let payload_type = opus_payload_type(section)?;
        let own = |value: &'a str| value_for(payload_type, value);
        let parameters = attributes.values("fmtp").find_map(own);
        let mid = attributes.only("mid")?;
        if !attributes.has("rtcp-mux") {
            return Err(Unacceptable::NoRtcpMux);
        }
        Ok(Self {
            mid: mid.filter(|mid| is_mid(mid)).ok_or(Unacceptable::BadMid)?,
            direction,
            identity: Identity::read(session, attributes)?,
            payload_type,
            wants_stereo: parameters.is_some_and(wants_stereo),
            attributes,
        })
    }

    pub(super) fn candidates(&self) -> impl Iterator<Item = &'a str> {
        self.attributes.values("candidate")
    }
}

/// RFC 8866 §6.7: the section's own word, else the session's, else `sendrecv`.
fn direction(
    session: &Attributes<'_>,
    section: &Attributes<'_>,
) -> Result<Direction, Unacceptable> {
    let said = match said_direction(section)? {
        Some(name) => Some(name),
        None => said_direction(session)?,
    };
    match said {
        None | Some("sendrecv") => Ok(Direction::SendRecv),
        Some("sendonly") => Ok(Direction::SendOnly),
        Some("recvonly") => Err(Unacceptable::ReceiveOnly),
        Some(_) => Err(Unacceptable::Inactive),
    }
}

fn said_direction(attributes: &Attributes<'_>) -> Result<Option<&'static str>, Unacceptable> {
    let mut said = ["sendrecv", "sendonly", "recvonly", "inactive"]
        .into_iter()
        .filter(|name| attributes.has(name));
    let first = said.next();
    match said.next() {
        None => Ok(first),
        Some(attribute) => Err(Unacceptable::Contradiction { attribute }),
    }
}

/// The payload type of Opus that the caller likes best.
fn opus_payload_type(section: &Section<'_>) -> Result<u8, Unacceptable> {
    let mut offered = Vec::new();
    for format in section.formats.split_whitespace() {
        let payload_type = payload_type(format).ok_or(Unacceptable::BadPayloadType)?;
        if offered.contains(&payload_type) {
            return Err(Unacceptable::DuplicatePayloadType);
        }
        offered.push(payload_type);
    }
    let mut mapped = Vec::new();
    let mut opus = Vec::new();
    for map in section.attributes.values("rtpmap") {
        let (number, encoding) = map.split_once(' ').ok_or(Unacceptable::BadPayloadType)?;
        let payload_type = payload_type(number).ok_or(Unacceptable::BadPayloadType)?;
        if mapped.contains(&payload_type) {
            return Err(Unacceptable::DuplicatePayloadType);
        }
        mapped.push(payload_type);
        // RFC 7587 §7: always 48000 and 2, whatever is sent. The 2 is forgotten at times.
        let encoding = encoding.trim().to_ascii_lowercase();
        if encoding == "opus/48000/2" || encoding == "opus/48000" {
            opus.push(payload_type);
        }
    }
    offered
        .into_iter()
        .find(|payload_type| opus.contains(payload_type))
        .ok_or(Unacceptable::NoOpus)
}

/// RFC 5761 §4: 64 to 95 would be taken for RTCP on a shared port.
fn payload_type(text: &str) -> Option<u8> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| is_number)?;
    matches!(number, 0..=63 | 96..=127).then_some(number)
}

/// The rest of an attribute's value that begins with that payload type, or with all (`*`).
fn value_for(payload_type: u8, value: &str) -> Option<&str> {
    let (number, rest) = value.split_once(' ')?;
    let is_ours = number == "*" || number.parse() == Ok(payload_type);
    is_ours.then(|| rest.trim()).filter(|rest| !rest.is_empty())
}

/// RFC 7587 §6.1: what it likes to receive, or is likely to send.
fn wants_stereo(parameters: &str) -> bool {
    parameters.split(';').any(|parameter| {
        let parameter = parameter.trim().to_ascii_lowercase();
        parameter == "stereo=1" || parameter == "sprop-stereo=1"
    })
}

/// A token (RFC 8866 §9) that is safe to be written back.
fn is_mid(mid: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.+{}".contains(&byte);
    (1..=MAX_MID_BYTES).contains(&mid.len()) && mid.bytes().all(is_plain)
}
