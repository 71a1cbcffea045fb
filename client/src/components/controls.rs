//! Muting the microphone, and the echo's volume.

use leptos::prelude::*;

use super::icon::{Icon, Picture};
use crate::browser::speaker::has_volume;
use crate::call::driver::Driver;
use crate::call::{Event, Volume};
use crate::text::now;

/// What a caller may change during a call.
#[component]
pub fn Controls(driver: Driver) -> impl IntoView {
    let call = driver.call();
    let is_talking = Memo::new(move |_| call.with(|call| call.is_talking()));
    let is_muted = Memo::new(move |_| call.with(|call| call.is_muted()));
    let volume = Memo::new(move |_| call.with(|call| call.volume()));
    let picture = Signal::derive(move || {
        if is_muted.get() {
            Picture::MicrophoneOff
        } else {
            Picture::Microphone
        }
    });
    let set_volume = move |text: String| {
        // A slider gives whole numbers; what is none changes nothing.
        if let Ok(percent) = text.parse() {
            driver.send(Event::VolumeSet(Volume::from_percent(percent)));
        }
    };
    let slider = has_volume().then(|| {
        view! {
            <label class="volume">
                <Icon picture=Picture::Speaker/>
                <span class="unseen">{now().page.volume}</span>
                <input
                    type="range"
                    min="0"
                    max="100"
                    data-testid="volume"
                    aria-valuetext=move || now().call.volume(volume.get())
                    prop:value=move || volume.get().percent().to_string()
                    on:input=move |event| set_volume(event_target_value(&event))
                />
            </label>
        }
    });
    view! {
        <div class="controls">
            <button
                class="plain mute"
                type="button"
                data-testid="mute"
                aria-pressed=move || is_muted.get().to_string()
                disabled=move || !is_talking.get()
                on:click=move |_| driver.send(Event::MuteToggled)
            >
                <Icon picture/>
                {now().page.mute}
            </button>
            {slider}
        </div>
    }
}
