//! Moments in the words of the page's language and by the person's own clock.

use js_sys::{Date, Object, Reflect};
use wasm_bindgen::JsValue;

use super::page::window;
use crate::text::{Language, language};

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
    date.to_locale_string(&manner(language()), &form).into()
}

/// The tag of the language the page speaks, as it is spoken where the person is, if he told.
fn manner(language: Language) -> String {
    let tag = window().navigator().language();
    let own = tag.filter(|tag| Language::from_tag(tag) == Some(language));
    own.unwrap_or_else(|| language.tag().to_owned())
}
