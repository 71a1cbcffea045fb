//! Thousands come and go, decently and not: nothing is left of them, in no table either.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bench::caller::Caller;
use bench::figures::Figures;
use bench::load;
use bench::options::Options;
use bench::process::Usage;
use clap::Parser;
use serde_json::json;
use server::peer::Identity;
use tests::TestServer;
use tests::counts;
use tests::waiting::within;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::{Outcome, refusals};

const CALLERS: usize = 1_000;
/// They come in waves of so many.
const WAVE: usize = 50;
/// After this nothing may be left of them.
const PATIENCE: Duration = Duration::from_secs(60);
/// What the memory may differ by.
const MEMORY_KIB: u64 = 5 * 1024;

pub(crate) async fn prove() -> Outcome {
    println!("\ncrowd: {CALLERS} of each kind, who call {WAVE} at a time and offer one by one");
    let flags = ["--max-conversations", "5000", "--metrics", "127.0.0.1:0"];
    let mut server = TestServer::with(&flags).await;
    let metrics = counts::url(&server).await;
    let fresh_kib = memory_kib(&server);
    make_room(&server).await;
    let (before, before_kib) = (server.holdings(), memory_kib(&server));
    println!("  memory: {fresh_kib} KiB before anybody, {before_kib} KiB after the first ones");
    let (mut rounds, mut is_kept) = (Vec::new(), true);
    for kind in ["hang up", "vanish", "never connect", "stop half-way"] {
        let began = Instant::now();
        come(kind, &server).await;
        let came = began.elapsed();
        empty(&server).await;
        server.until_back_to(before).await;
        counts::until_nobody_is_remembered(&metrics, PATIENCE).await;
        let kib = memory_kib(&server);
        println!(
            "  {CALLERS} who {kind}: came in {came:.1?}, nothing was left after {:.1?}; {kib} KiB",
            began.elapsed()
        );
        is_kept &= kib <= before_kib + MEMORY_KIB;
        rounds.push(json!({"who": kind, "memory_kib": kib}));
    }
    let recorded = server.recorded().len();
    server.stop().await;
    println!("  {recorded} recordings, all sound");
    let full = refusals::prove().await;
    Outcome {
        is_kept: is_kept && full.is_kept,
        figures: json!({
            "memory_kib_fresh": fresh_kib,
            "memory_kib_before": before_kib,
            "rounds": rounds,
            "recordings": recorded,
            "refusals": full.figures,
        }),
    }
}

/// The first ones have the server make room that it keeps.
async fn make_room(server: &TestServer) {
    for vanish in [false, true] {
        waves(server, vanish).await;
    }
    // A second crowd at once still finds room in other places; a third and all after it do not.
    for _ in 0..2 {
        unanswered(server).await;
        empty(server).await;
    }
}

/// By the kernel's figures.
pub(crate) fn memory_kib(server: &TestServer) -> u64 {
    Usage::of(server.pid()).unwrap().memory_kib
}

async fn come(kind: &str, server: &TestServer) {
    match kind {
        "hang up" => waves(server, false).await,
        "vanish" => waves(server, true).await,
        "never connect" => unanswered(server).await,
        _ => aborted(server).await,
    }
}

/// Nobody is there, and every recording is final.
async fn empty(server: &TestServer) {
    within(PATIENCE, "nobody is there", async || {
        (server.health().await.active_conversations == 0).then_some(())
    })
    .await;
}

/// Calls of a moment each.
async fn waves(server: &TestServer, vanish: bool) {
    for _ in 0..CALLERS / WAVE {
        let mut words = vec!["--calls=50", "--ramp=200", "--seconds=0.2", "--warm-up=0.1"];
        words.extend(vanish.then_some("--vanish"));
        let figures = calls(server, &words).await;
        assert_eq!(figures.calls.up, WAVE, "{figures}");
        assert_eq!(figures.packets.altered + figures.packets.misdirected, 0);
    }
}

/// What the calls that these words ask for measured.
pub(crate) async fn calls(server: &TestServer, words: &[&str]) -> Figures {
    let url = format!("{}/webrtc", server.url());
    let words = [&["voicechat-bench", url.as_str()], words].concat();
    let options = Options::try_parse_from(words).unwrap();
    let run = move || load::run(&options, options.calls.get(), |_| {}).unwrap();
    tokio::task::spawn_blocking(run).await.unwrap().figures()
}

/// What somebody offers who will never call.
pub(crate) fn offer() -> String {
    let nowhere: SocketAddr = "127.0.0.1:9".parse().unwrap();
    Caller::new().offer(nowhere, &Identity::generate().unwrap())
}

async fn unanswered(server: &TestServer) {
    for _ in 0..CALLERS {
        let response = server.post_offer(offer()).await;
        assert_eq!(response.status(), 200);
    }
}

/// Offers of which only the first half arrives.
async fn aborted(server: &TestServer) {
    let address = server.url().trim_start_matches("http://");
    for _ in 0..CALLERS {
        let offer = offer();
        let head = format!(
            "POST /webrtc HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n",
            offer.len()
        );
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let half = &offer.as_bytes()[..offer.len() / 2];
        stream.write_all(half).await.unwrap();
    }
}
