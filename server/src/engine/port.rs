//! The one UDP port: datagrams in, in batches, and datagrams out. The only sockets.

use std::io::{self, IoSliceMut};
use std::net::{IpAddr, Ipv6Addr, SocketAddr, UdpSocket as StdSocket};

use bytes::BytesMut;
use socket2::{Domain, Protocol, Socket as RawSocket, Type};
use tokio::io::Interest;
use tokio::net::UdpSocket;
use webrtc::runtime::{BATCH_SIZE, RecvMeta, Transmit, UdpSockRef, UdpSocketState};

use crate::packet::{self, Datagram};

/// What the kernel may keep while a shard is busy: seconds of a thousand calls.
const KERNEL_BUFFER: usize = 8 << 20;
/// The largest UDP datagram, or what the kernel has joined of several smaller ones.
const RECEIVE_BUFFER: usize = 1 << 16;
/// A free port for the first family may be taken for the second.
const BIND_TRIES: usize = 16;

/// A datagram that came in, and at which of our addresses.
pub(super) struct Received {
    pub(super) datagram: Datagram,
    pub(super) local_ip: Option<IpAddr>,
}

/// One socket for each address family that is served.
pub(super) struct Port {
    sockets: Vec<Socket>,
    buffer: Vec<u8>,
}

struct Socket {
    io: UdpSocket,
    state: UdpSocketState,
    is_ipv4: bool,
}

/// Opens the same port number on each of these addresses; zero for any that is free.
pub(super) fn bind(addresses: &[IpAddr], port: u16) -> io::Result<Vec<StdSocket>> {
    let mut outcome = bind_all(addresses, port);
    for _ in 1..BIND_TRIES {
        match &outcome {
            Err(error) if port == 0 && error.kind() == io::ErrorKind::AddrInUse => {
                outcome = bind_all(addresses, port);
            }
            _ => break,
        }
    }
    outcome
}

/// The number of the port that was opened.
pub(super) fn number(sockets: &[StdSocket]) -> io::Result<u16> {
    let first = sockets.first().ok_or(io::ErrorKind::AddrNotAvailable)?;
    Ok(first.local_addr()?.port())
}

fn bind_all(addresses: &[IpAddr], port: u16) -> io::Result<Vec<StdSocket>> {
    let mut sockets: Vec<StdSocket> = Vec::new();
    for ip in addresses {
        let port = if sockets.is_empty() {
            port
        } else {
            number(&sockets)?
        };
        match bind_one(SocketAddr::new(*ip, port)) {
            Ok(socket) => sockets.push(socket),
            // A machine without IPv6 serves IPv4 alone.
            Err(error) if is_missing_ipv6(*ip, &error) && !sockets.is_empty() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(sockets)
}

fn is_missing_ipv6(ip: IpAddr, error: &io::Error) -> bool {
    // Linux says EAFNOSUPPORT for a machine without IPv6 and EADDRNOTAVAIL for one where it is
    // switched off.
    let is_unsupported = matches!(
        error.kind(),
        io::ErrorKind::Unsupported | io::ErrorKind::AddrNotAvailable
    ) || error.raw_os_error() == Some(97);
    ip == IpAddr::V6(Ipv6Addr::UNSPECIFIED) && is_unsupported
}

fn bind_one(address: SocketAddr) -> io::Result<StdSocket> {
    let socket = RawSocket::new(
        Domain::for_address(address),
        Type::DGRAM,
        Some(Protocol::UDP),
    )?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(socket.into())
}

impl Port {
    /// Takes over sockets that are bound. Belongs to the runtime that is entered.
    pub(super) fn new(sockets: Vec<StdSocket>) -> io::Result<Self> {
        let sockets = sockets
            .into_iter()
            .map(Socket::new)
            .collect::<io::Result<_>>()?;
        Ok(Self {
            sockets,
            buffer: vec![0; RECEIVE_BUFFER * BATCH_SIZE],
        })
    }

    /// Returns once there may be something to receive.
    pub(super) async fn readable(&self) {
        match self.sockets.as_slice() {
            [only] => only.readable().await,
            [first, second] => tokio::select! {
                () = first.readable() => {}
                () = second.readable() => {}
            },
            _ => std::future::pending().await,
        }
    }

    /// Takes at most one batch from each socket into `inbox`.
    pub(super) fn receive(&mut self, inbox: &mut Vec<Received>) {
        for socket in &self.sockets {
            // Errors are those of earlier datagrams (ICMP), or there is nothing yet.
            let _ = socket.receive(&mut self.buffer, inbox);
        }
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

impl Socket {
    fn new(socket: StdSocket) -> io::Result<Self> {
        let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
        // The kernel gives what it may; more calls than that shows as loss, which is counted.
        let _ = state.set_recv_buffer_size(UdpSockRef::from(&socket), KERNEL_BUFFER);
        let _ = state.set_send_buffer_size(UdpSockRef::from(&socket), KERNEL_BUFFER);
        let is_ipv4 = socket.local_addr()?.is_ipv4();
        Ok(Self {
            io: UdpSocket::from_std(socket)?,
            state,
            is_ipv4,
        })
    }

    async fn readable(&self) {
        // An error is seen again by whoever receives.
        let _ = self.io.readable().await;
    }

    fn receive(&self, buffer: &mut [u8], inbox: &mut Vec<Received>) -> io::Result<()> {
        let mut metas = [RecvMeta::default(); BATCH_SIZE];
        let count = {
            let mut chunks = buffer.chunks_mut(RECEIVE_BUFFER);
            let mut slices: [IoSliceMut<'_>; BATCH_SIZE] =
                std::array::from_fn(|_| IoSliceMut::new(chunks.next().unwrap_or_default()));
            self.io.try_io(Interest::READABLE, || {
                self.state
                    .recv(UdpSockRef::from(&self.io), &mut slices, &mut metas)
            })?
        };
        for (chunk, meta) in buffer.chunks(RECEIVE_BUFFER).zip(&metas).take(count) {
            let joined = chunk.get(..meta.len).unwrap_or_default();
            inbox.extend(joined.chunks(meta.stride.max(1)).map(|bytes| Received {
                datagram: Datagram {
                    remote: meta.addr,
                    bytes: BytesMut::from(bytes),
                },
                local_ip: meta.dst_ip,
            }));
        }
        Ok(())
    }

    fn send(&self, datagram: packet::Transmit<'_>, local_ip: Option<IpAddr>) -> io::Result<()> {
        let transmit = Transmit {
            destination: datagram.remote,
            ecn: None,
            contents: datagram.bytes,
            segment_size: None,
            src_ip: local_ip,
        };
        // Not through the runtime: nobody waits for room, so nobody asks when there is some.
        self.state.try_send(UdpSockRef::from(&self.io), &transmit)
    }
}
