//! How the microphone is: its level with the peak that was, a sentence, and what to do.

use leptos::prelude::*;

use super::icon::{Icon, Picture};
use super::thresholds::MicrophoneThresholds;
use crate::level::{FLOOR, whole};
use crate::microphone::{Gauge, Health};
use crate::text::now;

/// The meter, what is said of the microphone, and the limits it is judged by.
#[component]
pub fn MicrophoneHealth(health: ReadSignal<Health>, gauge: ReadSignal<Gauge>) -> impl IntoView {
    view! {
        <section
            class="mic"
            data-testid="mic-health"
            data-state=move || health.with(|health| health.name())
            aria-labelledby="mic-title"
        >
            <h2 id="mic-title">{now().microphone.title}</h2>
            <LevelMeter gauge/>
            <Verdict health/>
            <MicrophoneThresholds test_id="mic-thresholds"/>
        </section>
    }
}

/// The numbers change too often to be read aloud unasked.
#[component]
fn LevelMeter(gauge: ReadSignal<Gauge>) -> impl IntoView {
    let level = Memo::new(move |_| gauge.with(|gauge| whole(gauge.level_dbfs)));
    let held = Memo::new(move |_| gauge.with(|gauge| whole(gauge.held_dbfs)));
    let told = move || told(level.get(), held.get());
    let level_fraction = move || gauge.with(|gauge| fraction(gauge.level_dbfs));
    let held_fraction = move || gauge.with(|gauge| fraction(gauge.held_dbfs));
    let is_held = move || gauge.with(|gauge| gauge.held_dbfs > FLOOR);
    view! {
        <div class="mic-level">
            <div
                class="track"
                role="meter"
                data-testid="mic-level"
                data-dbfs=move || gauge.with(|gauge| format!("{:.1}", gauge.level_dbfs))
                data-peak=move || gauge.with(|gauge| format!("{:.1}", gauge.held_dbfs))
                aria-label=now().microphone.level
                aria-valuemin=FLOOR.to_string()
                aria-valuemax="0"
                aria-valuenow=move || level.get().to_string()
                aria-valuetext=told
            >
                <div class="fill" style=("--level", level_fraction)></div>
            </div>
            <div class="mic-held" class:shown=is_held style=("--held", held_fraction)></div>
        </div>
        <p class="mic-number" aria-hidden="true">{told}</p>
    }
}

/// Said once for each state; the level of the speech moves on beside it.
#[component]
fn Verdict(health: ReadSignal<Health>) -> impl IntoView {
    let said = Memo::new(move |_| {
        let health = health.get();
        let is_alarm = health.is_alarm();
        ((now().microphone.said)(health), is_alarm)
    });
    let sentence = move || {
        let (said, is_alarm) = said.get();
        let to_do = said
            .to_do
            .map(|to_do| view! { <p data-testid="mic-remedy">{to_do}</p> });
        view! {
            <div class="mic-said" class:alarm=is_alarm>
                {is_alarm.then(|| view! { <Icon picture=Picture::Warning/> })}
                <div>
                    <p class="what" data-testid="mic-sentence">{said.what}</p>
                    {to_do}
                </div>
            </div>
        }
    };
    let speech = Memo::new(move |_| health.with(|health| health.speech_dbfs()));
    let loudness = move || {
        let level = whole(speech.get()?);
        Some(view! {
            <p class="mic-number" data-testid="mic-speech" data-dbfs=level.to_string()>
                {(now().microphone.speech)(level)}
            </p>
        })
    };
    view! {
        <div role="status" aria-live="polite">{sentence}</div>
        {loudness}
    }
}

fn told(level: i32, held: i32) -> String {
    let floor = whole(FLOOR);
    if held <= floor {
        (now().microphone.quieter_than)(floor)
    } else {
        (now().microphone.loudness)(level, held)
    }
}

/// How far along the meter it is, 0 to 1.
fn fraction(level: f32) -> String {
    format!("{:.3}", 1.0 - level.clamp(FLOOR, 0.0) / FLOOR)
}
