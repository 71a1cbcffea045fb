//! The limits a verdict goes by, for those who want to know.

use leptos::prelude::*;

use crate::line_quality::judge::{Threshold as OfNetwork, thresholds as of_network};
use crate::microphone::thresholds::{Threshold as OfMicrophone, thresholds as of_microphone};
use crate::text::now;

/// One limit, in words.
struct Row {
    name: &'static str,
    value: String,
    source: Option<String>,
}

/// What a microphone is judged by.
#[component]
pub fn MicrophoneThresholds(test_id: &'static str) -> impl IntoView {
    let words = now().microphone;
    let row = |threshold: &OfMicrophone| Row {
        name: (words.limit)(threshold.limit),
        value: words.value(threshold.value, threshold.unit),
        source: threshold.source.map(|source| compare(words.source, source)),
    };
    let rows = of_microphone().iter().map(row).collect();
    view! { <Limits of=words.title title=words.thresholds rows test_id note=None/> }
}

/// What a network is judged by.
#[component]
pub fn NetworkThresholds(test_id: &'static str) -> impl IntoView {
    let words = now().network;
    let row = |threshold: &OfNetwork| {
        let value = |value| words.value(value, threshold.unit);
        Row {
            name: (words.limit)(threshold.limit),
            value: (words.between)(&value(threshold.fit_below), &value(threshold.unfit_from)),
            source: threshold.source.map(|source| compare(words.source, source)),
        }
    };
    let rows = of_network().iter().map(row).collect();
    let note = Some(words.about_mos);
    view! { <Limits of=words.title title=words.thresholds rows test_id note/> }
}

fn compare(before: &str, source: &str) -> String {
    format!("{before}: {source}")
}

#[component]
fn Limits(
    of: &'static str,
    title: &'static str,
    rows: Vec<Row>,
    test_id: &'static str,
    note: Option<&'static str>,
) -> impl IntoView {
    let row = |row: Row| {
        view! {
            <div>
                <dt>{row.name}</dt>
                <dd>
                    <span class="limit">{row.value}</span>
                    {row.source.map(|source| view! { <span class="soft">{source}</span> })}
                </dd>
            </div>
        }
    };
    view! {
        <details class="limits" data-testid=test_id>
            <summary aria-label=format!("{title}: {of}")>{title}</summary>
            <dl>{rows.into_iter().map(row).collect_view()}</dl>
            {note.map(|note| view! { <p>{note}</p> })}
        </details>
    }
}
