//! The real server as a child process, on free ports, with a recordings folder of its own.
//!
//! Whoever starts one stops it, and stopping proves that nothing is left over: no conversation,
//! no stray file, no error in the log.

mod asking;
mod live;
mod process;

use std::collections::BTreeSet;
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use reqwest::Client;
use rustix::process::{Pid, Signal, kill_process};
use shared::peaks::PEAKS_FILE;
use shared::recording::{METADATA_FILE, Metadata};
use shared::signaling::{HEALTH_PATH, RECORDING_FILE};
use shared::{ConversationId, Health};
use tempfile::TempDir;
use tokio::process::Child;
use tokio::sync::watch;
use tokio::task::JoinSet;

use process::{Launched, launch, program};

use crate::ogg_file::OggFile;
use crate::opus_tools;
use crate::waiting::{PATIENCE, eventually, soon};

/// A running `voicechat-server`.
pub struct TestServer {
    child: Child,
    url: String,
    recordings: Folder,
    flags: Vec<String>,
    /// The only variables of its environment.
    variables: Vec<(&'static str, String)>,
    log: watch::Sender<String>,
    is_log_read: watch::Sender<bool>,
    http: Client,
    is_stopped: bool,
    _log_reader: JoinSet<()>,
}

/// Where recordings lie.
enum Folder {
    Own(TempDir),
    Given(PathBuf),
}

impl Folder {
    fn path(&self) -> &Path {
        match self {
            Self::Own(folder) => folder.path(),
            Self::Given(folder) => folder,
        }
    }
}

/// What the operating system counts for the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holdings {
    pub open_files: usize,
    pub threads: usize,
}

impl TestServer {
    /// Starts a server on loopback that asks no STUN server.
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// Like [`start`](Self::start), with further or other flags.
    pub async fn with(flags: &[&str]) -> Self {
        if flags.contains(&"--bind") {
            Self::on_all_addresses(flags).await
        } else {
            Self::on_all_addresses(&[&["--bind", "127.0.0.1"], flags].concat()).await
        }
    }

    /// Like [`with`](Self::with), on all addresses the machine has, as the server does by itself.
    pub async fn on_all_addresses(flags: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        Self::recording_to(Folder::Own(folder), flags, &[]).await
    }

    /// Like [`with`](Self::with), with recordings in a folder that outlives it, and with these
    /// variables for its environment: a library named in `LD_PRELOAD` stands between it and the
    /// system.
    pub async fn in_folder(
        folder: &Path,
        variables: &[(&'static str, String)],
        flags: &[&str],
    ) -> Self {
        let flags = [&["--bind", "127.0.0.1"], flags].concat();
        Self::recording_to(Folder::Given(folder.to_owned()), &flags, variables).await
    }

    async fn recording_to(
        recordings: Folder,
        flags: &[&str],
        variables: &[(&'static str, String)],
    ) -> Self {
        let flags: Vec<String> = flags.iter().map(|&flag| flag.to_owned()).collect();
        let Launched {
            child,
            url,
            log,
            is_log_read,
            log_reader,
        } = launch(recordings.path(), &flags, variables).await;
        Self {
            child,
            url,
            recordings,
            flags,
            variables: variables.to_vec(),
            log,
            is_log_read,
            http: http_client(),
            is_stopped: false,
            _log_reader: log_reader,
        }
    }

    /// Starts it again on the same recordings, after [`kill`](Self::kill).
    pub async fn restart(&mut self) {
        assert!(self.is_stopped, "it still runs");
        let Launched {
            child,
            url,
            log,
            is_log_read,
            log_reader,
        } = launch(self.recordings.path(), &self.flags, &self.variables).await;
        (self.child, self.url) = (child, url);
        (self.log, self.is_log_read, self._log_reader) = (log, is_log_read, log_reader);
        self.is_stopped = false;
    }

    /// Where it serves, such as `http://127.0.0.1:41873`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// `GET /health`.
    pub async fn health(&self) -> Health {
        let response = self.get(HEALTH_PATH).await;
        assert_eq!(response.status(), 200);
        response.json().await.unwrap()
    }

    /// Waits until that many conversations are active.
    pub async fn until_active(&self, count: usize) {
        let what = format!("{count} active conversations");
        eventually(&what, async || {
            (self.health().await.active_conversations == count).then_some(())
        })
        .await;
    }

    /// Where the conversation's audio lies on the disk.
    #[must_use]
    pub fn recording(&self, id: ConversationId) -> PathBuf {
        self.recordings
            .path()
            .join(id.to_string())
            .join(RECORDING_FILE)
    }

    /// What is described beside the conversation's audio.
    #[must_use]
    pub fn description(&self, id: ConversationId) -> Metadata {
        self.try_description(id).unwrap()
    }

    /// The same; none if nothing lies there.
    #[must_use]
    pub fn try_description(&self, id: ConversationId) -> Option<Metadata> {
        let path = self.recording(id).with_file_name(METADATA_FILE);
        let json = fs::read(path).ok()?;
        Some(serde_json::from_slice(&json).unwrap())
    }

    /// Puts a file where the recording of a conversation would be; returns its folder.
    pub fn put_recording(&self, id: ConversationId, file: &[u8]) -> PathBuf {
        let folder = self.recordings.path().join(id.to_string());
        fs::create_dir(&folder).unwrap();
        fs::write(self.recording(id), file).unwrap();
        folder
    }

    /// A recording that is final; panics when anybody finds fault with it.
    #[must_use]
    pub fn final_recording(&self, id: ConversationId) -> OggFile {
        let path = self.recording(id);
        opus_tools::check(&path);
        let bytes = fs::read(&path).unwrap();
        OggFile::read(&bytes).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()))
    }

    /// Every conversation that has a folder on the disk.
    #[must_use]
    pub fn recorded(&self) -> BTreeSet<ConversationId> {
        // Beside them lie the server's own key and what is just being deleted.
        let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
        let is_recording = |path: &PathBuf| !name(path).starts_with('.');
        entries(self.recordings.path())
            .filter(is_recording)
            .map(|path| {
                name(&path)
                    .parse()
                    .unwrap_or_else(|_| panic!("a stray file: {}", path.display()))
            })
            .collect()
    }

    /// Everything it logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.log.borrow().clone()
    }

    /// Its media port, as it announced it.
    pub async fn udp_port(&self) -> u16 {
        self.until_log("its media port", |log| log.contains("udp_port="))
            .await;
        let log = self.log();
        let (_, told) = log.split_once("udp_port=").unwrap();
        let digits: String = told.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap()
    }

    /// Waits until the log has a line that `is_wanted`.
    pub async fn until_log(&self, what: &str, is_wanted: impl Fn(&str) -> bool) {
        let mut log = self.log.subscribe();
        let seen = log.wait_for(|log| log.lines().any(&is_wanted));
        drop(soon(what, seen).await.unwrap());
    }

    /// From now on nobody reads what it logs, or again somebody does.
    pub fn read_log(&self, is_read: bool) {
        self.is_log_read.send_replace(is_read);
    }

    /// Open files and threads, as `/proc` counts them.
    #[must_use]
    pub fn holdings(&self) -> Holdings {
        let process = PathBuf::from(format!("/proc/{}", self.pid().as_raw_nonzero()));
        Holdings {
            open_files: entries(&process.join("fd")).count(),
            threads: entries(&process.join("task")).count(),
        }
    }

    /// Waits until it holds no more than `before`.
    pub async fn until_back_to(&self, before: Holdings) {
        let what = format!("the server holds no more than {before:?}");
        eventually(&what, async || {
            let now = self.holdings();
            let is_back = now.open_files <= before.open_files && now.threads <= before.threads;
            is_back.then_some(())
        })
        .await;
    }

    /// Its process.
    #[must_use]
    pub fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id().unwrap()).unwrap()).unwrap()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Waits for its end and checks what it leaves behind.
    pub async fn ended(&mut self) -> ExitStatus {
        let status = soon("the server's end", self.child.wait()).await.unwrap();
        self.is_stopped = true;
        soon("the end of the log", async {
            while self._log_reader.join_next().await.is_some() {}
        })
        .await;
        self.assert_recordings();
        status
    }

    /// Nothing lies in the folder but recordings with what belongs to them, and all are sound.
    pub fn assert_recordings(&self) {
        let known = [RECORDING_FILE, METADATA_FILE, PEAKS_FILE];
        for id in self.recorded() {
            let folder = self.recordings.path().join(id.to_string());
            let stray =
                entries(&folder).find(|path| !known.iter().any(|name| path.ends_with(name)));
            assert_eq!(stray, None, "none of a recording's files");
        }
        self.verify().unwrap_or_else(|words| panic!("{words}"));
    }

    /// What `verify` says of the whole folder.
    ///
    /// # Errors
    /// Its words, when it exits with another code than 0.
    pub fn verify(&self) -> Result<String, String> {
        let checked = std::process::Command::new(program())
            .env_clear()
            .arg("verify")
            .arg(self.recordings.path())
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&checked.stdout).into_owned();
        if checked.status.success() {
            Ok(words)
        } else {
            Err(words)
        }
    }

    /// Stops it once no conversation is left, and checks that it ends well.
    pub async fn stop(&mut self) {
        self.stop_in_trouble().await;
        self.assert_quiet_log();
    }

    /// The same, where it had reason to complain.
    pub async fn stop_in_trouble(&mut self) {
        self.until_active(0).await;
        self.signal(Signal::TERM);
        let status = self.ended().await;
        assert!(status.success(), "{status}\n{}", self.log());
    }

    /// Kills it, as a crash would.
    pub async fn kill(&mut self) {
        self.child.kill().await.unwrap();
        self.is_stopped = true;
    }

    /// No panic and nothing for which someone must act.
    pub fn assert_quiet_log(&self) {
        let log = self.log();
        let is_loud = |line: &&str| line.contains("panicked") || line.contains("ERROR");
        let loud: Vec<&str> = log.lines().filter(is_loud).collect();
        assert!(loud.is_empty(), "{loud:#?}");
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            let tail = lines[lines.len().saturating_sub(40)..].join("\n");
            #[expect(clippy::print_stderr, reason = "what a failed test needs")]
            {
                eprintln!("--- the server's last words ---\n{tail}\n---");
            }
        } else {
            assert!(self.is_stopped, "the test did not stop its server");
        }
    }
}

/// A client with an address of its own on loopback: 127.0.0.`last`.
#[must_use]
pub fn http_client_at(last: u8) -> Client {
    let local = IpAddr::V4(Ipv4Addr::new(127, 0, 0, last));
    let client = Client::builder()
        .no_proxy()
        .local_address(local)
        .timeout(PATIENCE);
    client.build().unwrap()
}

/// A client that keeps no connection, so that the server's open files can be counted.
#[must_use]
pub fn http_client() -> Client {
    Client::builder()
        .no_proxy()
        .pool_max_idle_per_host(0)
        .timeout(Duration::from_secs(30))
        .build()
        .unwrap()
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
}
