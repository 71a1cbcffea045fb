//! The one UDP port: what there is to hear, and datagrams in and out. The only UDP sockets.

mod bind;
mod flow;
mod socket;

use std::io;
use std::net::{IpAddr, UdpSocket};
use std::time::Instant;

use rustix::event::{PollFd, Timespec, poll};

use super::bell::Bell;
use crate::packet;
pub(super) use bind::{bind, number};
use flow::Flow;
use socket::Socket;
pub(super) use socket::{Inbox, Received};

/// Datagrams that are taken from one socket before anything else is looked at.
pub(super) const BATCH: usize = 32;

/// One socket for each address family that is served.
pub(super) struct Port {
    sockets: Vec<Socket>,
    flow: Flow,
}

/// What there is to do after a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ready {
    /// Datagrams flow: the receive of this socket is the wait.
    Flowing(usize),
    Looked(Found),
}

/// What a look at everything found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The sockets that may have something, by their place.
    sockets: [bool; 2],
    pub(super) bell: bool,
    /// When the wait was over.
    pub(super) woke: Instant,
}

impl Found {
    pub(super) fn sockets(self) -> impl Iterator<Item = usize> {
        (0..)
            .zip(self.sockets)
            .filter_map(|(place, is_ready)| is_ready.then_some(place))
    }
}

impl Port {
    /// Takes over sockets that are bound, at most one of each family.
    pub(super) fn new(sockets: Vec<UdpSocket>) -> io::Result<Self> {
        let sockets = sockets
            .into_iter()
            .map(Socket::new)
            .collect::<io::Result<_>>()?;
        Ok(Self {
            sockets,
            flow: Flow::default(),
        })
    }

    /// Returns once there may be something to receive, somebody rang, or `deadline` is over. While
    /// datagrams flow it leaves the wait to the next receive, and bell and deadline are some
    /// milliseconds late at worst.
    pub(super) fn wait(&mut self, bell: &Bell, deadline: Option<Instant>) -> Ready {
        if let Some(socket) = self.flow.socket() {
            return Ready::Flowing(socket);
        }
        let (sockets, bell) = self.look(bell, deadline);
        let woke = Instant::now();
        self.flow.note_look(sockets, woke);
        Ready::Looked(Found {
            sockets,
            bell,
            woke,
        })
    }

    /// The sockets that may have something, and whether somebody rang.
    fn look(&self, bell: &Bell, deadline: Option<Instant>) -> ([bool; 2], bool) {
        let timeout = deadline.map(|at| timespec(at, Instant::now()));
        let is_ready = |fd: &PollFd<'_>| !fd.revents().is_empty();
        // Interrupted or out of memory: the next look is not far off.
        match self.sockets.as_slice() {
            [only] => {
                let mut fds = [bell.poll_fd(), only.poll_fd()];
                let _ = poll(&mut fds, timeout.as_ref());
                let [rung, only] = &fds;
                ([is_ready(only), false], is_ready(rung))
            }
            [first, second, ..] => {
                let mut fds = [bell.poll_fd(), first.poll_fd(), second.poll_fd()];
                let _ = poll(&mut fds, timeout.as_ref());
                let [rung, first, second] = &fds;
                ([is_ready(first), is_ready(second)], is_ready(rung))
            }
            [] => ([false; 2], false),
        }
    }

    /// The next datagram of a socket, if there is one now.
    pub(super) fn receive<'a>(&self, socket: usize, inbox: &'a mut Inbox) -> Option<Received<'a>> {
        self.sockets.get(socket)?.receive(inbox)
    }

    /// The next datagram of a socket that they flow from, if they do not end.
    pub(super) fn receive_flowing<'a>(
        &mut self,
        socket: usize,
        inbox: &'a mut Inbox,
    ) -> Option<Received<'a>> {
        let received = self.sockets.get(socket)?.wait(inbox);
        if received.is_none() {
            self.flow.note_silence();
        }
        received
    }

    /// A datagram was received at that time.
    pub(super) fn note_heard(&mut self, now: Instant) {
        self.flow.note_heard(now);
    }

    /// A neighbour handed a datagram over.
    pub(super) fn note_handed(&mut self, now: Instant) {
        self.flow.note_handed(now);
    }

    /// Sends from the address the caller knows us by. Never waits.
    pub(super) fn send(
        &self,
        datagram: packet::Transmit<'_>,
        local_ip: Option<IpAddr>,
    ) -> io::Result<()> {
        let is_ipv4 = datagram.remote.is_ipv4();
        let socket = self.sockets.iter().find(|socket| socket.is_ipv4 == is_ipv4);
        let socket = socket.ok_or(io::ErrorKind::AddrNotAvailable)?;
        socket.send(datagram, local_ip)
    }
}

fn timespec(deadline: Instant, now: Instant) -> Timespec {
    let wait = deadline.saturating_duration_since(now);
    Timespec {
        // Deadlines are hours away at most.
        tv_sec: wait.as_secs().try_into().unwrap_or(i64::MAX),
        tv_nsec: wait.subsec_nanos().into(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Calls each family of a port in turn, one datagram a round, and says how each round waited.
    struct Rounds {
        port: Port,
        bell: Bell,
        inbox: Inbox,
        callers: Vec<(UdpSocket, std::net::SocketAddr)>,
    }

    impl Rounds {
        fn new() -> Self {
            let ours = ["127.0.0.1:0", "[::1]:0"].map(|at| UdpSocket::bind(at).unwrap());
            let callers = ours.iter().map(|ours| {
                let at = ours.local_addr().unwrap();
                (UdpSocket::bind((at.ip(), 0)).unwrap(), at)
            });
            Self {
                callers: callers.collect(),
                port: Port::new(ours.into()).unwrap(),
                bell: Bell::new().unwrap(),
                inbox: Inbox::new(),
            }
        }

        fn call(&self, family: usize) {
            let (caller, to) = &self.callers[family];
            caller.send_to(b"echo", to).unwrap();
        }

        /// One round; how it waited, and how many datagrams it got. All of them, it says, came at
        /// that time.
        fn round(&mut self, came: Instant) -> (Ready, usize) {
            let ready = self.port.wait(&self.bell, Some(came));
            let mut heard = 0;
            match ready {
                Ready::Flowing(socket) => {
                    heard +=
                        usize::from(self.port.receive_flowing(socket, &mut self.inbox).is_some());
                }
                Ready::Looked(found) => {
                    for socket in found.sockets() {
                        heard += usize::from(self.port.receive(socket, &mut self.inbox).is_some());
                    }
                }
            }
            for _ in 0..heard {
                self.port.note_heard(came);
            }
            (ready, heard)
        }
    }

    #[test]
    fn while_datagrams_flow_the_receive_waits_and_silence_brings_the_look_back() {
        let mut rounds = Rounds::new();
        // So that a look of any later moment is within a millisecond of the last datagram.
        let soon = Instant::now() + Duration::from_secs(60);
        rounds.call(0);
        let first = rounds.round(soon);
        rounds.call(0);
        let second = rounds.round(soon);
        let came = match second.0 {
            Ready::Looked(found) => found.woke,
            Ready::Flowing(_) => soon,
        };
        rounds.port.note_heard(came);

        rounds.call(0);
        let flowing = rounds.round(came);
        let silent = rounds.round(came);
        rounds.call(1);
        let other = rounds.round(soon);

        assert!(matches!(first, (Ready::Looked(_), 1)), "{first:?}");
        assert!(matches!(second, (Ready::Looked(_), 1)), "{second:?}");
        assert_eq!(flowing, (Ready::Flowing(0), 1));
        assert_eq!(silent, (Ready::Flowing(0), 0));
        let Ready::Looked(found) = other.0 else {
            panic!("{other:?}")
        };
        assert_eq!((found.sockets, other.1), ([false, true], 1));
    }
}
