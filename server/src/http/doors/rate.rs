//! How often one client may ask for what costs something: a bucket of requests for each, which
//! fills up again.

use std::hash::{BuildHasher, Hash, RandomState};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use super::client::Counted;
use super::{Doors, Refusal};
use crate::client::ClientKey;
use crate::http::problem::Failure;

/// The most buckets there are. Which one is a client's nobody can choose, and so many callers at
/// once hardly ever share one.
const MAX_BUCKETS: u64 = 1 << 18;
/// After so many requests the buckets that are full again are dropped.
const DROP_EVERY: usize = 1_000;
/// This part of a minute's requests may come at once.
const BURST_PART: u32 = 3;
/// Of all clients of one IPv6 block together, so many times what one may send.
const BLOCK_SHARE: NonZeroU32 = NonZeroU32::new(16).unwrap();

type Buckets = RateLimiter<u64, HashMapStateStore<u64>, DefaultClock>;

/// A bucket for each client, and one for each IPv6 block.
pub(super) struct Limiter {
    buckets: Buckets,
    of_blocks: Buckets,
    hasher: RandomState,
    clock: DefaultClock,
    asked: AtomicUsize,
}

impl Limiter {
    pub(super) fn new(a_minute: NonZeroU32) -> Self {
        let burst = NonZeroU32::new(a_minute.get() / BURST_PART).unwrap_or(NonZeroU32::MIN);
        let quota = |times: NonZeroU32| {
            let rate = Quota::per_minute(a_minute.saturating_mul(times));
            rate.allow_burst(burst.saturating_mul(times))
        };
        Self {
            buckets: RateLimiter::hashmap(quota(NonZeroU32::MIN)),
            of_blocks: RateLimiter::hashmap(quota(BLOCK_SHARE)),
            hasher: RandomState::new(),
            clock: DefaultClock::default(),
            asked: AtomicUsize::new(0),
        }
    }

    /// Takes one request out of the client's bucket, and out of his block's.
    fn take(&self, client: ClientKey) -> Result<(), Refusal> {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        if asked.is_multiple_of(DROP_EVERY) {
            for buckets in [&self.buckets, &self.of_blocks] {
                buckets.retain_recent();
                buckets.shrink_to_fit();
            }
        }
        self.take_from(&self.buckets, client)?;
        match client.block() {
            Some(block) => self.take_from(&self.of_blocks, block),
            None => Ok(()),
        }
    }

    fn take_from(&self, buckets: &Buckets, whose: impl Hash) -> Result<(), Refusal> {
        let bucket = self.hasher.hash_one(whose) % MAX_BUCKETS;
        buckets
            .check_key(&bucket)
            .map_err(|until| too_many(until.wait_time_from(self.clock.now())))
    }
}

fn too_many(wait: Duration) -> Refusal {
    // Whoever comes a moment too early comes again.
    let wait = Duration::from_secs(wait.as_secs() + 1);
    Refusal::TooMany { wait }
}

/// Says whom a request counts for, and counts what begins, changes or deletes something, before any
/// of its body is read.
pub(in crate::http) async fn limit(
    State(doors): State<Doors>,
    mut request: Request,
    next: Next,
) -> Response {
    let counted = doors.counted(request.extensions(), request.headers());
    request.extensions_mut().insert(Counted(counted));
    let is_counted =
        [Method::POST, Method::PUT, Method::PATCH, Method::DELETE].contains(request.method());
    let limiter = doors.limiter.as_deref().filter(|_| is_counted);
    if let (Some(limiter), Some(client)) = (limiter, counted)
        && let Err(refusal) = limiter.take(client)
    {
        return Failure::from(refusal).into_response();
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter() -> Limiter {
        Limiter::new(NonZeroU32::new(60).unwrap())
    }

    fn client(ip: &str) -> ClientKey {
        ClientKey::of(ip.parse().unwrap())
    }

    fn taken(limiter: &Limiter, ip: &str, times: usize) -> usize {
        let client = client(ip);
        (0..times).filter(|_| limiter.take(client).is_ok()).count()
    }

    #[test]
    fn a_client_has_a_third_of_his_minute_at_once_and_others_have_theirs() {
        let limiter = limiter();

        // A slow machine may see one or two of them come back meanwhile.
        let his = taken(&limiter, "192.0.2.1", 100);
        assert!((20..25).contains(&his), "{his}");
        assert_eq!(taken(&limiter, "192.0.2.2", 10), 10);
        let waiting = limiter.take(client("192.0.2.1"));
        assert!(matches!(waiting, Err(Refusal::TooMany { wait }) if wait.as_secs() >= 1));
    }

    #[test]
    fn a_network_of_ipv6_has_one_bucket() {
        let limiter = limiter();
        let all: usize = (0..100)
            .map(|number| taken(&limiter, &format!("2001:db8::{number:x}"), 1))
            .sum();

        assert!((20..25).contains(&all), "{all}");
        assert_eq!(limiter.buckets.len(), 1);
    }

    #[test]
    fn all_networks_of_a_block_have_sixteen_times_as_much() {
        let limiter = limiter();
        let from = |block: u32, networks: u32| -> usize {
            (0..networks)
                .map(|number| taken(&limiter, &format!("2001:db8:{block:x}:{number:x}::1"), 1))
                .sum()
        };

        let all = from(1, 600);
        let others = from(2, 10);

        // A slow machine may see some of them come back meanwhile.
        assert!((320..400).contains(&all), "{all}");
        assert_eq!(others, 10);
    }
}
