//! “Your recordings”: a part of the page that is opened when it is wanted, by its button or by the
//! address `#recordings`.

use leptos::prelude::*;

use super::pieces::Pieces;
use crate::browser::{address, element, page};
use crate::call::driver::Driver;
use crate::entrance::Entrance;
use crate::entrance::driver::Desk;
use crate::own_path::OwnPath;
use crate::shelf::driver::{Shelves, Which, element_id};
use crate::shelf::{Event, Place, Shelf};
use crate::text::now;

/// Its place in the page's address.
pub const PLACE: &str = "recordings";

/// The list of recordings.
#[component]
pub fn Library(shelves: Shelves, desk: Desk, is_wanted: RwSignal<bool>) -> impl IntoView {
    let which = Which::All;
    let entrance = desk.entrance();
    let may_list = Memo::new(move |_| entrance.with(Entrance::may_list));
    let shelf = shelves.shelf(which);
    let is_empty = Memo::new(move |_| shelf.with(Shelf::is_empty));
    let has_older = Memo::new(move |_| shelf.with(Shelf::has_older));
    view! {
        <section class="card library" id=PLACE aria-labelledby=element_id(which, Place::Top)>
            <div class="library-head">
                <h2 id=element_id(which, Place::Top) tabindex="-1">
                    {now().page.your_recordings}
                </h2>
                <button
                    class="plain"
                    type="button"
                    data-testid="library"
                    aria-expanded=move || is_wanted.get().to_string()
                    aria-controls="library"
                    on:click=move |_| is_wanted.update(|is_wanted| *is_wanted = !*is_wanted)
                >
                    {move || if is_wanted.get() {
                        now().recordings.hide
                    } else {
                        now().recordings.show
                    }}
                </button>
            </div>
            <div id="library" hidden=move || !is_wanted.get()>
                <p class="soft">{move || now().recordings.whose(may_list.get())}</p>
                <Pieces shelves which desk/>
                <Show when=move || is_empty.get()>
                    <p data-testid="listed-none">
                        {move || now().recordings.none(may_list.get())}
                    </p>
                </Show>
                <Show when=move || has_older.get()>
                    <button
                        class="plain"
                        type="button"
                        data-testid="older"
                        on:click=move |_| shelves.send(which, Event::OlderWanted)
                    >
                        {now().recordings.show_older}
                    </button>
                </Show>
            </div>
        </section>
    }
}

/// As long as the page stands, the list is opened where the address leads to it, and asked for when it
/// is open. Returns whether it is.
#[must_use]
pub fn follow(driver: Driver, shelves: Shelves, desk: Desk) -> RwSignal<bool> {
    let is_wanted = RwSignal::new(false);
    follow_the_address(is_wanted);
    open_when_wanted(driver, shelves, desk, is_wanted);
    is_wanted
}

/// Opens the list where the address leads to it.
fn follow_the_address(is_wanted: RwSignal<bool>) {
    is_wanted.set(address::leads_to(PLACE));
    let moved = move || {
        if address::leads_to(PLACE) {
            is_wanted.set(true);
            element::focus(element_id(Which::All, Place::Top));
        }
    };
    match address::on_move(moved) {
        // Held until the page goes.
        Ok(listener) => {
            StoredValue::new_local(listener);
        }
        Err(error) => page::log("the address will not open the recordings", &error),
    }
}

/// The list is asked for once it is known which, and again with every key and after every call.
fn open_when_wanted(driver: Driver, shelves: Shelves, desk: Desk, is_wanted: RwSignal<bool>) {
    let call = driver.call();
    let newest = Memo::new(move |_| call.with(|call| call.summary()?.found.clone()));
    let entrance = desk.entrance();
    let list = Memo::new(move |_| {
        entrance.with(|entrance| {
            let is_known = entrance.about().is_some() && !entrance.asks_for_key();
            is_known.then(|| (entrance.may_list(), entrance.key()))
        })
    });
    Effect::new(move |last: Option<Option<OwnPath>>| {
        let newest = newest.get();
        let is_wanted = is_wanted.get() && list.get().is_some();
        // A call that begins leaves the list as it is.
        let is_begun = newest.is_none() && last.flatten().is_some();
        if !is_wanted {
            shelves.send(Which::All, Event::Closed);
        } else if !is_begun {
            shelves.show_all();
        }
        newest
    });
}
