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
use crate::judge::{Suspect, assert_plays_torn, judge_all, of_each};

const KILLS: u64 = 50;
const CALLS: u8 = 10;
/// Those of them who hang up just before: their recordings are being finished.
const HANG_UP: u8 = 3;
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
    /// Whose recording was finished before the kill.
    finished: usize,
}

pub(crate) async fn prove() -> Outcome {
    println!("\ncrash: kill -9, {KILLS} times, {CALLS} calls at 50 packets/s each");
    let mut server = TestServer::start().await;
    let mut tally = Tally::default();
    for kill in 0..KILLS {
        // Spread over 0.7 to 8 s, in an order that looks random.
        let after = Duration::from_millis(700 + kill * 37 % KILLS * 149);
        let cuts = speak_and_kill(&mut server, after).await;
        tally.judge_unrepaired(&server, &cuts);
        server.restart().await;
        server
            .until_log("a recovery", |line| line.contains("were completed"))
            .await;
        tally.judge(&server, &cuts);
        println!(
            "  kill {:>2} after {after:>6.1?}: {} kept, {} of them finished before; {} not",
            kill + 1,
            tally.tails.len(),
            tally.finished,
            tally.faults.len()
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
        // Those who hang up do so some milliseconds apart.
        let early = PACKET / 4 * u32::from(HANG_UP.saturating_sub(voice));
        speaking.spawn(async move {
            let mut said = all_stamped(voice, SAID);
            let _ = tokio::time::timeout_at(end - early, caller.say(&said)).await;
            let first = FIRST_NUMBERS.sequence_number;
            let sent = caller.next_numbers().sequence_number.wrapping_sub(first);
            said.truncate(sent.into());
            let caller = if voice < HANG_UP {
                caller.hang_up().await;
                None
            } else {
                Some(caller)
            };
            (caller, Cut { call, said })
        });
    }
    tokio::time::sleep_until(end).await;
    server.kill().await;
    let mut cuts = Vec::new();
    while let Some(done) = speaking.join_next().await {
        let (caller, cut) = done.unwrap();
        if let Some(caller) = caller {
            caller.vanish().await;
        }
        cuts.push(cut);
    }
    cuts
}

impl Tally {
    /// Whatever the moment: what lies there plays, whole page by whole page.
    fn judge_unrepaired(&mut self, server: &TestServer, cuts: &[Cut]) {
        let paths: Vec<PathBuf> = cuts.iter().map(|it| server.recording(it.call.id)).collect();
        let verdicts = of_each(&paths, |path| assert_plays_torn(path));
        self.faults
            .extend(verdicts.into_iter().filter_map(Result::err));
    }

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
            let status = server.try_description(call.id).map(|it| it.status);
            let is_finished = status == Some(RecordingStatus::Complete);
            match verdict {
                // All of what was sent is there, as far as it arrived before the goodbye.
                Ok(kept) if is_finished || status == Some(RecordingStatus::Recovered) => {
                    let missing = u32::try_from(said.len() - kept).unwrap();
                    self.tails.push(PACKET * missing);
                    self.finished += usize::from(is_finished);
                }
                Ok(_) => self.faults.push(format!("{}: {status:?}", call.id)),
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
            "  {} sound, and the beginning of what was sent; {} of them finished before the kill; \
             {} not\n  lost at the end: median {median:?}, p99 {p99:?}, worst {worst:?} \
             (promised: {WORST_TAIL:?})",
            tails.len(),
            self.finished,
            self.faults.len(),
        );
        let all = usize::try_from(KILLS * u64::from(CALLS)).unwrap();
        Outcome {
            is_kept: self.faults.is_empty() && tails.len() == all && worst <= WORST_TAIL,
            figures: json!({
                "kills": KILLS,
                "kept": tails.len(),
                "finished_before": self.finished,
                "faults": self.faults,
                "tail_ms": { "median": median.as_millis(), "p99": p99.as_millis(),
                             "worst": worst.as_millis() },
            }),
        }
    }
}
