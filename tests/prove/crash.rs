//! The server is killed fifty times under load, at random moments: every recording is completed at
//! the next start and plays, and at most a second of it is lost.

use std::fs;
use std::time::Duration;

use bytes::Bytes;
use shared::recording::RecordingStatus;
use tests::TestServer;
use tests::caller::{Call, Caller};
use tests::opus_tools::{self, all_stamped};
use tokio::task::JoinSet;
use tokio::time::Instant;

const KILLS: u32 = 50;
const CALLS: u8 = 10;
/// Longer than any run.
const SAID: u32 = 600;
/// What a crash may cost.
const WORST_TAIL: Duration = Duration::from_secs(1);
const PACKET: Duration = Duration::from_millis(20);

/// Says whether the promise held.
pub(crate) async fn prove() -> bool {
    println!("kill -9, {KILLS} times, {CALLS} calls at 50 packets/s each");
    let mut server = TestServer::start().await;
    let (mut tails, mut bad, mut without_audio) = (Vec::new(), 0_u32, 0_u32);
    for kill in 0..KILLS {
        // Spread over 0.7 to 8 s, in an order that looks random.
        let after = Duration::from_millis(700 + u64::from(kill * 37 % KILLS) * 146);
        let calls = speak_and_kill(&mut server, after).await;
        server.restart().await;
        server
            .until_log("a recovery", |line| line.contains("were completed"))
            .await;
        for (call, said) in calls {
            match lost_tail(&server, &call, said) {
                Ok(Some(tail)) => tails.push(tail),
                Ok(None) => without_audio += 1,
                Err(fault) => {
                    bad += 1;
                    println!("kill {kill}, {}: {fault}", call.id);
                }
            }
        }
    }
    server.assert_recordings();
    server.stop().await;
    tails.sort_unstable();
    let median = tails.get(tails.len() / 2).copied().unwrap_or_default();
    let worst = tails.last().copied().unwrap_or_default();
    println!(
        "recordings {}, bad {bad}, killed before their first page {without_audio}, tail lost: \
         median {median:?}, worst {worst:?}",
        tails.len()
    );
    bad == 0 && worst <= WORST_TAIL && !tails.is_empty()
}

/// Every call with what was heard back of it: that surely came to the server.
async fn speak_and_kill(server: &mut TestServer, after: Duration) -> Vec<(Call, usize)> {
    let mut calls = Vec::new();
    for voice in 0..CALLS {
        let (caller, call) = Caller::connect(server).await;
        calls.push((voice, caller, call));
    }
    let end = Instant::now() + after;
    let mut speaking = JoinSet::new();
    for (voice, mut caller, call) in calls {
        speaking.spawn(async move {
            let said: Vec<Bytes> = all_stamped(voice, SAID);
            let _ = tokio::time::timeout_at(end, caller.say(&said)).await;
            let heard = caller.heard().len();
            (caller, call, heard)
        });
    }
    tokio::time::sleep_until(end).await;
    server.kill().await;
    let mut spoken = Vec::new();
    while let Some(done) = speaking.join_next().await {
        let (caller, call, heard) = done.unwrap();
        caller.vanish().await;
        spoken.push((call, heard));
    }
    spoken
}

/// How much of what the server had is missing at the end; `None` if there was no audio yet.
fn lost_tail(server: &TestServer, call: &Call, heard: usize) -> Result<Option<Duration>, String> {
    let path = server.recording(call.id);
    if !path.exists() {
        // Up to one page may wait for its first write.
        let limit = usize::try_from(WORST_TAIL.as_millis() / PACKET.as_millis()).unwrap();
        return if heard <= limit {
            Ok(None)
        } else {
            Err(format!("{heard} packets came and there is no file"))
        };
    }
    let bytes = fs::read(&path).map_err(|error| error.to_string())?;
    let file = tests::ogg_file::OggFile::read(&bytes).map_err(|fault| fault.to_string())?;
    opus_tools::check(&path);
    let played = opus_tools::decode(&path).len() as u64;
    if played != file.samples - 312 {
        return Err(format!("{played} samples play of {}", file.samples));
    }
    let description = server.description(call.id);
    if description.status != RecordingStatus::Recovered {
        return Err(format!("it is {:?}", description.status));
    }
    let missing = heard.saturating_sub(file.packets.len());
    Ok(Some(PACKET * u32::try_from(missing).unwrap()))
}
