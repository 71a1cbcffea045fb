//! Sends every datagram back: what no server on the same machine can do with less.

use std::io::{self, Write};
use std::net::{Ipv4Addr, UdpSocket};

fn main() -> io::Result<()> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    writeln!(io::stdout(), "udp://{}", socket.local_addr()?)?;
    let mut datagram = [0; 2_048];
    loop {
        let (length, from) = socket.recv_from(&mut datagram)?;
        // Whatever the kernel has no room for is lost.
        let _ = socket.send_to(datagram.get(..length).unwrap_or_default(), from);
    }
}
