//! Whether a recording and its description say the same.

use shared::ConversationId;
use shared::recording::{Clock, FileFacts, Filled, Metadata, RecordingEnd, RecordingStatus};

use super::sidecar;
use super::verify::Stream;

/// A digest by SHA-256.
pub type Sha256 = [u8; 32];

/// A sound file, and what it is told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Audio {
    pub stream: Stream,
    pub sha256: Sha256,
}

/// Where a description contradicts the file, or itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("metadata.json: {0}")]
pub struct Inconsistency(pub &'static str);

/// Compares a description with whose folder it lies in, if that is any conversation's, and with
/// the sound file beside it, or with there being none.
///
/// # Errors
/// The first contradiction.
pub fn check(
    metadata: &Metadata,
    folder: Option<ConversationId>,
    audio: Option<&Audio>,
) -> Result<(), Inconsistency> {
    use RecordingStatus::{Complete, Empty, Recording, Recovered, Refused, Truncated};
    let needs_audio = match metadata.status {
        Recording => return Err(Inconsistency("the recording is unfinished")),
        Complete | Truncated | Recovered => true,
        Empty | Refused => false,
    };
    ensure(
        folder.is_none_or(|id| metadata.conversation_id == id),
        "conversation_id is the folder's name",
    )?;
    ensure(
        needs_audio == audio.is_some(),
        "the status fits whether there is audio",
    )?;
    ensure(
        needs_audio == metadata.file.is_some(),
        "the status fits whether a file is described",
    )?;
    ensure(
        metadata.recovered || metadata.status != Recovered,
        "what was recovered says so",
    )?;
    // A file that was found without its description tells nothing of its end.
    ensure(
        metadata.end_reason.is_some() || metadata.rtp.is_none(),
        "the end has a reason",
    )?;
    if let (Some(audio), Some(told)) = (audio, &metadata.file) {
        same_file(&sidecar::found(&audio.stream, audio.sha256), told)?;
        ensure(
            metadata.codec.channels_header == audio.stream.channels,
            "channels_header is that of the file",
        )?;
    }
    ensure(
        metadata.status != Complete || metadata.end_reason != Some(RecordingEnd::Crash),
        "what a crash ended is not complete",
    )?;
    let accounts = [
        metadata.rtp.is_some(),
        metadata.filled_ms.is_some(),
        metadata.clock.is_some(),
    ];
    ensure(
        accounts == [accounts[0]; 3],
        "rtp, filled_ms and clock are of the same file",
    )?;
    if let Some(clock) = &metadata.clock {
        points_rise(clock)?;
    }
    counts_add_up(metadata)?;
    parts_fit(metadata)
}

fn same_file(is: &FileFacts, told: &FileFacts) -> Result<(), Inconsistency> {
    ensure(told.name == is.name, "name is that of the file")?;
    ensure(told.bytes == is.bytes, "bytes is the size of the file")?;
    ensure(told.sha256 == is.sha256, "sha256 is that of the file")?;
    ensure(told.pages == is.pages, "pages is how many the file has")?;
    ensure(
        told.packets == is.packets,
        "packets is how many the file has",
    )?;
    ensure(
        told.samples == is.samples,
        "samples is the last granule position",
    )?;
    ensure(
        told.pre_skip == is.pre_skip,
        "pre_skip is that of the header",
    )?;
    ensure(
        is_equal(told.duration_ms, is.duration_ms),
        "duration_ms is (samples - pre_skip) / 48",
    )?;
    ensure(
        is_equal(told.concealed_ms, is.concealed_ms),
        "concealed_ms is the duration of the frames without a byte",
    )
}

/// Each point is a packet of its own, and packets have a duration.
fn points_rise(clock: &Clock) -> Result<(), Inconsistency> {
    let granules = clock.map.iter().map(|point| point.granule);
    ensure(
        granules.clone().zip(granules.skip(1)).all(|(a, b)| a < b),
        "the granule positions of the map rise",
    )
}

fn counts_add_up(metadata: &Metadata) -> Result<(), Inconsistency> {
    let Some(rtp) = &metadata.rtp else {
        return Ok(());
    };
    let fates = [
        rtp.written,
        rtp.late,
        rtp.duplicated,
        rtp.malformed,
        rtp.skipped,
        rtp.stale,
        rtp.refused,
    ];
    let sum = fates
        .into_iter()
        .try_fold(0_u64, |sum, count| sum.checked_add(count));
    ensure(
        sum == Some(rtp.received),
        "received is the sum of what became of the packets",
    )?;
    let (Some(filled), Some(file)) = (&metadata.filled_ms, &metadata.file) else {
        return Ok(());
    };
    let filled = filled_in_all(filled);
    ensure(
        is_equal(rtp.written_ms + filled, milliseconds(file.samples)),
        "written_ms and filled_ms add up to samples",
    )?;
    ensure(
        filled <= file.concealed_ms + ROUNDING_MS,
        "filled_ms is no more than concealed_ms",
    )
}

/// No part of a recording is more than the whole of it.
fn parts_fit(metadata: &Metadata) -> Result<(), Inconsistency> {
    let (Some(rtp), Some(filled), Some(clock), Some(file)) = (
        &metadata.rtp,
        &metadata.filled_ms,
        &metadata.clock,
        &metadata.file,
    ) else {
        return Ok(());
    };
    ensure(
        rtp.written <= file.packets,
        "written is no more than packets",
    )?;
    ensure(
        metadata.codec.stereo_packets <= rtp.written,
        "stereo_packets is no more than written",
    )?;
    let causes = [filled.loss, filled.dtx, filled.reset, filled.tail];
    ensure(
        causes.iter().all(|&cause| cause >= 0.0),
        "nothing is filled with less than nothing",
    )?;
    let sum = filled_in_all(filled);
    ensure(
        (0.0..=sum + ROUNDING_MS).contains(&filled.longest),
        "longest is no more than all that is filled",
    )?;
    ensure(
        (filled.events > 0) == (sum > 0.0),
        "events says whether anything is filled",
    )?;
    ensure(
        clock.map.iter().all(|point| point.granule < file.samples),
        "the points of the map are in the file",
    )
}

fn filled_in_all(filled: &Filled) -> f64 {
    filled.loss + filled.dtx + filled.reset + filled.tail
}

fn ensure(holds: bool, rule: &'static str) -> Result<(), Inconsistency> {
    holds.then_some(()).ok_or(Inconsistency(rule))
}

/// Samples at 48 kHz; exact for any file that a disk can hold.
fn milliseconds(samples: u64) -> f64 {
    samples as f64 / 48.0
}

/// More than adding fractions loses: a fifth of a sample.
const ROUNDING_MS: f64 = 0.004;

fn is_equal(a: f64, b: f64) -> bool {
    (a - b).abs() < ROUNDING_MS
}

#[cfg(test)]
mod tests;
