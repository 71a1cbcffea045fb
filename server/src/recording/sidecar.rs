//! What is known of a recording, in the words of its `metadata.json`. Pure: no file, no clock.

use std::time::Instant;

use jiff::Timestamp;
use shared::recording::{
    Client, Clock, ClockPoint, Codec, FileFacts, Filled, Metadata, RecordingEnd, RecordingStatus,
    Rtp, Schema, SenderClock, Software,
};
use shared::{ConversationId, signaling::RECORDING_FILE};

use super::clock_map::Point;
use super::report::Report;
use super::verify::Stream;
use super::{Origin, PRE_SKIP};
use crate::packet::SenderReport;

/// From 1900 (RFC 5905 §6) to 1970, in seconds.
const NTP_TO_UNIX: i64 = 2_208_988_800;

/// How a recording came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub status: RecordingStatus,
    pub end: RecordingEnd,
    pub ended_at: Instant,
    /// In the file.
    pub bytes: u64,
    pub sha256: [u8; 32],
}

/// A recording that has just begun.
#[must_use]
pub fn begun(origin: &Origin) -> Metadata {
    let codec = Codec {
        mime: "audio/opus".to_owned(),
        clock_rate: 48_000,
        channels_header: origin.channels.count(),
        fmtp: origin.fmtp.clone(),
        ptime_ms_seen: Vec::new(),
        toc_configs_seen: Vec::new(),
        stereo_packets: 0,
        payload_type: origin.payload_type,
    };
    let started_at = rfc3339(origin.began.time);
    blank(origin.id, started_at, codec, origin.client.clone())
}

/// A recording that never began.
#[must_use]
pub fn refused(origin: &Origin, end: RecordingEnd, at: Instant) -> Metadata {
    Metadata {
        status: RecordingStatus::Refused,
        ended_at: Some(rfc3339(origin.began.time_of(at))),
        end_reason: Some(end),
        ..begun(origin)
    }
}

/// A recording all of whose pages are on the disk.
#[must_use]
pub fn finished(origin: &Origin, report: &Report, outcome: &Outcome) -> Metadata {
    let begun = begun(origin);
    let time = |at| rfc3339(origin.began.time_of(at));
    let has_audio = report.totals.written > 0 && outcome.bytes > 0;
    Metadata {
        status: outcome.status,
        first_packet_at: report.arrivals.map(|(first, _)| time(first)),
        last_packet_at: report.arrivals.map(|(_, last)| time(last)),
        ended_at: Some(time(outcome.ended_at)),
        end_reason: Some(outcome.end),
        file: has_audio.then(|| FileFacts {
            name: RECORDING_FILE.to_owned(),
            bytes: outcome.bytes,
            sha256: hexadecimal(outcome.sha256),
            pages: report.pages,
            packets: report.packets,
            samples: report.totals.samples,
            pre_skip: PRE_SKIP,
            duration_ms: played(report.totals.samples, PRE_SKIP),
            concealed_ms: milliseconds(report.concealed_samples),
        }),
        codec: Codec {
            ptime_ms_seen: report
                .durations()
                .map(|duration| duration.as_secs_f64() * 1000.0)
                .collect(),
            toc_configs_seen: report.configs().collect(),
            stereo_packets: report.totals.stereo,
            ..begun.codec
        },
        rtp: Some(rtp(report)),
        filled_ms: Some(filled(report)),
        clock: Some(clock(origin, report)),
        ..begun
    }
}

/// A recording whose last pages did not get to the disk: `file` is what is there, if anything.
///
/// What was counted belongs to the file that was meant, so it is left out.
#[must_use]
pub fn cut_short(finished: Metadata, file: Option<FileFacts>) -> Metadata {
    Metadata {
        status: RecordingStatus::Truncated,
        last_packet_at: None,
        codec: Codec {
            ptime_ms_seen: Vec::new(),
            toc_configs_seen: Vec::new(),
            stereo_packets: 0,
            ..finished.codec
        },
        file,
        rtp: None,
        filled_ms: None,
        clock: None,
        ..finished
    }
}

/// What a sound file says of itself.
#[must_use]
pub fn found(stream: &Stream, sha256: [u8; 32]) -> FileFacts {
    FileFacts {
        name: RECORDING_FILE.to_owned(),
        bytes: stream.bytes,
        sha256: hexadecimal(sha256),
        pages: stream.pages,
        packets: stream.packets,
        samples: stream.samples,
        pre_skip: stream.pre_skip,
        duration_ms: played(stream.samples, stream.pre_skip),
        concealed_ms: milliseconds(stream.concealed_samples),
    }
}

/// A recording that the server did not live to finish, completed `at` a later start. `begun` is
/// what was written down when it began, if that can be read; `file` is absent without any audio.
#[must_use]
pub fn recovered(
    id: ConversationId,
    begun: Option<Metadata>,
    file: Option<FileFacts>,
    at: Timestamp,
) -> Metadata {
    let begun = begun.unwrap_or_else(|| unknown(id));
    Metadata {
        conversation_id: id,
        status: if file.is_some() {
            RecordingStatus::Recovered
        } else {
            RecordingStatus::Empty
        },
        ended_at: Some(rfc3339(at)),
        end_reason: Some(RecordingEnd::Crash),
        file,
        rtp: None,
        filled_ms: None,
        clock: None,
        software: software(),
        recovered: true,
        verified_at: None,
        ..begun
    }
}

/// A moment as descriptions write it (RFC 3339).
#[must_use]
pub fn rfc3339(time: Timestamp) -> String {
    format!("{time:.3}")
}

/// What is known of a recording by its folder's name.
fn unknown(id: ConversationId) -> Metadata {
    let codec = Codec {
        mime: "audio/opus".to_owned(),
        clock_rate: 48_000,
        channels_header: 1,
        fmtp: String::new(),
        ptime_ms_seen: Vec::new(),
        toc_configs_seen: Vec::new(),
        stereo_packets: 0,
        payload_type: 0,
    };
    let began = Timestamp::from_nanosecond(id.nanoseconds().into()).unwrap_or_default();
    blank(id, rfc3339(began), codec, Client::default())
}

fn blank(id: ConversationId, started_at: String, codec: Codec, client: Client) -> Metadata {
    Metadata {
        schema: Schema::V1,
        conversation_id: id,
        status: RecordingStatus::Recording,
        started_at,
        first_packet_at: None,
        last_packet_at: None,
        ended_at: None,
        end_reason: None,
        file: None,
        codec,
        rtp: None,
        filled_ms: None,
        clock: None,
        client,
        software: software(),
        recovered: false,
        verified_at: None,
    }
}

fn software() -> Software {
    Software {
        name: "voicechat".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

fn rtp(report: &Report) -> Rtp {
    let totals = &report.totals;
    Rtp {
        ssrcs: report.ssrcs.clone(),
        received: totals.received,
        written: totals.written,
        written_ms: milliseconds(report.written_samples),
        lost: totals.lost,
        late: totals.late,
        duplicated: totals.duplicated,
        reordered: totals.reordered,
        malformed: totals.malformed,
        skipped: totals.skipped,
        stale: totals.stale,
        refused: totals.refused,
        resets: totals.resets,
        ssrc_changes: report.ssrc_changes,
        jitter_ms: report.jitter / 48.0,
    }
}

fn filled(report: &Report) -> Filled {
    let silence = report.totals.silence;
    Filled {
        loss: milliseconds(silence.loss),
        dtx: milliseconds(silence.dtx),
        reset: milliseconds(silence.reset),
        tail: milliseconds(silence.tail),
        events: report.fill_events,
        longest: milliseconds(report.longest_fill),
    }
}

fn clock(origin: &Origin, report: &Report) -> Clock {
    let point = |point: &Point| ClockPoint {
        granule: point.granule,
        rtp_ts: point.timestamp_48k,
        at: rfc3339(origin.began.time_of(point.arrived)),
        sr: point.sender_report.and_then(sender_clock),
    };
    Clock {
        wall_minus_file_ms: report.clock.wall_minus_file_ms(),
        drift_ppm: report.clock.drift_ppm(),
        map: report.clock.points().iter().map(point).collect(),
    }
}

/// RFC 3550 §6.4.1: a sender without a wall clock says 0.
fn sender_clock(report: SenderReport) -> Option<SenderClock> {
    (report.ntp != 0).then(|| SenderClock {
        ntp: rfc3339(ntp_time(report.ntp)),
        rtp_ts: report.timestamp_48k,
    })
}

/// RFC 4330 §3: the seconds begin anew in 2036; those of the lower half are after that.
fn ntp_time(ntp: u64) -> Timestamp {
    const NANOSECONDS: u128 = 1_000_000_000;
    let seconds = i64::try_from(ntp >> 32).unwrap_or(0);
    let era = if ntp >> 63 == 0 { 1_i64 << 32 } else { 0 };
    let fraction = u128::from(ntp & u64::from(u32::MAX));
    let nanoseconds = i32::try_from((fraction * NANOSECONDS) >> 32).unwrap_or(0);
    Timestamp::new(seconds + era - NTP_TO_UNIX, nanoseconds).unwrap_or_default()
}

fn hexadecimal(digest: [u8; 32]) -> String {
    use std::fmt::Write;
    digest.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn played(samples: u64, pre_skip: u16) -> f64 {
    milliseconds(samples.saturating_sub(pre_skip.into()))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "exact for the first six thousand years"
)]
fn milliseconds(samples: u64) -> f64 {
    samples as f64 / 48.0
}

#[cfg(test)]
mod tests;
