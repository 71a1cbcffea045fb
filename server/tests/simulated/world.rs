//! Time and the link between a caller and his conversation.

mod answers;
mod nomination;
mod restart;

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use server::audio::Recorder;
use server::audio::echo::Echo;
use server::audio::tee::{Feed, Tee};
use server::conversation::{Conversation, Deadlines, EndReason, Handled, Report as CallReport};
use server::packet::Transmit;
use server::peer::offer::Offer;
use server::peer::{Candidate, IceMode, Identity, LocalSide, Peer};
use server::recording::{Channels, Limits, Moment, Origin, Recording, Report};
use server::seats::Seats;
use server::stun::{self, Kind, Message, TransactionId};
use shared::ConversationId;

use crate::caller::{Caller, Spoken};

/// In packets.
pub(crate) const ECHO_QUEUE: usize = 100;

pub(crate) const UFRAG: &str = "serverside";
pub(crate) const PASSWORD: &str = "a-password-of-the-server-side";
const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const STEP: Duration = Duration::from_millis(1);
const PACKET: Duration = Duration::from_millis(20);
const MEDIA_DEADLINE: Duration = Duration::from_secs(30);
const GIVE_UP: Duration = Duration::from_secs(14);

/// What the way between the two does to datagrams, in both directions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    pub(crate) delay: Duration,
    /// Added to the delay, anew for each datagram: they overtake each other.
    pub(crate) jitter: Duration,
    pub(crate) loss_percent: u32,
    /// Loses exactly every n-th datagram of media.
    pub(crate) loses_every: Option<u64>,
    pub(crate) loses_all_but_stun: bool,
    pub(crate) is_cut: bool,
    pub(crate) seed: u64,
}

impl Link {
    pub(crate) const PERFECT: Self = Self {
        delay: Duration::from_millis(1),
        jitter: Duration::ZERO,
        loss_percent: 0,
        loses_every: None,
        loses_all_but_stun: false,
        is_cut: false,
        seed: 0,
    };
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

pub(crate) struct World {
    now: Instant,
    pub(crate) link: Link,
    pub(crate) caller: Caller,
    /// Nobody takes what the conversation has to send.
    pub(crate) is_port_blocked: bool,
    /// What the answer says of the format, and what the offer said it would.
    pub(crate) answer: String,
    pub(crate) fmtp: &'static str,
    pub(crate) conversation: Conversation,
    recorder: Feed,
    recorded: Vec<Spoken>,
    /// Under which address the server sees the caller; nothing sent to another one arrives.
    seen_at: SocketAddr,
    caller_ufrag: String,
    pub(crate) caller_password: String,
    restarts: usize,
    on_the_way: BTreeMap<(Instant, u64), (Way, BytesMut)>,
    sent: u64,
    /// What came to the conversation on the caller's way, as it came.
    pub(crate) received: Vec<BytesMut>,
    /// How many datagrams were more than a caller may send.
    pub(crate) flooded: usize,
    /// How many were RTP that nobody could open.
    pub(crate) not_opened: usize,
    /// What the server asked the caller and `answer_checks` did not answer yet.
    asked: Vec<TransactionId>,
    reports: Vec<(Way, u8)>,
    media_sent_to: HashMap<SocketAddr, usize>,
    chance: StdRng,
}

impl World {
    pub(crate) fn new(link: Link) -> Self {
        Self::begin(link, MEDIA_DEADLINE, "actpass")
    }

    pub(crate) fn with_media_deadline(link: Link, media: Duration) -> Self {
        Self::begin(link, media, "actpass")
    }

    /// A caller who insists on beginning the handshake.
    pub(crate) fn with_active_caller(link: Link) -> Self {
        Self::begin(link, MEDIA_DEADLINE, "active")
    }

    fn begin(link: Link, media: Duration, setup: &str) -> Self {
        let now = Instant::now();
        let caller_address = "192.0.2.1:5000".parse().unwrap();
        let server_address = "192.0.2.9:3001".parse().unwrap();
        let mut caller = Caller::new(caller_address, server_address, now);
        let offered = caller.offer(now);
        assert!(offered.contains("a=setup:actpass"));
        let offered = offered.replace("a=setup:actpass", &format!("a=setup:{setup}"));
        let credential = |name: &str| {
            let mut lines = offered.lines();
            lines.find_map(|line| line.strip_prefix(name)).unwrap()
        };
        let offer = Offer::parse(offered.as_bytes()).unwrap();
        let local = LocalSide {
            ufrag: UFRAG.to_owned(),
            password: PASSWORD.to_owned(),
            candidates: vec![Candidate::Host(server_address)],
            mode: IceMode::Lite,
        };
        let identity = Identity::generate().unwrap();
        let (peer, answer) = Peer::accept(&offer, &local, &identity, now).unwrap();
        let mut tee = Tee::default();
        let capacity = |packets| NonZeroUsize::new(packets).unwrap();
        let echo = Echo::new(tee.attach(Echo::NAME, capacity(ECHO_QUEUE)));
        let recorder = tee.attach(Recorder::NAME, capacity(2_000));
        let seat = Seats::new(capacity(1), None)
            .take(ConversationId::from_nanoseconds(1), None)
            .unwrap();
        let deadlines = Deadlines {
            connect: Duration::from_secs(15),
            media,
        };
        let conversation = Conversation::new(seat, peer, (tee, echo), deadlines, now);
        caller.take_answer(answer.clone(), now);
        Self {
            now,
            link,
            caller,
            is_port_blocked: false,
            answer,
            fmtp: offer.fmtp(),
            conversation,
            recorder,
            recorded: Vec::new(),
            seen_at: caller_address,
            caller_ufrag: credential("a=ice-ufrag:").to_owned(),
            caller_password: credential("a=ice-pwd:").to_owned(),
            restarts: 0,
            on_the_way: BTreeMap::new(),
            sent: 0,
            received: Vec::new(),
            flooded: 0,
            not_opened: 0,
            asked: Vec::new(),
            reports: Vec::new(),
            media_sent_to: HashMap::new(),
            chance: StdRng::seed_from_u64(link.seed),
        }
    }

    /// Runs until the caller is connected, and says how long that took.
    pub(crate) fn connect(&mut self) -> Duration {
        let started = self.now;
        while !(self.caller.is_connected() && self.conversation.is_connected()) {
            self.step();
            assert!(self.now - started < GIVE_UP, "the call did not connect");
        }
        self.now - started
    }

    pub(crate) fn now(&self) -> Instant {
        self.now
    }

    pub(crate) fn run_for(&mut self, duration: Duration) {
        let end = self.now + duration;
        while self.now < end {
            self.step();
        }
    }

    /// The caller speaks, a packet every 20 ms.
    pub(crate) fn speak_for(&mut self, duration: Duration) -> Vec<Spoken> {
        let end = self.now + duration;
        let mut spoken = Vec::new();
        while self.now < end {
            spoken.push(self.caller.speak(self.now));
            self.run_for(PACKET);
        }
        // What is still on the way arrives.
        self.run_for(self.link.delay + self.link.jitter);
        spoken
    }

    pub(crate) fn recorded(&mut self) -> Vec<Spoken> {
        while let Some(packet) = self.recorder.try_next() {
            self.recorded.push(Spoken {
                sequence_number: packet.sequence_number,
                timestamp_48k: packet.timestamp_48k,
                payload: packet.payload,
            });
        }
        self.recorded.clone()
    }

    /// What a recording makes of the packets that wait for the recorder.
    pub(crate) fn record(&mut self) -> Report {
        let origin = Origin {
            id: ConversationId::from_nanoseconds(1),
            channels: Channels::Mono,
            payload_type: 111,
            fmtp: self.fmtp.to_owned(),
            client: shared::recording::Client::default(),
            began: Moment {
                at: self.now,
                time: jiff::Timestamp::UNIX_EPOCH,
            },
            limits: Limits::default(),
        };
        let mut recording = Recording::new(&origin, 1);
        while let Some(packet) = self.recorder.try_next() {
            recording.accept(packet);
        }
        recording.finish(None).1
    }

    pub(crate) fn recorded_in_order(&mut self) -> Vec<Spoken> {
        let mut recorded = self.recorded();
        if let Some(first) = recorded.first().cloned() {
            let since = |packet: &Spoken| {
                packet
                    .timestamp_48k
                    .wrapping_sub(first.timestamp_48k)
                    .cast_signed()
            };
            recorded.sort_by_key(since);
        }
        recorded
    }

    pub(crate) fn recording_has_ended(&mut self) -> bool {
        self.recorded();
        self.recorder.is_over()
    }

    /// How many reports of each kind went each way (RFC 3550 §6.4): the caller's round-trip time is
    /// made of his own sender reports and of what ours say of his audio.
    pub(crate) fn reports(&self) -> [(&'static str, usize); 3] {
        let count = |way, kind| {
            self.reports
                .iter()
                .filter(|seen| **seen == (way, kind))
                .count()
        };
        [
            ("sender up", count(Way::Up, SENDER_REPORT)),
            ("sender down", count(Way::Down, SENDER_REPORT)),
            ("receiver up", count(Way::Up, RECEIVER_REPORT)),
        ]
    }

    pub(crate) fn over(&self) -> Option<EndReason> {
        self.conversation.over()
    }

    pub(crate) fn caller_hangs_up(&mut self) {
        self.caller.hang_up(self.now);
    }

    pub(crate) fn server_ends(&mut self, reason: EndReason) {
        self.conversation.end(self.now, reason);
    }

    pub(crate) fn report(&self) -> CallReport {
        self.conversation.report()
    }

    /// How many datagrams but STUN went there.
    pub(crate) fn media_sent_to(&self, address: SocketAddr) -> usize {
        self.media_sent_to.get(&address).copied().unwrap_or(0)
    }

    /// A datagram comes to the conversation from there now.
    pub(crate) fn take(&mut self, from: SocketAddr, mut datagram: BytesMut) {
        let handled = self.conversation.handle(from, &mut datagram, self.now);
        self.flooded += usize::from(handled == Handled::Flooded);
        self.not_opened += usize::from(handled == Handled::NotOpened);
    }

    fn step(&mut self) {
        self.now += STEP;
        while let Some(entry) = self.on_the_way.first_entry()
            && entry.key().0 <= self.now
        {
            let (way, bytes) = entry.remove();
            match way {
                Way::Up => {
                    self.received.push(bytes.clone());
                    self.take(self.seen_at, bytes);
                }
                Way::Down => self.caller.handle(bytes, self.now),
            }
        }
        if self
            .conversation
            .poll_timeout(self.now)
            .is_some_and(|at| at <= self.now + STEP)
        {
            self.conversation.handle_timeout(self.now);
        }
        self.caller.handle_timeout(self.now);
        while let Some(bytes) = self.caller.poll_transmit() {
            self.send(Way::Up, bytes);
        }
        while !self.is_port_blocked
            && let Some(Transmit { remote, bytes }) = self.conversation.poll_transmit(self.now)
        {
            if !stun::is_stun(bytes) {
                *self.media_sent_to.entry(remote).or_default() += 1;
            }
            if remote == self.seen_at {
                let check = Message::parse(bytes);
                let check = check.filter(|it| it.kind() == Kind::BindingRequest);
                self.asked.extend(check.and_then(|it| it.transaction_id()));
                let bytes = BytesMut::from(bytes);
                self.send(Way::Down, bytes);
            }
        }
    }

    fn send(&mut self, way: Way, bytes: BytesMut) {
        self.sent += 1;
        let is_stun = stun::is_stun(&bytes);
        let is_media = bytes.first().is_some_and(|byte| byte & 0xc0 == 0x80);
        // The first eight bytes of SRTCP are plain (RFC 3711 §3.4).
        if let Some(&[_, kind @ (SENDER_REPORT | RECEIVER_REPORT)]) =
            bytes.get(..2).filter(|_| is_media)
        {
            self.reports.push((way, kind));
        }
        // The caller is of the same library, without our cure for a flight of his that is lost.
        let is_spared = way == Way::Up && matches!(bytes.first(), Some(20..=63));
        let is_lost = self.link.is_cut
            || (self.link.loses_all_but_stun && !is_stun)
            || (is_media
                && self
                    .link
                    .loses_every
                    .is_some_and(|every| self.sent.is_multiple_of(every)))
            || (self.chance.random_range(0..100) < self.link.loss_percent && !is_spared);
        if !is_lost {
            let jitter = self.link.jitter.mul_f64(self.chance.random_range(0.0..1.0));
            let arrives = self.now + self.link.delay + jitter;
            self.on_the_way.insert((arrives, self.sent), (way, bytes));
        }
    }
}
