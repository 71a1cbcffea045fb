//! Hearing that this machine is online again, or by another kind of network.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::EventTarget;

use super::BrowserError;
use super::listener::Listener;
use super::page::window;

/// Listens for changes of the network; dropping it stops that.
pub struct Network {
    _listeners: Vec<Listener>,
}

impl Network {
    /// Calls `changed` at each change from now on.
    ///
    /// # Errors
    /// The window takes no listeners.
    pub fn watch(changed: impl Fn() + 'static) -> Result<Self, BrowserError> {
        let changed = Rc::new(changed);
        let on_online = Rc::clone(&changed);
        let mut listeners = vec![Listener::new(&window(), "online", move |_| on_online())?];
        if let Some(connection) = connection() {
            let last = RefCell::new(kind(&connection));
            let asked = connection.clone();
            // The event also tells of other speeds, which are no other network.
            let on_change = move |_| {
                let now = kind(&asked);
                if last.replace(now.clone()) != now {
                    changed();
                }
            };
            listeners.push(Listener::new(&connection, "change", on_change)?);
        }
        Ok(Self {
            _listeners: listeners,
        })
    }
}

/// `navigator.connection`, which not every browser has.
fn connection() -> Option<EventTarget> {
    let connection = Reflect::get(&window().navigator(), &"connection".into()).ok()?;
    connection.dyn_into().ok()
}

/// Such as `wifi` or `cellular`, where the browser says it.
fn kind(connection: &JsValue) -> Option<String> {
    Reflect::get(connection, &"type".into()).ok()?.as_string()
}
