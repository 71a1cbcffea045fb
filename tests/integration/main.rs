//! The whole over loopback: the real server, real callers, a real disk.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod crash;
mod descriptions;
mod disk;
mod echo;
mod endings;
mod foreign;
mod guard;
mod ids;
mod logging;
mod metrics;
mod privacy;
mod recording;
mod refusals;
mod reports;
mod restarts;
mod stopping;
mod stun;
mod wire;
