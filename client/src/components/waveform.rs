//! A recording's waveform, and the place where its player is.

use leptos::prelude::*;

use crate::browser::element;
use crate::shelf::wave::Wave;
use crate::text::now;
use crate::text::player::LEAST_MISSING;

/// How fast a recording may be played.
const SPEEDS: [f64; 5] = [0.5, 0.75, 1.0, 1.5, 2.0];

/// Drawn for the eye; what it tells in words is its label, and below it where something is missing.
#[component]
pub fn Waveform(wave: Wave, test_id: String) -> impl IntoView {
    let (sound, lost, width) = (wave.sound(), wave.missing(), wave.width().max(1));
    let missing = wave.missing_ms();
    drop(wave);
    let seconds = f64::from(missing) / 1_000.0;
    let received = (now().player.received)(seconds);
    let label = now().player.waveform.to_owned() + "; " + &received;
    let seen = (seconds >= LEAST_MISSING).then_some(received);
    view! {
        <svg
            class="waveform"
            role="img"
            data-testid=test_id
            data-missing-ms=missing.to_string()
            aria-label=label
            viewBox=format!("0 -1.05 {width} 2.1")
            preserveAspectRatio="none"
            focusable="false"
        >
            <path class="missing" d=lost></path>
            <path class="sound" d=sound></path>
        </svg>
        {seen.map(|text| view! { <p class="soft" aria-hidden="true">{text}</p> })}
    }
}

/// How fast the player of that id plays.
#[component]
pub fn Speed(player: String, test_id: String) -> impl IntoView {
    let choose = move |text: String| {
        // The choices are numbers.
        if let Ok(speed) = text.parse() {
            element::play_at_speed(&player, speed);
        }
    };
    let options = SPEEDS.map(|speed| {
        view! {
            <option value=speed.to_string() selected=move || speed.to_bits() == 1.0_f64.to_bits()>
                {(now().player.times)(speed)}
            </option>
        }
    });
    view! {
        <label class="speed">
            {now().player.speed}
            <select data-testid=test_id on:change=move |event| choose(event_target_value(&event))>
                {options.collect_view()}
            </select>
        </label>
    }
}

/// Where the player of that id is; moving it seeks, by mouse, finger and keyboard.
#[component]
pub fn Seek(
    player: String,
    seconds: f64,
    place: ReadSignal<f64>,
    test_id: String,
) -> impl IntoView {
    let seek = move |text: String| {
        if let Ok(second) = text.parse() {
            element::seek(&player, second);
        }
    };
    view! {
        <input
            class="seek"
            type="range"
            min="0"
            max=format!("{seconds:.2}")
            step="0.1"
            data-testid=test_id
            aria-label=now().player.seek
            aria-valuetext=move || (now().player.place)(place.get(), seconds)
            prop:value=move || format!("{:.1}", place.get())
            on:input=move |event| seek(event_target_value(&event))
        />
    }
}
