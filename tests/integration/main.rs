//! The whole over loopback: the real server, real callers, a real disk.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod crash;
mod described;
mod descriptions;
mod disk;
mod doors;
mod echo;
mod endings;
mod flood;
mod foreign;
mod guard;
mod ids;
mod logging;
mod metrics;
mod policy;
mod privacy;
mod recording;
mod recordings;
mod refusals;
mod reports;
mod restarts;
mod retention;
mod stopping;
mod stun;
mod tls;
mod whip;
mod wire;
