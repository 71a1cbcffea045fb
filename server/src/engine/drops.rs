//! What the kernel had no room for: it counts that for each socket (proc(5), `/proc/net/udp`).

use std::fs;

/// One file for each address family.
const TABLES: [&str; 2] = ["/proc/net/udp", "/proc/net/udp6"];

/// Datagrams that came to sockets of this port and found their queue full, since these sockets
/// were opened. What cannot be read counts as none.
pub(super) fn of_port(port: u16) -> u64 {
    TABLES
        .iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .map(|table| of_table(&table, port))
        .sum()
}

fn of_table(table: &str, port: u16) -> u64 {
    let drops = table.lines().skip(1).filter_map(|line| {
        let mut fields = line.split_ascii_whitespace();
        // After the number of the line, address and port in hexadecimal.
        let (_, local) = fields.nth(1)?.rsplit_once(':')?;
        let is_ours = u16::from_str_radix(local, 16).ok()? == port;
        let drops: u64 = fields.next_back()?.parse().ok()?;
        is_ours.then_some(drops)
    });
    drops.sum()
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use super::*;

    #[test]
    fn drops_of_all_sockets_of_the_port_are_summed() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n\
             10: 0100007F:0BB9 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0 7\n\
             11: 00000000:0BB9 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 2 2 0 5\n\
             12: 0100007F:0BBA 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 3 2 0 900\n\
             garbage\n";

        assert_eq!(of_table(table, 3_001), 12);
        assert_eq!(of_table("", 3_001), 0);
    }

    #[test]
    fn the_kernel_counts_what_a_full_socket_drops() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket2::SockRef::from(&socket)
            .set_recv_buffer_size(1)
            .unwrap();
        let address = socket.local_addr().unwrap();
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        for _ in 0..1_000 {
            sender.send_to(&[0; 1_000], address).unwrap();
        }

        let dropped = of_port(address.port());

        assert!((1..=1_000).contains(&dropped), "{dropped}");
    }
}
