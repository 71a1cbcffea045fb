//! The choice of languages.

use leptos::prelude::*;

use crate::browser::element;
use crate::text::driver::Tongue;
use crate::text::{Language, language, now};

const PICKER: &str = "language";

/// Each language by its own name.
#[component]
pub fn LanguagePicker(tongue: Tongue) -> impl IntoView {
    let options = Language::ALL.map(|one| {
        view! {
            <option value=one.tag() lang=one.tag() prop:selected=one == language()>
                {one.name()}
            </option>
        }
    });
    let choose = move |tag: String| {
        if let Some(language) = Language::from_tag(&tag) {
            tongue.choose(language);
            // The page is drawn anew; whoever chooses by the keyboard goes on here.
            element::focus(PICKER.to_owned());
        }
    };
    view! {
        <label class="language">
            <span class="unseen">{now().page.language}</span>
            <select
                id=PICKER
                data-testid="language"
                data-language=language().tag()
                on:change=move |event| choose(event_target_value(&event))
            >
                {options}
            </select>
        </label>
    }
}
