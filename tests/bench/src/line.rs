//! One call: a caller, his socket, what he sent and heard, and the weather on his way.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use server::peer::Identity;

use crate::caller::{CallError, Caller, Heard};
use crate::journal::{Journal, Tally, microseconds, record};
use crate::signaling::SignalError;
use crate::socket::{Inbox, Received, Socket, since_1970};
use crate::stamp::{Payloads, Stamp};
use crate::under_way::{Arrival, UnderWay, Way};
use crate::weather::{Sky, Weather};

/// Of one packet.
pub const FRAME: Duration = Duration::from_millis(20);
/// Datagrams that one turn reads of one call: a server that floods must not hold up the others.
const MAX_READ: usize = 16;

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Offering,
    Connecting,
    Up,
    Over,
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Signal(#[from] SignalError),
    #[error(transparent)]
    Call(#[from] CallError),
}

/// What all calls share.
pub struct Tools {
    pub tally: Tally,
    /// How late packets were sent, in microseconds: what the caller's machine is to blame for.
    pub lateness: Histogram<u64>,
    /// Whether what is sent now counts.
    pub is_counting: bool,
    pub under_way: UnderWay,
    payloads: Payloads,
    payload: Vec<u8>,
    packet: Vec<u8>,
}

impl Tools {
    #[must_use]
    pub fn new(payloads: Payloads) -> Self {
        Self {
            tally: Tally::default(),
            lateness: microseconds(),
            is_counting: false,
            under_way: UnderWay::default(),
            payloads,
            payload: Vec::new(),
            packet: Vec::new(),
        }
    }

    /// A packet leaves now that was due then.
    fn note_left(&mut self, now: Instant, due: Instant) {
        if self.is_counting {
            record(&mut self.lateness, now.saturating_duration_since(due));
        }
    }
}

/// One call.
pub struct Line {
    pub socket: Socket,
    pub stage: Stage,
    pub began: Instant,
    pub set_up: Option<Duration>,
    pub failure: Option<Failure>,
    /// When the address changed last, or the call came up.
    roamed_at: Option<Instant>,
    number: usize,
    caller: Caller,
    journal: Journal,
    weather: Option<Skies>,
}

/// The weather there and back.
struct Skies {
    there: Sky,
    back: Sky,
}

impl Line {
    /// A call that is about to be offered.
    #[must_use]
    pub fn new(number: usize, socket: Socket, weather: Option<Weather>, now: Instant) -> Self {
        let seed = number as u64;
        Self {
            socket,
            stage: Stage::Offering,
            began: now,
            set_up: None,
            failure: None,
            roamed_at: None,
            number,
            caller: Caller::new(),
            journal: Journal::new(u32::try_from(number).unwrap_or(u32::MAX)),
            weather: weather.map(|weather| Skies {
                there: Sky::new(weather, seed * 2),
                back: Sky::new(weather, seed * 2 + 1),
            }),
        }
    }

    #[must_use]
    pub fn offer(&self, local: SocketAddr, identity: &Identity) -> String {
        self.caller.offer(local, identity)
    }

    /// Needs no answer: goes without all that WebRTC asks for.
    pub fn go_bare(&mut self, remote: SocketAddr) {
        self.caller.go_bare(remote);
        self.stage = Stage::Up;
        self.set_up = Some(self.began.elapsed());
    }

    pub fn take_answer(
        &mut self,
        answer: Result<String, SignalError>,
        identity: &Identity,
        may_go: impl Fn(SocketAddr) -> bool,
        tools: &mut Tools,
    ) {
        // Whoever was given up is not called back.
        if self.stage != Stage::Offering {
            return;
        }
        let now = Instant::now();
        let taken = match answer {
            Ok(sdp) => self
                .caller
                .take_answer(&sdp, identity, may_go, now)
                .map_err(Failure::from),
            Err(error) => Err(error.into()),
        };
        match taken {
            Ok(()) => {
                self.stage = Stage::Connecting;
                self.flush(tools);
            }
            Err(failure) => self.fail(failure),
        }
    }

    pub fn fail(&mut self, failure: Failure) {
        self.stage = Stage::Over;
        self.failure = Some(failure);
    }

    /// What a call is given up for that is not up in time.
    #[must_use]
    pub fn lacks(&self) -> Failure {
        match self.stage {
            Stage::Offering => SignalError::Late.into(),
            _ => self.caller.lacks().into(),
        }
    }

    /// Acts on the time, and on whatever has come.
    pub fn turn(&mut self, now: Instant, inbox: &mut Inbox, tools: &mut Tools) {
        self.read(inbox, tools);
        self.caller.handle_timeout(now);
        self.settle(tools);
    }

    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.caller.poll_timeout()
    }

    /// Sends the packet that was `due`.
    pub fn speak(&mut self, due: Instant, tools: &mut Tools) {
        let stamp = self.journal.next();
        tools.payloads.write(stamp, &mut tools.payload);
        let now = Instant::now();
        // In the weather it is late if it leaves later than that has it.
        if self.weather.is_none() {
            tools.note_left(now, due);
        }
        let remote = self.caller.speak(&tools.payload, &mut tools.packet);
        let clock = since_1970();
        if let Some(remote) = remote {
            let is_under_way = self.send(remote, tools);
            self.journal
                .note_sent(clock, tools.is_counting, &mut tools.tally);
            if !is_under_way {
                self.journal.note_taken(stamp, &mut tools.tally);
            }
        }
        if let Some(remote) = self.caller.report(clock, now, &mut tools.packet) {
            self.send(remote, tools);
        }
    }

    /// Whether it is time to change the address, which is done every so often.
    pub fn roams_by(&mut self, now: Instant, every: Option<Duration>) -> bool {
        let Some(every) = every else {
            return false;
        };
        let since = self.roamed_at.get_or_insert(now);
        let is_due = now.saturating_duration_since(*since) >= every;
        if is_due {
            *since = now;
        }
        is_due
    }

    /// Goes on from another socket, as a phone does that changes its network.
    ///
    /// # Errors
    /// When the kernel gives no other port.
    pub fn roam(&mut self, local: SocketAddr, now: Instant, tools: &mut Tools) -> io::Result<()> {
        self.socket = Socket::bind(local)?;
        self.caller.roam(now);
        self.caller.handle_timeout(now);
        self.flush(tools);
        Ok(())
    }

    /// Says goodbye.
    pub fn close(&mut self, now: Instant, tools: &mut Tools) {
        if self.stage == Stage::Up {
            self.caller.close(now);
            self.flush(tools);
            self.stage = Stage::Over;
        }
    }

    /// What was under way has arrived.
    pub fn arrive(&mut self, mut arrival: Arrival, tools: &mut Tools) {
        match arrival.way {
            Way::There => {
                tools.note_left(Instant::now(), arrival.at);
                // Whatever the kernel has no room for is lost, as anywhere else.
                let _ = self.socket.send(arrival.remote, &arrival.bytes);
            }
            Way::Back { at } => {
                self.take(arrival.remote, &mut arrival.bytes, at, tools);
                self.settle(tools);
            }
        }
    }

    fn read(&mut self, inbox: &mut Inbox, tools: &mut Tools) {
        for _ in 0..MAX_READ {
            let Some(received) = self.socket.receive(inbox) else {
                return;
            };
            match self.weather.as_mut().map(|skies| skies.back.delays()) {
                Some(delays) => self.hold(received, delays, tools),
                None => self.take(received.from, received.bytes, received.at, tools),
            }
            // Asking in vain costs as much as a datagram.
            if self.stage == Stage::Up && !self.journal.waits() {
                return;
            }
        }
    }

    /// Has what the kernel received arrive when the weather lets it, whenever it was read.
    fn hold(
        &mut self,
        Received { from, bytes, at }: Received<'_>,
        delays: impl Iterator<Item = Duration>,
        tools: &mut Tools,
    ) {
        let age = since_1970().saturating_sub(at);
        let now = Instant::now();
        let came = now.checked_sub(age).unwrap_or(now);
        let mut is_under_way = false;
        for delay in delays {
            let way = Way::Back { at: at + delay };
            let datagram = (from, &*bytes);
            is_under_way |= tools
                .under_way
                .add(came + delay, way, self.number, datagram);
        }
        if is_under_way {
            return;
        }
        // It is lost, and opened only to know which it was.
        if let Some(heard) = self.caller.open(bytes) {
            let stamp = self.stamp(&heard);
            self.journal.note_taken(stamp, &mut tools.tally);
        }
    }

    fn take(&mut self, from: SocketAddr, datagram: &mut [u8], at: Duration, tools: &mut Tools) {
        let Some(heard) = self.caller.handle(from, datagram, Instant::now()) else {
            return;
        };
        let is_intact = Stamp::read(heard.payload).is_some_and(|stamp| {
            tools.payloads.write(stamp, &mut tools.payload);
            tools.payload == heard.payload
        });
        let stamp = self.stamp(&heard);
        self.journal
            .note_echo(stamp, is_intact, at, &mut tools.tally);
    }

    /// Which packet came back. A server that encodes anew loses the stamp, and keeps the distances in
    /// time.
    fn stamp(&self, heard: &Heard<'_>) -> Stamp {
        Stamp::read(heard.payload).unwrap_or(Stamp {
            call: self.journal.call(),
            number: heard.number,
        })
    }

    /// Sends what the caller has to say besides audio, and sees how far the call is.
    fn settle(&mut self, tools: &mut Tools) {
        self.flush(tools);
        if self.stage == Stage::Connecting && self.caller.is_up() {
            self.stage = Stage::Up;
            self.set_up = Some(self.began.elapsed());
        }
        let is_alive = matches!(self.stage, Stage::Connecting | Stage::Up);
        if let Some(reason) = self.caller.ending().filter(|_| is_alive) {
            self.fail(reason.into());
        }
    }

    fn flush(&mut self, tools: &mut Tools) {
        while let Some((remote, bytes)) = self.caller.poll_transmit() {
            tools.packet.clear();
            tools.packet.extend_from_slice(&bytes);
            self.send(remote, tools);
        }
    }

    /// Whether it goes, at once or when the weather lets it.
    fn send(&mut self, remote: SocketAddr, tools: &mut Tools) -> bool {
        let Some(skies) = &mut self.weather else {
            // Whatever the kernel has no room for is lost, as anywhere else.
            let _ = self.socket.send(remote, &tools.packet);
            return true;
        };
        // Not the round's time: the packet was made since then.
        let now = Instant::now();
        let mut is_under_way = false;
        for delay in skies.there.delays() {
            let datagram = (remote, tools.packet.as_slice());
            is_under_way |= tools
                .under_way
                .add(now + delay, Way::There, self.number, datagram);
        }
        is_under_way
    }
}
