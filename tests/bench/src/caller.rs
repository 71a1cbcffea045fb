//! One caller, without sockets and clocks: offers, takes the answer, checks the way, agrees on
//! keys, and then sends and hears audio.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use server::peer::Identity;
use server::peer::rtp::{HEADER, Header, Kind, kind};
use server::peer::secure::{Secure, State};

use crate::description::{Answer, AnswerError, OPUS, Offer};
use crate::path::{Credentials, Path};
use crate::stamp::FRAME_SAMPLES;

/// How often the server hears of our clock (RFC 3550 §6.2).
const REPORT_EVERY: Duration = Duration::from_secs(5);
/// Seconds from 1900 to 1970.
const NTP_OFFSET: u64 = 2_208_988_800;
const SENDER_REPORT: u8 = 200;

/// Why a call did not come up, or ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
pub enum CallError {
    #[error(transparent)]
    Answer(#[from] AnswerError),
    #[error("the answer names an address that is none of this machine's")]
    Remote,
    #[error("no address of the answer answered a check")]
    NoPath,
    #[error("the DTLS handshake failed")]
    Handshake,
    #[error("the DTLS handshake was not done in time")]
    HandshakeLate,
    #[error("the server ended the call")]
    Ended,
}

/// One caller.
pub struct Caller {
    ufrag: String,
    password: String,
    ssrc: u32,
    /// Absent before the answer.
    link: Option<Link>,
    sequence_number: u16,
    /// The timestamp that came back first.
    first_heard: Option<u32>,
    timestamp: u32,
    sent: Sent,
}

/// What was in a packet of audio.
pub struct Heard<'a> {
    pub payload: &'a [u8],
    /// Which packet it is by its timestamp, if the first that came back was the first that was sent.
    pub number: u64,
}

/// How a call goes.
enum Link {
    /// With all that WebRTC asks for.
    Secure(Box<SecureLink>),
    /// Bare RTP to one address.
    Bare(SocketAddr),
}

/// What an answer makes possible.
struct SecureLink {
    path: Path,
    secure: Secure,
    payload_type: u8,
    report_at: Instant,
}

/// What a sender report counts.
#[derive(Clone, Copy, Debug, Default)]
struct Sent {
    packets: u32,
    octets: u32,
}

impl Default for Caller {
    fn default() -> Self {
        Self::new()
    }
}

impl Caller {
    #[must_use]
    pub fn new() -> Self {
        Self {
            ufrag: format!("{:08x}", rand::random::<u32>()),
            password: format!("{:032x}", rand::random::<u128>()),
            ssrc: rand::random(),
            link: None,
            sequence_number: rand::random(),
            first_heard: None,
            timestamp: rand::random(),
            sent: Sent::default(),
        }
    }

    /// What he offers, with the address he can be reached at.
    #[must_use]
    pub fn offer(&self, local: SocketAddr, identity: &Identity) -> String {
        Offer {
            ufrag: &self.ufrag,
            password: &self.password,
            fingerprint: identity.fingerprint(),
            local,
            ssrc: self.ssrc,
        }
        .write()
    }

    /// Takes the answer to the offer.
    ///
    /// # Errors
    /// When it cannot be understood, or leads where `may_go` forbids.
    pub fn take_answer(
        &mut self,
        sdp: &str,
        identity: &Identity,
        may_go: impl Fn(SocketAddr) -> bool,
        now: Instant,
    ) -> Result<(), CallError> {
        let answer = Answer::read(sdp)?;
        let allowed: Vec<SocketAddr> = answer
            .candidates
            .iter()
            .copied()
            .filter(|address| may_go(*address))
            .collect();
        if allowed.is_empty() {
            return Err(CallError::Remote);
        }
        let secure = Secure::new(answer.role, &answer.fingerprint, identity)
            .map_err(|_| CallError::Handshake)?;
        let (ours, theirs) = (
            Credentials {
                ufrag: &self.ufrag,
                password: &self.password,
            },
            Credentials {
                ufrag: &answer.ufrag,
                password: &answer.password,
            },
        );
        self.link = Some(Link::Secure(Box::new(SecureLink {
            path: Path::new(ours, theirs, &allowed, now),
            secure,
            payload_type: answer.payload_type,
            report_at: now,
        })));
        self.handle_timeout(now);
        Ok(())
    }

    /// Goes without all that: audio in the clear, to one address.
    pub fn go_bare(&mut self, remote: SocketAddr) {
        self.link = Some(Link::Bare(remote));
    }

    /// Whether audio may flow.
    #[must_use]
    pub fn is_up(&self) -> bool {
        match &self.link {
            Some(Link::Secure(link)) => link.secure.state() == State::Connected,
            Some(Link::Bare(_)) => true,
            None => false,
        }
    }

    /// What is wrong with a call that ended, or is not up in time.
    #[must_use]
    pub fn ending(&self) -> Option<CallError> {
        match self.secure()?.secure.state() {
            State::Closed => Some(CallError::Ended),
            State::Failed => Some(CallError::Handshake),
            State::Waiting | State::Shaking | State::Connected => None,
        }
    }

    /// What a call lacks that is not up in time.
    #[must_use]
    pub fn lacks(&self) -> CallError {
        match self.secure() {
            Some(link) if link.path.chosen().is_some() => CallError::HandshakeLate,
            _ => CallError::NoPath,
        }
    }

    /// Takes a datagram, and gives back what was in it if it was audio.
    pub fn handle<'a>(
        &mut self,
        from: SocketAddr,
        datagram: &'a mut [u8],
        now: Instant,
    ) -> Option<Heard<'a>> {
        let link = match self.link.as_mut()? {
            Link::Secure(link) => link,
            Link::Bare(_) => return self.open(datagram),
        };
        match kind(datagram) {
            Kind::Rtp => return self.open(datagram),
            Kind::Stun => link.path.handle(from, datagram, now),
            Kind::Dtls => link.secure.handle(datagram, now),
            // Reports of an echo tell a caller nothing that he does not measure.
            Kind::Rtcp | Kind::Unknown => {}
        }
        if link.path.chosen().is_some() {
            link.secure.start(now);
        }
        None
    }

    /// What is in a datagram, if it is audio; any other is left alone.
    pub fn open<'a>(&mut self, datagram: &'a mut [u8]) -> Option<Heard<'a>> {
        let link = match self.link.as_mut()? {
            Link::Secure(link) if kind(datagram) == Kind::Rtp => link,
            Link::Secure(_) => return None,
            Link::Bare(_) => {
                let payload = datagram.get(HEADER..)?;
                return Some(Heard { payload, number: 0 });
            }
        };
        let (header, payload) = link.secure.open_rtp(datagram)?;
        let first = *self.first_heard.get_or_insert(header.timestamp);
        let since_first = header.timestamp.wrapping_sub(first);
        let number = u64::from(since_first / FRAME_SAMPLES);
        Some(Heard { payload, number })
    }

    /// From now on he sends from another address of his.
    pub fn roam(&mut self, now: Instant) {
        if let Some(link) = self.secure_mut() {
            link.path.roam(now);
        }
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        if let Some(link) = self.secure_mut() {
            link.path.handle_timeout(now);
            link.secure.handle_timeout(now);
        }
    }

    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let link = self.secure()?;
        [link.path.poll_timeout(), link.secure.poll_timeout()]
            .into_iter()
            .flatten()
            .min()
    }

    /// Gives the next datagram that is no audio.
    pub fn poll_transmit(&mut self) -> Option<(SocketAddr, Vec<u8>)> {
        let link = self.secure_mut()?;
        if let Some(check) = link.path.poll_transmit() {
            return Some(check);
        }
        let remote = link.path.chosen()?;
        let flight = link.secure.poll_transmit()?;
        Some((remote, flight.to_vec()))
    }

    /// Makes the next packet of audio, 20 ms after the one before.
    pub fn speak(&mut self, payload: &[u8], packet: &mut Vec<u8>) -> Option<SocketAddr> {
        let (remote, payload_type) = match self.link.as_ref()? {
            Link::Secure(link) => (link.path.chosen()?, link.payload_type),
            Link::Bare(remote) => (*remote, OPUS),
        };
        let header = Header {
            is_marked: self.sent.packets == 0,
            payload_type,
            sequence_number: self.sequence_number,
            timestamp: self.timestamp,
            ssrc: self.ssrc,
        };
        self.sequence_number = self.sequence_number.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(FRAME_SAMPLES);
        self.sent.packets = self.sent.packets.wrapping_add(1);
        let octets = u32::try_from(payload.len()).unwrap_or_default();
        self.sent.octets = self.sent.octets.wrapping_add(octets);
        match self.link.as_mut()? {
            Link::Secure(link) => link
                .secure
                .seal_rtp(&header, payload, packet)
                .then_some(remote),
            Link::Bare(_) => {
                packet.clear();
                header.write(packet);
                packet.extend_from_slice(payload);
                Some(remote)
            }
        }
    }

    /// Makes a report of our clock, if one is due (RFC 3550 §6.4.1). `clock` is the time since
    /// 1970.
    pub fn report(
        &mut self,
        clock: Duration,
        now: Instant,
        packet: &mut Vec<u8>,
    ) -> Option<SocketAddr> {
        let Some(Link::Secure(link)) = &mut self.link else {
            return None;
        };
        if now < link.report_at {
            return None;
        }
        link.report_at = now + REPORT_EVERY;
        let remote = link.path.chosen()?;
        packet.clear();
        // Version 2 and no reports of reception; 28 bytes are six words and the first.
        packet.extend_from_slice(&[2 << 6, SENDER_REPORT, 0, 6]);
        packet.extend_from_slice(&self.ssrc.to_be_bytes());
        packet.extend_from_slice(&ntp(clock).to_be_bytes());
        packet.extend_from_slice(&self.timestamp.to_be_bytes());
        packet.extend_from_slice(&self.sent.packets.to_be_bytes());
        packet.extend_from_slice(&self.sent.octets.to_be_bytes());
        link.secure.seal_rtcp(packet).then_some(remote)
    }

    /// Says goodbye: what remains to be sent tells the server.
    pub fn close(&mut self, now: Instant) {
        if let Some(link) = self.secure_mut() {
            link.secure.close(now);
        }
    }

    fn secure(&self) -> Option<&SecureLink> {
        match self.link.as_ref()? {
            Link::Secure(link) => Some(link),
            Link::Bare(_) => None,
        }
    }

    fn secure_mut(&mut self) -> Option<&mut SecureLink> {
        match self.link.as_mut()? {
            Link::Secure(link) => Some(link),
            Link::Bare(_) => None,
        }
    }
}

/// Seconds since 1900, times 2³² (RFC 3550 §4).
fn ntp(clock: Duration) -> u64 {
    let fraction = (u64::from(clock.subsec_nanos()) << 32) / 1_000_000_000;
    ((clock.as_secs() + NTP_OFFSET) << 32) | fraction
}
