//! A disk that is full, slow, broken or hung under a hundred calls: no echo is lost, and what was
//! recorded until then is sound and says why it is not all.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::TestServer;
use tests::caller::{Call, Caller};
use tests::opus_tools::all_stamped;
use tests::waiting::within;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::Outcome;
use crate::judge::{Suspect, judge_all};
use crate::trouble::{Library, Trouble};

const CALLS: u8 = 100;
/// On another server, whose disk is sound.
const CALLS_BESIDE: u8 = 25;
const PACKET: Duration = Duration::from_millis(20);
/// What no echo may take longer, however long a disk does; where others compute, too, all do.
const MOST_LATE: Duration = Duration::from_secs(1);
/// In the middle of every trouble.
const LATECOMER_AFTER: Duration = Duration::from_secs(6);
/// A caller who was connected waits for the others before he speaks.
const FLAGS: [&str; 2] = ["--media-deadline", "60s"];

/// One disk, and what must become of a hundred recordings on it.
struct Case {
    name: &'static str,
    disk: Disk,
    packets: u32,
    /// The recordings are left to a server that starts later, on a sound disk.
    is_left: bool,
    /// One more calls in the middle of it.
    has_latecomer: bool,
    /// How recordings may end, and how many do at least.
    ends: &'static [(&'static str, u32)],
}

enum Disk {
    Sound,
    /// Of 1 MB.
    Small,
    In(Trouble),
}

const COMPLETE: &str = "complete client_closed";

const CASES: [Case; 6] = [
    Case {
        name: "sound",
        disk: Disk::Sound,
        packets: 500,
        is_left: false,
        has_latecomer: false,
        ends: &[(COMPLETE, 100)],
    },
    Case {
        name: "full, 1 MB",
        disk: Disk::Small,
        packets: 500,
        is_left: false,
        has_latecomer: false,
        ends: &[("truncated enospc", 1), ("refused enospc", 0)],
    },
    Case {
        name: "20 ms a write",
        disk: Disk::In(Trouble::Slow { ms: 20 }),
        packets: 500,
        is_left: false,
        has_latecomer: false,
        ends: &[(COMPLETE, 100)],
    },
    Case {
        name: "one write fails",
        disk: Disk::In(Trouble::FailsOnce { at_write: 1000 }),
        packets: 500,
        is_left: false,
        has_latecomer: false,
        ends: &[(COMPLETE, 99), ("truncated io", 1)],
    },
    Case {
        name: "every write fails after 3 s",
        disk: Disk::In(Trouble::Broken { after_ms: 3000 }),
        packets: 500,
        is_left: true,
        has_latecomer: false,
        ends: &[("recovered crash", 100)],
    },
    Case {
        name: "every write hangs for 60 s",
        disk: Disk::In(Trouble::Hung {
            from_ms: 3000,
            to_ms: 63_000,
        }),
        packets: 3600,
        is_left: false,
        has_latecomer: true,
        ends: &[("truncated slow_disk", 100), (COMPLETE, 1)],
    },
];

/// What became of a server's calls.
#[derive(Serialize)]
struct Seen {
    said: usize,
    /// Packets that did not come back.
    lost: usize,
    /// Calls whose echo was not, packet by packet, what was said.
    distorted: usize,
    /// From the sending of a packet to its coming back, in milliseconds: the median, 99 %, and the
    /// longest.
    echo_ms: [f64; 3],
    ends: BTreeMap<String, u32>,
    faults: Vec<String>,
}

pub(crate) async fn prove() -> Outcome {
    println!(
        "\ndisk: {CALLS} calls at 50 packets/s on a disk in trouble, {CALLS_BESIDE} beside them on a \
         sound one"
    );
    let library = Library::built();
    let (mut rows, mut is_kept) = (Vec::new(), true);
    for case in &CASES {
        let (seen, beside) = under(case, &library).await;
        let is_felt = matches!(case.disk, Disk::In(_)) == library.was_felt();
        let is_in_time = seen.longest_echo() <= beside.longest_echo() + MOST_LATE;
        let is_as_promised = case.allows(&seen) && beside.is_well() && is_in_time && is_felt;
        is_kept &= is_as_promised;
        println!(
            "  {:<28} echoes lost {} of {}, beside {} of {}; {}\n{:31}echo after {:.1?} ms, beside {:.1?}",
            case.name,
            seen.lost,
            seen.said,
            beside.lost,
            beside.said,
            words(&seen.ends),
            "",
            seen.echo_ms,
            beside.echo_ms,
        );
        if !is_as_promised {
            let seen = json!([&seen, &beside]);
            println!("    BROKEN: {seen}; trouble as meant: {is_felt}");
        }
        rows.push(json!({ "name": case.name, "in_trouble": seen, "beside": beside }));
    }
    Outcome {
        is_kept,
        figures: Value::Array(rows),
    }
}

fn words(ends: &BTreeMap<String, u32>) -> String {
    let ends = ends.iter().map(|(end, count)| format!("{count} {end}"));
    ends.collect::<Vec<_>>().join(", ")
}

impl Seen {
    /// Every echo came back, and nobody finds fault with a file.
    fn is_well(&self) -> bool {
        (self.lost, self.distorted) == (0, 0) && self.faults.is_empty()
    }

    fn longest_echo(&self) -> Duration {
        let [_, _, longest] = self.echo_ms;
        Duration::from_secs_f64(longest / 1000.0)
    }
}

impl Case {
    fn allows(&self, seen: &Seen) -> bool {
        let is_allowed = |end: &str| self.ends.iter().any(|(allowed, _)| *allowed == end);
        let count = |end: &str| seen.ends.get(end).copied().unwrap_or(0);
        seen.is_well()
            && seen.ends.keys().all(|end| is_allowed(end))
            && self.ends.iter().all(|(end, fewest)| count(end) >= *fewest)
    }

    fn variables(&self, library: &Library) -> Vec<(&'static str, String)> {
        match self.disk {
            Disk::In(trouble) => library.variables(trouble).to_vec(),
            Disk::Sound | Disk::Small => Vec::new(),
        }
    }
}

async fn under(case: &Case, library: &Library) -> (Seen, Seen) {
    let home = TempDir::new().unwrap();
    let _small = matches!(case.disk, Disk::Small).then(|| SmallDisk::at(home.path()));
    let variables = case.variables(library);
    let mut server = TestServer::in_folder(home.path(), &variables, &FLAGS).await;
    let mut server_beside = TestServer::with(&FLAGS).await;
    let callers = connected(&server, CALLS).await;
    let callers_beside = connected(&server_beside, CALLS_BESIDE).await;

    let start = Instant::now() + PACKET;
    let (mut spoken, spoken_beside, latecomers) = tokio::join!(
        spoken(callers, case.packets, start),
        spoken(callers_beside, case.packets, start),
        latecomers(case, &server, start)
    );
    spoken.extend(latecomers);

    all_over(&server).await;
    all_over(&server_beside).await;
    if case.is_left {
        server.kill().await;
        server = TestServer::in_folder(home.path(), &[], &FLAGS).await;
        server
            .until_log("a recovery", |line| line.contains("were completed"))
            .await;
    }
    let seen = judged(&server, &spoken);
    let beside = judged(&server_beside, &spoken_beside);
    server.stop_in_trouble().await;
    server_beside.stop().await;
    (seen, beside)
}

async fn connected(server: &TestServer, calls: u8) -> Vec<(u8, Caller, Call)> {
    let mut callers = Vec::new();
    for voice in 0..calls {
        let (caller, call) = Caller::connect(server).await;
        callers.push((voice, caller, call));
    }
    callers
}

/// Who calls, speaks and hangs up while the disk is in trouble.
async fn latecomers(case: &Case, server: &TestServer, start: Instant) -> Vec<Spoken> {
    if !case.has_latecomer {
        return Vec::new();
    }
    let call_at = start + LATECOMER_AFTER;
    tokio::time::sleep_until(call_at).await;
    let (caller, call) = Caller::connect(server).await;
    spoken(vec![(CALLS, caller, call)], 50, Instant::now()).await
}

/// A call that is over.
struct Spoken {
    call: Call,
    said: Vec<Bytes>,
    heard: Vec<Bytes>,
    /// How long each packet of the echo took.
    took: Vec<Duration>,
}

/// All speak at the same time, each at his own moment of the 20 ms.
async fn spoken(callers: Vec<(u8, Caller, Call)>, packets: u32, start: Instant) -> Vec<Spoken> {
    let mut calls = JoinSet::new();
    for (voice, mut caller, call) in callers {
        calls.spawn(async move {
            let said = all_stamped(voice, packets);
            tokio::time::sleep_until(start + PACKET * u32::from(voice) / u32::from(CALLS)).await;
            caller.say(&said).await;
            let all = caller.until_heard(said.len());
            // What has not come by then is lost.
            let _ = tokio::time::timeout(Duration::from_secs(10), all).await;
            let heard = caller.heard();
            let sent_at: HashMap<&Bytes, _> = said.iter().zip(caller.sent_at()).collect();
            let took = heard.iter().filter_map(|heard| {
                let sent_at = sent_at.get(&heard.payload)?;
                Some(heard.at.duration_since(**sent_at))
            });
            let took = took.collect();
            let heard = heard.into_iter().map(|heard| heard.payload).collect();
            caller.hang_up().await;
            Spoken {
                call,
                said,
                heard,
                took,
            }
        });
    }
    calls.join_all().await
}

/// Every call has ended and its recording is final.
async fn all_over(server: &TestServer) {
    let patience = Duration::from_secs(120);
    within(patience, "the end of all recordings", async || {
        (server.health().await.active_conversations == 0).then_some(())
    })
    .await;
}

fn judged(server: &TestServer, spoken: &[Spoken]) -> Seen {
    let mut seen = Seen {
        said: 0,
        lost: 0,
        distorted: 0,
        echo_ms: percentiles(spoken),
        ends: BTreeMap::new(),
        faults: server.verify().err().into_iter().collect(),
    };
    for Spoken {
        call, said, heard, ..
    } in spoken
    {
        seen.said += said.len();
        let came_back: HashSet<&Bytes> = heard.iter().collect();
        let is_lost = |packet: &&Bytes| !came_back.contains(packet);
        seen.lost += said.iter().filter(is_lost).count();
        seen.distorted += usize::from(said != heard);
        let end = match server.try_description(call.id) {
            Some(it) => format!("{} {}", word(&it.status), word(&it.end_reason)),
            None => "undescribed".to_owned(),
        };
        *seen.ends.entry(end).or_default() += 1;
    }
    let recording = |it: &Spoken| server.recording(it.call.id);
    let paths: Vec<PathBuf> = spoken.iter().map(recording).collect();
    let with_paths = spoken.iter().zip(&paths);
    let suspects: Vec<Suspect<'_>> = with_paths
        .filter(|(_, path)| path.exists())
        .map(|(Spoken { said, .. }, path)| Suspect { path, said })
        .collect();
    let verdicts = judge_all(&suspects);
    seen.faults
        .extend(verdicts.into_iter().filter_map(Result::err));
    seen
}

/// Of all echoes together, in milliseconds: the median, 99 %, and the longest.
fn percentiles(spoken: &[Spoken]) -> [f64; 3] {
    let mut took: Vec<Duration> = spoken.iter().flat_map(|it| it.took.clone()).collect();
    took.sort_unstable();
    [50, 99, 100].map(|percent| {
        let place = took.len().saturating_sub(1) * percent / 100;
        took.get(place).map_or(0.0, |it| it.as_secs_f64() * 1000.0)
    })
}

/// As it stands in the description.
fn word(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).unwrap();
    value.as_str().unwrap_or_default().to_owned()
}

/// A disk of 1 MB in a folder, as long as this lives.
struct SmallDisk<'a> {
    folder: &'a Path,
}

impl<'a> SmallDisk<'a> {
    fn at(folder: &'a Path) -> Self {
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
            .arg(folder)
            .status()
            .unwrap();
        assert!(mounted.success(), "only root can mount a small disk");
        Self { folder }
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg(self.folder).status();
        let is_done = unmounted.is_ok_and(|status| status.success());
        // Whoever panics already has something to say.
        assert!(is_done || std::thread::panicking());
    }
}
