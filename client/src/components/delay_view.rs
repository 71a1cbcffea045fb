//! The delay a caller hears, in its parts, and the two waveforms it was measured from.

use leptos::prelude::*;

use crate::call::driver::Driver;
use crate::delay::driver::Scope;
use crate::delay::ears::Chirping;
use crate::delay::pair::{Half, WIDTH};
use crate::delay::{How, Measured, Part};
use crate::line_quality::Quality;
use crate::text::now;

/// What the browser made up is told from here on, 0 to 1: less would be read as nothing.
const FILLED_IN: f64 = 0.0005;

/// The delay of the call that goes on, or of the last one.
#[component]
pub fn DelayView(driver: Driver) -> impl IntoView {
    let (scope, quality) = (driver.scope(), driver.monitor().quality());
    let (is_on, measured) = (scope.is_on(), scope.measured());
    let is_shown = Memo::new(move |_| is_on.get() || measured.with(Option::is_some));
    view! {
        <Show when=move || is_shown.get()>
            <section class="card delay" aria-labelledby="delay-title">
                <h2 id="delay-title">{now().delay.title}</h2>
                <Figure scope/>
                <PartsList scope/>
                <ChirpButton driver/>
                <PairPicture scope quality/>
            </section>
        </Show>
    }
}

/// The number, from the microphone to the loudspeaker.
#[component]
fn Figure(scope: Scope) -> impl IntoView {
    let measured = scope.measured();
    let total = Memo::new(move |_| scope.parts().map(|parts| parts.total()));
    let number =
        |pick: fn(&Measured) -> f64| move || measured.with(|measured| measured.as_ref().map(pick));
    let ms = number(|measured| measured.ms);
    let confidence = number(|measured| measured.confidence);
    let how = Memo::new(move |_| measured.with(|measured| measured.as_ref().map(|one| one.how)));
    view! {
        <p
            class="delay-figure"
            data-testid="delay"
            data-ms=move || ms().map(|ms| format!("{ms:.1}"))
            data-total-ms=move || total.get().map(|ms| format!("{ms:.1}"))
            data-confidence=move || confidence().map(|share| format!("{share:.2}"))
            data-how=move || how.get().map(How::name)
        >
            {move || match (total.get(), how.get()) {
                (Some(total), Some(how)) => view! {
                    <strong>{(now().delay.time)(total)}</strong>
                    " "
                    <span class="soft">{now().delay.how(how)}</span>
                }
                .into_any(),
                _ => view! { <span class="soft">{now().delay.speak}</span> }.into_any(),
            }}
        </p>
    }
}

/// The bar for the eye, the list for everybody.
#[component]
fn PartsList(scope: Scope) -> impl IntoView {
    let parts = Memo::new(move |_| scope.parts());
    let is_known = Memo::new(move |_| parts.with(Option::is_some));
    let of = move |wanted: Part| {
        Memo::new(move |_| {
            let of = |parts: &crate::delay::Parts| {
                parts
                    .iter()
                    .find(|(part, _)| *part == wanted)
                    .map(|(_, ms)| ms)
            };
            parts.with(|parts| parts.as_ref().and_then(of))
        })
    };
    view! {
        <Show when=move || is_known.get()>
            <div class="delay-bar" aria-hidden="true">
                {Part::ALL
                    .map(|part| {
                        let ms = of(part);
                        let share = move || format!("{:.1}", ms.get().unwrap_or(0.0));
                        view! {
                            <span
                                class=format!("delay-part part-{}", colour(part))
                                style=("--share", share)
                                hidden=move || ms.get().is_none()
                            ></span>
                        }
                    })
                    .into_iter()
                    .collect_view()}
            </div>
            <ul class="delay-parts" aria-label=now().delay.parts_title>
                {Part::ALL
                    .map(|part| view! { <PartLine part ms=of(part)/> })
                    .into_iter()
                    .collect_view()}
            </ul>
            <p class="delay-limits">{now().delay.limits}</p>
        </Show>
    }
}

/// A parrot's wait is most of what is not told then: it looks like what the server holds.
fn colour(part: Part) -> &'static str {
    match part {
        Part::Parrot => Part::Server.name(),
        _ => part.name(),
    }
}

#[component]
fn PartLine(part: Part, ms: Memo<Option<f64>>) -> impl IntoView {
    let line = move |ms: f64| {
        view! {
            <li data-part=part.name() data-ms=format!("{ms:.1}")>
                <span class=format!("swatch part-{}", colour(part)) aria-hidden="true"></span>
                <span>{now().delay.part(part)}</span>
                <span class="delay-time">{(now().delay.time)(ms)}</span>
            </li>
        }
    };
    move || ms.get().map(line)
}

#[component]
fn ChirpButton(driver: Driver) -> impl IntoView {
    let (is_on, chirping) = (driver.scope().is_on(), driver.scope().chirping());
    let is_ready = Memo::new(move |_| is_on.get() && chirping.get() != Chirping::Listening);
    view! {
        <div class="delay-chirp">
            <button
                class="plain"
                type="button"
                data-testid="chirp"
                aria-describedby="chirp-hint"
                // Not disabled while it listens: that would take the focus away.
                disabled=move || !is_on.get()
                aria-disabled=move || (!is_ready.get()).to_string()
                on:click=move |_| {
                    if is_ready.get_untracked() {
                        driver.chirp();
                    }
                }
            >
                {now().delay.chirp}
            </button>
            <p class="soft" id="chirp-hint">{now().delay.chirp_hint}</p>
            <p role="status" class="delay-said" data-testid="chirp-said">
                {move || now().delay.chirping(chirping.get())}
            </p>
        </div>
    }
}

/// What was said above what came back. What the browser filled in cannot be seen there, and is told
/// beside it.
#[component]
fn PairPicture(scope: Scope, quality: ReadSignal<Quality>) -> impl IntoView {
    let (pair, is_held) = (scope.pair(), scope.is_held());
    let similarity = Memo::new(move |_| pair.with(|pair| pair.similarity().map(f64::round)));
    let lost_ms = Memo::new(move |_| pair.with(|pair| pair.lost_ms()));
    let said = move || {
        // What is said moves with the picture, and stands still when that is held.
        pair.track();
        let (words, of_network) = (now().delay, now().network);
        let Some(alike) = similarity.get() else {
            return words.pair_waits.to_owned();
        };
        let mut said = (words.alike)(alike) + ", ";
        let lost = lost_ms.get();
        if lost > 0.0 {
            said += &(words.lost)(lost);
        } else {
            said += words.no_gaps;
        }
        let filled_in = quality.with_untracked(|quality| quality.concealed);
        if let Some(share) = filled_in.filter(|share| *share >= FILLED_IN) {
            let share = of_network.share(share);
            for part in [". ", of_network.concealed, ": ", &share] {
                said += part;
            }
        }
        said
    };
    view! {
        <figure
            class="pair"
            data-testid="pair"
            data-similarity=move || similarity.get().map(|alike| alike.to_string())
            data-lost-ms=move || lost_ms.get().to_string()
            aria-labelledby="pair-title"
        >
            <h3 id="pair-title">{now().delay.pair_title}</h3>
            <div role="img" aria-label=now().delay.pair_picture>
                <Wave scope half=Half::Out name=now().delay.you_said/>
                <Wave scope half=Half::Back name=now().delay.came_back/>
            </div>
            <figcaption>
                <span>{said}</span>
                <button
                    class="plain"
                    type="button"
                    data-testid="pair-hold"
                    aria-pressed=move || is_held.get().to_string()
                    on:click=move |_| scope.toggle_held()
                >
                    {now().delay.hold}
                </button>
            </figcaption>
        </figure>
    }
}

#[component]
fn Wave(scope: Scope, half: Half, name: &'static str) -> impl IntoView {
    let pair = scope.pair();
    let class = match half {
        Half::Out => "wave wave-out",
        Half::Back => "wave wave-back",
    };
    view! {
        <span class="wave-name">{name}</span>
        <svg
            class=class
            viewBox=format!("-0.5 -1 {WIDTH} 2")
            preserveAspectRatio="none"
            focusable="false"
        >
            <path class="lost" d=move || pair.with(|pair| pair.marks())></path>
            <path class="axis" d=format!("M-0.5 0h{WIDTH}")></path>
            <path class="strokes" d=move || pair.with(|pair| pair.strokes(half))></path>
        </svg>
    }
}
