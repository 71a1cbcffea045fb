//! A person in front of the page: Chromium, a microphone, and what he sees and hears.

mod appearance;
mod call;
mod consent;
mod controls;
#[cfg(test)]
mod decoding;
mod delay;
mod devices;
#[cfg(test)]
mod dtx;
mod echoes;
mod engineer;
mod failures;
mod installing;
mod keyboard;
mod keys;
mod languages;
mod meter;
mod microphones;
mod networks;
mod recordings;
mod restarts;
#[cfg(test)]
#[expect(dead_code, reason = "the longest one is not for a browser")]
#[path = "../../server/tests/recording/vectors.rs"]
mod vectors;
mod whip;
