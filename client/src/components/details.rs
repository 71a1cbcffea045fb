//! What remains of a call: its recording, its number, and how it came about.

use leptos::prelude::*;

use super::engineer::Engineer;
use super::pieces::Pieces;
use crate::call::driver::Driver;
use crate::entrance::driver::Desk;
use crate::shelf::driver::{Shelves, Which, element_id};
use crate::shelf::{Event as ShelfEvent, Place, Shelf};
use crate::text::now;

/// The heading of the call's number, and the section's name.
const NUMBER: &str = "conversation";

/// The recording of the call that is over, or what became of it.
#[component]
pub fn Latest(shelves: Shelves, desk: Desk) -> impl IntoView {
    let which = Which::Latest;
    let shelf = shelves.shelf(which);
    let is_shown = Memo::new(move |_| shelf.with(Shelf::is_open));
    view! {
        <Show when=move || is_shown.get()>
            <section class="card latest" aria-labelledby=element_id(which, Place::Top)>
                <h2 id=element_id(which, Place::Top) tabindex="-1">
                    {now().page.your_recording}
                </h2>
                <Pieces shelves which desk/>
            </section>
        </Show>
    }
}

/// The number of a call, or of the try at one, and what an engineer asks about it. It stays where it
/// is, and as open as it is, when the call ends.
#[component]
pub fn Details(driver: Driver) -> impl IntoView {
    let call = driver.call();
    let conversation = Memo::new(move |_| call.with(|call| call.conversation()));
    let has_failed = Memo::new(move |_| call.with(|call| call.problem().is_some()));
    let is_shown = Memo::new(move |_| conversation.get().is_some() || has_failed.get());
    let number = move || {
        let id = conversation.get()?.to_string();
        Some(view! { <p class="number" data-testid="conversation-id">{id}</p> })
    };
    view! {
        <Show when=move || is_shown.get()>
            <section class="card details" aria-labelledby=NUMBER>
                <h2 id=NUMBER>{now().page.conversation}</h2>
                {number}
                <Engineer driver/>
            </section>
        </Show>
    }
}

/// As long as the page stands, the shelf has the recording of the last call, and nothing while another
/// one goes on.
pub fn show_what_is_found(driver: Driver, shelves: Shelves) {
    let call = driver.call();
    let found = Memo::new(move |_| {
        call.with(|call| {
            let summary = call.summary()?;
            Some((summary.conversation?, summary.found.clone()?))
        })
    });
    Effect::new(move |_| match found.get() {
        Some((id, path)) => shelves.show_latest(id, path),
        None => shelves.send(Which::Latest, ShelfEvent::Closed),
    });
}
