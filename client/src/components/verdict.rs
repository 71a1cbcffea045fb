//! After some seconds of speech: how the microphone is, how the network is, each with its reason, and
//! the report for whoever helps.

use leptos::prelude::*;

use super::icon::{Icon, Picture};
use crate::browser::element;
use crate::findings::driver::Judge;
use crate::line_quality::Fitness;
use crate::text::now;

/// How a downloaded report is called.
const FILE: &str = "voicechat-report.json";

/// The two sentences; they stay when the call is over.
#[component]
pub fn Verdict(judge: Judge) -> impl IntoView {
    let findings = judge.findings();
    let microphone = Memo::new(move |_| findings.with(|findings| findings.microphone()));
    let network = Memo::new(move |_| findings.with(|findings| findings.network()));
    let sentences = move || {
        let (health, (fitness, reason)) = (microphone.get()?, network.get()?);
        let said = (now().microphone.said)(health);
        let is_fine = !health.is_alarm();
        let remedy = said
            .to_do
            .map(|to_do| view! { <p class="soft">{to_do}</p> });
        Some(view! {
            <div
                class="verdict"
                data-testid="verdict"
                data-microphone=health.name()
                data-network=fitness.name()
                data-reason=reason.map(|reason| reason.name())
            >
                <div class="finding" class:fine=is_fine>
                    <Icon picture=picture(is_fine)/>
                    <div>
                        <p class="what">{said.what}</p>
                        {remedy}
                    </div>
                </div>
                <div class="finding" class:fine=fitness == Fitness::Fit>
                    <Icon picture=picture(fitness == Fitness::Fit)/>
                    <p class="what">{(now().findings.network)(fitness, reason)}</p>
                </div>
            </div>
        })
    };
    let is_ready = Memo::new(move |_| findings.with(|findings| findings.is_ready()));
    view! {
        <div role="status">{sentences}</div>
        <Show when=move || is_ready.get()>
            <Reporting judge/>
        </Show>
    }
}

fn picture(is_fine: bool) -> Picture {
    if is_fine {
        Picture::Waves
    } else {
        Picture::Warning
    }
}

/// The report, to copy or to keep.
#[component]
fn Reporting(judge: Judge) -> impl IntoView {
    let copied = RwSignal::new(None);
    let said = move || {
        copied
            .get()
            .map(|is_copied| (now().findings.copied)(is_copied))
    };
    view! {
        <div class="actions reporting">
            <button
                class="plain"
                type="button"
                data-testid="report-copy"
                on:click=move |_| judge.copy(move |is_copied| copied.set(Some(is_copied)))
            >
                {now().findings.copy}
            </button>
            <button
                class="plain"
                type="button"
                data-testid="report-download"
                on:click=move |_| element::download_text(&judge.json(), FILE)
            >
                <Icon picture=Picture::Download/>
                {now().findings.download}
            </button>
        </div>
        <p class="soft" role="status" data-testid="report-said">{said}</p>
    }
}
