//! A thousand recordings at once in this process, in real time: what they cost whoever pushes
//! packets, and what the least that could be done with the same bytes costs.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::num::NonZeroUsize;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};
use server::audio::recorder::Call;
use server::audio::{Recorder, Tee};
use server::packet::AudioPacket;
use server::recording::{Channels, Limits, Moment, Origin, Progress};
use server::storage::Storage;
use server::storage::check::{Finding, check};
use shared::ConversationId;
use shared::recording::{Client, RecordingStatus};

/// Makes this program measure, and nothing else.
pub(crate) const WORD: &str = "thousand";

pub(crate) const RECORDINGS: usize = 1000;
pub(crate) const SECONDS: usize = 20;
const REFERENCE_SECONDS: usize = 5;
const PACKETS_PER_SECOND: usize = 50;
/// The pushing thread wakes so often.
const SLOT: Duration = Duration::from_millis(1);
/// Recordings are spread evenly over the 20 ms of a packet.
const SLOTS: usize = 20;
/// A packet of 20 ms at 40 kbit/s: CELT, full band, one frame (RFC 6716 §3.1).
const PAYLOAD: [u8; 100] = [0xf8; 100];
/// A page holds 200 ms.
const PACKETS_PER_PAGE: usize = 10;
const PATIENCE: Duration = Duration::from_secs(300);

/// Records into the folder, and says in JSON what it cost.
pub(crate) fn measure(folder: &Path) -> Value {
    let room = NonZeroUsize::new(2000).unwrap();
    let mut timings = Timings::of(RECORDINGS * SECONDS * PACKETS_PER_SECOND);
    let memory_before = memory_kib("VmRSS:");
    let storage = Storage::new(folder.to_owned()).unwrap();
    let recorder = Recorder::start(storage.clone()).unwrap();
    let (seats, all_final) = mpsc::channel::<()>();
    let mut tees: Vec<Tee> = (0..RECORDINGS)
        .map(|number| {
            let mut tee = Tee::default();
            let origin = origin(number);
            let keep = Box::new(seats.clone());
            let progress = Progress::default();
            let call = Call {
                origin,
                keep,
                progress,
            };
            recorder.record(&mut tee, room, call);
            tee
        })
        .collect();
    drop(seats);

    let before = Spent::so_far();
    let began = Instant::now();
    push_in_real_time(SECONDS, |number, packet| {
        timings.time(|| tees[number].push(packet));
    });
    let took = began.elapsed();
    let spent = Spent::so_far().since(before);
    let memory_at_the_end = memory_kib("VmRSS:");
    let dropped: u64 = tees.iter().map(|tee| tee.dropped(Recorder::NAME)).sum();

    let ended = Instant::now();
    let end = shared::recording::RecordingEnd::ClientClosed;
    tees.into_iter().for_each(|tee| tee.end(ended, end));
    let is_final = all_final.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Disconnected);
    let until_final = ended.elapsed();
    // What was not read back by then is judged below all the same.
    recorder.stop(PATIENCE).unwrap();
    let memory_peak = memory_kib("VmHWM:");
    let (sound, complete, audio_bytes) = judged(&storage);
    json!({
        "push_ns": timings.told(),
        "cpu_cores": { "process": spent.process / took.as_secs_f64(),
                       "pushing_thread": spent.thread / took.as_secs_f64() },
        "memory_kib": { "before": memory_before, "at_the_end": memory_at_the_end,
                        "peak": memory_peak },
        "until_final_ms": until_final.as_millis(),
        "is_final": is_final,
        "dropped": dropped,
        "sound": sound,
        "complete": complete,
        "audio_bytes": audio_bytes,
        "writers_cpu_s": spent.process - spent.thread,
        "reference": reference(folder, audio_bytes),
    })
}

fn origin(number: usize) -> Origin {
    Origin {
        id: id(number),
        channels: Channels::Mono,
        payload_type: 111,
        fmtp: String::new(),
        client: Client::default(),
        began: Moment {
            at: Instant::now(),
            time: Timestamp::now(),
        },
        limits: Limits::default(),
    }
}

fn id(number: usize) -> ConversationId {
    ConversationId::from_nanoseconds(number as u64 + 1)
}

/// Hands out every recording's packets when they would come in.
fn push_in_real_time(seconds: usize, mut push: impl FnMut(usize, &AudioPacket)) {
    let start = Instant::now();
    for n in 0..seconds * PACKETS_PER_SECOND {
        for slot in 0..SLOTS {
            let due = SLOT * u32::try_from(n * SLOTS + slot).unwrap();
            #[expect(
                clippy::disallowed_methods,
                reason = "this thread has nothing else to do"
            )]
            thread::sleep(due.saturating_sub(start.elapsed()));
            for number in (slot..RECORDINGS).step_by(SLOTS) {
                let packet = AudioPacket {
                    arrived: Instant::now(),
                    ssrc: 1,
                    payload_type: 111,
                    sequence_number: u16::try_from(n).unwrap(),
                    timestamp_48k: u32::try_from(n).unwrap() * 960,
                    is_marked: false,
                    sender_report: None,
                    payload: Bytes::copy_from_slice(&PAYLOAD),
                };
                push(number, &packet);
            }
        }
    }
}

/// How many files are sound and hold every packet, how many descriptions say so, and their bytes.
fn judged(storage: &Storage) -> (usize, usize, u64) {
    let (mut sound, mut complete, mut all_bytes) = (0, 0, 0);
    for number in 0..RECORDINGS {
        let found = check(&storage.audio_path(id(number))).unwrap();
        if let Finding::Sound { packets, bytes, .. } = found {
            sound += usize::from(packets == (SECONDS * PACKETS_PER_SECOND) as u64);
            all_bytes += bytes;
        }
        let described = storage.metadata(id(number)).ok();
        complete += usize::from(described.is_some_and(|it| it.status == RecordingStatus::Complete));
    }
    (sound, complete, all_bytes)
}

/// The push into queues alone, and the same bytes written by a loop, page by page.
fn reference(folder: &Path, audio_bytes: u64) -> Value {
    let mut timings = Timings::of(RECORDINGS * REFERENCE_SECONDS * PACKETS_PER_SECOND);
    let mut queues = vec![VecDeque::with_capacity(16); RECORDINGS];
    push_in_real_time(REFERENCE_SECONDS, |number, packet| {
        let queue = &mut queues[number];
        timings.time(|| queue.push_back(packet.clone()));
        if queue.len() >= PACKETS_PER_PAGE {
            queue.clear();
        }
    });
    let pages = SECONDS * PACKETS_PER_SECOND / PACKETS_PER_PAGE;
    let page_bytes = usize::try_from(audio_bytes).unwrap() / RECORDINGS / pages;
    let page = vec![0; page_bytes];
    let before = Spent::so_far();
    let files: Vec<File> = (0..RECORDINGS)
        .map(|number| File::create(folder.join(format!("reference-{number}"))).unwrap())
        .collect();
    for number in 0..pages {
        for file in &files {
            let at = (number * page_bytes) as u64;
            file.write_all_at(&page, at).unwrap();
        }
    }
    files.iter().for_each(|file| file.sync_all().unwrap());
    json!({
        "push_ns": timings.told(),
        "writing_cpu_s": Spent::so_far().since(before).process,
    })
}

/// How long each push took, in nanoseconds. Its memory is there from the beginning.
struct Timings {
    all: Vec<u32>,
    count: usize,
}

impl Timings {
    fn of(count: usize) -> Self {
        Self {
            // Not zeros, which the system would only promise.
            all: vec![u32::MAX; count],
            count: 0,
        }
    }

    fn time(&mut self, push: impl FnOnce()) {
        let began = Instant::now();
        push();
        let took = u32::try_from(began.elapsed().as_nanos()).unwrap_or(u32::MAX);
        self.all[self.count] = took;
        self.count += 1;
    }

    fn told(&mut self) -> Value {
        let all = &mut self.all[..self.count];
        all.sort_unstable();
        let at = |share: usize| all[(all.len() - 1) * share / 1000];
        json!({ "p50": at(500), "p99": at(990), "p99_9": at(999), "max": at(1000) })
    }
}

/// Seconds of CPU.
#[derive(Clone, Copy)]
struct Spent {
    process: f64,
    thread: f64,
}

impl Spent {
    fn so_far() -> Self {
        Self {
            process: cpu_seconds("/proc/self/stat"),
            thread: cpu_seconds("/proc/thread-self/stat"),
        }
    }

    fn since(self, before: Self) -> Self {
        Self {
            process: self.process - before.process,
            thread: self.thread - before.thread,
        }
    }
}

/// User and system time as proc(5) counts them, in hundredths of a second.
fn cpu_seconds(stat: &str) -> f64 {
    let stat = fs::read_to_string(stat).unwrap();
    // The name, which comes before, may hold blanks.
    let (_, after_name) = stat.rsplit_once(')').unwrap();
    let fields = after_name.split_whitespace().skip(11).take(2);
    let ticks: u32 = fields.map(|ticks| ticks.parse::<u32>().unwrap()).sum();
    f64::from(ticks) / 100.0
}

fn memory_kib(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.unwrap().parse().unwrap()
}
