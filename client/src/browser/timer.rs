//! Being called once, later.

use std::time::Duration;

use js_sys::{Function, Promise};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;

use super::{BrowserError, page};

/// A call to come; dropping the timer takes it back.
pub struct Timer {
    id: i32,
    _callback: Closure<dyn FnMut()>,
}

impl Timer {
    /// Calls `ring` once after that long.
    ///
    /// # Errors
    /// The browser sets no timers.
    pub fn after(wait: Duration, ring: impl FnOnce() + 'static) -> Result<Self, BrowserError> {
        let callback = Closure::once(ring);
        let milliseconds = i32::try_from(wait.as_millis()).unwrap_or(i32::MAX);
        let id = page::window().set_timeout_with_callback_and_timeout_and_arguments_0(
            callback.as_ref().unchecked_ref(),
            milliseconds,
        )?;
        Ok(Self {
            id,
            _callback: callback,
        })
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        page::window().clear_timeout_with_handle(self.id);
    }
}

/// A promise and the function that keeps it.
pub(super) fn promise() -> (Promise, Function) {
    let mut keep = None;
    let promise = Promise::new(&mut |resolve, _reject| keep = Some(resolve));
    let keep = keep.expect("a promise hands out its functions at once (ECMAScript §27.2.3.1)");
    (promise, keep)
}

/// Passes that much time.
///
/// # Errors
/// The browser sets no timers.
pub async fn sleep(wait: Duration) -> Result<(), BrowserError> {
    let (slept, wake) = promise();
    let timer = Timer::after(wait, move || {
        // A promise takes any call; there is nothing to fail.
        let _ = wake.call0(&wasm_bindgen::JsValue::NULL);
    })?;
    JsFuture::from(slept).await?;
    drop(timer);
    Ok(())
}
