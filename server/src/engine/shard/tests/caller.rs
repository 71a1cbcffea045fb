//! A caller of a shard: his offer, his checks, his handshake and what he says, by a real socket.

use std::net::{SocketAddr, UdpSocket};
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use shared::ConversationId;

use crate::audio::echo::Echo;
use crate::audio::tee::Tee;
use crate::conversation::{Conversation, Deadlines};
use crate::engine::shard::Newcomer;
use crate::peer::offer::{DtlsRole, Offer};
use crate::peer::rtp::{self, Header};
use crate::peer::secure::{Secure, State};
use crate::peer::{IceMode, Identity, LocalSide, Peer};
use crate::seats::Seats;
use crate::stun::{self, Check, Key, Kind, Message, Role};

/// How long a caller has to be connected.
pub(in crate::engine::shard) const CONNECT: Duration = Duration::from_secs(15);
const PASSWORD: &str = "a password of twenty-two";
const PASSWORD_OF_HIS: &str = "anotherPasswordOfTwentyTwo";
const UFRAG_OF_HIS: &str = "theirs";
const OPUS: u8 = 111;
/// In packets.
const ECHO_QUEUE: NonZeroUsize = NonZeroUsize::new(100).unwrap();
/// What was sent to him is there already.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longer than any datagram of ours.
const DATAGRAM: usize = 2_048;

/// He takes what comes to him only when he is told to, and says nothing by himself.
pub(in crate::engine::shard) struct Caller {
    pub(in crate::engine::shard) id: ConversationId,
    socket: UdpSocket,
    secure: Secure,
    username: String,
    spoken: u16,
}

/// A caller who was answered at that time, and his conversation, which has that number.
pub(in crate::engine::shard) fn call(number: u32, now: Instant) -> (Caller, Newcomer) {
    let ours = Identity::generate().unwrap();
    let his = Identity::generate().unwrap();
    let local = LocalSide {
        ufrag: format!("call{number}"),
        password: PASSWORD.to_owned(),
        candidates: Vec::new(),
        mode: IceMode::Lite,
    };
    let offer = Offer::parse(offer(&his).as_bytes()).unwrap();
    let (peer, _) = Peer::accept(&offer, &local, &ours, now).unwrap();
    // The first that a seat gives is 2.
    let id = ConversationId::from_nanoseconds(u64::from(number) + 1);
    let line = Seats::new(NonZeroUsize::MIN, None).take(id, None).unwrap();
    let mut tee = Tee::default();
    let echo = Echo::new(tee.attach(Echo::NAME, ECHO_QUEUE));
    let deadlines = Deadlines {
        connect: CONNECT,
        media: Duration::from_secs(30),
    };
    let conversation = Conversation::new(line, peer, (tee, echo), deadlines, now);
    let caller = Caller {
        id: conversation.id(),
        socket: socket(),
        secure: Secure::new(DtlsRole::Client, ours.fingerprint(), &his).unwrap(),
        username: format!("{}:{UFRAG_OF_HIS}", local.ufrag),
        spoken: 0,
    };
    let newcomer = Newcomer {
        names: conversation.names(),
        conversation,
    };
    (caller, newcomer)
}

/// He begins the handshake.
fn offer(identity: &Identity) -> String {
    let fingerprint = identity.fingerprint();
    format!(
        "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF {OPUS}\r\na=mid:0\r\n\
         a=ice-ufrag:{UFRAG_OF_HIS}\r\na=ice-pwd:{PASSWORD_OF_HIS}\r\na=setup:active\r\na=rtcp-mux\r\n\
         a=fingerprint:sha-256 {fingerprint}\r\na=rtpmap:{OPUS} opus/48000/2\r\n"
    )
}

fn socket() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

impl Caller {
    pub(in crate::engine::shard) fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    /// He is at another address from now on.
    pub(in crate::engine::shard) fn moves(&mut self) {
        self.socket = socket();
    }

    /// A check that says that media shall flow this way.
    pub(in crate::engine::shard) fn check(&self) -> Vec<u8> {
        self.check_signed_with(PASSWORD)
    }

    pub(in crate::engine::shard) fn check_signed_with(&self, password: &str) -> Vec<u8> {
        let check = Check {
            id: rand::random(),
            username: &self.username,
            role: Role::Controlling { tie_breaker: 1 },
        };
        check.signed_with(&Key::new(password))
    }

    pub(in crate::engine::shard) fn is_connected(&self) -> bool {
        self.secure.state() == State::Connected
    }

    /// Whether he was told that it is over.
    pub(in crate::engine::shard) fn is_over(&self) -> bool {
        self.secure.state() == State::Closed
    }

    /// Takes what comes next. What he says to that.
    pub(in crate::engine::shard) fn react(&mut self) -> Vec<Vec<u8>> {
        let (from, bytes) = self.take();
        let now = Instant::now();
        let mut said = Vec::new();
        if let Some(id) = question(&bytes) {
            let ours = Key::new(PASSWORD_OF_HIS);
            said.push(stun::binding_success(id, from, &ours));
            self.secure.start(now);
        } else if rtp::kind(&bytes) == rtp::Kind::Dtls {
            self.secure.handle(&bytes, now);
        }
        while let Some(flight) = self.secure.poll_transmit() {
            said.push(flight.to_vec());
        }
        said
    }

    /// Takes what comes until so many of his checks are answered. Who answered the last of them.
    pub(in crate::engine::shard) fn take_answers(&self, count: usize) -> Option<SocketAddr> {
        let taken = std::iter::repeat_with(|| self.take());
        let answers = taken.filter(|(_, bytes)| kind_of(bytes) == Some(Kind::BindingSuccess));
        answers.take(count).last().map(|(from, _)| from)
    }

    /// The next packet of what he says.
    pub(in crate::engine::shard) fn speak(&mut self, words: &[u8]) -> Vec<u8> {
        self.spoken += 1;
        let header = Header {
            is_marked: false,
            payload_type: OPUS,
            sequence_number: self.spoken,
            timestamp: u32::from(self.spoken) * 960,
            ssrc: 1,
        };
        let mut packet = Vec::new();
        assert!(self.secure.seal_rtp(&header, words, &mut packet));
        packet
    }

    /// Takes what comes until he hears something. From where that was, and what.
    pub(in crate::engine::shard) fn listen(&mut self) -> (SocketAddr, Vec<u8>) {
        loop {
            let (from, mut bytes) = self.take();
            if rtp::kind(&bytes) == rtp::Kind::Rtp {
                let (_, words) = self.secure.open_rtp(&mut bytes).unwrap();
                return (from, words.to_vec());
            }
        }
    }

    fn take(&self) -> (SocketAddr, Vec<u8>) {
        let mut bytes = vec![0; DATAGRAM];
        let (length, from) = self.socket.recv_from(&mut bytes).unwrap();
        bytes.truncate(length);
        (from, bytes)
    }
}

fn kind_of(bytes: &[u8]) -> Option<Kind> {
    Message::parse(bytes).map(|message| message.kind())
}

/// Which check of ours that is, if it is one.
fn question(bytes: &[u8]) -> Option<stun::TransactionId> {
    Message::parse(bytes)
        .filter(|message| message.kind() == Kind::BindingRequest)?
        .transaction_id()
}
