//! One UDP socket: a datagram in, a datagram out, and at which of our addresses.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;

use nix::cmsg_space;
use nix::libc;
use nix::sys::socket::sockopt::{Ipv4PacketInfo, Ipv6RecvPacketInfo};
use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, RecvMsg, SockaddrStorage, recvmsg, setsockopt,
};
use rustix::event::{PollFd, PollFlags};
use socket2::{MsgHdr, SockAddr, SockRef};

use super::flow::DENSE;
use crate::packet::{self, socket_address};

/// What the kernel may keep while a shard is busy: seconds of a thousand calls.
const KERNEL_BUFFER: usize = 8 << 20;
/// The largest UDP datagram.
const RECEIVE_BUFFER: usize = 1 << 16;
/// A control message with the longer source of both families.
const MAX_CONTROL: usize = 48;

/// A datagram that came in, where it lies, and at which of our addresses.
pub(in super::super) struct Received<'a> {
    pub(in super::super) remote: SocketAddr,
    /// Only told where there are several.
    pub(in super::super) local_ip: Option<IpAddr>,
    pub(in super::super) bytes: &'a mut [u8],
}

/// Room for one datagram, used again for every one.
pub(in super::super) struct Inbox {
    bytes: Vec<u8>,
    control: Vec<u8>,
}

impl Inbox {
    pub(in super::super) fn new() -> Self {
        Self {
            bytes: vec![0; RECEIVE_BUFFER],
            // The longer one of both families.
            control: cmsg_space!(libc::in6_pktinfo),
        }
    }
}

pub(super) struct Socket {
    io: UdpSocket,
    pub(super) is_ipv4: bool,
    /// It has many addresses: each datagram tells its own.
    is_wildcard: bool,
}

impl Socket {
    /// Takes over a socket that is bound.
    pub(super) fn new(io: UdpSocket) -> io::Result<Self> {
        // The kernel gives what it may; more calls than that shows as loss, which is counted.
        let _ = SockRef::from(&io).set_recv_buffer_size(KERNEL_BUFFER);
        let _ = SockRef::from(&io).set_send_buffer_size(KERNEL_BUFFER);
        // A receive may wait; what must not says so itself.
        io.set_nonblocking(false)?;
        io.set_read_timeout(Some(DENSE))?;
        let local = io.local_addr()?;
        let is_wildcard = local.ip().is_unspecified();
        match local {
            _ if !is_wildcard => {}
            SocketAddr::V4(_) => setsockopt(&io, Ipv4PacketInfo, &true)?,
            SocketAddr::V6(_) => setsockopt(&io, Ipv6RecvPacketInfo, &true)?,
        }
        Ok(Self {
            io,
            is_ipv4: local.is_ipv4(),
            is_wildcard,
        })
    }

    pub(super) fn poll_fd(&self) -> PollFd<'_> {
        PollFd::new(&self.io, PollFlags::IN)
    }

    /// The next datagram, if there is one now.
    pub(super) fn receive<'a>(&self, inbox: &'a mut Inbox) -> Option<Received<'a>> {
        self.receive_with(inbox, MsgFlags::MSG_DONTWAIT)
    }

    /// The next datagram, if one comes before the flow has ended.
    pub(super) fn wait<'a>(&self, inbox: &'a mut Inbox) -> Option<Received<'a>> {
        self.receive_with(inbox, MsgFlags::empty())
    }

    /// That one of ours was refused (ICMP) is none.
    fn receive_with<'a>(&self, inbox: &'a mut Inbox, flags: MsgFlags) -> Option<Received<'a>> {
        let control = self.is_wildcard.then_some(inbox.control.as_mut_slice());
        let mut parts = [IoSliceMut::new(&mut inbox.bytes)];
        let (length, remote, local_ip) = {
            let message: RecvMsg<'_, '_, SockaddrStorage> =
                recvmsg(self.io.as_raw_fd(), &mut parts, control, flags).ok()?;
            let local_ip = self.is_wildcard.then(|| local_ip(&message)).flatten();
            (message.bytes, socket_address(&message.address?)?, local_ip)
        };
        Some(Received {
            remote,
            local_ip,
            bytes: inbox.bytes.get_mut(..length)?,
        })
    }

    /// Sends from that address of ours, if there is a choice. Never waits.
    pub(super) fn send(
        &self,
        datagram: packet::Transmit<'_>,
        local_ip: Option<IpAddr>,
    ) -> io::Result<()> {
        let socket = SockRef::from(&self.io);
        let remote = SockAddr::from(datagram.remote);
        match local_ip.filter(|_| self.is_wildcard) {
            None => socket.send_to_with_flags(datagram.bytes, &remote, libc::MSG_DONTWAIT)?,
            Some(local_ip) => {
                let (control, length) = source(local_ip);
                let parts = [IoSlice::new(datagram.bytes)];
                let message = MsgHdr::new()
                    .with_addr(&remote)
                    .with_buffers(&parts)
                    .with_control(control.get(..length).unwrap_or_default());
                socket.sendmsg(&message, libc::MSG_DONTWAIT)?
            }
        };
        Ok(())
    }
}

fn local_ip(message: &RecvMsg<'_, '_, SockaddrStorage>) -> Option<IpAddr> {
    message.cmsgs().ok()?.find_map(|control| match control {
        ControlMessageOwned::Ipv4PacketInfo(info) => {
            // In the order of the network already.
            Some(IpAddr::from(info.ipi_addr.s_addr.to_ne_bytes()))
        }
        ControlMessageOwned::Ipv6PacketInfo(info) => Some(IpAddr::from(info.ipi6_addr.s6_addr)),
        _ => None,
    })
}

/// The control message that names the source of a datagram (ip(7), `IP_PKTINFO`; RFC 3542 §6.2),
/// and its length with padding. Written here because the libraries allocate for each.
fn source(local_ip: IpAddr) -> ([u8; MAX_CONTROL], usize) {
    let mut control = [0; MAX_CONTROL];
    let mut length = 0;
    let mut put = |bytes: &[u8]| {
        let room = control.get_mut(length..length + bytes.len());
        if let Some(room) = room {
            room.copy_from_slice(bytes);
            length += bytes.len();
        }
    };
    let head = size_of::<libc::cmsghdr>();
    match local_ip {
        IpAddr::V4(ip) => {
            put(&(head + size_of::<libc::in_pktinfo>()).to_ne_bytes());
            put(&libc::IPPROTO_IP.to_ne_bytes());
            put(&libc::IP_PKTINFO.to_ne_bytes());
            // Any interface, this source, and a field that only a receiver reads.
            put(&[0; 4]);
            put(&ip.octets());
            put(&[0; 4]);
        }
        IpAddr::V6(ip) => {
            put(&(head + size_of::<libc::in6_pktinfo>()).to_ne_bytes());
            put(&libc::IPPROTO_IPV6.to_ne_bytes());
            put(&libc::IPV6_PKTINFO.to_ne_bytes());
            put(&ip.octets());
            put(&[0; 4]);
        }
    }
    (control, length.next_multiple_of(size_of::<usize>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(address: &str) -> Socket {
        Socket::new(UdpSocket::bind(address).unwrap()).unwrap()
    }

    fn waiting(socket: &Socket, inbox: &mut Inbox) -> (SocketAddr, Option<IpAddr>, Vec<u8>) {
        let received = socket.wait(inbox).unwrap();
        (received.remote, received.local_ip, received.bytes.to_vec())
    }

    fn send(socket: &Socket, remote: SocketAddr, local_ip: Option<IpAddr>) {
        let bytes = b"echo".as_slice();
        socket
            .send(packet::Transmit { remote, bytes }, local_ip)
            .unwrap();
    }

    #[test]
    fn whoever_calls_one_of_many_addresses_is_answered_from_it() {
        for (any, one) in [("0.0.0.0:0", "127.0.0.2"), ("[::]:0", "::1")] {
            let ours = bound(any);
            let one: IpAddr = one.parse().unwrap();
            let our_address = SocketAddr::new(one, ours.io.local_addr().unwrap().port());
            let caller = bound(if one.is_ipv4() {
                "127.0.0.1:0"
            } else {
                "[::1]:0"
            });
            let mut inbox = Inbox::new();
            send(&caller, our_address, None);
            let (remote, local_ip, bytes) = waiting(&ours, &mut inbox);

            send(&ours, remote, local_ip);
            let (answered_by, ..) = waiting(&caller, &mut inbox);

            assert_eq!((local_ip, bytes), (Some(one), b"echo".to_vec()));
            assert_eq!(answered_by, our_address);
        }
    }

    #[test]
    fn an_address_that_is_not_ours_is_no_source() {
        for (any, remote, foreign) in [
            ("0.0.0.0:0", "127.0.0.1:9", "192.0.2.1"),
            ("[::]:0", "[::1]:9", "2001:db8::1"),
        ] {
            let datagram = packet::Transmit {
                remote: remote.parse().unwrap(),
                bytes: b"echo",
            };

            let outcome = bound(any).send(datagram, Some(foreign.parse().unwrap()));

            assert!(outcome.is_err(), "{foreign}");
        }
    }

    #[test]
    fn whoever_does_not_wait_gets_nothing_where_nothing_is() {
        let socket = bound("127.0.0.1:0");
        // A wait would have no end.
        socket.io.set_read_timeout(None).unwrap();

        assert!(socket.receive(&mut Inbox::new()).is_none());
    }

    #[test]
    fn a_wait_for_nothing_ends() {
        assert!(bound("127.0.0.1:0").wait(&mut Inbox::new()).is_none());
    }

    #[test]
    fn an_empty_datagram_is_one_and_the_longest_is_whole() {
        let (ours, caller) = (bound("127.0.0.1:0"), bound("127.0.0.1:0"));
        let remote = ours.io.local_addr().unwrap();
        let mut inbox = Inbox::new();
        for length in [0, 65_507] {
            let bytes = &vec![7; length];
            caller
                .send(packet::Transmit { remote, bytes }, None)
                .unwrap();

            assert_eq!(waiting(&ours, &mut inbox).2, *bytes);
        }
    }
}
