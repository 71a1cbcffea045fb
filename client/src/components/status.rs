//! Where the call stands, whether it is recorded, for how long it is live, and the tap some browsers
//! want.

use leptos::prelude::*;

use super::icon::{Icon, Picture};
use crate::browser::element;
use crate::call::driver::Driver;
use crate::call::{Event, Phase, Recorded, Recording};
use crate::entrance::Entrance;
use crate::entrance::driver::Desk;
use crate::text::call::clock;
use crate::text::now;

/// The id of the page's title, which takes the focus of what goes.
pub const TITLE: &str = "title";

/// The sentence under the button.
#[component]
pub fn Status(driver: Driver, desk: Desk, phase: Memo<Phase>) -> impl IntoView {
    let call = driver.call();
    let entrance = desk.entrance();
    let sentence = Memo::new(move |_| {
        let asks_for_key = entrance.with(Entrance::asks_for_key);
        if asks_for_key && phase.get() == Phase::Idle {
            now().entrance.key_first
        } else {
            call.with(|call| now().call.phase(call))
        }
    });
    let was_live = Memo::new(move |_| call.with(|call| call.was_live()));
    let needs_tap = Memo::new(move |_| call.with(|call| call.needs_tap()));
    let elapsed = driver.elapsed();
    let clock = move || {
        let clock = was_live.get().then(|| clock(elapsed.get()));
        clock.map(|clock| view! { <span class="clock" role="timer">{clock}</span> })
    };
    view! {
        <div class="status">
            <p
                class="phase"
                data-testid="phase"
                data-phase=move || phase.get().name()
                role="status"
                aria-live="polite"
            >
                {move || sentence.get()}
            </p>
            <Taping driver/>
            <Keeping driver/>
            {clock}
            <Show when=move || needs_tap.get()>
                <button
                    class="plain tap"
                    type="button"
                    data-testid="tap-to-hear"
                    on:click=move |_| {
                        driver.send(Event::TappedToHear);
                        // This one goes, and a key that is held shall not hang up.
                        element::focus(TITLE.to_owned());
                    }
                >
                    <Icon picture=Picture::Speaker/>
                    {now().page.tap_to_hear}
                </button>
            </Show>
        </div>
    }
}

/// Whether the call that goes on is recorded, in words and with a mark of its own.
#[component]
fn Taping(driver: Driver) -> impl IntoView {
    let call = driver.call();
    let recorded = Memo::new(move |_| call.with(|call| call.recorded()));
    let mark = move || {
        let recorded = recorded.get()?;
        let (class, state) = match recorded {
            Recorded::Yes => ("recorded on", "on"),
            Recorded::No => ("recorded off", "off"),
            Recorded::CutShort => ("recorded off", "cut-short"),
            Recorded::Refused => ("recorded off", "refused"),
        };
        Some(view! {
            <span class=class data-testid="recorded" data-recorded=state>
                <span class="dot" aria-hidden="true"></span>
                {now().call.recorded(recorded)}
            </span>
        })
    };
    view! { <div role="status">{mark}</div> }
}

/// What becomes of the recording of a call that is over, where that has to be said.
#[component]
fn Keeping(driver: Driver) -> impl IntoView {
    let call = driver.call();
    let recording = Memo::new(move |_| {
        call.with(|call| {
            let summary = call.summary();
            summary.map_or(Recording::None, |summary| summary.recording)
        })
    });
    view! {
        <p class="recording" role="status" data-testid="recording">
            {move || now().call.recording(recording.get())}
        </p>
        <Show when=move || recording.get() == Recording::OutOfReach>
            <button
                class="plain"
                type="button"
                data-testid="look-again"
                on:click=move |_| {
                    driver.send(Event::LookedAgain);
                    // The button goes.
                    element::focus(TITLE.to_owned());
                }
            >
                {now().call.look_again}
            </button>
        </Show>
    }
}
