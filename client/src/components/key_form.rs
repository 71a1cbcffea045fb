//! The key that some servers want before anything else.

use leptos::prelude::*;

use super::icon::{Icon, Picture};
use crate::entrance::driver::{Desk, KEY_FIELD};
use crate::entrance::{Entrance, Event, Key};
use crate::text::now;

/// Shown as long as the server wants a key that it was not given.
#[component]
pub fn KeyForm(desk: Desk) -> impl IntoView {
    let entrance = desk.entrance();
    let asks = Memo::new(move |_| entrance.with(Entrance::asks_for_key));
    view! {
        <Show when=move || asks.get()>
            <Form desk/>
        </Show>
    }
}

#[component]
fn Form(desk: Desk) -> impl IntoView {
    let entrance = desk.entrance();
    let auth = Memo::new(move |_| entrance.with(Entrance::auth));
    let key = Memo::new(move |_| entrance.with(Entrance::key));
    let typed = desk.typed();
    let give = move || {
        let given = typed.get_untracked();
        // What was refused is of no use.
        typed.set(String::new());
        desk.send(Event::KeyGiven(given));
    };
    view! {
        <form
            class="key"
            aria-labelledby="key-title"
            data-testid="key-form"
            on:submit=move |event| {
                event.prevent_default();
                give();
            }
        >
            <h2 id="key-title">{now().entrance.key_title}</h2>
            <p
                id="key-hint"
                role="status"
                class:refused=move || key.get() == Key::Refused
                data-testid="key-hint"
            >
                {move || now().entrance.key_hint(auth.get(), key.get())}
            </p>
            <label for=KEY_FIELD>{move || now().entrance.key_label(auth.get())}</label>
            <div class="entry">
                <input
                    id=KEY_FIELD
                    type="password"
                    name="key"
                    autocomplete="off"
                    spellcheck="false"
                    data-testid="key"
                    aria-describedby="key-hint"
                    aria-invalid=move || (key.get() == Key::Refused).to_string()
                    prop:value=move || typed.get()
                    on:input=move |event| typed.set(event_target_value(&event))
                />
                <button
                    class="plain"
                    type="submit"
                    data-testid="use-key"
                    disabled=move || key.get() == Key::Tried
                >
                    <Icon picture=Picture::Key/>
                    {now().entrance.use_key}
                </button>
            </div>
        </form>
    }
}
