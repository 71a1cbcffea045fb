//! The one button, and around it the rings of what goes out and what comes back.

use leptos::prelude::*;

use super::icon::{Icon, Picture};
use crate::call::driver::Driver;
use crate::call::{Event, Phase};
use crate::entrance::Entrance;
use crate::entrance::driver::{CALL_BUTTON, Desk};
use crate::text::now;

/// Calls, and hangs up while a call runs.
#[component]
pub fn Dial(driver: Driver, desk: Desk, phase: Memo<Phase>) -> impl IntoView {
    let entrance = desk.entrance();
    let asks_for_key = Memo::new(move |_| entrance.with(Entrance::asks_for_key));
    let levels = driver.levels();
    let out = move || levels.with(|levels| scale(levels.out.fraction()));
    let back = move || levels.with(|levels| scale(levels.back.fraction()));
    view! {
        <div class="dial">
            <span class="ring ring-back" style=("--level", back) aria-hidden="true"></span>
            <span class="ring ring-out" style=("--level", out) aria-hidden="true"></span>
            <span class="ring ring-wait" aria-hidden="true"></span>
            <button
                class="call"
                class:stop=move || phase.get().is_running()
                type="button"
                id=CALL_BUTTON
                data-testid="call"
                // Whoever may not call may still hang up.
                disabled=move || asks_for_key.get() && !phase.get().is_running()
                on:click=move |_| driver.send(Event::Pressed)
            >
                <Icon picture=Picture::Handset/>
                <span>{move || now().call.button(phase.get())}</span>
            </button>
        </div>
    }
}

fn scale(fraction: f32) -> String {
    format!("{fraction:.3}")
}
