//! The caller's WebRTC peer in our words: accept an offer, take datagrams, give datagrams and
//! packets. It and the rooms below it are the only ones that know `rtc`.
//!
//! It is a peer for one stream of audio and nothing else, made of the library's parts: its DTLS,
//! its cryptography and its RTCP. What every packet passes is ours.

mod answer;
mod candidates;
mod dtls;
pub mod fragment;
mod ice;
mod identity;
pub mod offer;
mod patch;
mod reports;
pub mod rtp;
pub mod secure;
mod speech;
mod srtp;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

pub use candidates::Candidate;
pub use ice::{Name, Names};
pub use identity::Identity;
pub use patch::{IceSessions, Patch, PatchError, Patched};

use crate::packet::{AudioPacket, Datagram, Spoken, shared_payload};
use crate::stun;
use answer::Answer;
use ice::Ice;
use offer::{Direction, Offer};
use reports::Reports;
use rtc::shared::error::Error;
use rtp::Kind;
use secure::Secure;
use shared::call::{QueueDrops, Traffic};
use speech::Speech;

/// Timers are no finer than this.
const SHORTEST_TIMER: Duration = Duration::from_millis(1);
/// Datagrams that wait for the kernel, of each kind. A handshake makes a handful.
const MAX_OUTGOING: usize = 64;
/// What ties the streams of one sender together (RFC 3550 §6.5.1); ours has one.
const CNAME: &str = "voicechat";

/// How checks of connectivity are done (RFC 8445 §2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IceMode {
    /// We answer checks and send none to addresses a caller merely names.
    Lite,
    /// We also check the caller's candidates, to open a NAT from inside.
    Full,
}

/// Our side of one conversation, as the answer will announce it.
#[derive(Clone, Debug)]
pub struct LocalSide {
    /// By this the one UDP port knows whom a check is for (RFC 8839 §5.4).
    pub ufrag: String,
    pub password: String,
    /// At least one of kind host for each address family that is served.
    pub candidates: Vec<Candidate>,
    pub mode: IceMode,
}

/// How far the peer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Connecting,
    /// ICE and DTLS are done: audio flows.
    Connected,
    /// The caller said goodbye.
    ClosedByCaller,
    /// It can never work any more.
    Failed,
}

/// What came of a datagram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The caller's audio.
    Audio(AudioPacket),
    /// RTP that no keys of his have sealed, or that was here before.
    NotOpened,
    /// The caller's own answer to a check of ours.
    Answer,
    /// STUN that asks nothing and answers none of our checks.
    Idle,
    /// All else.
    Other,
}

/// The library would not take an offer that passed our own check.
#[derive(Debug, thiserror::Error)]
#[error("the offer could not be negotiated")]
pub struct AcceptError(#[from] Error);

/// One caller's connection. Knows no socket and no clock: datagrams and `now` in, datagrams,
/// packets and deadlines out.
pub struct Peer {
    /// What the audio section is called (RFC 5888).
    mid: String,
    ice: Ice,
    secure: Secure,
    direction: Direction,
    payload_type: u8,
    speech: Speech,
    reports: Reports,
    outgoing: VecDeque<Datagram>,
    /// What is to be sent now.
    loaded: Vec<u8>,
}

impl Peer {
    /// Accepts `offer` and makes the complete answer to it.
    ///
    /// # Errors
    /// When the library refuses what our own check let through.
    pub fn accept(
        offer: &Offer,
        local: &LocalSide,
        identity: &Identity,
        now: Instant,
    ) -> Result<(Self, String), AcceptError> {
        let ssrc = rand::random();
        let answer = Answer {
            offer,
            local,
            identity,
            ssrc,
        };
        let named: Vec<SocketAddr> = offer
            .candidates
            .iter()
            .copied()
            .filter(|address| candidates::may_check(*address, &local.candidates))
            .collect();
        let peer = Self {
            mid: offer.mid.clone(),
            ice: Ice::new(local, offer.credentials.clone(), &named, now),
            secure: Secure::new(offer.answering_role, &offer.fingerprint, identity)?,
            direction: offer.direction,
            payload_type: offer.opus_payload_type,
            speech: Speech::new(ssrc),
            reports: Reports::new(now),
            outgoing: VecDeque::new(),
            loaded: Vec::new(),
        };
        Ok((peer, answer.write()))
    }

    /// How far it is.
    #[must_use]
    pub fn state(&self) -> State {
        match self.secure.state() {
            secure::State::Waiting | secure::State::Shaking => State::Connecting,
            secure::State::Connected => State::Connected,
            secure::State::Closed => State::ClosedByCaller,
            secure::State::Failed => State::Failed,
        }
    }

    /// What the caller's checks may carry.
    #[must_use]
    pub fn names(&self) -> Names {
        self.ice.names()
    }

    /// The same, if it changed since this was asked.
    pub fn take_new_names(&mut self) -> Option<Names> {
        self.ice.take_new_names()
    }

    /// The name of the ICE session in force.
    #[must_use]
    pub fn ice_session(&self) -> &str {
        self.ice.session()
    }

    /// What has flowed so far, as far as both sides know.
    #[must_use]
    pub fn traffic(&self, dropped: QueueDrops) -> Traffic {
        Traffic {
            received: self.reports.received(),
            sent: self.reports.sent(),
            round_trip_ms: self.reports.round_trip_ms(),
            dropped,
        }
    }

    /// Takes a datagram whose sender has proved that he is the caller. It is read where it lies,
    /// and nothing of it is left.
    pub fn handle(&mut self, remote: SocketAddr, datagram: &mut [u8], now: Instant) -> Taken {
        match rtp::kind(datagram) {
            Kind::Rtp => return self.hear(datagram, now),
            Kind::Stun => return self.take_stun(remote, datagram, now),
            Kind::Rtcp => self.take_report(datagram, now),
            Kind::Dtls => {
                self.secure.handle(datagram, now);
                self.start_reports(now);
            }
            Kind::Unknown => {}
        }
        Taken::Other
    }

    /// Acts on the time.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.ice.handle_timeout(now);
        self.secure.handle_timeout(now);
        if let Some(mut report) = self.reports.due(&self.speech, now)
            && let Some(remote) = self.ice.chosen()
            && self.secure.seal_rtcp(&mut report)
        {
            self.enqueue(remote, &report);
        }
    }

    /// When [`Self::handle_timeout`] is wanted next.
    #[must_use]
    pub fn poll_timeout(&self, now: Instant) -> Option<Instant> {
        let deadline = [
            self.ice.poll_timeout(),
            self.secure.poll_timeout(),
            self.reports.poll_timeout(),
        ]
        .into_iter()
        .flatten()
        .min()?;
        Some(deadline.max(now + SHORTEST_TIMER))
    }

    /// Makes the next datagram ready, but none of audio: [`Self::loaded`] has its bytes.
    pub fn load_next(&mut self) -> Option<SocketAddr> {
        if let Some(check) = self
            .ice
            .poll_transmit()
            .or_else(|| self.outgoing.pop_front())
        {
            self.loaded.clear();
            self.loaded.extend_from_slice(&check.bytes);
            return Some(check.remote);
        }
        // The handshake waits until the caller's address is known to be his.
        let remote = self.ice.chosen()?;
        let flight = self.secure.poll_transmit()?;
        self.loaded.clear();
        self.loaded.extend_from_slice(&flight);
        Some(remote)
    }

    /// Whether the caller wants to hear anything.
    #[must_use]
    pub fn is_heard(&self) -> bool {
        self.direction == Direction::SendRecv
    }

    /// Makes audio for the caller ready under our own source, if he can and wants to hear it.
    pub fn load_speech(&mut self, spoken: &Spoken) -> Option<SocketAddr> {
        let packet = &spoken.packet;
        // What was not negotiated is not echoed.
        if !self.is_heard() || packet.payload_type != self.payload_type {
            return None;
        }
        let remote = self.ice.chosen()?;
        if self.secure.state() != secure::State::Connected {
            return None;
        }
        let header = self.speech.header(spoken);
        if !self
            .secure
            .seal_rtp(&header, &packet.payload, &mut self.loaded)
        {
            return None;
        }
        self.reports.note_sent(&packet.payload);
        Some(remote)
    }

    /// What was made ready last.
    #[must_use]
    pub fn loaded(&self) -> &[u8] {
        &self.loaded
    }

    /// Says goodbye: the datagrams that remain to be sent tell the caller (RFC 8446 §6.1).
    pub fn close(&mut self, now: Instant) {
        self.secure.close(now);
    }

    fn start_handshake(&mut self, now: Instant) {
        if self.ice.chosen().is_some() {
            self.secure.start(now);
            self.start_reports(now);
        }
    }

    fn start_reports(&mut self, now: Instant) {
        if self.secure.state() == secure::State::Connected {
            self.reports.start(now);
        }
    }

    fn take_stun(&mut self, remote: SocketAddr, datagram: &[u8], now: Instant) -> Taken {
        let Some(message) = stun::Message::parse(datagram) else {
            return Taken::Idle;
        };
        let is_answer = self.ice.handle(&message, remote, now);
        self.start_handshake(now);
        if is_answer {
            Taken::Answer
        } else if message.kind() == stun::Kind::BindingRequest {
            Taken::Other
        } else {
            Taken::Idle
        }
    }

    fn hear(&mut self, datagram: &mut [u8], now: Instant) -> Taken {
        let Some((header, payload)) = self.secure.open_rtp(datagram) else {
            return Taken::NotOpened;
        };
        let mut packet = AudioPacket {
            arrived: now,
            ssrc: header.ssrc,
            payload_type: header.payload_type,
            sequence_number: header.sequence_number,
            timestamp_48k: header.timestamp,
            is_marked: header.is_marked,
            sender_report: None,
            payload: shared_payload(payload),
        };
        packet.sender_report = self.reports.note_received(&packet);
        Taken::Audio(packet)
    }

    fn take_report(&mut self, datagram: &mut [u8], now: Instant) {
        if let Some(report) = self.secure.open_rtcp(datagram) {
            self.reports.note_report(report, self.speech.ssrc(), now);
        }
    }

    /// Whoever cannot be sent to for seconds misses reports that are stale by then.
    fn enqueue(&mut self, remote: SocketAddr, bytes: &[u8]) {
        if self.outgoing.len() < MAX_OUTGOING {
            self.outgoing.push_back(Datagram {
                remote,
                bytes: bytes.into(),
            });
        }
    }
}
