//! The report of a call, for whoever helps: everything that was measured, and nothing that opens
//! anything.

use serde::Serialize;

use super::tally::COUNT;
use super::{Findings, Seen, add};
use crate::delay::Measured;
use crate::delay::parts::Parts;
use crate::line_quality::{Direction, Path, Reason};
use crate::microphone::Health;

/// Of what version the report is; another one adds or changes fields.
const SCHEMA: &str = "voicechat-report/3";

/// How the figures of a network are called, and what they are counted in.
const FIGURES: [(&str, f64); COUNT] = [
    ("to_the_server_loss_percent", 100.0),
    ("back_loss_percent", 100.0),
    ("loss_percent", 100.0),
    ("to_the_server_jitter_ms", 1.0),
    ("back_jitter_ms", 1.0),
    ("round_trip_ms", 1.0),
    ("to_the_server_mos", 1.0),
    ("back_mos", 1.0),
];

/// Numbers by their names.
type Named = Vec<(&'static str, f64)>;

/// What else is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Circumstances {
    /// RFC 3339 in UTC.
    pub made_at: String,
    pub server_version: String,
    pub user_agent: String,
    pub conversation: Option<String>,
    /// In seconds.
    pub lasted: f64,
    pub microphone: String,
    /// Echo cancellation, noise suppression, gain control: what the browser really does.
    pub processing: [Option<bool>; 3],
    pub measured: Option<Measured>,
    pub parts: Option<Parts>,
}

/// All of it, as JSON has it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    schema: &'static str,
    made_at: String,
    server_version: String,
    user_agent: String,
    conversation: Option<String>,
    lasted_s: f64,
    microphone: MicrophonePart,
    network: NetworkPart,
    delay: Option<DelayPart>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct MicrophonePart {
    name: String,
    /// The verdict on the whole call, as the page shows it.
    state: Option<&'static str>,
    speech_dbfs: Option<f64>,
    echo_cancellation: Option<bool>,
    noise_suppression: Option<bool>,
    gain_control: Option<bool>,
    at_the_end: Option<LastOfMicrophone>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
struct LastOfMicrophone {
    state: &'static str,
    speech_dbfs: Option<f64>,
    level_dbfs: f64,
    peak_dbfs: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct NetworkPart {
    /// The verdict on the whole call, as the page shows it.
    fitness: Option<&'static str>,
    reason: Option<&'static str>,
    whole_call: WholeCall,
    at_the_end: Option<LastOfNetwork>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct WholeCall {
    /// For how long it was how fit.
    fitness_s: Named,
    /// For how long which reason was named.
    reason_s: Named,
    worst: Named,
    mean: Named,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct LastOfNetwork {
    fitness: &'static str,
    reason: Option<&'static str>,
    round_trip_ms: Option<f64>,
    jitter_buffer_ms: Option<f64>,
    /// On both ways together, where the server does not tell on which.
    loss_percent: Option<f64>,
    to_the_server: DirectionPart,
    back: DirectionPart,
    path: Option<String>,
    codec: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
struct DirectionPart {
    loss_percent: Option<f64>,
    jitter_ms: Option<f64>,
    kbps: Option<f64>,
    mos: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct DelayPart {
    measured_ms: f64,
    by: &'static str,
    confidence: f64,
    total_ms: Option<f64>,
    parts_ms: Named,
}

impl Report {
    #[must_use]
    pub fn of(findings: &Findings, known: Circumstances) -> Self {
        let Circumstances {
            made_at,
            server_version,
            user_agent,
            conversation,
            lasted,
            microphone,
            processing,
            measured,
            parts,
        } = known;
        Self {
            schema: SCHEMA,
            made_at,
            server_version,
            user_agent,
            conversation,
            lasted_s: tenths(lasted),
            microphone: of_microphone(findings, microphone, processing),
            network: of_network(findings),
            delay: measured.map(|measured| of_delay(measured, parts.as_ref())),
        }
    }

    /// For programs.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("numbers and texts are JSON")
    }

    /// For people: the same, a line for each thing that is known.
    #[must_use]
    pub fn text(&self) -> String {
        let value = serde_json::to_value(self).expect("numbers and texts are JSON");
        let mut lines = Vec::new();
        add_lines("", &value, &mut lines);
        lines.join("\n") + "\n"
    }
}

fn add_lines(name: &str, value: &serde_json::Value, lines: &mut Vec<String>) {
    use serde_json::Value;
    let below = |key: &str| {
        if name.is_empty() {
            key.to_owned()
        } else {
            format!("{name}.{key}")
        }
    };
    match value {
        Value::Null => {}
        Value::Object(fields) => {
            for (key, field) in fields {
                add_lines(&below(key), field, lines);
            }
        }
        Value::Array(items) => {
            for item in items {
                if let [Value::String(key), of_key] = item.as_array().map_or(&[][..], Vec::as_slice)
                {
                    add_lines(&below(key), of_key, lines);
                }
            }
        }
        Value::String(text) => lines.push(format!("{name}: {text}")),
        other => lines.push(format!("{name}: {other}")),
    }
}

fn of_microphone(
    findings: &Findings,
    name: String,
    [echo_cancellation, noise_suppression, gain_control]: [Option<bool>; 3],
) -> MicrophonePart {
    let verdict = findings.microphone();
    MicrophonePart {
        name,
        state: verdict.map(Health::name),
        speech_dbfs: verdict.and_then(speech_dbfs),
        echo_cancellation,
        noise_suppression,
        gain_control,
        at_the_end: findings.last().map(|seen| LastOfMicrophone {
            state: seen.health.name(),
            speech_dbfs: speech_dbfs(seen.health),
            level_dbfs: tenths(f64::from(seen.gauge.level_dbfs)),
            peak_dbfs: tenths(f64::from(seen.gauge.held_dbfs)),
        }),
    }
}

fn speech_dbfs(health: Health) -> Option<f64> {
    let level = health.speech_dbfs();
    level.map(|level| tenths(f64::from(level)))
}

fn of_network(findings: &Findings) -> NetworkPart {
    let verdict = findings.network();
    NetworkPart {
        fitness: verdict.map(|(fitness, _)| fitness.name()),
        reason: verdict.and_then(|(_, reason)| reason).map(Reason::name),
        whole_call: whole_call(findings),
        at_the_end: findings.last().map(last_of_network),
    }
}

fn whole_call(findings: &Findings) -> WholeCall {
    let (mut fitness_s, mut reason_s) = (Named::new(), Named::new());
    for (verdict, ms) in &findings.networks {
        let seconds = ms / 1_000.0;
        let count = |all: &mut Named, name| add(all, name, seconds, |one, new| one == new);
        count(&mut fitness_s, verdict.fitness.name());
        if let Some(reason) = verdict.reason {
            count(&mut reason_s, reason.name());
        }
    }
    for (_, seconds) in fitness_s.iter_mut().chain(&mut reason_s) {
        *seconds = tenths(*seconds);
    }
    let figures = findings.all_figures();
    WholeCall {
        fitness_s,
        reason_s,
        worst: named(figures.worst()),
        mean: named(figures.mean()),
    }
}

fn named(figures: [Option<f64>; COUNT]) -> Named {
    let named = FIGURES.into_iter().zip(figures);
    named
        .filter_map(|((name, factor), figure)| Some((name, tenths(factor * figure?))))
        .collect()
}

fn last_of_network(seen: &Seen) -> LastOfNetwork {
    let quality = &seen.quality;
    let path = |path: &Path| format!("{} {}", path.candidate.name(), path.protocol.name());
    LastOfNetwork {
        fitness: seen.verdict.fitness.name(),
        reason: seen.verdict.reason.map(Reason::name),
        round_trip_ms: quality.round_trip_ms.map(tenths),
        jitter_buffer_ms: quality.buffer_ms.map(tenths),
        loss_percent: quality.loss.map(percent),
        to_the_server: of_direction(quality.up),
        back: of_direction(quality.down),
        path: quality.path.as_ref().map(path),
        codec: quality.codec.as_ref().map(|codec| codec.mime_type.clone()),
    }
}

fn of_direction(direction: Direction) -> DirectionPart {
    DirectionPart {
        loss_percent: direction.loss.map(percent),
        jitter_ms: direction.jitter_ms.map(tenths),
        kbps: direction.kbps.map(tenths),
        mos: direction.mos.map(tenths),
    }
}

fn of_delay(measured: Measured, parts: Option<&Parts>) -> DelayPart {
    DelayPart {
        measured_ms: tenths(measured.ms),
        by: measured.how.name(),
        confidence: tenths(measured.confidence),
        total_ms: parts.map(|parts| tenths(parts.total())),
        parts_ms: parts.map_or_else(Vec::new, |parts| {
            let part = |(part, ms): (crate::delay::parts::Part, f64)| (part.name(), tenths(ms));
            parts.iter().map(part).collect()
        }),
    }
}

fn percent(share: f64) -> f64 {
    tenths(100.0 * share)
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::delay::How;
    use crate::line_quality::{Fitness, Quality, Verdict};
    use crate::microphone::Gauge;

    fn seen(health: Health, fitness: Fitness, reason: Option<Reason>) -> Seen {
        Seen {
            health,
            gauge: Gauge::SILENCE,
            spoken: Duration::from_secs(60),
            verdict: Verdict { fitness, reason },
            quality: Quality::default(),
        }
    }

    #[test]
    fn what_is_known_is_told_to_programs_and_to_people() {
        let known = Circumstances {
            made_at: "2025-06-27T09:02:16Z".to_owned(),
            microphone: "A microphone".to_owned(),
            processing: [Some(true), None, Some(false)],
            lasted: 12.345,
            measured: Some(Measured {
                ms: 93.27,
                confidence: 0.91,
                how: How::Speech,
            }),
            ..Circumstances::default()
        };

        let report = Report::of(&Findings::default(), known);

        let json: serde_json::Value = serde_json::from_str(&report.json()).unwrap();
        assert_eq!(json["schema"], "voicechat-report/3");
        assert_eq!(json["lasted_s"], 12.3);
        assert_eq!(json["microphone"]["echo_cancellation"], true);
        assert_eq!(json["delay"]["measured_ms"], 93.3);
        let text = report.text();
        assert!(text.contains("microphone.name: A microphone\n"), "{text}");
        assert!(text.contains("delay.by: speech\n"), "{text}");
        assert!(!text.contains("null"), "{text}");
    }

    #[test]
    fn the_report_says_what_the_verdict_beside_it_says_and_how_it_was_at_the_end() {
        let bad = seen(
            Health::TooQuiet { speech_dbfs: -47.0 },
            Fitness::Unfit,
            Some(Reason::LossUp),
        );
        let good = seen(Health::Good { speech_dbfs: -21.0 }, Fitness::Fit, None);
        let mut findings = Findings::default();
        for seen in [vec![bad; 20], vec![good; 20]].concat() {
            findings.note(seen, 1_000.0);
        }

        let report = Report::of(&findings, Circumstances::default());

        let json: serde_json::Value = serde_json::from_str(&report.json()).unwrap();
        let (microphone, network) = (&json["microphone"], &json["network"]);
        let (fitness, reason) = findings.network().unwrap();
        assert_eq!(microphone["state"], findings.microphone().unwrap().name());
        assert_eq!(microphone["speech_dbfs"], -47.0);
        assert_eq!(network["fitness"], fitness.name());
        assert_eq!(network["reason"], reason.unwrap().name());
        assert_eq!(microphone["at_the_end"]["state"], "good");
        assert_eq!(microphone["at_the_end"]["speech_dbfs"], -21.0);
        assert_eq!(network["at_the_end"]["fitness"], "fit");
        let text = report.text();
        for line in [
            "microphone.state: too-quiet\n",
            "microphone.at_the_end.state: good\n",
            "network.fitness: unfit\n",
            "network.reason: loss-up\n",
            "network.at_the_end.fitness: fit\n",
        ] {
            assert!(text.contains(line), "{line} is not in {text}");
        }
    }

    #[test]
    fn the_report_tells_of_the_whole_call_and_not_only_of_its_end() {
        let of = |(fitness, reason), loss, mos| {
            let mut seen = seen(Health::Good { speech_dbfs: -21.0 }, fitness, reason);
            seen.quality.up.loss = Some(loss);
            seen.quality.up.mos = Some(mos);
            seen.quality.round_trip_ms = Some(48.0);
            seen
        };
        let bad = of((Fitness::Unfit, Some(Reason::LossUp)), 0.2, 2.0);
        let good = of((Fitness::Fit, None), 0.0, 4.4);
        let mut findings = Findings::default();
        for seen in [vec![bad; 10], vec![good; 30]].concat() {
            findings.note(seen, 1_000.0);
        }

        let report = Report::of(&findings, Circumstances::default());

        let json: serde_json::Value = serde_json::from_str(&report.json()).unwrap();
        assert_eq!(
            json["network"]["whole_call"],
            serde_json::json!({
                "fitness_s": [["unfit", 10.0], ["fit", 30.0]],
                "reason_s": [["loss-up", 10.0]],
                "worst": [
                    ["to_the_server_loss_percent", 20.0],
                    ["round_trip_ms", 48.0],
                    ["to_the_server_mos", 2.0],
                ],
                "mean": [
                    ["to_the_server_loss_percent", 5.0],
                    ["round_trip_ms", 48.0],
                    ["to_the_server_mos", 3.8],
                ],
            })
        );
        let line = "network.whole_call.worst.to_the_server_loss_percent: 20.0\n";
        assert!(report.text().contains(line), "{}", report.text());
    }
}
