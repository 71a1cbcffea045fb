//! Opens real calls against a server that echoes, and measures what they are worth and what they
//! cost.
//!
//! `caller` is one caller without sockets and clocks, made of the server's own parts for DTLS and
//! SRTP; `line` is one call with all that belongs to it; `load` runs them all on one thread, with
//! `signaling` beside it; `report` gathers what came of it, and `figures` says it.

pub mod caller;
pub mod description;
pub mod figures;
pub mod journal;
pub mod line;
pub mod load;
pub mod options;
pub mod path;
pub mod process;
pub mod report;
pub mod search;
pub mod signaling;
pub mod socket;
pub mod stamp;
pub mod under_way;
pub mod weather;
