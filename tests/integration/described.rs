//! The interface is as `/openapi.json` describes it, whatever a stranger sends: Schemathesis makes up
//! requests from the description, about recordings and calls that are there and others, and holds every
//! answer against it.

use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;
use std::time::Duration;

use reqwest::Method;
use shared::signaling::SDP;
use tempfile::TempDir;
use tests::TestServer;
use tests::caller::Caller;
use tests::foreign::{script, tool};
use tests::opus_tools::all_stamped;
use tests::waiting::eventually;
use tokio::process::Command;
use tokio::time::timeout;
use webrtc::peer_connection::RTCPeerConnectionState;

/// A few thousand requests. Only a failing test ever waits that long.
const PATIENCE: Duration = Duration::from_secs(300);
/// As the server answers them, whatever is sent.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance";
const TOKEN: &str = "a-token-of-many-letters";

/// What is answered to whoever asks for what is there.
const SUCCESSES: [&str; 9] = [
    "DELETE /conversations/{id} 204",
    "DELETE /webrtc/{secret} 204",
    "GET /about 200",
    "GET /conversations 200",
    "GET /conversations/{id} 200",
    "GET /conversations/{id}/peaks 200",
    "GET /conversations/{id}/user_audio.ogg 200",
    "GET /health 200",
    "GET /webrtc/{secret} 200",
];

/// A call, and where it is.
struct Seeded {
    caller: Caller,
    id: String,
    secret: String,
}

impl Seeded {
    async fn call(server: &TestServer) -> Self {
        let mut caller = Caller::new().await;
        let request = server.request(Method::POST, "/webrtc").bearer_auth(TOKEN);
        let request = request.header("content-type", SDP);
        let answer = server.send(request.body(caller.offer().await)).await;
        let told = |name| answer.headers()[name].to_str().unwrap().to_owned();
        let (id, location) = (told("x-conversation-id"), told("location"));
        caller.accept(&answer.text().await.unwrap()).await;
        caller.until(RTCPeerConnectionState::Connected).await;
        caller.say(&all_stamped(1, 25)).await;
        caller.until_heard(25).await;
        let secret = location.rsplit('/').next().unwrap().to_owned();
        Self { caller, id, secret }
    }

    /// A call that is over, and its waveform drawn.
    async fn recording(server: &TestServer) -> String {
        let call = Self::call(server).await;
        call.caller.hang_up().await;
        server.until_active(0).await;
        let path = format!("/conversations/{}/peaks", call.id);
        eventually("the waveform", async || {
            let request = server.request(Method::GET, &path).bearer_auth(TOKEN);
            let answer = server.send(request).await;
            answer.status().is_success().then_some(())
        })
        .await;
        call.id
    }
}

/// Has a stranger try the server with these flags.
async fn try_all(flags: &[&str]) {
    let mut server = TestServer::with(&[&["--media-deadline", "10m"], flags].concat()).await;
    let kept = Seeded::recording(&server).await;
    let deleted = Seeded::recording(&server).await;
    let (goes_on, ended) = (Seeded::call(&server).await, Seeded::call(&server).await);
    // It may leave files where it runs.
    let folder = TempDir::new().unwrap();
    let notes = folder.path().join("successes");
    let mut stranger = Command::new(tool("schemathesis/bin/schemathesis"));
    stranger
        .arg("run")
        .arg(format!("{}/openapi.json", server.url()))
        .args(["--checks", CHECKS, "--phases", "examples,coverage,fuzzing"])
        .args(["--max-examples", "30", "--seed", "1", "--workers", "1"])
        .args(["--generation-database", "none", "--no-color"])
        .args(["--header", &format!("Authorization: Bearer {TOKEN}")])
        .env("SCHEMATHESIS_HOOKS", script("schemathesis_hooks.py"))
        .env("SEEDED_RECORDING", &kept)
        .env("SEEDED_RECORDING_TO_DELETE", &deleted)
        .env("SEEDED_CALL", &goes_on.secret)
        .env("SEEDED_CALL_TO_END", &ended.secret)
        .env("NOTED_SUCCESSES", &notes)
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .kill_on_drop(true);

    let output = timeout(PATIENCE, stranger.output()).await.unwrap().unwrap();

    let found = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{found}");
    assert!(found.contains("passed"), "{found}");
    let noted = fs::read_to_string(&notes).unwrap_or_default();
    let noted: BTreeSet<&str> = noted.lines().collect();
    let missing = BTreeSet::from(SUCCESSES);
    let missing: Vec<_> = missing.difference(&noted).collect();
    assert!(missing.is_empty(), "never seen: {missing:?} of {noted:?}");
    goes_on.caller.hang_up().await;
    ended.caller.hang_up().await;
    server.stop().await;
}

#[tokio::test]
async fn no_request_meets_an_error_of_ours_or_an_answer_that_is_not_described() {
    try_all(&[]).await;
}

#[tokio::test]
async fn nor_does_one_that_shows_a_token() {
    try_all(&["--auth", "token", "--token", TOKEN]).await;
}
