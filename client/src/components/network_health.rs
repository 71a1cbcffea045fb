//! How the network is: a sentence, the numbers of both directions, and their last minute.

use leptos::prelude::*;

use super::icon::{Icon, Picture};
use super::plot::{Drawn, Plot};
use super::thresholds::NetworkThresholds;
use crate::line_quality::driver::Monitor;
use crate::line_quality::judge::{FIT_JITTER_MS, FIT_LOSS, FIT_ROUND_TRIP_MS, Unit};
use crate::line_quality::mos::{BEST_MOS, GOOD_MOS};
use crate::line_quality::{
    Candidate, Codec, Direction, Fitness, Protocol, Quality, Reason, Verdict,
};
use crate::text::now;

/// As high as the picture of the bitrate is at least: what a browser sends of a voice by itself.
const LEAST_TOP_KBPS: f64 = 40.0;

/// The network of the call that goes on, or of the last one as it was at its end.
#[component]
pub fn NetworkHealth(monitor: Monitor) -> impl IntoView {
    let (is_on, quality) = (monitor.is_on(), monitor.quality());
    let is_known = move || quality.with(|quality| *quality != Quality::default());
    let is_shown = Memo::new(move |_| is_on.get() || is_known());
    view! {
        <Show when=move || is_shown.get()>
            <Card monitor/>
        </Show>
    }
}

/// The attributes are for tests: losses in per cent, times in milliseconds.
#[component]
fn Card(monitor: Monitor) -> impl IntoView {
    let (quality, history) = (monitor.quality(), monitor.history());
    let verdict = monitor.verdict();
    let number = move |pick: fn(&Quality) -> Option<f64>, places: usize| {
        move || {
            quality
                .with(pick)
                .map(|number| format!("{number:.places$}"))
        }
    };
    let path = move || quality.with(|quality| quality.path);
    view! {
        <section
            class="card net"
            data-testid="net"
            data-fitness=move || verdict.get().fitness.name()
            data-reason=move || verdict.get().reason.map(Reason::name)
            data-loss-up=number(|quality| quality.up.loss.map(|loss| loss * 100.0), 2)
            data-loss-down=number(|quality| quality.down.loss.map(|loss| loss * 100.0), 2)
            data-jitter-up=number(|quality| quality.up.jitter_ms, 1)
            data-jitter-down=number(|quality| quality.down.jitter_ms, 1)
            data-kbps-up=number(|quality| quality.up.kbps, 1)
            data-kbps-down=number(|quality| quality.down.kbps, 1)
            data-mos-up=number(|quality| quality.up.mos, 2)
            data-mos-down=number(|quality| quality.down.mos, 2)
            data-rtt=number(|quality| quality.round_trip_ms, 1)
            data-buffer=number(|quality| quality.buffer_ms, 1)
            data-candidate=move || path().map(|path| Candidate::name(path.candidate))
            data-protocol=move || path().map(|path| Protocol::name(path.protocol))
            aria-labelledby="net-title"
        >
            <h2 id="net-title">{now().network.title}</h2>
            <Sentence verdict/>
            <Table quality/>
            <Facts quality/>
            <h3>{now().network.pictures}</h3>
            <div class="plots">
                {pictures().map(|drawn| view! { <Plot history drawn/> })}
            </div>
            <NetworkThresholds test_id="net-thresholds"/>
        </section>
    }
}

/// Read aloud when it changes; the numbers are not.
#[component]
fn Sentence(verdict: ReadSignal<Verdict>) -> impl IntoView {
    let is_alarm = Memo::new(move |_| verdict.get().fitness > Fitness::Fit);
    view! {
        <div class="net-said" class:alarm=move || is_alarm.get() role="status" aria-live="polite">
            {move || is_alarm.get().then(|| view! { <Icon picture=Picture::Warning/> })}
            <p data-testid="net-sentence">{move || now().network.sentence(verdict.get())}</p>
        </div>
    }
}

#[component]
fn Table(quality: ReadSignal<Quality>) -> impl IntoView {
    let row = move |name: &'static str, told: fn(&Direction) -> Option<String>| {
        let cell = move |of: fn(&Quality) -> &Direction| {
            let told = Memo::new(move |_| quality.with(|quality| told(of(quality))));
            move || {
                told.get()
                    .unwrap_or_else(|| now().network.unknown.to_owned())
            }
        };
        view! {
            <tr>
                <th scope="row">{name}</th>
                <td>{cell(|quality| &quality.up)}</td>
                <td>{cell(|quality| &quality.down)}</td>
            </tr>
        }
    };
    view! {
        <table class="net-table" aria-label=now().network.table>
            <thead>
                <tr>
                    <td></td>
                    <th scope="col" class="net-up">{now().network.up}</th>
                    <th scope="col" class="net-down">{now().network.down}</th>
                </tr>
            </thead>
            <tbody>
                {row(now().network.loss, |one| one.loss.map(|loss| now().network.share(loss)))}
                {row(now().network.jitter, |one| one.jitter_ms.map(|ms| now().network.time(ms)))}
                {row(now().network.bitrate, |one| one.kbps.map(now().network.kbps))}
                {row(now().network.mos, |one| one.mos.map(|mos| now().network.score(mos)))}
            </tbody>
        </table>
    }
}

/// What both directions have in common.
#[component]
fn Facts(quality: ReadSignal<Quality>) -> impl IntoView {
    let fact = move |name: &'static str, told: fn(&Quality) -> Option<String>| {
        let told = Memo::new(move |_| quality.with(told));
        view! {
            <div>
                <dt>{name}</dt>
                <dd>{move || told.get().unwrap_or_else(|| now().network.unknown.to_owned())}</dd>
            </div>
        }
    };
    view! {
        <dl class="net-facts">
            {fact(now().network.round_trip, |one| one.round_trip_ms.map(|ms| now().network.time(ms)))}
            {fact(now().network.concealed, |one| one.concealed.map(|share| now().network.share(share)))}
            {fact(now().network.path, |one| one.path.map(|path| now().network.way(path)))}
            {fact(now().network.codec, |one| one.codec.as_ref().map(codec))}
        </dl>
    }
}

fn codec(codec: &Codec) -> String {
    let name = codec.mime_type.trim_start_matches("audio/");
    match codec.clock_rate_hz {
        Some(rate) => format!("{name}, {}", now().network.kilohertz(rate)),
        None => name.to_owned(),
    }
}

fn pictures() -> [Drawn; 5] {
    [
        Drawn {
            name: now().network.loss,
            unit: Unit::Share,
            up: |point| point.loss_up,
            down: Some(|point| point.loss_down),
            limit: Some(FIT_LOSS),
            least_top: FIT_LOSS,
            test_id: "plot-loss",
        },
        Drawn {
            name: now().network.jitter,
            unit: Unit::Milliseconds,
            up: |point| point.jitter_up_ms,
            down: Some(|point| point.jitter_down_ms),
            limit: Some(FIT_JITTER_MS),
            least_top: FIT_JITTER_MS,
            test_id: "plot-jitter",
        },
        Drawn {
            name: now().network.round_trip,
            unit: Unit::Milliseconds,
            up: |point| point.round_trip_ms,
            down: None,
            limit: Some(FIT_ROUND_TRIP_MS),
            least_top: FIT_ROUND_TRIP_MS,
            test_id: "plot-rtt",
        },
        Drawn {
            name: now().network.bitrate,
            unit: Unit::KilobitsPerSecond,
            up: |point| point.kbps_up,
            down: Some(|point| point.kbps_down),
            limit: None,
            least_top: LEAST_TOP_KBPS,
            test_id: "plot-bitrate",
        },
        Drawn {
            name: now().network.mos,
            unit: Unit::Score,
            up: |point| point.mos_up,
            down: Some(|point| point.mos_down),
            limit: Some(GOOD_MOS),
            least_top: BEST_MOS,
            test_id: "plot-mos",
        },
    ]
}
