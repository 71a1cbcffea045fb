//! The page in a call with everything on it at work: how many frames it draws, and what that costs.

use std::fs;
use std::time::{Duration, Instant};

use bench::process::Usage;
use rustix::process::{Pid, getpid};
use serde_json::{Value, json};
use tests::browser::Microphone;
use tests::signal::{RATE, Sentence};
use tests::waiting::eventually;
use tests::{Browser, TestServer};
use tokio::sync::oneshot;

use crate::Outcome;

/// How often it is measured in the call; the best one counts, for others may use the machine too.
const SPANS: usize = 3;
/// So many frames a second have to be drawn of 60.
const FRAMES_WANTED: f64 = 58.0;
/// A frame that took longer kept its place while another one was due.
const LATE_MS: f64 = 25.0;

/// When each frame of eight seconds began, in milliseconds. The page counts by itself: whoever asks
/// it meanwhile has it work.
const FRAMES: &str = "return new Promise((done) => {
    const frames = [];
    const note = (at) => {
        frames.push(at);
        if (at - frames[0] < 8000) requestAnimationFrame(note);
        else done(frames);
    };
    requestAnimationFrame(note);
});";

/// Everything that can be opened, and all of it in sight: what is out of sight is not drawn.
const OPEN_ALL: &str = "const closed = [...document.querySelectorAll('details')];
    closed.forEach((details) => { details.open = true; });
    return [closed.length, document.documentElement.scrollHeight];";

/// What was seen for eight seconds.
struct Span {
    frames_per_second: f64,
    longest_ms: f64,
    late: usize,
    /// Of the page's own process.
    page_cores: f64,
    /// Of all processes of the browser.
    browser_cores: f64,
}

pub(crate) async fn prove() -> Outcome {
    println!("\npage: {SPANS} times 8 s of a call with everything on the page at work");
    // Long enough that nothing said comes again within the longest delay that is looked for.
    let microphone = Microphone::Hears(Sentence::of(30, 31).samples);
    let (measured, spans) = oneshot::channel();
    Browser::run("page", microphone, async move |browser| {
        // Nobody listens any more only if the proof broke down.
        drop(measured.send(measure(&browser).await));
    })
    .await;
    judge(&spans.await.unwrap())
}

/// The page as it waits for a call, and then in one.
async fn measure(browser: &Browser) -> (Span, [Span; SPANS]) {
    let mut server = TestServer::start().await;
    browser.visit(server.url()).await;
    leave_a_recording(browser).await;
    browser.visit(server.url()).await;
    let idle = Span::of(browser).await;

    browser.press("library").await;
    browser.shown("listed-waveform").await;
    browser.press("call").await;
    browser.until_phase("live").await;
    for testid in [
        "mic-health",
        "pair",
        "plot-loss",
        "plot-jitter",
        "plot-rtt",
        "plot-mos",
    ] {
        browser.shown(testid).await;
    }
    eventually("a delay", async || {
        browser.attribute("delay", "data-ms").await
    })
    .await;
    let opened = browser.evaluate(OPEN_ALL).await;
    let [details, height] = [&opened[0], &opened[1]].map(|number| number.as_u64().unwrap());
    assert!(details >= 3, "{details} details are not all");
    browser.resize(1280, u32::try_from(height).unwrap()).await;
    let spans = [
        Span::of(browser).await,
        Span::of(browser).await,
        Span::of(browser).await,
    ];

    browser.take_picture("page").await;
    browser.press("call").await;
    browser.until_phase("ended").await;
    server.stop().await;
    (idle, spans)
}

/// Something to be listed and drawn.
async fn leave_a_recording(browser: &Browser) {
    browser.press("call").await;
    browser.until_phase("live").await;
    browser.listen(5 * RATE as usize).await;
    browser.press("call").await;
    browser.shown("recording-play").await;
}

fn judge((idle, spans): &(Span, [Span; SPANS])) -> Outcome {
    println!("                  frames/s   longest  over {LATE_MS} ms  its process  the browser");
    idle.print("before a call");
    for span in spans {
        span.print("in the call");
    }
    let best = spans.iter().map(|span| span.frames_per_second);
    let best = best.fold(0.0, f64::max);
    let times = |cores: fn(&Span) -> f64| {
        spans.iter().map(cores).sum::<f64>() / (SPANS as f64 * cores(idle))
    };
    let (page, browser) = (
        times(|span| span.page_cores),
        times(|span| span.browser_cores),
    );
    println!(
        "  the call costs the page's process {page:.1} times as much as waiting for it, the browser {browser:.1} times"
    );
    Outcome {
        is_kept: best >= FRAMES_WANTED,
        figures: json!({
            "frames_per_second": best,
            "idle": idle.figures(),
            "call": spans.each_ref().map(Span::figures),
            "times_idle": { "page": page, "browser": browser },
        }),
    }
}

impl Span {
    async fn of(browser: &Browser) -> Self {
        let (before, began) = (Cost::now(), Instant::now());
        let frames = browser.evaluate(FRAMES).await;
        let (after, took) = (Cost::now(), began.elapsed());
        let began: Vec<f64> = serde_json::from_value(frames).unwrap();
        let lasted: Vec<f64> = began.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let cores = |of: fn(&Cost) -> Duration| {
            of(&after).saturating_sub(of(&before)).as_secs_f64() / took.as_secs_f64()
        };
        Self {
            frames_per_second: 1e3 * lasted.len() as f64 / lasted.iter().sum::<f64>(),
            longest_ms: lasted.iter().copied().fold(0.0, f64::max),
            late: lasted.iter().filter(|ms| **ms > LATE_MS).count(),
            page_cores: cores(|cost| cost.page),
            browser_cores: cores(|cost| cost.browser),
        }
    }

    fn print(&self, what: &str) {
        println!(
            "  {what:<16}{:>8.1}  {:>5.1} ms  {:>10}  {:>5.2} cores  {:>5.2} cores",
            self.frames_per_second, self.longest_ms, self.late, self.page_cores, self.browser_cores
        );
    }

    fn figures(&self) -> Value {
        json!({
            "frames_per_second": self.frames_per_second,
            "longest_frame_ms": self.longest_ms,
            "frames_over_25_ms": self.late,
            "page_cores": self.page_cores,
            "browser_cores": self.browser_cores,
        })
    }
}

/// What the browser used since it was started.
#[derive(Default)]
struct Cost {
    page: Duration,
    browser: Duration,
}

impl Cost {
    fn now() -> Self {
        let mut cost = Self::default();
        for process in processes_of_the_browser() {
            // One that has just ended used next to nothing since.
            let cpu = Usage::of(process).map_or(Duration::ZERO, |usage| usage.cpu);
            cost.browser += cpu;
            if says(process, "cmdline").contains("--type=renderer") {
                cost.page += cpu;
            }
        }
        cost
    }
}

/// All below our chromedriver, which is none itself.
fn processes_of_the_browser() -> Vec<Pid> {
    let all: Vec<(Pid, Pid)> = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| {
            let name = entry.ok()?.file_name();
            let process = Pid::from_raw(name.to_str()?.parse().ok()?)?;
            Some((process, parent(process)?))
        })
        .collect();
    let children = |of: Pid| all.iter().filter(move |(_, parent)| *parent == of);
    let is_driver = |process: Pid| says(process, "comm").starts_with("chromedriver");
    let mut found: Vec<Pid> = children(getpid())
        .filter(|(child, _)| is_driver(*child))
        .flat_map(|(driver, _)| children(*driver))
        .map(|(child, _)| *child)
        .collect();
    let mut next = 0;
    while let Some(process) = found.get(next).copied() {
        found.extend(children(process).map(|(child, _)| *child));
        next += 1;
    }
    found
}

fn parent(process: Pid) -> Option<Pid> {
    let stat = says(process, "stat");
    // The command's name, in brackets, may have spaces and brackets of its own.
    let (_, rest) = stat.rsplit_once(')')?;
    Pid::from_raw(rest.split_ascii_whitespace().nth(1)?.parse().ok()?)
}

/// A file that the kernel has of a process, empty if there is no such process any more.
fn says(process: Pid, file: &str) -> String {
    let path = format!("/proc/{}/{file}", process.as_raw_nonzero());
    let bytes = fs::read(path).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}
