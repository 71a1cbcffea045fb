//! One caller from the answer to the goodbye: his peer, who listens to him, and how long he may be
//! silent. Knows no socket, no clock and no task.

mod allowance;
mod end;

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use shared::ConversationId;
use shared::call::{EchoMode, Phase, QueueDrops, Traffic};
use tracing::{Span, info};

use crate::audio::Recorder;
use crate::audio::ear::Ear;
use crate::audio::echo::Echo;
use crate::audio::tee::Tee;
use crate::audio::voice::Voice;
use crate::packet::{AudioPacket, Transmit};
use crate::peer::{Names, Patch, PatchError, Patched, Peer, State, Taken, rtp};
use crate::seats::Line;
use crate::stun;
use allowance::Allowance;
pub use end::EndReason;

/// A caller who neither checks nor answers a check for this long is gone (RFC 7675 §5.1).
const CONSENT: Duration = Duration::from_secs(30);
/// What may wait for somebody to hear whether it is a voice: five seconds in packets of 10 ms. With
/// more the parrot waits for him no longer, and what is dropped would have come too late.
const EAR_QUEUE: NonZeroUsize = NonZeroUsize::new(500).unwrap();

/// How long a caller may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// From the answer until audio can flow.
    pub connect: Duration,
    /// Without one packet of audio, once it can.
    pub media: Duration,
}

/// What became of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handled {
    /// It was audio, which makes no deadline come earlier.
    Heard,
    /// Any deadline may be another one now.
    Acted,
    /// It was more than a caller may send, and nobody hears it.
    Flooded,
    /// It was RTP that no keys of his have sealed, or that was here before.
    NotOpened,
}

/// How a conversation is.
#[derive(Clone, Debug)]
pub struct Report {
    pub phase: Phase,
    /// Since when.
    pub since: Instant,
    /// Absent before it is connected.
    pub traffic: Option<Traffic>,
    /// Absent where the caller hears none.
    pub echo: Option<EchoMode>,
    /// Names the ICE session in force.
    pub ice_session: String,
}

/// The caller only speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this call has no echo: it only publishes")]
pub struct NoEcho;

/// One caller who was answered.
pub struct Conversation {
    id: ConversationId,
    span: Span,
    peer: Peer,
    /// Absent once it is over, so that every feed has ended.
    tee: Option<Tee>,
    echo: Echo,
    deadlines: Deadlines,
    answered: Instant,
    /// When audio could flow first.
    connected: Option<Instant>,
    /// The last proof that the caller is there.
    heard: Instant,
    /// The last packet of audio, or the last restart of ICE: whoever has just found a new way
    /// needs a while to be heard.
    last_audio: Instant,
    packets: u64,
    allowance: Allowance,
    over: Option<EndReason>,
    /// Held as long as this conversation counts.
    _line: Line,
}

impl Conversation {
    /// A caller who was answered just `now`. `echo` and all other consumers are attached to `tee`.
    #[must_use]
    pub fn new(
        line: Line,
        peer: Peer,
        audio: (Tee, Echo),
        deadlines: Deadlines,
        now: Instant,
    ) -> Self {
        let (mut tee, echo) = audio;
        let id = line.id();
        // Names the call in every line, whatever levels are logged.
        let span = tracing::error_span!("conversation", %id);
        tee.log_within(span.clone());
        Self {
            id,
            span,
            peer,
            tee: Some(tee),
            echo,
            deadlines,
            answered: now,
            connected: None,
            heard: now,
            last_audio: now,
            packets: 0,
            allowance: Allowance::new(now),
            over: None,
            _line: line,
        }
    }

    #[must_use]
    pub fn id(&self) -> ConversationId {
        self.id
    }

    /// Whether audio can flow.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.connected.is_some() && self.over.is_none()
    }

    /// Why it is over, as soon as it is.
    #[must_use]
    pub fn over(&self) -> Option<EndReason> {
        self.over
    }

    /// What the caller's checks may carry.
    #[must_use]
    pub fn names(&self) -> Names {
        self.peer.names()
    }

    /// The same, if it changed since this was asked.
    pub fn take_new_names(&mut self) -> Option<Names> {
        self.peer.take_new_names()
    }

    /// How it is; of one that is over nothing is asked.
    #[must_use]
    pub fn report(&self) -> Report {
        let (phase, since) = match self.connected {
            None => (Phase::Connecting, self.answered),
            Some(connected) => (Phase::Connected, connected),
        };
        let dropped = |name| self.tee.as_ref().map_or(0, |tee| tee.dropped(name));
        let dropped = QueueDrops {
            echo: dropped(Echo::NAME),
            recorder: dropped(Recorder::NAME),
        };
        Report {
            phase,
            since,
            traffic: self.connected.map(|_| self.peer.traffic(dropped)),
            echo: self.peer.is_heard().then(|| self.echo.mode()),
            ice_session: self.peer.ice_session().to_owned(),
        }
    }

    /// Changes the way to the caller. A restart proves that he is there, whatever happened to his
    /// network; it does not prolong the time he has to connect at all.
    ///
    /// # Errors
    /// When the change is meant for another ICE session, or cannot be made; then nothing is.
    pub fn patch(&mut self, patch: &Patch, now: Instant) -> Result<Patched, PatchError> {
        let patched = self.peer.patch(patch, now)?;
        if let Patched::Restarted { .. } = patched {
            self.heard = now;
            self.last_audio = now;
            self.span.in_scope(|| info!("ICE restarted"));
        }
        Ok(patched)
    }

    /// Has the caller's echo come in another way from now on. `ear` hears for the parrot when he
    /// speaks.
    ///
    /// # Errors
    /// He hears no echo at all.
    pub fn set_echo(
        &mut self,
        mode: EchoMode,
        ear: &Ear,
        now: Instant,
    ) -> Result<EchoMode, NoEcho> {
        let tee = self.tee.as_mut().ok_or(NoEcho)?;
        if !self.peer.is_heard() {
            return Err(NoEcho);
        }
        let voice = Voice::new(now);
        if mode == EchoMode::Parrot {
            ear.listen(tee.attach(Ear::NAME, EAR_QUEUE), voice.clone());
        }
        self.echo.set(mode, voice, now);
        let mode = self.echo.mode();
        self.span
            .in_scope(|| info!(?mode, "the echo comes in another way"));
        Ok(mode)
    }

    /// Takes a datagram whose sender has proved that he is the caller.
    /// It is read where it lies, and nothing of it is left.
    pub fn handle(&mut self, remote: SocketAddr, datagram: &mut [u8], now: Instant) -> Handled {
        if self.over.is_some() {
            return Handled::Acted;
        }
        let kind = rtp::kind(datagram);
        if !self.may_act(kind, datagram, now) {
            return Handled::Flooded;
        }
        let is_within = match self.peer.handle(remote, datagram, now) {
            Taken::Audio(packet) => self.hear(&packet, now),
            Taken::NotOpened => return Handled::NotOpened,
            Taken::Answer => {
                self.heard = now;
                true
            }
            Taken::Idle => self.allowance.take_idle(now),
            Taken::Other => true,
        };
        self.settle(now);
        if !is_within {
            Handled::Flooded
        } else if kind == rtp::Kind::Rtp && self.connected.is_some() && self.echo.is_at_once() {
            Handled::Heard
        } else {
            Handled::Acted
        }
    }

    /// Whether a caller may have us act on a datagram. Audio and answers cost too little to be
    /// counted before they have proved to be his: nobody who forges his address takes them away.
    fn may_act(&mut self, kind: rtp::Kind, datagram: &[u8], now: Instant) -> bool {
        let is_check = |message: stun::Message<'_>| message.kind() == stun::Kind::BindingRequest;
        match kind {
            rtp::Kind::Stun if stun::Message::parse(datagram).is_some_and(is_check) => {
                // None comes here that is not authentic.
                self.heard = now;
                self.allowance.take_check(now)
            }
            rtp::Kind::Rtp | rtp::Kind::Stun => true,
            rtp::Kind::Rtcp | rtp::Kind::Dtls | rtp::Kind::Unknown => {
                self.allowance.take_other(datagram.len(), now)
            }
        }
    }

    /// Gives the audio that just came to whoever listens. Whether the caller may be heard so often.
    fn hear(&mut self, packet: &AudioPacket, now: Instant) -> bool {
        self.last_audio = now;
        if !self.allowance.take_audio(packet.payload.len(), now) {
            return false;
        }
        self.packets += 1;
        if let Some(tee) = &mut self.tee {
            tee.push(packet);
        }
        true
    }

    /// Acts on the time: retransmissions, reports, and the ends that silence brings.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.over.is_some() {
            return;
        }
        self.peer.handle_timeout(now);
        if let Some(tee) = &mut self.tee {
            tee.catch_up(now);
        }
        self.settle(now);
        if let Some((deadline, reason)) = self.next_end()
            && self.over.is_none()
            && deadline <= now
        {
            self.end(now, reason);
        }
    }

    /// When [`Self::handle_timeout`] is wanted next; `None` once it is over.
    pub fn poll_timeout(&self, now: Instant) -> Option<Instant> {
        if self.over.is_some() {
            return None;
        }
        let (end, _) = self.next_end()?;
        let others = [self.peer.poll_timeout(now), self.echo.poll_timeout()];
        Some(others.into_iter().flatten().fold(end, Instant::min))
    }

    /// The next datagram to send; the goodbye is among them after the end.
    ///
    /// The echo is spoken no faster than this is called: while nothing can be sent, its packets
    /// wait in their queue, and what finds no room there is dropped and counted.
    pub fn poll_transmit(&mut self, now: Instant) -> Option<Transmit<'_>> {
        let remote = self.load(now)?;
        Some(Transmit {
            remote,
            bytes: self.peer.loaded(),
        })
    }

    fn load(&mut self, now: Instant) -> Option<SocketAddr> {
        loop {
            if let Some(remote) = self.peer.load_next() {
                return Some(remote);
            }
            if self.over.is_some() {
                return None;
            }
            let spoken = self.echo.next_packet(now)?;
            if let Some(remote) = self.peer.load_speech(&spoken) {
                return Some(remote);
            }
        }
    }

    /// Ends it: no packet enters any more, the caller is told, every feed ends.
    pub fn end(&mut self, now: Instant, reason: EndReason) {
        if self.over.is_some() {
            return;
        }
        self.over = Some(reason);
        self.peer.close(now);
        let (mut echo_dropped, mut recorder_dropped) = (0, 0);
        if let Some(tee) = self.tee.take() {
            echo_dropped = tee.dropped(Echo::NAME);
            recorder_dropped = tee.dropped(Recorder::NAME);
            tee.end(now, reason.of_recording());
        }
        let (packets, seconds) = (self.packets, now.duration_since(self.answered).as_secs());
        self.span.in_scope(|| {
            info!(%reason, packets, echo_dropped, recorder_dropped, seconds, "conversation ended");
        });
    }

    /// Notices what became of the peer.
    fn settle(&mut self, now: Instant) {
        match self.peer.state() {
            State::Connecting => {}
            State::Connected => self.note_connected(now),
            State::ClosedByCaller => self.end(now, EndReason::HungUp),
            State::Failed => self.end(now, EndReason::Failed),
        }
    }

    fn note_connected(&mut self, now: Instant) {
        if self.connected.is_some() {
            return;
        }
        self.connected = Some(now);
        self.last_audio = now;
        let after_ms = now.duration_since(self.answered).as_millis();
        self.span.in_scope(|| info!(after_ms, "caller connected"));
    }

    /// The end that comes next if the caller does nothing.
    fn next_end(&self) -> Option<(Instant, EndReason)> {
        if self.connected.is_none() {
            return Some((
                self.answered + self.deadlines.connect,
                EndReason::NeverConnected,
            ));
        }
        let silent = (self.last_audio + self.deadlines.media, EndReason::NoMedia);
        let gone = (self.heard + CONSENT, EndReason::Vanished);
        [silent, gone]
            .into_iter()
            .min_by_key(|(deadline, _)| *deadline)
    }
}

impl Drop for Conversation {
    /// A conversation that nobody ended, because of a panic or because nobody expected it any
    /// more, still logs its end.
    fn drop(&mut self) {
        if self.over.is_none() {
            self.span
                .in_scope(|| info!(reason = "abandoned", "conversation ended"));
        }
    }
}
