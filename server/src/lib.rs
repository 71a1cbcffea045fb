//! Echoes every caller's audio back to him and records it, one UDP port and one HTTP port for all.
//!
//! A caller posts an offer (`http`), `conversations` gives him a seat, the `engine` moves his
//! datagrams, his `conversation` turns them into packets, and `audio` hands those to whoever
//! listens: the echo and the recorder.

pub mod config;
pub mod telemetry;

pub mod http;

pub mod conversations;
pub mod seats;

pub mod peer;

pub mod storage;

pub mod packet;
