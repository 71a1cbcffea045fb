//! What a person speaks into and hears from: pickers, switches, the test tone, and the hint when the
//! microphone hears the loudspeaker.

use leptos::prelude::*;

use super::icon::{Icon, Picture};
use super::status::TITLE;
use crate::browser::element;
use crate::call::driver::Driver;
use crate::devices::choices::{Preset, Switch, Treatment};
use crate::devices::shown::{Name, Standing};
use crate::devices::{Event, Howl, Judgement, Kind, Outputs, Rig, Tone, Trouble};
use crate::text::now;

/// All of it, before a call and during it.
#[component]
pub fn Devices(driver: Driver) -> impl IntoView {
    let rig = driver.devices().rig();
    let is_choosable = rig.with_untracked(Rig::outputs) == Outputs::Choosable;
    let speaker = is_choosable.then(|| view! { <Picker driver kind=Kind::Speaker/> });
    view! {
        <section class="card devices" aria-labelledby="devices">
            <h2 id="devices">{now().devices.title}</h2>
            <Picker driver kind=Kind::Microphone/>
            {speaker}
            <Note driver/>
            <Test driver/>
            <fieldset class="processing">
                <legend>{now().devices.processing}</legend>
                <div class="presets">
                    <PresetButton driver preset=Preset::Raw/>
                    <PresetButton driver preset=Preset::Call/>
                </div>
                {Treatment::ALL.map(|treatment| view! { <Toggle driver treatment/> })}
            </fieldset>
        </section>
    }
}

#[component]
fn Picker(driver: Driver, kind: Kind) -> impl IntoView {
    let devices = driver.devices();
    let rig = devices.rig();
    let rows = Memo::new(move |_| rig.with(|rig| rig.rows(kind)));
    let selected = Memo::new(move |_| rig.with(|rig| rig.selected(kind)));
    let (label, test_id) = match kind {
        Kind::Microphone => (now().devices.microphone, "device-microphone"),
        Kind::Speaker => (now().devices.speaker, "device-speaker"),
    };
    // Drawn anew with either, for an option takes the choice only once it is there.
    let options = move || {
        let selected = selected.get();
        rows.get()
            .into_iter()
            .map(|row| {
                let is_selected = row.id == selected;
                view! {
                    <option value=row.id prop:selected=is_selected>{name(kind, row.name)}</option>
                }
            })
            .collect_view()
    };
    let choose = move |id| {
        devices.send(match kind {
            Kind::Microphone => Event::MicrophoneChosen(id),
            Kind::Speaker => Event::SpeakerChosen(id),
        });
    };
    view! {
        <label class="picker">
            <span>{label}</span>
            <select
                data-testid=test_id
                data-selected=move || selected.get()
                on:change=move |event| choose(event_target_value(&event))
            >
                {options}
            </select>
        </label>
    }
}

fn name(kind: Kind, name: Name) -> String {
    let words = now().devices;
    match (name, kind) {
        (Name::Label(label), _) => label,
        (Name::Default, Kind::Microphone) => words.default_microphone.to_owned(),
        (Name::Default, Kind::Speaker) => words.default_speaker.to_owned(),
        (Name::Number(number), Kind::Microphone) => (words.numbered_microphone)(number),
        (Name::Number(number), Kind::Speaker) => (words.numbered_speaker)(number),
    }
}

/// What did not go as it was wanted.
#[component]
fn Note(driver: Driver) -> impl IntoView {
    let rig = driver.devices().rig();
    let trouble = Memo::new(move |_| rig.with(Rig::trouble));
    let note = move || {
        let (kind, sentence) = match trouble.get()? {
            Trouble::NotOpened => ("not-opened", now().devices.not_opened),
            Trouble::FellBack => ("fell-back", now().devices.fell_back),
            Trouble::SpeakerRefused => ("speaker-refused", now().devices.speaker_refused),
        };
        Some(view! { <p data-testid="device-note" data-note=kind>{sentence}</p> })
    };
    view! { <div class="note" role="status">{note}</div> }
}

/// Two notes, and whether they were heard.
#[component]
fn Test(driver: Driver) -> impl IntoView {
    let devices = driver.devices();
    let rig = devices.rig();
    let tone = Memo::new(move |_| rig.with(Rig::tone));
    let outputs = rig.with_untracked(Rig::outputs);
    let is_asked = move || matches!(tone.get(), Tone::Asking | Tone::Judged(_));
    view! {
        <div class="tone">
            <button
                class="plain"
                type="button"
                data-testid="tone-play"
                // It keeps the focus, so it is not disabled while it plays.
                aria-disabled=move || (tone.get() == Tone::Playing).to_string()
                on:click=move |_| devices.send(Event::TonePressed)
            >
                <Icon picture=Picture::Speaker/>
                {now().devices.play_tone}
            </button>
            <p role="status" data-testid="tone-said">{move || said(tone.get(), outputs)}</p>
            <Show when=is_asked>
                <div class="answers">
                    <Answer driver judgement=Judgement::Heard/>
                    <Answer driver judgement=Judgement::NotHeard/>
                </div>
            </Show>
        </div>
    }
}

fn said(tone: Tone, outputs: Outputs) -> &'static str {
    let words = now().devices;
    match (tone, outputs) {
        (Tone::Silent, _) => "",
        (Tone::Playing, _) => words.tone_playing,
        (Tone::Asking, _) => words.did_you_hear,
        (Tone::Judged(Judgement::Heard), _) => words.tone_heard,
        (Tone::Judged(Judgement::NotHeard), Outputs::Choosable) => words.tone_not_heard,
        (Tone::Judged(Judgement::NotHeard), Outputs::Fixed) => words.tone_not_heard_fixed,
        (Tone::Failed, _) => words.tone_failed,
    }
}

#[component]
fn Answer(driver: Driver, judgement: Judgement) -> impl IntoView {
    let devices = driver.devices();
    let rig = devices.rig();
    let is_given = move || rig.with(|rig| rig.tone() == Tone::Judged(judgement));
    let (word, test_id) = match judgement {
        Judgement::Heard => (now().devices.yes, "tone-heard"),
        Judgement::NotHeard => (now().devices.no, "tone-not-heard"),
    };
    view! {
        <button
            class="plain"
            type="button"
            data-testid=test_id
            aria-pressed=move || is_given().to_string()
            on:click=move |_| devices.send(Event::ToneJudged(judgement))
        >
            {word}
        </button>
    }
}

#[component]
fn PresetButton(driver: Driver, preset: Preset) -> impl IntoView {
    let devices = driver.devices();
    let rig = devices.rig();
    let is_chosen = move || rig.with(|rig| rig.choices().processing == preset.processing());
    let (name, test_id) = match preset {
        Preset::Raw => (now().devices.preset_raw, "preset-raw"),
        Preset::Call => (now().devices.preset_call, "preset-call"),
    };
    view! {
        <button
            class="plain"
            type="button"
            data-testid=test_id
            aria-pressed=move || is_chosen().to_string()
            on:click=move |_| devices.send(Event::PresetChosen(preset))
        >
            {name}
        </button>
    }
}

/// It stands as the browser does it, not as it was asked.
#[component]
fn Toggle(driver: Driver, treatment: Treatment) -> impl IntoView {
    let devices = driver.devices();
    let rig = devices.rig();
    let shown = Memo::new(move |_| rig.with(|rig| rig.shown(treatment)));
    let standing = Memo::new(move |_| rig.with(|rig| rig.standing(treatment)));
    let wanted = move || rig.with(|rig| rig.choices().processing.of(treatment).name());
    let actual = move || rig.with(|rig| rig.actual(treatment).map_or("unknown", Switch::name));
    let (name, test_id) = match treatment {
        Treatment::EchoCancellation => (now().devices.echo_cancellation, "processing-aec"),
        Treatment::NoiseSuppression => (now().devices.noise_suppression, "processing-ns"),
        Treatment::AutoGain => (now().devices.auto_gain, "processing-agc"),
    };
    let described_by = format!("{test_id}-said");
    let switch = move |_| {
        let other = shown.get_untracked().other();
        devices.send(Event::Switched(treatment, other));
    };
    view! {
        <div class="toggle">
            <button
                class="switch"
                type="button"
                role="switch"
                data-testid=test_id
                data-wanted=wanted
                data-actual=actual
                aria-checked=move || shown.get().is_on().to_string()
                aria-describedby=described_by.clone()
                on:click=switch
            >
                <span class="slot" aria-hidden="true"></span>
                {name}
            </button>
            <p id=described_by class:against=move || matches!(standing.get(), Standing::Stays(_))>
                {move || stands(standing.get())}
            </p>
        </div>
    }
}

fn stands(standing: Standing) -> &'static str {
    let words = now().devices;
    match standing {
        Standing::Next(Switch::On) => words.will_be_on,
        Standing::Next(Switch::Off) => words.will_be_off,
        Standing::Is(Switch::On) => words.is_on,
        Standing::Is(Switch::Off) => words.is_off,
        Standing::Untold(Switch::On) => words.on_untold,
        Standing::Untold(Switch::Off) => words.off_untold,
        Standing::Stays(Switch::On) => words.stays_on,
        Standing::Stays(Switch::Off) => words.stays_off,
    }
}

/// Shown, and read aloud at once, when the echo was made softer, and until it is read.
#[component]
pub fn HowlHint(driver: Driver) -> impl IntoView {
    let devices = driver.devices();
    let rig = devices.rig();
    let howl = Memo::new(move |_| rig.with(Rig::howl));
    let is_shown = Memo::new(move |_| howl.get() != Howl::None);
    let is_ducked = move || howl.get() == Howl::Ducked;
    let hint = move || {
        is_shown.get().then(|| {
            view! {
                <div
                    class="problem"
                    data-testid="howl-hint"
                    data-howl=move || if is_ducked() { "ducked" } else { "over" }
                >
                    <Icon picture=Picture::Warning/>
                    <div>
                        <p class="what">{now().devices.howl}</p>
                        <p>{now().devices.howl_to_do}</p>
                        <button
                            class="plain"
                            type="button"
                            data-testid="howl-close"
                            on:click=move |_| {
                                devices.send(Event::HintClosed);
                                // The hint goes, and a key that is held shall not hang up.
                                element::focus(TITLE.to_owned());
                            }
                        >
                            {move || if is_ducked() { now().devices.volume_up } else { now().devices.hint_read }}
                        </button>
                    </div>
                </div>
            }
        })
    };
    view! { <div role="alert">{hint}</div> }
}
