//! A shelf: its recordings, how far the list is, and what was done last.

use leptos::prelude::*;

use super::piece::PieceView;
use crate::browser::local_time::local_time;
use crate::entrance::driver::Desk;
use crate::shelf::driver::{Shelves, Which, element_id};
use crate::shelf::{Event, Note, Place, Shelf, State};
use crate::text::now;

/// The recordings of one shelf.
#[component]
pub fn Pieces(shelves: Shelves, which: Which, desk: Desk) -> impl IntoView {
    let shelf = shelves.shelf(which);
    let ids = Memo::new(move |_| shelf.with(Shelf::ids));
    let note = Memo::new(move |_| shelf.with(|shelf| shelf.note().cloned()));
    let state = Memo::new(move |_| shelf.with(|shelf| shelf.state().clone()));
    let done = move || {
        note.get().map(|Note::Deleted { started_at }| {
            let sentence = (now().recordings.deleted)(&local_time(&started_at));
            view! { <p class="done" data-testid=format!("{}-note", which.name())>{sentence}</p> }
        })
    };
    let loading = move || match state.get() {
        State::Loading => Some(view! { <p class="soft">{now().recordings.loading}</p> }.into_any()),
        State::Failed(trouble) => {
            let sentence = now().recordings.trouble(&trouble);
            Some(view! { <p class="fault">{sentence}</p> }.into_any())
        }
        State::Closed | State::Loaded => None,
    };
    let has_failed = move || matches!(state.get(), State::Failed(_));
    view! {
        <div class="said" role="status">
            {done}
        </div>
        <Show when=move || !ids.get().is_empty()>
            // Without its marks a list is no list to some readers.
            <ul class="pieces" role="list">
                <For each=move || ids.get() key=|id| *id let:id>
                    <PieceView shelves which desk id/>
                </For>
            </ul>
        </Show>
        <div class="said" role="status">
            {loading}
        </div>
        <Show when=has_failed>
            <button
                class="plain"
                type="button"
                id=element_id(which, Place::Retry)
                data-testid=format!("{}-retry", which.name())
                on:click=move |_| shelves.send(which, Event::Retried)
            >
                {now().recordings.try_again}
            </button>
        </Show>
    }
}
