//! A text to take along: to copy, or to keep as a file.

use leptos::prelude::*;

use super::icon::{Icon, Picture};
use crate::text::takeaway::Takeaway as Words;

/// Two buttons, and what came of the first. `copy` is told whom to tell whether it went well.
#[component]
pub fn Takeaway(
    words: &'static Words,
    test_id: &'static str,
    copy: Box<dyn Fn(RwSignal<Option<bool>>)>,
    download: Box<dyn Fn()>,
) -> impl IntoView {
    let copied = RwSignal::new(None);
    let said = move || copied.get().map(|is_copied| (words.copied)(is_copied));
    view! {
        <div class="actions">
            <button
                class="plain"
                type="button"
                data-testid=format!("{test_id}-copy")
                on:click=move |_| copy(copied)
            >
                {words.copy}
            </button>
            <button
                class="plain"
                type="button"
                data-testid=format!("{test_id}-download")
                on:click=move |_| download()
            >
                <Icon picture=Picture::Download/>
                {words.download}
            </button>
        </div>
        <p class="soft" role="status" data-testid=format!("{test_id}-said")>{said}</p>
    }
}
