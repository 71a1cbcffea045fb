//! What a person sees, one thing a file. Components draw signals and send events.

pub mod about;
pub mod controls;
pub mod details;
pub mod dial;
pub mod icon;
pub mod meters;
pub mod problem_note;
pub mod status;
