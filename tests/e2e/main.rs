//! A person in front of the page: Chromium, a microphone, and what he sees and hears.

mod appearance;
mod call;
mod controls;
mod failures;
mod keyboard;
