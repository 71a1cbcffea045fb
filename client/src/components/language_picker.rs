//! Choosing the page's language; a call goes on meanwhile.

use leptos::prelude::*;

use crate::browser::element;
use crate::text::{Language, page, spoken};
use crate::tongue::Tongue;

/// Where the focus goes back to when all is drawn anew.
const ID: &str = "language";

#[component]
pub fn LanguagePicker(tongue: Tongue) -> impl IntoView {
    let choose = move |tag: String| {
        if let Some(language) = Language::of_tag(&tag) {
            tongue.choose(language);
            element::focus(ID.to_owned());
        }
    };
    let options = Language::ALL.map(|language| {
        view! {
            <option value=language.tag() lang=language.tag() prop:selected=language == spoken()>
                {language.name()}
            </option>
        }
    });
    view! {
        <label class="language">
            <span class="unseen">{page::LANGUAGE.now()}</span>
            <select
                id=ID
                data-testid="language"
                on:change=move |event| choose(event_target_value(&event))
            >
                {options.collect_view()}
            </select>
        </label>
    }
}
