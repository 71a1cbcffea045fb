//! A thousand recordings were cut off by one kill: the next start completes them all at once.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::json;
use shared::ConversationId;
use shared::recording::{METADATA_FILE, RecordingStatus};
use shared::signaling::RECORDING_FILE;
use tempfile::TempDir;
use tests::TestServer;
use tests::caller::Caller;
use tests::opus_tools::all_stamped;

use crate::Outcome;

const RECORDINGS: u64 = 1000;
/// From the start of the process until all are completed.
const PROMISED: Duration = Duration::from_secs(2);
/// 20 s.
const PACKETS: u32 = 1000;
/// The first of their names: long ago, so that no other is among them.
const FIRST_ID: u64 = 1_751_014_936_301_809_000;

/// What a server that was killed left of a recording.
struct Left {
    id: ConversationId,
    audio: Vec<u8>,
    description: String,
}

pub(crate) async fn prove() -> Outcome {
    println!("\nrecovery: {RECORDINGS} recordings of 20 s are left by a kill");
    let left = left_by_a_kill().await;
    let home = TempDir::new().unwrap();
    (0..RECORDINGS).for_each(|number| left.lay(home.path(), number));

    let started = Instant::now();
    let mut server = TestServer::in_folder(home.path(), &[], &[]).await;
    server
        .until_log("a recovery", |line| line.contains("were completed"))
        .await;
    let took = started.elapsed();

    let is_recovered = |number: &u64| {
        let description = server.description(id(*number));
        description.status == RecordingStatus::Recovered
    };
    let recovered = (0..RECORDINGS).filter(is_recovered).count();
    let fault = server.verify().err();
    server.stop().await;
    let bytes = left.audio.len();
    println!(
        "  {recovered} of {bytes} bytes each completed {took:.2?} after the start of the process \
         (promised: {PROMISED:?})"
    );
    if let Some(fault) = &fault {
        println!("  BROKEN: {fault}");
    }
    Outcome {
        is_kept: recovered as u64 == RECORDINGS && fault.is_none() && took <= PROMISED,
        figures: json!({
            "recordings": RECORDINGS,
            "bytes_each": bytes,
            "recovered": recovered,
            "fault": fault,
            "ms": took.as_millis(),
        }),
    }
}

fn id(number: u64) -> ConversationId {
    ConversationId::from_nanoseconds(FIRST_ID + number)
}

/// A call in real time, of 100 bytes a packet.
async fn left_by_a_kill() -> Left {
    let mut server = TestServer::start().await;
    let (mut caller, call) = Caller::connect(&server).await;
    let said: Vec<Bytes> = all_stamped(1, PACKETS)
        .into_iter()
        .map(|packet| [&packet[..], &[0x5a; 70]].concat().into())
        .collect();
    caller.say(&said).await;
    caller.until_heard(said.len()).await;
    server.kill().await;
    caller.vanish().await;
    let audio = server.recording(call.id);
    Left {
        id: call.id,
        audio: fs::read(&audio).unwrap(),
        description: fs::read_to_string(audio.with_file_name(METADATA_FILE)).unwrap(),
    }
}

impl Left {
    /// Puts a copy where another conversation's would be.
    fn lay(&self, home: &Path, number: u64) {
        let folder = home.join(id(number).to_string());
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join(RECORDING_FILE), &self.audio).unwrap();
        let description = self
            .description
            .replace(&self.id.to_string(), &id(number).to_string());
        fs::write(folder.join(METADATA_FILE), description).unwrap();
    }
}
