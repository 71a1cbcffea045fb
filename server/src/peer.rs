//! The caller's WebRTC peer in our words: accept an offer, take datagrams, give datagrams and
//! packets. It and the rooms below it are the only ones that know `rtc`.

mod candidates;
mod flights;
mod identity;
pub mod offer;
mod paths;
mod reports;
mod rtc_connection;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rtc::peer_connection::RTCPeerConnection;
use rtc::peer_connection::event::RTCPeerConnectionEvent;
use rtc::peer_connection::message::RTCMessage;
use rtc::peer_connection::state::{RTCIceConnectionState, RTCPeerConnectionState};
use rtc::peer_connection::transport::RTCDtlsTransportState;
use rtc::rtp_transceiver::{RTCRtpReceiverId, RTCRtpSenderId};
use rtc::sansio::Protocol;
use rtc::shared::{TaggedBytesMut, TransportContext, TransportProtocol};

pub use candidates::Candidate;
pub use identity::Identity;

use crate::packet::{AudioPacket, Datagram};
use crate::stun;
use flights::Flights;
use offer::{DtlsRole, Offer};
use paths::Paths;
use reports::Reports;

/// The core is asked no more often than this, whatever deadlines it names.
const SHORTEST_TIMER: Duration = Duration::from_millis(1);

/// Datagrams that wait for the kernel. A pump makes a handful.
const MAX_OUTGOING: usize = 256;

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

/// The library would not take an offer that passed our own check.
#[derive(Debug, thiserror::Error)]
#[error("the offer could not be negotiated")]
pub struct AcceptError(#[from] rtc::shared::error::Error);

/// One caller's connection. Knows no socket and no clock: datagrams and `now` in, datagrams,
/// packets and deadlines out.
pub struct Peer {
    connection: Box<RTCPeerConnection>,
    /// Absent when the caller only sends.
    sender: Option<RTCRtpSenderId>,
    receiver: Option<RTCRtpReceiverId>,
    echo_ssrc: u32,
    /// The address the core believes to be ours, one for each family.
    local: Vec<SocketAddr>,
    state: State,
    has_pair: bool,
    /// The caller's choice of path that came before the core could follow it.
    pending_nomination: Option<Datagram>,
    paths: Paths,
    flights: Flights,
    /// Whether the caller may still wait for our last flight. Only his media proves that he does
    /// not, where that flight is the very last of the handshake.
    may_miss_flight: bool,
    answering_role: DtlsRole,
    outgoing: VecDeque<Datagram>,
    packets: VecDeque<AudioPacket>,
    reports: Reports,
}

impl Peer {
    /// Accepts `offer` and makes the complete answer to it. Costs about a millisecond.
    ///
    /// # Errors
    /// When the library refuses what our own check let through.
    pub fn accept(
        offer: &Offer,
        local: &LocalSide,
        identity: &Identity,
        now: Instant,
    ) -> Result<(Self, String), AcceptError> {
        let accepted = rtc_connection::accept(offer, local, identity, now)?;
        let answer =
            candidates::announce(&offer.finish_answer(&accepted.answer), &local.candidates);
        let receiver = accepted.connection.get_receivers().next();
        let peer = Self {
            connection: Box::new(accepted.connection),
            sender: accepted.sender,
            receiver,
            echo_ssrc: accepted.echo_ssrc,
            local: candidates::one_host_a_family(&local.candidates),
            state: State::Connecting,
            has_pair: false,
            pending_nomination: None,
            paths: Paths::default(),
            flights: Flights::default(),
            may_miss_flight: true,
            answering_role: offer.answering_role,
            outgoing: VecDeque::new(),
            packets: VecDeque::new(),
            reports: Reports::default(),
        };
        Ok((peer, answer))
    }

    /// How far it is.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// Takes a datagram whose sender has proved that he is the caller.
    pub fn handle(&mut self, datagram: Datagram, now: Instant) {
        let remote = datagram.remote;
        if self.is_shaking_hands(&datagram.bytes) && self.flights.is_repeated(&datagram.bytes) {
            let ours = self.flights.ours().to_vec();
            self.enqueue(ours);
            return;
        }
        let message = stun::Message::parse(&datagram.bytes);
        let kind = message.map(|message| message.kind());
        if let Some(message) = &message {
            self.paths.note_received(message, remote);
        }
        let is_nomination = message.is_some_and(|message| message.nominates());
        if kind == Some(stun::Kind::BindingRequest) && is_nomination && !self.has_pair {
            self.pending_nomination = Some(datagram.clone());
        }
        self.feed(datagram, now);
        // The core forgets a nomination that comes before its own check of that path succeeded,
        // against RFC 8445 §7.3.1.5, so it hears it once more as soon as that check did.
        if kind == Some(stun::Kind::BindingSuccess)
            && let Some(nomination) = self
                .pending_nomination
                .take_if(|kept| kept.remote == remote)
        {
            self.feed(nomination, now);
        }
    }

    /// Lets the core act on the time.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.tick(now);
        self.pump(now);
        if self.may_miss_flight {
            let overdue = self.flights.overdue(now).to_vec();
            self.enqueue(overdue);
        }
    }

    /// When [`Self::handle_timeout`] is wanted next.
    pub fn poll_timeout(&mut self, now: Instant) -> Option<Instant> {
        let repetition = self.flights.poll_timeout().filter(|_| self.may_miss_flight);
        let deadline = [self.connection.poll_timeout(), repetition]
            .into_iter()
            .flatten()
            .min()?;
        Some(deadline.max(now + SHORTEST_TIMER))
    }

    /// The next datagram to send.
    pub fn poll_transmit(&mut self) -> Option<Datagram> {
        self.outgoing.pop_front()
    }

    /// The next packet of the caller's audio.
    pub fn poll_packet(&mut self) -> Option<AudioPacket> {
        self.packets.pop_front()
    }

    /// Sends audio to the caller under our own SSRC. Sequence numbers and timestamps are kept, so
    /// that what was lost on the way up shows as lost on the way down.
    pub fn speak(&mut self, packet: &AudioPacket, now: Instant) {
        let Some(mut sender) = self.sender.and_then(|id| self.connection.rtp_sender(id)) else {
            return;
        };
        // The library refuses payload types that were not negotiated; they are not echoed.
        let _ = sender.write_rtp(now, rtc_connection::rtp_packet(packet, self.echo_ssrc));
        self.pump(now);
    }

    /// Says goodbye: the datagrams that remain to be sent tell the caller (RFC 8446 §6.1).
    pub fn close(&mut self, now: Instant) {
        let _ = self.connection.close();
        self.pump(now);
    }

    fn feed(&mut self, datagram: Datagram, now: Instant) {
        let Some(local) = self
            .local
            .iter()
            .find(|ours| ours.is_ipv4() == datagram.remote.is_ipv4())
        else {
            return;
        };
        let transport = TransportContext {
            local_addr: *local,
            peer_addr: datagram.remote,
            transport_protocol: TransportProtocol::UDP,
            ecn: None,
        };
        // A datagram that is refused changes nothing.
        let _ = self.connection.handle_read(TaggedBytesMut {
            now,
            transport,
            message: datagram.bytes,
        });
        self.pump(now);
    }

    /// Moves everything through the core until nothing moves.
    fn pump(&mut self, now: Instant) {
        loop {
            let mut has_moved = false;
            while let Some(datagram) = self.connection.poll_write() {
                has_moved = true;
                self.send(datagram, now);
            }
            while let Some(event) = self.connection.poll_event() {
                has_moved = true;
                self.note(&event);
                // What an event set off, such as the ClientHello, would otherwise leave only with
                // the next timer, 100 ms later.
                self.tick(now);
            }
            while let Some(read) = self.connection.poll_read() {
                has_moved = true;
                self.read(read.message, now);
            }
            if !has_moved {
                break;
            }
        }
        // The caller's goodbye raises no event.
        if self.dtls_state() == Some(RTCDtlsTransportState::Closed) {
            self.end(State::ClosedByCaller);
        }
    }

    fn read(&mut self, message: RTCMessage, now: Instant) {
        match message {
            RTCMessage::RtpPacket(_, packet) => {
                self.may_miss_flight = false;
                let report = self.reports.of(packet.header.ssrc);
                self.packets
                    .push_back(rtc_connection::audio_packet(packet, report, now));
            }
            RTCMessage::RtcpPacket(_, packets) => self.reports.note(&packets),
            _ => {}
        }
    }

    fn send(&mut self, datagram: TaggedBytesMut, now: Instant) {
        let bytes = datagram.message;
        // Checks are answered where they came from; all else follows the caller.
        let remote = match self.paths.chosen() {
            Some(chosen) if !stun::is_stun(&bytes) => chosen,
            _ => datagram.transport.peer_addr,
        };
        if let Some(message) = stun::Message::parse(&bytes) {
            self.paths.note_sent(&message, remote);
        }
        let datagram = Datagram { remote, bytes };
        if self.is_shaking_hands(&datagram.bytes) {
            self.flights.note_sent(&datagram, now);
        }
        self.enqueue([datagram]);
    }

    /// Whoever cannot be sent to for seconds misses reports and answers that are stale by then.
    fn enqueue(&mut self, datagrams: impl IntoIterator<Item = Datagram>) {
        let room = MAX_OUTGOING.saturating_sub(self.outgoing.len());
        self.outgoing.extend(datagrams.into_iter().take(room));
    }

    fn is_shaking_hands(&self, datagram: &[u8]) -> bool {
        self.may_miss_flight && Flights::is_dtls(datagram)
    }

    fn note(&mut self, event: &RTCPeerConnectionEvent) {
        match event {
            RTCPeerConnectionEvent::OnIceConnectionStateChangeEvent(
                RTCIceConnectionState::Connected | RTCIceConnectionState::Completed,
            ) => {
                self.has_pair = true;
                self.pending_nomination = None;
            }
            RTCPeerConnectionEvent::OnConnectionStateChangeEvent(state) => match state {
                RTCPeerConnectionState::Connected if self.state == State::Connecting => {
                    self.state = State::Connected;
                    // The client's last flight was answered, or it would not be connected.
                    self.may_miss_flight = self.answering_role == DtlsRole::Server;
                }
                RTCPeerConnectionState::Failed => self.end(State::Failed),
                _ => {}
            },
            _ => {}
        }
    }

    fn tick(&mut self, now: Instant) {
        // Only a dead handshake makes this fail, and the core tells nobody else of it.
        if self.connection.handle_timeout(now).is_err() {
            self.end(State::Failed);
        }
    }

    fn end(&mut self, state: State) {
        if matches!(self.state, State::Connecting | State::Connected) {
            self.state = state;
            self.may_miss_flight = false;
        }
    }

    fn dtls_state(&mut self) -> Option<RTCDtlsTransportState> {
        let receiver = self.connection.rtp_receiver(self.receiver?)?;
        Some(receiver.transport()?.state())
    }
}
