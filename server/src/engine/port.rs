//! The one UDP port: datagrams in, in batches, and datagrams out. The only UDP sockets.

mod bind;

use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use webrtc::runtime::{BATCH_SIZE, RecvMeta, Transmit, UdpSockRef, UdpSocketState};

use super::bell::Bell;
use crate::packet;
pub(super) use bind::{bind, number};

/// What the kernel may keep while a shard is busy: seconds of a thousand calls.
const KERNEL_BUFFER: usize = 8 << 20;
/// The largest UDP datagram, or what the kernel has joined of several smaller ones.
const RECEIVE_BUFFER: usize = 1 << 16;

/// A datagram that came in, where it lies, and at which of our addresses.
pub(super) struct Received<'a> {
    pub(super) remote: SocketAddr,
    pub(super) local_ip: Option<IpAddr>,
    pub(super) bytes: &'a mut [u8],
}

/// One socket for each address family that is served.
pub(super) struct Port {
    sockets: Vec<Socket>,
}

struct Socket {
    io: UdpSocket,
    state: UdpSocketState,
    is_ipv4: bool,
    /// It has many addresses, of which one is to be named for whatever is sent.
    is_wildcard: bool,
}

/// What one wait ended with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ready {
    /// The sockets that may have something, by their place.
    sockets: [bool; 2],
    pub(super) bell: bool,
}

impl Ready {
    pub(super) fn sockets(self) -> impl Iterator<Item = usize> {
        (0..)
            .zip(self.sockets)
            .filter_map(|(place, is_ready)| is_ready.then_some(place))
    }
}

/// Room for one batch of datagrams, used again for every batch.
pub(super) struct Inbox {
    buffer: Vec<u8>,
    metas: [RecvMeta; BATCH_SIZE],
    count: usize,
}

impl Inbox {
    pub(super) fn new() -> Self {
        Self {
            buffer: vec![0; RECEIVE_BUFFER * BATCH_SIZE],
            metas: [RecvMeta::default(); BATCH_SIZE],
            count: 0,
        }
    }

    /// What came in.
    pub(super) fn datagrams(&mut self) -> impl Iterator<Item = Received<'_>> {
        let chunks = self.buffer.chunks_mut(RECEIVE_BUFFER);
        chunks
            .zip(&self.metas)
            .take(self.count)
            .flat_map(|(chunk, meta)| {
                let joined = chunk.get_mut(..meta.len).unwrap_or_default();
                joined.chunks_mut(meta.stride.max(1)).map(|bytes| Received {
                    remote: meta.addr,
                    local_ip: meta.dst_ip,
                    bytes,
                })
            })
    }
}

impl Port {
    /// Takes over sockets that are bound, at most one of each family.
    pub(super) fn new(sockets: Vec<UdpSocket>) -> io::Result<Self> {
        let sockets = sockets
            .into_iter()
            .map(Socket::new)
            .collect::<io::Result<_>>()?;
        Ok(Self { sockets })
    }

    /// Returns once there may be something to receive, somebody rang, or `deadline` is over.
    pub(super) fn wait(&self, bell: &Bell, deadline: Option<Instant>) -> Ready {
        let timeout = deadline.map(|at| timespec(at, Instant::now()));
        let mut ready = Ready::default();
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
        ready
    }

    /// Takes at most one batch from a socket.
    pub(super) fn receive(&self, socket: usize, inbox: &mut Inbox) {
        inbox.count = 0;
        let Some(Socket { io, state, .. }) = self.sockets.get(socket) else {
            return;
        };
        let mut chunks = inbox.buffer.chunks_mut(RECEIVE_BUFFER);
        let mut slices: [IoSliceMut<'_>; BATCH_SIZE] =
            std::array::from_fn(|_| IoSliceMut::new(chunks.next().unwrap_or_default()));
        // Errors are those of earlier datagrams (ICMP), or there is nothing yet.
        let received = state.recv(UdpSockRef::from(io), &mut slices, &mut inbox.metas);
        inbox.count = received.unwrap_or_default();
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
        let transmit = Transmit {
            destination: datagram.remote,
            ecn: None,
            contents: datagram.bytes,
            segment_size: None,
            // Where there is no choice, naming it costs the kernel time.
            src_ip: local_ip.filter(|_| socket.is_wildcard),
        };
        socket
            .state
            .try_send(UdpSockRef::from(&socket.io), &transmit)
    }
}

impl Socket {
    fn new(io: UdpSocket) -> io::Result<Self> {
        let state = UdpSocketState::new(UdpSockRef::from(&io))?;
        // The kernel gives what it may; more calls than that shows as loss, which is counted.
        let _ = state.set_recv_buffer_size(UdpSockRef::from(&io), KERNEL_BUFFER);
        let _ = state.set_send_buffer_size(UdpSockRef::from(&io), KERNEL_BUFFER);
        let local = io.local_addr()?;
        Ok(Self {
            io,
            state,
            is_ipv4: local.is_ipv4(),
            is_wildcard: local.ip().is_unspecified(),
        })
    }

    fn poll_fd(&self) -> PollFd<'_> {
        PollFd::new(&self.io, PollFlags::IN)
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
