//! Whether the call will be recorded: said, and chosen where it can be, before the microphone opens.

use leptos::prelude::*;
use shared::about::RecordingPolicy;

use crate::call::Phase;
use crate::entrance::driver::Desk;
use crate::entrance::{Choice, Event};
use crate::text::now;

/// The sentence before the button, and the choice.
#[component]
pub fn Consent(desk: Desk, phase: Memo<Phase>) -> impl IntoView {
    let entrance = desk.entrance();
    let policy =
        Memo::new(move |_| entrance.with(|entrance| entrance.about().map(|about| about.recording)));
    let sentence = move || {
        let policy = policy.get()?;
        let choice = (policy == RecordingPolicy::Ask).then(|| view! { <Ask desk phase/> });
        Some(view! {
            {choice}
            <p data-testid="consent">{now().entrance.policy(policy)}</p>
        })
    };
    view! { <div class="consent">{sentence}</div> }
}

/// Chosen for the next call; what goes on stays as it is.
#[component]
fn Ask(desk: Desk, phase: Memo<Phase>) -> impl IntoView {
    let entrance = desk.entrance();
    let is_chosen =
        Memo::new(move |_| entrance.with(|entrance| entrance.choice() == Choice::Record));
    let choose = move |is_checked| {
        let choice = if is_checked {
            Choice::Record
        } else {
            Choice::DontRecord
        };
        desk.send(Event::Chosen(choice));
    };
    view! {
        <label class="choice">
            <input
                type="checkbox"
                data-testid="record"
                prop:checked=move || is_chosen.get()
                disabled=move || phase.get().is_running()
                on:change=move |event| choose(event_target_checked(&event))
            />
            {now().entrance.record}
        </label>
    }
}
