//! Echoes every caller's audio back to him and records it, one UDP port and one HTTP port for all.
//!
//! A caller posts an offer (`http`), `conversations` gives him a seat, the `engine` moves his
//! datagrams, his `conversation` turns them into packets, and `audio` hands those to whoever
//! listens: the echo and the recorder.

pub mod commands;
pub mod config;
pub mod serve;
pub mod telemetry;

pub mod http;

pub mod access;
pub mod client;
pub mod conversations;
mod machine;
mod public_address;
pub mod seats;

pub mod engine;

pub mod conversation;
pub mod peer;
pub mod stun;

pub mod audio;
pub mod forms;
pub mod fuzzing;
pub mod metrics;
pub mod packet;
mod priority;
mod rate;
pub mod recording;
pub mod retention;
pub mod storage;
pub mod sweeper;
pub mod tls;
