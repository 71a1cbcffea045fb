//! The datagrams that the weather has not let arrive yet.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Of all calls: the longest two seconds, there and back, of 4,800.
const MAX_UNDER_WAY: usize = 1_000_000;

/// Which way a datagram is going.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    There,
    /// With the time of its arrival, since 1970: when we come to look is no part of its round trip.
    Back {
        at: Duration,
    },
}

/// A datagram in the weather.
pub struct Arrival {
    pub at: Instant,
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
    /// Has it arrive at that time. Whether there is room for it; else it is lost.
    pub fn add(
        &mut self,
        at: Instant,
        way: Way,
        call: usize,
        (remote, bytes): (SocketAddr, &[u8]),
    ) -> bool {
        if self.arrivals.len() == MAX_UNDER_WAY {
            return false;
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
        true
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

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn each_arrives_when_it_is_due_and_the_next_one_is_known() {
        let now = Instant::now();
        let remote = SocketAddr::from(([127, 0, 0, 1], 9));
        let mut under_way = UnderWay::default();
        for (call, wait) in [30, 10, 20, 10].into_iter().enumerate() {
            assert!(under_way.add(now + wait * MS, Way::There, call, (remote, b"echo")));
        }
        let mut arrived = |at| {
            let calls: Vec<usize> =
                std::iter::from_fn(|| Some(under_way.next(now + at * MS)?.call)).collect();
            (calls, under_way.poll_timeout())
        };

        assert_eq!(arrived(9), (vec![], Some(now + 10 * MS)));
        assert_eq!(arrived(10), (vec![1, 3], Some(now + 20 * MS)));
        assert_eq!(arrived(40), (vec![2, 0], None));
    }
}
