//! The other end of a call.

pub mod offer;
