//! The server is killed fifty times under load, at random moments: every recording is completed at
//! the next start and plays, and at most a second of it is lost.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use shared::recording::RecordingStatus;
use tests::TestServer;
use tests::caller::{Call, Caller, FIRST_NUMBERS};
use tests::opus_tools::all_stamped;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::Outcome;
use crate::judge::{Suspect, judge_all};

const KILLS: u64 = 50;
const CALLS: u8 = 10;
/// Longer than any run.
const SAID: u32 = 600;
/// What a crash may cost.
const WORST_TAIL: Duration = Duration::from_secs(1);
const PACKET: Duration = Duration::from_millis(20);

/// A call that was cut off, and all that was sent in it.
struct Cut {
    call: Call,
    said: Vec<Bytes>,
}

#[derive(Default)]
struct Tally {
    /// What is missing at the end of each recording.
    tails: Vec<Duration>,
    faults: Vec<String>,
    without_audio: u32,
}

pub(crate) async fn prove() -> Outcome {
    println!("\ncrash: kill -9, {KILLS} times, {CALLS} calls at 50 packets/s each");
    let mut server = TestServer::start().await;
    let mut tally = Tally::default();
    for kill in 0..KILLS {
        // Spread over 0.7 to 8 s, in an order that looks random.
        let after = Duration::from_millis(700 + kill * 37 % KILLS * 149);
        let cuts = speak_and_kill(&mut server, after).await;
        server.restart().await;
        server
            .until_log("a recovery", |line| line.contains("were completed"))
            .await;
        tally.judge(&server, &cuts);
        println!(
            "  kill {:>2} after {after:>6.1?}: {} recovered, {} not",
            kill + 1,
            tally.tails.len(),
            tally.faults.len() + tally.without_audio as usize
        );
    }
    tally.faults.extend(server.verify().err());
    server.stop().await;
    tally.told()
}

/// Every call, ended by the death of the server.
async fn speak_and_kill(server: &mut TestServer, after: Duration) -> Vec<Cut> {
    let mut calls = Vec::new();
    for voice in 0..CALLS {
        let (caller, call) = Caller::connect(server).await;
        calls.push((voice, caller, call));
    }
    let end = Instant::now() + after;
    let mut speaking = JoinSet::new();
    for (voice, mut caller, call) in calls {
        speaking.spawn(async move {
            let mut said = all_stamped(voice, SAID);
            let _ = tokio::time::timeout_at(end, caller.say(&said)).await;
            let first = FIRST_NUMBERS.sequence_number;
            let sent = caller.next_numbers().sequence_number.wrapping_sub(first);
            said.truncate(sent.into());
            (caller, Cut { call, said })
        });
    }
    tokio::time::sleep_until(end).await;
    server.kill().await;
    let mut cuts = Vec::new();
    while let Some(done) = speaking.join_next().await {
        let (caller, cut) = done.unwrap();
        caller.vanish().await;
        cuts.push(cut);
    }
    cuts
}

impl Tally {
    fn judge(&mut self, server: &TestServer, cuts: &[Cut]) {
        let recording = |cut: &Cut| server.recording(cut.call.id);
        let paths: Vec<PathBuf> = cuts.iter().map(recording).collect();
        let suspects: Vec<Suspect<'_>> = cuts
            .iter()
            .zip(&paths)
            .map(|(Cut { said, .. }, path)| Suspect { path, said })
            .collect();
        for (cut, verdict) in cuts.iter().zip(judge_all(&suspects)) {
            let Cut { call, said } = cut;
            let path = server.recording(call.id);
            let tail = |kept: usize| PACKET * u32::try_from(said.len() - kept).unwrap();
            let status = server.try_description(call.id).map(|it| it.status);
            match verdict {
                Ok(kept) if status == Some(RecordingStatus::Recovered) => {
                    self.tails.push(tail(kept));
                }
                Ok(_) => self.faults.push(format!("{}: {status:?}", call.id)),
                // What was not written yet when the server was killed.
                Err(_) if !path.exists() && tail(0) <= WORST_TAIL => self.without_audio += 1,
                Err(fault) => self.faults.push(format!("{}: {fault}", call.id)),
            }
        }
    }

    fn told(mut self) -> Outcome {
        self.tails.sort_unstable();
        let tails = &self.tails;
        let at = |percent: usize| {
            let place = tails.len().saturating_sub(1) * percent / 100;
            tails.get(place).copied().unwrap_or(Duration::MAX)
        };
        let [median, p99, worst] = [at(50), at(99), at(100)];
        self.faults
            .iter()
            .for_each(|fault| println!("  BROKEN: {fault}"));
        println!(
            "  {} recovered, sound and the beginning of what was sent; {} not; {} killed before \
             their first page\n  lost at the end: median {median:?}, p99 {p99:?}, worst {worst:?} \
             (promised: {WORST_TAIL:?})",
            tails.len(),
            self.faults.len(),
            self.without_audio,
        );
        Outcome {
            is_kept: self.faults.is_empty() && worst <= WORST_TAIL,
            figures: json!({
                "kills": KILLS,
                "recovered": tails.len(),
                "faults": self.faults,
                "without_audio": self.without_audio,
                "tail_ms": { "median": median.as_millis(), "p99": p99.as_millis(),
                             "worst": worst.as_millis() },
            }),
        }
    }
}
