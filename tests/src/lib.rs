//! The harness: the real server as a child process, callers on another layer of the library,
//! a browser, test sounds, and other people's Opus tools. The tests themselves lie beside it.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "this crate is test code: a panic is how a test fails"
)]

pub mod browser;
pub mod caller;
pub mod counts;
pub mod foreign;
pub mod ogg_file;
pub mod opus_tools;
pub mod signal;
pub mod stun_server;
pub mod test_server;
pub mod udp_proxy;
pub mod waiting;

pub use browser::Browser;
pub use caller::Caller;
pub use test_server::TestServer;
