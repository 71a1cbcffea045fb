//! For whoever looks closer: how the call came about, and what to send to somebody who understands it.

use leptos::prelude::*;

use super::icon::{Icon, Picture};
use crate::browser::element;
use crate::call::driver::Driver;
use crate::text::now;
use crate::timeline::Step;

/// How the downloaded dump is called.
const FILE: &str = "voicechat-details.txt";

/// Closed until it is wanted.
#[component]
pub fn Engineer(driver: Driver) -> impl IntoView {
    let timeline = driver.timeline();
    let rows = move || {
        let steps: Vec<(Step, f64)> = timeline.with(|timeline| timeline.steps().collect());
        let row = |(step, ms): (Step, f64)| {
            view! {
                <li data-step=step.name() data-ms=format!("{ms:.0}")>
                    <span>{(now().engineer.step)(step)}</span>
                    <span class="number">{format!("{ms:.0} ms")}</span>
                </li>
            }
        };
        steps.into_iter().map(row).collect_view()
    };
    let copied = RwSignal::new(None);
    let said = move || {
        copied
            .get()
            .map(|is_copied| (now().findings.copied)(is_copied))
    };
    view! {
        <details class="engineer" data-testid="engineer">
            <summary>{now().engineer.title}</summary>
            <ol class="timeline" data-testid="timeline">
                {rows}
            </ol>
            <p class="soft">{now().engineer.dump}</p>
            <div class="actions">
                <button
                    class="plain"
                    type="button"
                    data-testid="dump-copy"
                    on:click=move |_| driver.copy_dump(move |is_copied| copied.set(Some(is_copied)))
                >
                    {now().engineer.copy}
                </button>
                <button
                    class="plain"
                    type="button"
                    data-testid="dump-download"
                    on:click=move |_| driver.with_dump(|dump| element::download_text(&dump, FILE))
                >
                    <Icon picture=Picture::Download/>
                    {now().engineer.download}
                </button>
            </div>
            <p class="soft" role="status">{said}</p>
        </details>
    }
}
