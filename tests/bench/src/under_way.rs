//! The datagrams that the weather has not let arrive yet.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::net::SocketAddr;
use std::time::Instant;

/// Of all calls: two seconds of 2,000.
const MAX_UNDER_WAY: usize = 500_000;

/// Which way a datagram is going.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    There,
    Back,
}

/// A datagram in the weather.
pub struct Arrival {
    at: Instant,
    /// Of those that arrive at the same time, the first that was sent comes first.
    order: u64,
    pub call: usize,
    pub way: Way,
    pub remote: SocketAddr,
    pub bytes: Vec<u8>,
}

/// The datagrams in the weather.
#[derive(Default)]
pub struct UnderWay {
    arrivals: BinaryHeap<Arrival>,
    order: u64,
}

impl UnderWay {
    /// Has it arrive at these times.
    pub fn add(
        &mut self,
        arrivals: impl Iterator<Item = Instant>,
        call: usize,
        way: Way,
        (remote, bytes): (SocketAddr, &[u8]),
    ) {
        for at in arrivals {
            if self.arrivals.len() == MAX_UNDER_WAY {
                return;
            }
            self.order += 1;
            self.arrivals.push(Arrival {
                at,
                order: self.order,
                call,
                way,
                remote,
                bytes: bytes.to_vec(),
            });
        }
    }

    /// What has arrived by now.
    pub fn next(&mut self, now: Instant) -> Option<Arrival> {
        let is_due = self.arrivals.peek()?.at <= now;
        is_due.then(|| self.arrivals.pop())?
    }

    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.arrivals.peek().map(|arrival| arrival.at)
    }
}

impl Ord for Arrival {
    /// The earliest is the greatest: a heap gives that first.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.order).cmp(&(self.at, self.order))
    }
}

impl PartialOrd for Arrival {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Arrival {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Arrival {}
