//! Callers that share no code with us: aiortc, Google's library as `@roamhq/wrtc` wraps it, and
//! ffmpeg, which publishes by WHIP.
//!
//! `cargo xtask test` installs them below `target/tools`; each is a script in `tests/foreign`.

use std::f32::consts::TAU;
use std::process::Stdio;

use shared::recording::RecordingStatus;
use tests::TestServer;
use tests::foreign::{script, tool};
use tests::opus_tools;
use tests::signal::{FRAME, RATE, level};
use tests::waiting::soon;
use tokio::process::Command;

/// What both scripts play, in this order.
const TONES: [u16; 4] = [523, 1250, 2300, 3700];
/// The tones are ten times as loud.
const LOUD: f32 = 0.03;

#[tokio::test]
async fn aiortc_hears_its_own_tones() {
    let mut server = TestServer::start().await;
    let mut caller = Command::new(tool("python/bin/python"));
    caller.arg(script("aiortc_caller.py"));

    let verdict = call(&mut caller, &server).await;

    assert_eq!(verdict["same"], true, "{verdict}");
    assert_tones_are_recorded(&server, &verdict).await;
    server.stop().await;
}

#[tokio::test]
async fn googles_library_hears_its_own_tones() {
    let mut server = TestServer::start().await;
    let mut caller = Command::new("node");
    caller.arg(script("wrtc_caller.mjs"));
    caller.current_dir(tool("node"));

    let verdict = call(&mut caller, &server).await;

    assert_eq!(verdict["same"], true, "{verdict}");
    assert_tones_are_recorded(&server, &verdict).await;
    server.stop().await;
}

#[tokio::test]
async fn what_ffmpeg_publishes_is_recorded_in_both_roles_of_the_handshake() {
    for role in ["client", "server"] {
        let mut server = TestServer::start().await;
        let mut publisher = Command::new(tool("python/bin/python"));
        publisher.arg(script("ffmpeg_publisher.py")).arg(role);

        let verdict = call(&mut publisher, &server).await;

        assert!(verdict["packets"].as_u64().unwrap() >= 160, "{verdict}");
        server.until_active(0).await;
        let published: Vec<_> = server.recorded().into_iter().collect();
        let [id] = published[..] else {
            panic!("{published:?}");
        };
        assert_eq!(server.description(id).status, RecordingStatus::Complete);
        assert_eq!(tones_in(&opus_tools::decode(&server.recording(id))), TONES);
        server.stop().await;
    }
}

/// Lets a stranger call, and takes down what he says about it.
async fn call(caller: &mut Command, server: &TestServer) -> serde_json::Value {
    let output = caller
        .arg(server.url())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = soon("the stranger's call", output).await.unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);

    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}\n{complaint}", output.status))
}

/// Decodes the recording of a stranger's call, and finds in it what he had sent.
async fn assert_tones_are_recorded(server: &TestServer, verdict: &serde_json::Value) {
    server.until_active(0).await;
    let id = verdict["conversation"].as_str().unwrap().parse().unwrap();
    let recording = server.final_recording(id);
    let sound = opus_tools::decode(&server.recording(id));

    let tones = tones_in(&sound);
    assert_eq!(tones, TONES, "in {} packets", recording.packets.len());
}

/// The tones of a sound, each once, in the order in which they begin.
fn tones_in(sound: &[f32]) -> Vec<u16> {
    let windows = sound.chunks_exact(5 * FRAME);
    let mut tones: Vec<u16> = windows
        .filter(|window| level(window) > LOUD)
        .flat_map(|window| {
            let mut tones = TONES.into_iter();
            tones.find(|tone| share(window, *tone) > 0.9)
        })
        .collect();
    tones.dedup();
    tones
}

/// How much of a sound's power lies at that frequency (Goertzel's recurrence), from 0 to 1.
fn share(samples: &[f32], frequency: u16) -> f32 {
    let rate = f32::from(u16::try_from(RATE).unwrap());
    let turn = 2.0 * (TAU * f32::from(frequency) / rate).cos();
    let (one, two) = samples.iter().fold((0.0, 0.0), |(one, two), sample| {
        (sample + turn * one - two, one)
    });
    let power = one * one + two * two - turn * one * two;
    let total: f32 = samples.iter().map(|sample| sample * sample).sum();
    let count = f32::from(u16::try_from(samples.len()).unwrap());
    2.0 * power / (count * total)
}
