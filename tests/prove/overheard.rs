//! What somebody on a caller's way makes of what he hears there: the same kinds, changed.

use rand::RngExt;
use rand::rngs::SmallRng;
use server::peer::rtp::{Kind, kind};
use tests::udp_proxy::UdpProxy;

use crate::hostile::mutated;

/// Between two times of listening: what passed is copied each time.
const LISTENS_EVERY: usize = 250;

/// What a caller sent: checks, handshake, audio, reports.
#[derive(Default)]
pub(crate) struct Overheard {
    kinds: [Vec<Vec<u8>>; 4],
    turn: usize,
}

impl Overheard {
    /// Takes what passed lately, now and then. What passed before is kept of a kind that did not
    /// pass again: there is one handshake.
    pub(crate) fn listen(&mut self, proxy: &UdpProxy) {
        self.turn += 1;
        if self.turn % LISTENS_EVERY != 1 {
            return;
        }
        let mut lately: [Vec<Vec<u8>>; 4] = Default::default();
        for datagram in proxy.passed() {
            match kind(&datagram) {
                Kind::Stun => lately[0].push(datagram),
                Kind::Dtls => lately[1].push(datagram),
                Kind::Rtp => lately[2].push(datagram),
                Kind::Rtcp => lately[3].push(datagram),
                Kind::Unknown => {}
            }
        }
        for (known, lately) in self.kinds.iter_mut().zip(lately) {
            if !lately.is_empty() {
                *known = lately;
            }
        }
    }

    /// One of any kind, changed anywhere but in its first byte, which says of which kind it is.
    pub(crate) fn forged(&self, random: &mut SmallRng) -> Vec<u8> {
        let known: Vec<&Vec<Vec<u8>>> = self.kinds.iter().filter(|kind| !kind.is_empty()).collect();
        let of_kind = known[random.random_range(0..known.len())];
        let datagram = of_kind[random.random_range(0..of_kind.len())].clone();
        let first = datagram[0];
        let mut forged = mutated(datagram, random);
        if let Some(byte) = forged.first_mut() {
            *byte = first;
        }
        forged
    }
}
