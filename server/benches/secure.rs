//! What protecting an echoed packet costs: open what came, seal what goes, with the keys of a real
//! handshake. Beside it the copy of the same bytes.

use std::time::Instant;

use divan::{Bencher, black_box};
use server::peer::Identity;
use server::peer::offer::DtlsRole;
use server::peer::rtp::Header;
use server::peer::secure::{Secure, State};

/// 20 ms of a voice, as `voicechat-bench` sends it.
const PAYLOAD: [u8; 106] = [0xf8; 106];
/// Round trips of a handshake, with room to spare.
const MAX_TURNS: usize = 32;

#[global_allocator]
static ALLOCATIONS: divan::AllocProfiler = divan::AllocProfiler::system();

fn main() {
    divan::main();
}

/// Both ends of one association.
fn connected() -> (Secure, Secure) {
    let now = Instant::now();
    let identity = Identity::generate().expect("an identity");
    let new = |role| Secure::new(role, identity.fingerprint(), &identity).expect("an association");
    let (mut caller, mut server) = (new(DtlsRole::Client), new(DtlsRole::Server));
    caller.start(now);
    server.start(now);
    for _ in 0..MAX_TURNS {
        while let Some(datagram) = caller.poll_transmit() {
            server.handle(&datagram, now);
        }
        while let Some(datagram) = server.poll_transmit() {
            caller.handle(&datagram, now);
        }
    }
    assert_eq!(
        (caller.state(), server.state()),
        (State::Connected, State::Connected)
    );
    (caller, server)
}

fn header(sequence_number: u16) -> Header {
    Header {
        is_marked: false,
        payload_type: 111,
        sequence_number,
        timestamp: u32::from(sequence_number) * 960,
        ssrc: 7,
    }
}

/// The caller's packet is sealed, opened by the server, sealed for the caller, and opened by him:
/// twice what an echo costs its server.
#[divan::bench(sample_count = 50, sample_size = 20_000)]
fn both_ends_of_an_echo(bencher: Bencher<'_, '_>) {
    let (mut caller, mut server) = connected();
    let (mut number, mut packet) = (0_u16, Vec::new());
    bencher.bench_local(|| {
        number = number.wrapping_add(1);
        assert!(caller.seal_rtp(&header(number), &PAYLOAD, &mut packet));
        let (_, heard) = server.open_rtp(&mut packet).expect("it is authentic");
        let heard: [u8; PAYLOAD.len()] = heard.try_into().expect("it is whole");
        assert!(server.seal_rtp(&header(number), &heard, &mut packet));
        black_box(caller.open_rtp(&mut packet).expect("it is authentic"));
    });
}

#[divan::bench(sample_count = 50, sample_size = 20_000)]
fn copy_alone(bencher: Bencher<'_, '_>) {
    let mut packet = Vec::new();
    bencher.bench_local(|| {
        packet.clear();
        packet.extend_from_slice(black_box(&PAYLOAD));
        black_box(&packet);
    });
}
