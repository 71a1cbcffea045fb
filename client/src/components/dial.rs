//! The one button, and around it the rings of what goes out and what comes back.

use leptos::prelude::*;

use super::icon::{Icon, Picture};
use crate::call::driver::Driver;
use crate::call::{Event, Phase};
use crate::text;

/// Calls, and hangs up while a call runs.
#[component]
pub fn Dial(driver: Driver, phase: Memo<Phase>) -> impl IntoView {
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
                data-testid="call"
                on:click=move |_| driver.send(Event::Pressed)
            >
                <Icon picture=Picture::Handset/>
                <span>{move || text::button(phase.get())}</span>
            </button>
        </div>
    }
}

fn scale(fraction: f32) -> String {
    format!("{fraction:.3}")
}
