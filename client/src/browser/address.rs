//! The part of the page's address that the person sees as a place within it.

use super::BrowserError;
use super::listener::Listener;
use super::page::window;

/// Whether the address ends with `#` and that name.
#[must_use]
pub fn leads_to(name: &str) -> bool {
    let hash = window().location().hash().unwrap_or_default();
    hash.strip_prefix('#') == Some(name)
}

/// Calls `moved` when the address leads to another place within the page.
///
/// # Errors
/// The window takes no listeners.
pub fn on_move(mut moved: impl FnMut() + 'static) -> Result<Listener, BrowserError> {
    Listener::new(&window(), "hashchange", move |_| moved())
}
