//! What the page is for.

use leptos::prelude::*;

use crate::text::page::{REASONS, REASONS_TITLE};

/// The reasons to call.
#[component]
pub fn About() -> impl IntoView {
    let reasons = REASONS.map(|reason| {
        view! {
            <li>
                <h3>{reason.title}</h3>
                <p>{reason.explanation}</p>
            </li>
        }
    });
    view! {
        <section class="about" aria-labelledby="about">
            <h2 id="about">{REASONS_TITLE}</h2>
            <ul>{reasons}</ul>
        </section>
    }
}
