//! What the browser keeps for the page: for good, or as long as the tab is open. A browser that keeps
//! nothing, as some do in private, costs the person no more than that.

use web_sys::Storage;

use super::page::window;

/// How long something is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// Until the tab is closed.
    Tab,
    /// Until the person clears it away.
    Good,
}

/// What is kept under that name.
#[must_use]
pub fn kept(term: Term, name: &str) -> Option<String> {
    storage(term)?.get_item(name).ok().flatten()
}

/// Keeps a text under that name.
pub fn keep(term: Term, name: &str, text: &str) {
    if let Some(storage) = storage(term) {
        // A browser without room for it keeps nothing, as above.
        let _ = storage.set_item(name, text);
    }
}

/// Keeps it no longer.
pub fn drop_kept(term: Term, name: &str) {
    if let Some(storage) = storage(term) {
        // What was not kept is not there.
        let _ = storage.remove_item(name);
    }
}

fn storage(term: Term) -> Option<Storage> {
    let storage = match term {
        Term::Tab => window().session_storage(),
        Term::Good => window().local_storage(),
    };
    storage.ok().flatten()
}
