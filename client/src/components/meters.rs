//! How loud it is: what goes out and what comes back.

use leptos::prelude::*;

use crate::call::driver::Driver;
use crate::level::trace::{Half, WIDTH};
use crate::level::{FLOOR, Level};
use crate::text::now;

/// Both meters, and the last seconds of both.
#[component]
pub fn Meters(driver: Driver) -> impl IntoView {
    let levels = driver.levels();
    let out = Signal::derive(move || levels.with(|levels| levels.out));
    let back = Signal::derive(move || levels.with(|levels| levels.back));
    view! {
        <div class="meters">
            <Meter name=now().page.your_voice class="meter meter-out" test_id="level-out" level=out/>
            <Meter name=now().page.your_echo class="meter meter-back" test_id="level-in" level=back/>
            <Picture driver/>
        </div>
    }
}

/// For the eye only: the meters tell the rest.
#[component]
fn Picture(driver: Driver) -> impl IntoView {
    let trace = driver.trace();
    let strokes = move |half| trace.with(|trace| trace.strokes(half));
    view! {
        <svg
            class="trace"
            viewBox=format!("-0.5 -1 {WIDTH} 2")
            preserveAspectRatio="none"
            aria-hidden="true"
            focusable="false"
        >
            <path class="axis" d=format!("M-0.5 0h{WIDTH}")></path>
            <path class="trace-out" d=move || strokes(Half::Out)></path>
            <path class="trace-back" d=move || strokes(Half::Back)></path>
        </svg>
    }
}

#[component]
fn Meter(
    name: &'static str,
    class: &'static str,
    test_id: &'static str,
    level: Signal<Level>,
) -> impl IntoView {
    let decibels = Memo::new(move |_| level.get().whole_decibels());
    let fraction = move || format!("{:.3}", level.get().fraction());
    view! {
        <div class=class>
            <span class="name" aria-hidden="true">{name}</span>
            <div
                class="track"
                role="meter"
                data-testid=test_id
                aria-label=name
                aria-valuemin=FLOOR.to_string()
                aria-valuemax="0"
                aria-valuenow=move || decibels.get().to_string()
                aria-valuetext=move || now().call.level(decibels.get())
            >
                <div class="fill" style=("--level", fraction)></div>
            </div>
        </div>
    }
}
