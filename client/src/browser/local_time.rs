//! Moments in the words of the person's own language and clock.

use js_sys::{Date, Object, Reflect};
use wasm_bindgen::JsValue;

use super::page::window;

/// A moment (RFC 3339) as day and minute, such as `27 Jun 2025, 11:02`. What is no moment stays as it
/// is.
#[must_use]
pub fn local_time(moment: &str) -> String {
    let date = Date::new(&moment.into());
    if date.get_time().is_nan() {
        return moment.to_owned();
    }
    let form = Object::new();
    for (key, value) in [("dateStyle", "medium"), ("timeStyle", "short")] {
        // An object takes any field.
        let _ = Reflect::set(&form, &key.into(), &JsValue::from_str(value));
    }
    let language = window().navigator().language();
    let language = language.unwrap_or_else(|| "en".to_owned());
    date.to_locale_string(&language, &form).into()
}
