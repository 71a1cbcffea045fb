//! Listening to one event of one target, for as long as the listener lives.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Event, EventTarget};

use super::BrowserError;

/// Hears one kind of event.
pub struct Listener {
    target: EventTarget,
    event: &'static str,
    callback: Closure<dyn FnMut(Event)>,
}

impl Listener {
    /// Calls `heard` for every such event from now on.
    ///
    /// # Errors
    /// The target takes no listeners.
    pub fn new(
        target: &EventTarget,
        event: &'static str,
        heard: impl FnMut(Event) + 'static,
    ) -> Result<Self, BrowserError> {
        let callback = Closure::<dyn FnMut(Event)>::new(heard);
        target.add_event_listener_with_callback(event, callback.as_ref().unchecked_ref())?;
        Ok(Self {
            target: target.clone(),
            event,
            callback,
        })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let callback = self.callback.as_ref().unchecked_ref();
        // A target that is gone has nothing to remove.
        let _ = self
            .target
            .remove_event_listener_with_callback(self.event, callback);
    }
}
