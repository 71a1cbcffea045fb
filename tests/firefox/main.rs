//! A person in front of the page in Firefox: the same server and page, and what he sees and hears.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod call;
mod delay;
mod echoes;
mod network;
mod recordings;
mod tone;
