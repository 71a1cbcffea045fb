//! One value of the network over the last minute, as a small picture.

use leptos::prelude::*;

use crate::line_quality::judge::Unit;
use crate::line_quality::{History, Point};
use crate::text::now;

type Pick = fn(&Point) -> Option<f64>;

/// What a picture shows. `down` is drawn in the colour of the echo.
#[derive(Clone, Copy, Debug)]
pub struct Drawn {
    pub name: &'static str,
    pub unit: Unit,
    pub up: Pick,
    pub down: Option<Pick>,
    /// Where the good ends, if it does; a line is drawn there.
    pub limit: Option<f64>,
    /// As high as the picture is at least.
    pub least_top: f64,
    pub test_id: &'static str,
}

/// Drawn for the eye; the numbers stand in the table.
#[component]
pub fn Plot(history: ReadSignal<History>, drawn: Drawn) -> impl IntoView {
    let top = Memo::new(move |_| {
        history.with(|history| {
            let up = history.top(drawn.least_top, drawn.up);
            drawn.down.map_or(up, |down| history.top(up, down))
        })
    });
    let line = move |pick: Pick| move || history.with(|history| history.line(top.get(), pick));
    let limit = move || {
        let height = drawn.limit? / top.get();
        Some(format!("M0 {:.3}h1", 1.0 - height))
    };
    let height = move || (now().network.top)(&now().network.value(top.get(), drawn.unit));
    let down = drawn
        .down
        .map(|down| view! { <path class="plot-down" d=line(down)></path> });
    view! {
        <figure class="plot" data-testid=drawn.test_id>
            <figcaption>
                <span>{drawn.name}</span>
                <span class="plot-top" aria-hidden="true">{height}</span>
            </figcaption>
            <svg
                role="img"
                aria-label=format!("{} {}", now().network.last_minute, drawn.name)
                viewBox="0 0 1 1"
                preserveAspectRatio="none"
                focusable="false"
            >
                <path class="plot-limit" d=limit></path>
                <path class="plot-up" d=line(drawn.up)></path>
                {down}
            </svg>
        </figure>
    }
}
