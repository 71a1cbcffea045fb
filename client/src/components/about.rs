//! What the page is for.

use leptos::prelude::*;

use crate::text::now;

/// The reasons to call.
#[component]
pub fn About() -> impl IntoView {
    let reasons = now().page.reasons.map(|reason| {
        view! {
            <li>
                <h3>{reason.title}</h3>
                <p>{reason.explanation}</p>
            </li>
        }
    });
    view! {
        <section class="about" aria-labelledby="about">
            <h2 id="about">{now().page.reasons_title}</h2>
            <ul>{reasons}</ul>
        </section>
    }
}
