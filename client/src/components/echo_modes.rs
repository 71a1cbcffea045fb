//! How the caller hears himself: at once, some time later, or what he said last.

use leptos::prelude::*;
use shared::call::MAX_ECHO_DELAY_MS;

use crate::echo::driver::EchoDesk;
use crate::echo::{DELAY_STEP_MS, Event, Way};
use crate::text::now;

/// The choice; it holds for the call that runs and for those to come.
#[component]
pub fn EchoModes(desk: EchoDesk) -> impl IntoView {
    let echo = desk.echo();
    let way = Memo::new(move |_| echo.with(|echo| echo.way()));
    let delay_ms = Memo::new(move |_| echo.with(|echo| echo.delay_ms()));
    let is_refused = Memo::new(move |_| echo.with(|echo| echo.is_refused()));
    let in_force = move || {
        let mode = echo.with(|echo| echo.in_force());
        mode.and_then(|mode| serde_json::to_string(&mode).ok())
    };
    view! {
        <fieldset class="echo-modes" data-testid="echo-mode" data-in-force=in_force>
            <legend>{now().echo.title}</legend>
            <div class="ways">
                {Way::ALL.map(|one| view! { <OneWay desk one chosen=way/> }).collect_view()}
            </div>
            <Show when=move || way.get() == Way::Delayed>
                <DelaySlider desk delay_ms/>
            </Show>
            <p class="hint">{move || (now().echo.hint)(way.get())}</p>
            <p role="status" class="refused">
                {move || is_refused.get().then_some(now().echo.refused)}
            </p>
        </fieldset>
    }
}

#[component]
fn OneWay(desk: EchoDesk, one: Way, chosen: Memo<Way>) -> impl IntoView {
    view! {
        <label class="way">
            <input
                type="radio"
                name="echo"
                data-testid=format!("echo-{}", one.name())
                prop:checked=move || chosen.get() == one
                on:click=move |_| desk.send(Event::WayChosen(one))
            />
            {(now().echo.way)(one)}
        </label>
    }
}

#[component]
fn DelaySlider(desk: EchoDesk, delay_ms: Memo<u32>) -> impl IntoView {
    let choose = move |text: String| {
        // A slider gives whole numbers; what is none changes nothing.
        if let Ok(ms) = text.parse() {
            desk.send(Event::DelayChosen { ms });
        }
    };
    view! {
        <label class="echo-delay">
            <span>{move || (now().echo.delay)(f64::from(delay_ms.get()) / 1_000.0)}</span>
            <input
                type="range"
                min="0"
                max=MAX_ECHO_DELAY_MS
                step=DELAY_STEP_MS
                data-testid="echo-delay"
                aria-valuetext=move || (now().echo.delay)(f64::from(delay_ms.get()) / 1_000.0)
                prop:value=move || delay_ms.get().to_string()
                on:input=move |event| choose(event_target_value(&event))
            />
        </label>
    }
}
