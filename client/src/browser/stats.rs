//! A connection's statistics (W3C webrtc-stats), as far as they tell of its quality.

use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RtcPeerConnection, RtcStatsReport};

use super::BrowserError;
use crate::line_quality::snapshot::{Inbound, Outbound};
use crate::line_quality::{Candidate, Codec, Path, Protocol, Snapshot};

/// What the browser counted so far.
///
/// # Errors
/// The browser tells nothing.
pub(super) async fn read(connection: &RtcPeerConnection) -> Result<Snapshot, BrowserError> {
    let report = JsFuture::from(connection.get_stats()).await?;
    let report = Report::of(&report.unchecked_into())?;
    let inbound = report.audio("inbound-rtp");
    let pair = report.pair();
    Ok(Snapshot {
        inbound: inbound.map_or(Inbound::NOTHING, read_inbound),
        outbound: report
            .audio("outbound-rtp")
            .map(read_outbound)
            .unwrap_or_default(),
        reported_round_trip_s: report
            .audio("remote-inbound-rtp")
            .and_then(|remote| remote.number("roundTripTime")),
        checked_round_trip_s: pair.and_then(|pair| pair.number("currentRoundTripTime")),
        path: pair.and_then(|pair| report.path(pair)),
        codec: inbound.and_then(|inbound| report.codec(inbound)),
    })
}

/// One object of a report.
struct Entry(JsValue);

/// All objects of a report.
struct Report(Vec<Entry>);

impl Report {
    fn of(report: &RtcStatsReport) -> Result<Self, BrowserError> {
        let entries = report.values().into_iter();
        let entries: Result<_, JsValue> = entries.map(|entry| entry.map(Entry)).collect();
        Ok(Self(entries?))
    }

    fn of_type(&self, name: &'static str) -> impl Iterator<Item = &Entry> {
        let is_meant = move |entry: &&Entry| entry.text("type").is_some_and(|one| one == name);
        self.0.iter().filter(is_meant)
    }

    /// A call has one sound each way. `mediaType` is what `kind` was called once.
    fn audio(&self, name: &'static str) -> Option<&Entry> {
        self.of_type(name).find(|entry| {
            let kind = entry.text("kind").or_else(|| entry.text("mediaType"));
            kind.is_some_and(|kind| kind == "audio")
        })
    }

    fn named(&self, id: &str) -> Option<&Entry> {
        let is_meant = |entry: &&Entry| entry.text("id").is_some_and(|one| one == id);
        self.0.iter().find(is_meant)
    }

    /// The pair of candidates in use. Where no transport is told of, as in
    /// Firefox for long, the pair itself is marked.
    fn pair(&self) -> Option<&Entry> {
        self.of_type("transport")
            .find_map(|transport| self.named(&transport.text("selectedCandidatePairId")?))
            .or_else(|| {
                self.of_type("candidate-pair")
                    .find(|pair| pair.is_true("selected"))
            })
            .or_else(|| {
                self.of_type("candidate-pair").find(|pair| {
                    let has_succeeded = pair.text("state").is_some_and(|one| one == "succeeded");
                    has_succeeded && pair.is_true("nominated")
                })
            })
    }

    fn path(&self, pair: &Entry) -> Option<Path> {
        let local = self.named(&pair.text("localCandidateId")?)?;
        let candidate = Candidate::named(&local.text("candidateType")?)?;
        let protocol = local
            .text("relayProtocol")
            .filter(|_| candidate == Candidate::Relay)
            .or_else(|| local.text("protocol"))?;
        Some(Path {
            candidate,
            protocol: Protocol::named(&protocol)?,
        })
    }

    fn codec(&self, sound: &Entry) -> Option<Codec> {
        let codec = self.named(&sound.text("codecId")?)?;
        Some(Codec {
            mime_type: codec.text("mimeType")?,
            clock_rate_hz: codec.number("clockRate"),
        })
    }
}

impl Entry {
    fn get(&self, name: &str) -> Option<JsValue> {
        Reflect::get(&self.0, &name.into()).ok()
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.get(name)?.as_f64()
    }

    fn text(&self, name: &str) -> Option<String> {
        self.get(name)?.as_string()
    }

    fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value == true)
    }
}

fn read_inbound(entry: &Entry) -> Inbound {
    Inbound {
        packets_received: entry.number("packetsReceived"),
        packets_lost: entry.number("packetsLost"),
        jitter_s: entry.number("jitter"),
        bytes_received: entry.number("bytesReceived"),
        jitter_buffer_delay_s: entry.number("jitterBufferDelay"),
        jitter_buffer_emitted: entry.number("jitterBufferEmittedCount"),
        concealed_samples: entry.number("concealedSamples"),
        silent_concealed_samples: entry.number("silentConcealedSamples"),
        total_samples_received: entry.number("totalSamplesReceived"),
    }
}

fn read_outbound(entry: &Entry) -> Outbound {
    Outbound {
        packets_sent: entry.number("packetsSent"),
        bytes_sent: entry.number("bytesSent"),
    }
}
