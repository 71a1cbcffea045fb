//! Callers that share no code with us: aiortc, and Google's library as `@roamhq/wrtc` wraps it.
//!
//! `cargo xtask test` installs them below `target/tools`; each is a script in `tests/foreign`.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tests::TestServer;
use tests::waiting::soon;
use tokio::process::Command;

#[tokio::test]
async fn aiortc_hears_its_own_tones() {
    let mut server = TestServer::start().await;
    let mut caller = Command::new(tool("python/bin/python"));
    caller.arg(script("aiortc_caller.py"));

    let verdict = call(&mut caller, &server).await;

    assert_eq!(verdict["same"], true, "{verdict}");
    assert!(is_recorded(&server, &verdict), "{verdict}");
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
    assert!(is_recorded(&server, &verdict), "{verdict}");
    server.stop().await;
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

fn is_recorded(server: &TestServer, verdict: &serde_json::Value) -> bool {
    let id = verdict["conversation"].as_str().unwrap();
    server.recorded().contains(&id.parse().unwrap())
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("foreign")
        .join(name)
}

/// What was installed for the tests, in the folder cargo builds in.
fn tool(name: &str) -> PathBuf {
    let test = env::current_exe().unwrap();
    let tool = test.ancestors().nth(3).unwrap().join("tools").join(name);
    assert!(
        tool.exists(),
        "{} is missing: `cargo xtask foreign` installs it",
        tool.display()
    );
    tool
}
