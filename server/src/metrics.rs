//! What an operator's monitoring reads: counts of recordings and of what waits, as Prometheus
//! writes them. No id and no address is ever among them.

use std::collections::BTreeMap;
use std::fmt::{Display, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use shared::recording::{RecordingEnd, RecordingStatus};

use crate::retention::Reason;

/// The media type of [`Metrics::text`].
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4";

/// A handle to all counts. A clone is another handle to the same ones.
#[derive(Clone, Debug, Default)]
pub struct Metrics(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    finished: Family,
    ended: Family,
    truncated: Family,
    refused: Family,
    deleted: Family,
    delete_failures: AtomicU64,
    bytes: AtomicU64,
    errors: AtomicU64,
    recovered: AtomicU64,
    verification_failures: AtomicU64,
    /// Shared by the queues of all recordings.
    waiting_bytes: Arc<AtomicU64>,
    free_bytes: AtomicU64,
}

impl Metrics {
    /// A recording is final.
    pub fn count_finished(&self, status: RecordingStatus, why: RecordingEnd) {
        self.0.ended.count(&why);
        self.0.finished.count(&status);
        match status {
            RecordingStatus::Truncated => self.0.truncated.count(&why),
            RecordingStatus::Refused => self.0.refused.count(&why),
            RecordingStatus::Recording
            | RecordingStatus::Complete
            | RecordingStatus::Recovered
            | RecordingStatus::Empty => {}
        }
    }

    /// A recording was deleted.
    pub fn count_deleted(&self, why: Reason) {
        self.0.deleted.count(&why);
    }

    /// What was to be deleted is not all gone.
    pub fn count_delete_failures(&self, failures: u64) {
        self.0
            .delete_failures
            .fetch_add(failures, Ordering::Relaxed);
    }

    /// Audio was written.
    pub fn count_bytes(&self, bytes: u64) {
        self.0.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// The disk failed.
    pub fn count_error(&self) {
        self.0.errors.fetch_add(1, Ordering::Relaxed);
    }

    /// Recordings were completed that an earlier server had left.
    pub fn count_recovered(&self, recordings: u64) {
        self.0.recovered.fetch_add(recordings, Ordering::Relaxed);
    }

    /// A finished file was read back and found damaged.
    pub fn count_verification_failure(&self) {
        self.0.verification_failures.fetch_add(1, Ordering::Relaxed);
    }

    /// What the disk has left.
    pub fn set_free_bytes(&self, bytes: u64) {
        self.0.free_bytes.store(bytes, Ordering::Relaxed);
    }

    /// The bytes that wait for the disk in all queues together.
    #[must_use]
    pub fn waiting_bytes(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.0.waiting_bytes)
    }

    /// Everything in Prometheus' text format, with so many conversations, with how many packets
    /// found no room in the queues of each name, with what the media threads counted, and with how
    /// long their tables are.
    #[must_use]
    pub fn text(
        &self,
        active: usize,
        dropped: &BTreeMap<&'static str, u64>,
        engine: &BTreeMap<&'static str, u64>,
        tables: &BTreeMap<&'static str, usize>,
    ) -> String {
        let inner = &*self.0;
        let mut text = String::new();
        let families = [
            ("voice_recordings_total", "status", &inner.finished),
            ("voice_recording_ended_total", "reason", &inner.ended),
            (
                "voice_recording_truncated_total",
                "reason",
                &inner.truncated,
            ),
            ("voice_recording_refused_total", "reason", &inner.refused),
            ("voice_recordings_deleted_total", "reason", &inner.deleted),
        ];
        for (name, label, family) in families {
            let counts = family.lock();
            tell_each(&mut text, (name, "counter"), label, &counts);
        }
        let queues = ("voice_queue_dropped_total", "counter");
        tell_each(&mut text, queues, "queue", dropped);
        let events = ("voice_engine_total", "counter");
        tell_each(&mut text, events, "event", engine);
        let entries = ("voice_engine_entries", "gauge");
        tell_each(&mut text, entries, "table", tables);
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let counters = [
            ("voice_recording_bytes_total", load(&inner.bytes)),
            ("voice_recording_errors_total", load(&inner.errors)),
            (
                "voice_recording_delete_failures_total",
                load(&inner.delete_failures),
            ),
            ("voice_recording_recovered_total", load(&inner.recovered)),
            (
                "voice_recording_verification_failures_total",
                load(&inner.verification_failures),
            ),
        ];
        for (name, count) in counters {
            tell(&mut text, name, "counter", count);
        }
        let gauges = [
            ("voice_recording_waiting_bytes", load(&inner.waiting_bytes)),
            ("voice_disk_free_bytes", load(&inner.free_bytes)),
            (
                "voice_active_conversations",
                u64::try_from(active).unwrap_or(u64::MAX),
            ),
        ];
        for (name, value) in gauges {
            tell(&mut text, name, "gauge", value);
        }
        let version = env!("CARGO_PKG_VERSION");
        text + "# TYPE build_info gauge\nbuild_info{version=\"" + version + "\"} 1\n"
    }
}

/// One counter for each value of a label.
#[derive(Debug, Default)]
struct Family(Mutex<BTreeMap<String, u64>>);

impl Family {
    fn count(&self, value: &impl Serialize) {
        // The same words as in a recording's description, none of which needs escaping.
        let Ok(serde_json::Value::String(value)) = serde_json::to_value(value) else {
            return;
        };
        *self.lock().entry(value).or_default() += 1;
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        // Every change under the lock is a single step: a panic elsewhere leaves no half state.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn tell_each<Value: Display, Count: Display>(
    text: &mut String,
    (name, kind): (&str, &str),
    label: &str,
    counts: &BTreeMap<Value, Count>,
) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "# TYPE {name} {kind}");
    for (value, count) in counts {
        let _ = writeln!(text, "{name}{{{label}=\"{value}\"}} {count}");
    }
}

fn tell(text: &mut String, name: &str, kind: &str, value: u64) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "# TYPE {name} {kind}\n{name} {value}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_count_is_told_in_the_words_of_the_descriptions() {
        let metrics = Metrics::default();
        metrics.count_finished(RecordingStatus::Complete, RecordingEnd::Limit);
        metrics.count_finished(RecordingStatus::Truncated, RecordingEnd::Enospc);
        metrics.count_finished(RecordingStatus::Refused, RecordingEnd::LowSpace);
        metrics.count_bytes(4096);
        metrics.count_error();
        metrics.set_free_bytes(77);

        let (dropped, engine) = (
            BTreeMap::from([("recorder", 5)]),
            BTreeMap::from([("late", 2)]),
        );
        let text = metrics.text(3, &dropped, &engine, &BTreeMap::from([("timers", 4)]));

        for line in [
            "# TYPE voice_recordings_total counter",
            "voice_recordings_total{status=\"complete\"} 1",
            "voice_recordings_total{status=\"truncated\"} 1",
            "voice_recording_ended_total{reason=\"limit\"} 1",
            "voice_recording_truncated_total{reason=\"enospc\"} 1",
            "voice_recording_refused_total{reason=\"low_space\"} 1",
            "voice_queue_dropped_total{queue=\"recorder\"} 5",
            "voice_engine_total{event=\"late\"} 2",
            "# TYPE voice_engine_entries gauge",
            "voice_engine_entries{table=\"timers\"} 4",
            "voice_recording_bytes_total 4096",
            "voice_recording_errors_total 1",
            "voice_recording_recovered_total 0",
            "voice_recording_waiting_bytes 0",
            "voice_disk_free_bytes 77",
            "voice_active_conversations 3",
            "build_info{version=\"0.1.0\"} 1",
        ] {
            assert!(text.lines().any(|told| told == line), "{line}\n{text}");
        }
        assert!(text.ends_with('\n'));
    }
}
