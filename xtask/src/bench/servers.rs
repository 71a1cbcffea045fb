//! The servers that are measured: ours, and those it is compared with.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::project::Project;

/// So long a server may take to serve.
const PATIENCE: Duration = Duration::from_secs(20);
/// What is not this machine's loopback: Janus and aiortc name no other address.
pub(super) const ADDRESS: &str = "10.99.0.1";

/// One server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Server {
    /// Recording, with so many shards.
    Ours(usize),
    Str0m,
    Janus,
    Aiortc,
    /// A UDP socket that sends everything back, without WebRTC.
    Bare,
}

impl Server {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ours(1) => "ours, recording",
            Self::Ours(_) => "ours, recording, two shards",
            Self::Str0m => "str0m",
            Self::Janus => "Janus",
            Self::Aiortc => "aiortc",
            Self::Bare => "bare UDP",
        }
    }

    /// How its offers are posted.
    pub(super) fn api(self) -> &'static str {
        match self {
            Self::Janus => "janus",
            _ => "sdp",
        }
    }
}

/// Where the programs are.
pub(super) struct Programs {
    /// The folder of ours.
    pub(super) release: PathBuf,
    /// The folder of those beside ours.
    echoes: PathBuf,
    /// The folder of what others are told.
    peers: PathBuf,
    /// The folder that the server of the moment records into.
    recordings: PathBuf,
    /// With aiortc and aiohttp.
    pub(super) python: Option<PathBuf>,
}

impl Programs {
    pub(super) fn find(project: &Project, python: Option<&Path>) -> Self {
        Self {
            release: project.target.join("release"),
            echoes: project.target.join("peers/release"),
            peers: project.root.join(super::PEERS),
            // On the project's disk: other temporary files may lie in memory.
            recordings: project
                .target
                .join(format!("bench-recordings-{}", std::process::id())),
            python: python.map(Path::to_owned),
        }
    }

    /// The servers that can be started here.
    pub(super) fn servers(&self) -> Vec<Server> {
        let mut servers = vec![Server::Ours(1), Server::Str0m, Server::Bare];
        if crate::command::is_installed("janus") {
            servers.push(Server::Janus);
        }
        if self.python.is_some() {
            servers.push(Server::Aiortc);
        }
        servers
    }

    /// On these cores. One runs at a time.
    pub(super) fn start(&self, server: Server, cores: &str) -> Result<Running> {
        let recordings = Recordings::new(&self.recordings)?;
        let mut command = Command::new("taskset");
        command.args(["-c", cores]);
        match server {
            Server::Ours(shards) => command
                .arg(self.release.join("voicechat-server"))
                .args(["--port", "0", "--bind", "127.0.0.1", "--stun", "none"])
                .args(["--max-conversations", "10000", "--shards"])
                .arg(shards.to_string())
                .arg("--recordings")
                .arg(&recordings.0),
            Server::Str0m => command.arg(self.echoes.join("str0m-echo")),
            Server::Bare => command.arg(self.echoes.join("bare-echo")),
            Server::Janus => command.arg("janus").arg("-F").arg(self.peers.join("janus")),
            Server::Aiortc => command
                .arg(self.python.as_deref().unwrap_or(Path::new("python3")))
                .arg(self.peers.join("aiortc_echo.py")),
        };
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("{} did not start", server.name()))?;
        let mut running = Running {
            child,
            server,
            url: String::new(),
            _recordings: recordings,
        };
        running.url = match server {
            Server::Janus => janus_url()?,
            _ => running.announced()?,
        };
        if matches!(server, Server::Ours(_)) {
            running.url.push_str("/webrtc");
        }
        Ok(running)
    }
}

/// A server that runs, until this is dropped.
pub(super) struct Running {
    child: Child,
    pub(super) server: Server,
    pub(super) url: String,
    _recordings: Recordings,
}

impl Running {
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it says first is where it serves. All else it says is read, and left.
    fn announced(&mut self) -> Result<String> {
        let stdout = self.child.stdout.take().context("no output")?;
        let (said, first) = mpsc::sync_channel(1);
        thread::spawn(move || {
            let mut lines = BufReader::new(stdout).lines();
            if let Some(line) = lines.next() {
                // Nobody waits for it any more: then its server is stopped.
                let _ = said.send(line);
            }
            lines.count()
        });
        let url = first.recv_timeout(PATIENCE);
        let url = url.context("a server did not say where it serves")??;
        Ok(url.trim().to_owned())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended, or it does so now.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder for one server's recordings, which are of no use after it.
struct Recordings(PathBuf);

impl Recordings {
    fn new(folder: &Path) -> Result<Self> {
        // Nothing lies there, unless a measurement was killed.
        let _ = fs::remove_dir_all(folder);
        fs::create_dir_all(folder)
            .with_context(|| format!("{} could not be made", folder.display()))?;
        Ok(Self(folder.to_owned()))
    }
}

impl Drop for Recordings {
    fn drop(&mut self) {
        // What is left over goes with the target folder.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Janus says nowhere when it serves.
fn janus_url() -> Result<String> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if TcpStream::connect((ADDRESS, 8088)).is_ok() {
            return Ok(format!("http://{ADDRESS}:8088/janus"));
        }
        thread::park_timeout(Duration::from_millis(50));
    }
    bail!("Janus does not serve")
}
