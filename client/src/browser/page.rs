//! The page itself: its window, its language, its clock, its end and its worst case.

use std::time::Duration;

use js_sys::Date;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, Window};

use super::BrowserError;
use super::listener::Listener;

/// Shown by `index.html` until the page stands.
const PLACEHOLDER: &str = "page";
/// Shown when the page itself broke.
const BROKEN: &str = "broken";

pub(super) fn window() -> Window {
    web_sys::window().expect("the page runs in a window, not in a worker")
}

/// The element the page is built into, emptied.
#[must_use]
pub fn mount_point() -> Option<HtmlElement> {
    let element = window().document()?.get_element_by_id(PLACEHOLDER)?;
    element.set_text_content(None);
    element.dyn_into().ok()
}

/// A panic is shown to the person, not only to the console.
pub fn show_panics() {
    std::panic::set_hook(Box::new(|panic| {
        console_error_panic_hook::hook(panic);
        let broken = window()
            .document()
            .and_then(|document| document.get_element_by_id(BROKEN));
        if let Some(broken) = broken {
            // Without this attribute the element shows.
            let _ = broken.remove_attribute("hidden");
        }
    }));
}

/// The languages that the person reads (BCP 47), the one he likes best first.
#[must_use]
pub fn languages() -> Vec<String> {
    let tags = window().navigator().languages();
    tags.iter().filter_map(|tag| tag.as_string()).collect()
}

/// The page is in the language of that tag, is called so, and says so when it breaks.
pub fn speak(tag: &str, title: &str, broken: &str) {
    let Some(document) = window().document() else {
        return;
    };
    document.set_title(title);
    if let Some(root) = document.document_element() {
        // An element takes any tag.
        let _ = root.set_attribute("lang", tag);
    }
    if let Some(element) = document.get_element_by_id(BROKEN) {
        element.set_text_content(Some(broken));
    }
}

/// Calls `left` when the page is closed, reloaded, left or put away.
///
/// # Errors
/// The window takes no listeners.
pub fn on_leave(mut left: impl FnMut() + 'static) -> Result<Listener, BrowserError> {
    Listener::new(&window(), "pagehide", move |_| left())
}

/// Whether the page came encrypted or from this machine, so that it may have a microphone.
#[must_use]
pub fn is_secure() -> bool {
    window().is_secure_context()
}

/// Time since the page began.
#[must_use]
pub fn now() -> Duration {
    window()
        .performance()
        .map_or(Duration::ZERO, |performance| duration(performance.now()))
}

/// The same in milliseconds.
#[must_use]
pub fn now_ms() -> f64 {
    now().as_secs_f64() * 1_000.0
}

/// The browser's milliseconds.
pub(super) fn duration(milliseconds: f64) -> Duration {
    Duration::try_from_secs_f64(milliseconds / 1000.0).unwrap_or_default()
}

/// What the browser calls itself.
#[must_use]
pub fn user_agent() -> String {
    window().navigator().user_agent().unwrap_or_default()
}

/// The time of day (RFC 3339 in UTC).
#[must_use]
pub fn wall_clock() -> String {
    Date::new_0().to_iso_string().into()
}

/// For failures that cost the person nothing.
pub fn log(what: &str, error: &BrowserError) {
    web_sys::console::warn_1(&format!("{what}: {error}").into());
}
