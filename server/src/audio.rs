//! Who listens to a caller: each consumer holds a feed of one tee, and none can slow another.
//!
//! A new consumer is one file below this one and one `tee.attach` where the call begins.

pub mod decoder;
pub mod tee;
pub mod voice;

pub mod ear;
pub mod echo;
pub mod recorder;

pub use recorder::Recorder;
pub use tee::{Feed, Tee};
