//! One caller's UDP socket, with the kernel's own time of arrival: when we come to read a datagram
//! is no part of its round trip.

use std::io::{self, IoSliceMut};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::time::{Duration, SystemTime};

use nix::cmsg_space;
use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt, sockopt,
};
use nix::sys::time::TimeSpec;
use server::packet::socket_address;

/// The only socket of one caller.
pub struct Socket(UdpSocket);

/// Room for what is received, used again for every datagram.
pub struct Inbox {
    bytes: Vec<u8>,
    control: Vec<u8>,
}

/// A datagram, where it lies.
pub struct Received<'a> {
    pub from: SocketAddr,
    pub bytes: &'a mut [u8],
    /// Since 1970.
    pub at: Duration,
}

impl Default for Inbox {
    fn default() -> Self {
        Self {
            bytes: vec![0; 1 << 16],
            control: cmsg_space!(TimeSpec),
        }
    }
}

impl Socket {
    /// A free port of the address.
    ///
    /// # Errors
    /// When the kernel gives none.
    pub fn bind(local: SocketAddr) -> io::Result<Self> {
        let socket = UdpSocket::bind(local)?;
        socket.set_nonblocking(true)?;
        setsockopt(&socket, sockopt::ReceiveTimestampns, &true)?;
        Ok(Self(socket))
    }

    /// # Errors
    /// When the kernel does not say.
    pub fn local(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    /// Whether the kernel took the datagram.
    #[must_use]
    pub fn send(&self, to: SocketAddr, bytes: &[u8]) -> bool {
        self.0.send_to(bytes, to).is_ok()
    }

    /// The next datagram that has come, if one has. That one of ours was refused is no datagram.
    #[must_use]
    pub fn receive<'a>(&self, inbox: &'a mut Inbox) -> Option<Received<'a>> {
        let mut parts = [IoSliceMut::new(&mut inbox.bytes)];
        let (length, from, at) = {
            let message = recvmsg::<SockaddrStorage>(
                self.0.as_raw_fd(),
                &mut parts,
                Some(&mut inbox.control),
                MsgFlags::MSG_DONTWAIT,
            )
            .ok()?;
            let at = message.cmsgs().ok().and_then(|mut messages| {
                messages.find_map(|message| match message {
                    ControlMessageOwned::ScmTimestampns(at) => Some(Duration::from(at)),
                    _ => None,
                })
            });
            (message.bytes, socket_address(&message.address?)?, at)
        };
        Some(Received {
            from,
            bytes: inbox.bytes.get_mut(..length)?,
            at: at.unwrap_or_else(since_1970),
        })
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// The address of ours from which the target is reached; any port.
///
/// # Errors
/// When there is none.
pub fn local_address(target: SocketAddr) -> io::Result<SocketAddr> {
    let any: SocketAddr = if target.is_ipv4() {
        ([0; 4], 0).into()
    } else {
        ([0; 16], 0).into()
    };
    let socket = UdpSocket::bind(any)?;
    // Nothing is sent by this.
    socket.connect(target)?;
    Ok(SocketAddr::new(socket.local_addr()?.ip(), 0))
}

/// The time on the clock that the kernel stamps with.
#[must_use]
pub fn since_1970() -> Duration {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
}
