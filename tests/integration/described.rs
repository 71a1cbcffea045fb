//! The interface is as `/openapi.json` describes it, whatever a stranger sends: Schemathesis makes up
//! requests from the description and holds every answer against it.

use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tests::TestServer;
use tests::foreign::{script, tool};
use tokio::process::Command;
use tokio::time::timeout;

/// A few thousand requests. Only a failing test ever waits that long.
const PATIENCE: Duration = Duration::from_secs(300);
/// As the server answers them, whatever is sent.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance";

#[tokio::test]
async fn no_request_meets_an_error_of_ours_or_an_answer_that_is_not_described() {
    let mut server = TestServer::start().await;
    // It may leave files where it runs.
    let folder = TempDir::new().unwrap();
    let mut stranger = Command::new(tool("schemathesis/bin/schemathesis"));
    stranger
        .arg("run")
        .arg(format!("{}/openapi.json", server.url()))
        .args(["--checks", CHECKS, "--phases", "examples,coverage,fuzzing"])
        .args(["--max-examples", "30", "--seed", "1", "--workers", "1"])
        .args(["--generation-database", "none", "--no-color"])
        .env("SCHEMATHESIS_HOOKS", script("schemathesis_hooks.py"))
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .kill_on_drop(true);

    let output = timeout(PATIENCE, stranger.output()).await.unwrap().unwrap();

    let found = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{found}");
    assert!(found.contains("passed"), "{found}");
    server.stop().await;
}
