//! The server's process: which program it is, and how it starts.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader, Lines};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::waiting::soon;

/// A server that says where it serves.
pub(super) struct Launched {
    pub(super) child: Child,
    pub(super) url: String,
    pub(super) log: watch::Sender<String>,
    pub(super) is_log_read: watch::Sender<bool>,
    pub(super) log_reader: JoinSet<()>,
}

/// Starts it, and waits until it serves.
pub(super) async fn launch(
    recordings: &Path,
    flags: &[String],
    variables: &[(&'static str, String)],
) -> Launched {
    let mut command = Command::new(program());
    command.env_clear().envs(variables.iter().cloned());
    command.arg("--recordings").arg(recordings);
    // A machine for tests may have little space.
    for (flag, value) in [
        ("--port", "0"),
        ("--stun", "none"),
        ("--min-free-space", "0"),
    ] {
        if !flags.iter().any(|given| given == flag) {
            command.args([flag, value]);
        }
    }
    let mut child = command
        .args(flags)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let log = watch::Sender::new(String::new());
    let is_log_read = watch::Sender::new(true);
    let mut log_reader = JoinSet::new();
    let stderr = lines(child.stderr.take().unwrap());
    log_reader.spawn(collect(stderr, log.clone(), is_log_read.subscribe()));
    let mut stdout = lines(child.stdout.take().unwrap());
    let first_line = soon("the server's first line", stdout.next_line()).await;
    let Ok(Some(url)) = first_line else {
        let status = soon("the server's end", child.wait()).await;
        panic!("the server did not start: {status:?}\n{}", *log.borrow());
    };
    assert!(
        url.starts_with("http://") || url.starts_with("https://"),
        "not an address: {url}"
    );
    Launched {
        child,
        url,
        log,
        is_log_read,
        log_reader,
    }
}

/// The server's binary, beside the test's own.
pub(super) fn program() -> PathBuf {
    let this = env::current_exe().unwrap();
    // Tests lie one folder deeper than programs.
    let program = this
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join("voicechat-server"))
        .find(|program| program.is_file());
    program.expect("the server's program is missing: build it with `cargo build -p server`")
}

fn lines<R: AsyncRead + Unpin>(reader: R) -> Lines<BufReader<R>> {
    BufReader::new(reader).lines()
}

async fn collect<R: AsyncRead + Unpin>(
    mut lines: Lines<BufReader<R>>,
    log: watch::Sender<String>,
    mut is_read: watch::Receiver<bool>,
) {
    while is_read.wait_for(|is_read| *is_read).await.is_ok() {
        let Ok(Some(line)) = lines.next_line().await else {
            return;
        };
        log.send_modify(|log| {
            log.push_str(&line);
            log.push('\n');
        });
    }
}
