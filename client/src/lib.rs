//! The page: a person presses one button and hears himself.
//!
//! `call` decides, `browser` does, `components` draw. What needs no browser is built and
//! tested on any machine.

pub mod api;
#[cfg(target_arch = "wasm32")]
pub mod app;
pub mod browser;
pub mod call;
#[cfg(target_arch = "wasm32")]
pub mod components;
pub mod delay;
pub mod devices;
pub mod echo;
pub mod entrance;
pub mod findings;
pub mod fragment;
pub mod level;
pub mod line_quality;
pub mod microphone;
pub mod own_path;
pub mod shelf;
pub mod text;
pub mod timeline;
