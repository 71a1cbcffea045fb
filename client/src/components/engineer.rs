//! For whoever looks closer: how the call came about, and what to send to somebody who understands it.

use leptos::prelude::*;

use super::takeaway::Takeaway;
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
                    <span class="number">
                        {format!("{ms:.0} {}", now().network.milliseconds)}
                    </span>
                </li>
            }
        };
        steps.into_iter().map(row).collect_view()
    };
    let copy =
        move |copied: RwSignal<_>| driver.copy_dump(move |is_copied| copied.set(Some(is_copied)));
    let download = move || driver.with_dump(|dump| element::download_text(&dump, FILE));
    view! {
        <details class="engineer" data-testid="engineer">
            <summary>{now().engineer.title}</summary>
            <ol class="timeline" data-testid="timeline">
                {rows}
            </ol>
            <p class="soft">{now().engineer.dump}</p>
            <Takeaway
                words=&now().engineer.takeaway
                test_id="dump"
                copy=Box::new(copy)
                download=Box::new(download)
            />
        </details>
    }
}
