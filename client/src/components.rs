//! What a person sees, one thing a file. Components draw signals and send events.

pub mod about;
pub mod consent;
pub mod controls;
pub mod delay_view;
pub mod details;
pub mod devices;
pub mod dial;
pub mod echo_modes;
pub mod engineer;
pub mod icon;
pub mod insecure;
pub mod key_form;
pub mod language;
pub mod library;
pub mod meters;
pub mod microphone_health;
pub mod network_health;
pub mod piece;
pub mod pieces;
pub mod plot;
pub mod problem_note;
pub mod status;
pub mod takeaway;
pub mod thresholds;
pub mod verdict;
pub mod waveform;
