//! Twelve hours of silence are recorded, recovered, drawn, and played to the last sample.

use std::time::{Duration, Instant};

use serde_json::json;
use shared::ConversationId;
use shared::peaks::{Peaks, SAMPLES_PER_COLUMN};
use tests::TestServer;
use tests::waiting::within;

use crate::Outcome;
use crate::judge::assert_plays;
use crate::vectors::{self, Vector};

/// The names of the conversations: the first one's, then one more each.
const FIRST_ID: u64 = 1_751_014_936_301_809_000;
/// For reading back and drawing, at a low priority.
const PATIENCE: Duration = Duration::from_secs(900);

pub(crate) async fn prove() -> Outcome {
    println!("\nsilence: 12 h in which hardly anything was said");
    let mut server = TestServer::start().await;
    let (mut rows, mut is_kept) = (Vec::new(), true);
    for (vector, id) in vectors::of_twelve_hours().iter().zip(FIRST_ID..) {
        let begun = Instant::now();
        let id = ConversationId::from_nanoseconds(id);
        let verdict = put_and_play(&mut server, vector, id).await;
        let seconds = begun.elapsed().as_secs_f64();
        let words = match &verdict {
            Ok(bytes) => format!("{} samples play, {bytes} bytes", vector.playable()),
            Err(fault) => format!("BROKEN: {fault}"),
        };
        println!("  {:<38} {words} ({seconds:.0} s)", vector.name);
        is_kept &= verdict.is_ok();
        rows.push(json!({
            "name": vector.name,
            "samples": vector.expected.samples,
            "played": vector.playable(),
            "bytes": verdict.as_ref().ok(),
            "fault": verdict.err(),
        }));
    }
    server.stop().await;
    Outcome {
        is_kept,
        figures: json!(rows),
    }
}

/// Leaves the recording to a server that starts, and then to the players: how many bytes it has.
async fn put_and_play(
    server: &mut TestServer,
    vector: &Vector,
    id: ConversationId,
) -> Result<usize, String> {
    let recorded = vector.record();
    if recorded.totals != vector.expected {
        return Err(format!("recorded as {:?}", recorded.totals));
    }
    server.kill().await;
    server.put_recording(id, &recorded.file);
    server.restart().await;
    let path = server.recording(id);

    let peaks = path.with_file_name(shared::peaks::PEAKS_FILE);
    let drawn = within(PATIENCE, "the peaks", async || std::fs::read(&peaks).ok()).await;
    let drawn = Peaks::from_bytes(&drawn).map_err(|fault| fault.to_string())?;
    let columns = vector.playable().div_ceil(SAMPLES_PER_COLUMN.into());
    if drawn.columns().len() as u64 != columns {
        return Err(format!("{} columns of {columns}", drawn.columns().len()));
    }
    within(PATIENCE, "the verification", async || {
        server.description(id).verified_at
    })
    .await;
    server.verify()?;
    assert_plays(&path, vector.expected.samples)?;
    Ok(recorded.file.len())
}
