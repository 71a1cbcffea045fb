//! What crosses the wire between the server and the page, and nothing else.
//!
//! This crate knows no web framework, no async runtime and no I/O.

pub mod about;
pub mod call;
pub mod conversation_id;
pub mod health;
pub mod peaks;
pub mod problem;
pub mod recording;
pub mod recordings;
pub mod signaling;

pub use conversation_id::ConversationId;
pub use health::{Health, Status};
pub use problem::Problem;
