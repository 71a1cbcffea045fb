//! The report of a call, for whoever helps: everything that was measured, and nothing that opens
//! anything.

use serde::Serialize;

use super::Findings;
use crate::delay::Measured;
use crate::delay::parts::Parts;
use crate::line_quality::{Direction, Path};

/// Of what version the report is; another one adds or changes fields.
const SCHEMA: &str = "voicechat-report/1";

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
    state: Option<&'static str>,
    speech_dbfs: Option<f64>,
    level_dbfs: Option<f64>,
    peak_dbfs: Option<f64>,
    echo_cancellation: Option<bool>,
    noise_suppression: Option<bool>,
    gain_control: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct NetworkPart {
    fitness: Option<&'static str>,
    reason: Option<&'static str>,
    round_trip_ms: Option<f64>,
    jitter_buffer_ms: Option<f64>,
    to_the_server: Option<DirectionPart>,
    back: Option<DirectionPart>,
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
    parts_ms: Vec<(&'static str, f64)>,
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
    let last = findings.last();
    let gauge = |pick: fn(&crate::microphone::Gauge) -> f32| {
        last.map(|seen| tenths(f64::from(pick(&seen.gauge))))
    };
    MicrophonePart {
        name,
        state: last.map(|seen| seen.health.name()),
        speech_dbfs: last
            .and_then(|seen| seen.health.speech_dbfs())
            .map(|level| tenths(f64::from(level))),
        level_dbfs: gauge(|gauge| gauge.level_dbfs),
        peak_dbfs: gauge(|gauge| gauge.held_dbfs),
        echo_cancellation,
        noise_suppression,
        gain_control,
    }
}

fn of_network(findings: &Findings) -> NetworkPart {
    let last = findings.last();
    let quality = last.map(|seen| &seen.quality);
    let path = |path: &Path| format!("{} {}", path.candidate.name(), path.protocol.name());
    NetworkPart {
        fitness: last.map(|seen| seen.verdict.fitness.name()),
        reason: last.and_then(|seen| Some(seen.verdict.reason?.name())),
        round_trip_ms: quality
            .and_then(|quality| quality.round_trip_ms)
            .map(tenths),
        jitter_buffer_ms: quality.and_then(|quality| quality.buffer_ms).map(tenths),
        to_the_server: quality.map(|quality| of_direction(quality.up)),
        back: quality.map(|quality| of_direction(quality.down)),
        path: quality.and_then(|quality| quality.path.as_ref()).map(path),
        codec: quality
            .and_then(|quality| quality.codec.as_ref())
            .map(|codec| codec.mime_type.clone()),
    }
}

fn of_direction(direction: Direction) -> DirectionPart {
    DirectionPart {
        loss_percent: direction.loss.map(|loss| tenths(100.0 * loss)),
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

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delay::How;

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
        assert_eq!(json["schema"], "voicechat-report/1");
        assert_eq!(json["lasted_s"], 12.3);
        assert_eq!(json["microphone"]["echo_cancellation"], true);
        assert_eq!(json["delay"]["measured_ms"], 93.3);
        let text = report.text();
        assert!(text.contains("microphone.name: A microphone\n"), "{text}");
        assert!(text.contains("delay.by: speech\n"), "{text}");
        assert!(!text.contains("null"), "{text}");
    }
}
