//! After some seconds of speech: how the microphone is, how the network is, each with its reason and the
//! limits it is judged by, and the report for whoever helps.

use leptos::prelude::*;

use super::icon::{Icon, Picture};
use super::takeaway::Takeaway;
use super::thresholds::{MicrophoneThresholds, NetworkThresholds};
use crate::browser::element;
use crate::findings::driver::Judge;
use crate::level::whole;
use crate::line_quality::Fitness;
use crate::text::now;

/// How a downloaded report is called.
const FILE: &str = "voicechat-report.json";

/// The two sentences; they stay when the call is over. That they are there is read aloud once: what
/// they say was read when it came up, or will be where they are looked for.
#[component]
pub fn Verdict(judge: Judge) -> impl IntoView {
    let findings = judge.findings();
    let is_ready = Memo::new(move |_| findings.with(|findings| findings.is_ready()));
    view! {
        <p class="unseen" role="status" data-testid="verdict-said">
            {move || is_ready.get().then_some(now().findings.ready)}
        </p>
        <Show when=move || is_ready.get()>
            <Findings judge/>
        </Show>
    }
}

#[component]
fn Findings(judge: Judge) -> impl IntoView {
    let findings = judge.findings();
    let microphone = Memo::new(move |_| findings.with(|findings| findings.microphone()));
    let network = Memo::new(move |_| findings.with(|findings| findings.network()));
    // The figures move on by little things all the time; their words seldom do.
    let figures = Memo::new(move |_| {
        findings.with(|findings| {
            let tally = findings.network_figures()?;
            Some(now().network.figures(tally))
        })
    });
    let reason = move || network.get()?.1.map(|reason| reason.name());
    let of_microphone = move || {
        let health = microphone.get()?;
        let words = now().microphone;
        let said = (words.said)(health);
        let loudness = health.speech_dbfs();
        Some(finding(Finding {
            of: words.title,
            is_good: !health.is_alarm(),
            what: said.what.to_owned(),
            to_do: said.to_do,
            figure: loudness.map(|dbfs| (words.speech)(whole(dbfs))),
        }))
    };
    let of_network = move || {
        let (fitness, reason) = network.get()?;
        Some(finding(Finding {
            of: now().network.title,
            is_good: fitness == Fitness::Fit,
            what: (now().findings.network)(fitness, reason),
            to_do: None,
            figure: figures.get(),
        }))
    };
    let copy = move |copied: RwSignal<_>| judge.copy(move |is_copied| copied.set(Some(is_copied)));
    let download = move || element::download_text(&judge.json(), FILE);
    view! {
        <div
            class="verdict"
            data-testid="verdict"
            data-microphone=move || microphone.get().map(|health| health.name())
            data-network=move || network.get().map(|(fitness, _)| fitness.name())
            data-reason=reason
        >
            {of_microphone}
            <MicrophoneThresholds test_id="verdict-mic-thresholds"/>
            {of_network}
            <NetworkThresholds test_id="verdict-net-thresholds"/>
            <Takeaway
                words=&now().findings.report
                test_id="report"
                copy=Box::new(copy)
                download=Box::new(download)
            />
        </div>
    }
}

/// One half of the verdict.
struct Finding {
    of: &'static str,
    is_good: bool,
    what: String,
    to_do: Option<&'static str>,
    figure: Option<String>,
}

fn finding(finding: Finding) -> impl IntoView {
    let Finding {
        of,
        is_good,
        what,
        to_do,
        figure,
    } = finding;
    let picture = if is_good {
        Picture::Waves
    } else {
        Picture::Warning
    };
    let soft = move |text: String| view! { <p class="soft">{text}</p> };
    view! {
        <div class="finding" class:good=is_good>
            <Icon picture/>
            <div>
                <h2>{of}</h2>
                <p class="what">{what}</p>
                {to_do.map(|to_do| soft(to_do.to_owned()))}
                {figure.map(soft)}
            </div>
        </div>
    }
}
