//! Opening the port: the same number for each family, and for each shard.

use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, UdpSocket};
use std::num::NonZeroUsize;

use socket2::{Domain, Protocol, Socket, Type};

/// A free port for the first family may be taken for the second.
const TRIES: usize = 16;

/// Opens the same port number on each of these addresses, for each shard; zero for any that is
/// free. The kernel divides callers among the sockets of one address by where they call from.
pub(in super::super) fn bind(
    addresses: &[IpAddr],
    port: u16,
    shards: NonZeroUsize,
) -> io::Result<Vec<Vec<UdpSocket>>> {
    let mut outcome = bind_all(addresses, port, shards);
    for _ in 1..TRIES {
        match &outcome {
            Err(error) if port == 0 && error.kind() == io::ErrorKind::AddrInUse => {
                outcome = bind_all(addresses, port, shards);
            }
            _ => break,
        }
    }
    outcome
}

/// The number of the port that was opened.
pub(in super::super) fn number(sockets: &[UdpSocket]) -> io::Result<u16> {
    let first = sockets.first().ok_or(io::ErrorKind::AddrNotAvailable)?;
    Ok(first.local_addr()?.port())
}

fn bind_all(
    addresses: &[IpAddr],
    port: u16,
    shards: NonZeroUsize,
) -> io::Result<Vec<Vec<UdpSocket>>> {
    if shards.get() == 1 {
        return Ok(vec![bind_families(addresses, port, Sharing::Alone)?]);
    }
    // Sockets that share a port would share it with another server's, too: whoever is alone first
    // knows that there is none.
    let alone = bind_families(addresses, port, Sharing::Alone)?;
    let port = number(&alone)?;
    drop(alone);
    (0..shards.get())
        .map(|_| bind_families(addresses, port, Sharing::Shared))
        .collect()
}

/// Whether other sockets of ours may have the same address.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sharing {
    Alone,
    Shared,
}

fn bind_families(addresses: &[IpAddr], port: u16, sharing: Sharing) -> io::Result<Vec<UdpSocket>> {
    let mut sockets: Vec<UdpSocket> = Vec::new();
    for ip in addresses {
        let port = if sockets.is_empty() {
            port
        } else {
            number(&sockets)?
        };
        match bind_one(SocketAddr::new(*ip, port), sharing) {
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

fn bind_one(address: SocketAddr, sharing: Sharing) -> io::Result<UdpSocket> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::DGRAM,
        Some(Protocol::UDP),
    )?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    #[cfg(unix)]
    if sharing == Sharing::Shared {
        socket.set_reuse_port(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCAL: [IpAddr; 1] = [IpAddr::V4(std::net::Ipv4Addr::LOCALHOST)];

    fn bind(port: u16, shards: usize) -> io::Result<Vec<Vec<UdpSocket>>> {
        super::bind(&LOCAL, port, NonZeroUsize::new(shards).unwrap())
    }

    #[test]
    fn every_shard_has_the_same_port() {
        let shards = bind(0, 3).unwrap();

        let numbers: Vec<u16> = shards
            .iter()
            .map(|sockets| number(sockets).unwrap())
            .collect();
        assert_eq!(numbers, [numbers[0]; 3]);
    }

    #[test]
    fn a_port_that_somebody_has_is_refused_however_many_want_it() {
        for (first, second) in [(1, 1), (1, 2), (2, 1), (2, 2)] {
            let taken = bind(0, first).unwrap();
            let port = number(&taken[0]).unwrap();

            let refusal = bind(port, second).unwrap_err();

            assert_eq!(refusal.kind(), io::ErrorKind::AddrInUse, "{first} {second}");
        }
    }
}
