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
pub(super) use socket::{Inbox, Received};
use socket::{Patience, Socket};

/// Datagrams that are taken from one socket before anything else is looked at.
const BATCH: usize = 32;

/// One socket for each address family that is served.
pub(super) struct Port {
    sockets: Vec<Socket>,
    flow: Flow,
}

/// What there is to do after a wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ready {
    /// The sockets that may have something, by their place.
    sockets: [bool; 2],
    /// Whether its receive is to wait itself; then only one socket is of interest.
    patience: Patience,
    pub(super) bell: bool,
    /// When the wait was over, unless the receive is to wait.
    pub(super) woke: Option<Instant>,
}

impl Ready {
    pub(super) fn sockets(self) -> impl Iterator<Item = usize> {
        (0..)
            .zip(self.sockets)
            .filter_map(|(place, is_ready)| is_ready.then_some(place))
    }

    /// How many datagrams may be taken from each socket before the next wait.
    pub(super) fn batch(self) -> usize {
        match self.patience {
            Patience::None => BATCH,
            Patience::UntilTheNextLook => 1,
        }
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
        let mut ready = Ready::default();
        if let Some(place) = self.flow.socket()
            && let Some(socket) = ready.sockets.get_mut(place)
        {
            *socket = true;
            ready.patience = Patience::UntilTheNextLook;
            return ready;
        }
        self.look(bell, deadline, &mut ready);
        let woke = Instant::now();
        ready.woke = Some(woke);
        self.flow.note_look(ready.sockets, ready.bell, woke);
        ready
    }

    fn look(&self, bell: &Bell, deadline: Option<Instant>, ready: &mut Ready) {
        let timeout = deadline.map(|at| timespec(at, Instant::now()));
        let is_ready = |fd: &PollFd<'_>| !fd.revents().is_empty();
        // Interrupted or out of memory: the next look is not far off.
        match self.sockets.as_slice() {
            [only] => {
                let mut fds = [bell.poll_fd(), only.poll_fd()];
                let _ = poll(&mut fds, timeout.as_ref());
                let [rung, only] = &fds;
                ready.bell = is_ready(rung);
                ready.sockets = [is_ready(only), false];
            }
            [first, second, ..] => {
                let mut fds = [bell.poll_fd(), first.poll_fd(), second.poll_fd()];
                let _ = poll(&mut fds, timeout.as_ref());
                let [rung, first, second] = &fds;
                ready.bell = is_ready(rung);
                ready.sockets = [is_ready(first), is_ready(second)];
            }
            [] => {}
        }
    }

    /// The next datagram of a socket, if there is one.
    pub(super) fn receive<'a>(
        &mut self,
        socket: usize,
        ready: Ready,
        inbox: &'a mut Inbox,
    ) -> Option<Received<'a>> {
        let received = self.sockets.get(socket)?.receive(inbox, ready.patience);
        if received.is_none() && ready.patience == Patience::UntilTheNextLook {
            self.flow.note_silence();
        }
        received
    }

    /// A datagram was received at that time.
    pub(super) fn note_heard(&mut self, now: Instant) {
        self.flow.note_heard(now);
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
