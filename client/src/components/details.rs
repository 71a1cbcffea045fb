//! The conversation's number, and its recording once the call is over.

use leptos::prelude::*;

use super::engineer::Engineer;
use super::pieces::Pieces;
use crate::call::driver::Driver;
use crate::entrance::driver::Desk;
use crate::shelf::driver::{Shelves, Which, element_id};
use crate::shelf::{Event as ShelfEvent, Place};
use crate::text::now;

/// What remains of a call, or of the try at one.
#[component]
pub fn Details(driver: Driver, shelves: Shelves, desk: Desk) -> impl IntoView {
    let call = driver.call();
    let conversation = Memo::new(move |_| call.with(|call| call.conversation()));
    let which = Which::Latest;
    let has_failed = Memo::new(move |_| call.with(|call| call.problem().is_some()));
    let is_shown = Memo::new(move |_| conversation.get().is_some() || has_failed.get());
    let number = move || {
        let id = conversation.get()?.to_string();
        Some(view! { <p class="number" data-testid="conversation-id">{id}</p> })
    };
    view! {
        <Show when=move || is_shown.get()>
            <section class="card details" aria-labelledby=element_id(which, Place::Top)>
                <h2 id=element_id(which, Place::Top) tabindex="-1">
                    {now().page.conversation}
                </h2>
                {number}
                <Pieces shelves which desk/>
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
