//! The whole server: started from a configuration, stopped in the order that loses nothing.

mod addresses;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{error, info, warn};

use crate::access::{Access, AccessError, JwtKeyFile};
use crate::audio::ear::Ear;
use crate::audio::recorder::{self, Recorder};
use crate::config::access::Auth;
use crate::config::{self, Config};
use crate::conversation::Deadlines;
use crate::conversations::{Conversations, Means, Terms};
use crate::engine::{Engine, EngineConfig};
use crate::http::{self, AppState, Doors, Rules, listener};
use crate::metrics::Metrics;
use crate::peer::{AcceptError, IceMode, Identity};
use crate::public_address;
use crate::recording::Limits;
use crate::seats::{LineLimits, Seats};
use crate::storage::{FolderError, Storage, read_key_file};
use crate::sweeper;
use crate::tls::{Tls, TlsError};
use addresses::{certified, lan_url};

/// After the deadline for goodbyes and recordings: two seconds for open requests and what works
/// for them, and as much for the threads to end.
const LAST_MOMENTS: Duration = Duration::from_secs(4);

/// A server that serves.
pub struct Server {
    url: String,
    conversations: Conversations,
    recorder: Recorder,
    tls: Option<Arc<Tls>>,
    lan_url: Option<String>,
    stop_deadline: Duration,
    /// Ends what runs in the background.
    background: CancellationToken,
    /// Closes the doors.
    doors: CancellationToken,
    serving: JoinHandle<()>,
    tasks: TaskTracker,
}

/// Why a server could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartServerError {
    #[error(transparent)]
    Listen(#[from] listener::ListenError),
    #[error("UDP port {port} cannot be opened")]
    Port { port: u16, source: io::Error },
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error("the recorder's threads cannot be started")]
    Recorder(#[source] io::Error),
    #[error("the thread that hears when callers speak cannot be started")]
    Ear(#[source] io::Error),
    #[error("a key could not be made")]
    Identity(#[source] AcceptError),
    #[error("the key of the recordings cannot be had")]
    Key(#[source] io::Error),
    #[error("the file of --jwt-key cannot be read")]
    JwtKey(#[source] io::Error),
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error("https cannot be served")]
    Tls(#[from] TlsError),
}

impl Server {
    /// Opens the ports and serves. Runs on the runtime that calls it.
    ///
    /// # Errors
    /// When a port is taken or the recordings' folder cannot be written.
    pub fn start(config: &Config) -> Result<Self, StartServerError> {
        let storage = Storage::new(config.recordings.clone())?;
        let newest = storage.newest_id()?;
        let access = access(config, &storage)?;
        let tls = Tls::new(&config.tls, &storage, certified(config))?.map(Arc::new);
        let metrics = Metrics::default();
        let (listener, address) = listener::bind(config)?;
        let for_metrics = config.metrics.map(listener::bind_to).transpose()?;
        let engine = engine(config, config.udp_port_or(address.port()))?;
        // Only who has the ports may look after what an earlier server left.
        let recorder = recorder(config, &storage, &metrics)?;
        let udp_port = engine.udp_port();
        let seats = Seats::new(line_limits(config), newest);
        let means = means(engine, recorder.clone())?;
        let conversations = Conversations::new(means, terms(config), seats);

        let (background, doors, tasks) = (
            CancellationToken::new(),
            CancellationToken::new(),
            TaskTracker::new(),
        );
        let calls = conversations.clone();
        for chore in chores(config, &calls, &storage, &metrics, tls.as_ref()) {
            tasks.spawn(background.clone().run_until_cancelled_owned(chore));
        }
        let lan_url = lan_url(config, address.port());
        let rules = rules(config, access, metrics.clone());
        let state = AppState::new(calls, storage, tasks.clone(), rules);
        let rules_of_doors = Doors::new(config);
        let router = http::router(state, &rules_of_doors);
        let (stop, secured) = (doors.clone(), tls.clone());
        let serving = tasks.spawn(serve(
            listener,
            router,
            stop,
            rules_of_doors.clone(),
            secured,
        ));
        if let Some((listener, address)) = for_metrics {
            let doors_of_metrics = rules_of_doors.clone();
            let router = http::metrics::router(conversations.clone(), metrics, doors_of_metrics);
            tasks.spawn(serve(listener, router, doors.clone(), rules_of_doors, None));
            info!(%address, "counts are told");
        }
        Ok(Self {
            url: announce(address, udp_port, tls.as_deref()),
            conversations,
            recorder,
            tls,
            lan_url,
            stop_deadline: config.stop_deadline,
            background,
            doors,
            serving,
            tasks,
        })
    }

    /// Where a browser on this machine finds it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where a phone in the same network finds it, with a microphone; none without TLS.
    #[must_use]
    pub fn lan_url(&self) -> Option<&str> {
        self.lan_url.as_deref()
    }

    /// Reads the certificate again, if there is one.
    pub fn reload_certificate(&self) {
        let Some(tls) = &self.tls else {
            return;
        };
        match tls.reload() {
            Ok(()) => info!(
                fingerprint = tls.fingerprint(),
                "the certificate was read again"
            ),
            Err(error) => {
                let error = anyhow::Error::from(error);
                error!("the new certificate is of no use, and the old one stays: {error:#}");
            }
        }
    }

    /// Stops: new offers are refused, all calls ended with a goodbye, their recordings finished,
    /// then the doors closed. Takes the stop deadline and four seconds at most.
    pub async fn stop(self) {
        self.stop_within(LAST_MOMENTS).await;
    }

    async fn stop_within(self, last_moments: Duration) {
        self.background.cancel();
        self.conversations.stop(self.stop_deadline).await;
        self.doors.cancel();
        self.tasks.close();
        let deadline = Instant::now() + last_moments;
        let served = async {
            if self.serving.await.is_err() {
                error!("the HTTP server had panicked");
            }
            self.tasks.wait().await;
        };
        if timeout_at(deadline, served).await.is_err() {
            warn!("not every request ended in time");
        }
        let (conversations, recorder) = (self.conversations, self.recorder);
        // Both wait for threads, which a disk or a fault of ours may hold up.
        let joined = spawn_blocking(move || {
            drop(conversations);
            recorder.stop(deadline.saturating_duration_since(Instant::now()))
        });
        match timeout_at(deadline, joined).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => warn!(%error, "the recorder did not end in time"),
            Ok(Err(_)) => error!("the end of a thread had panicked"),
            Err(_) => warn!("not every thread ended in time"),
        }
        info!("server stopped");
    }
}

/// What is done beside the calls as long as the server runs.
type Chore = Pin<Box<dyn Future<Output = ()> + Send>>;

fn chores(
    config: &Config,
    conversations: &Conversations,
    storage: &Storage,
    metrics: &Metrics,
    tls: Option<&Arc<Tls>>,
) -> Vec<Chore> {
    let servers = config.stun_servers().into_iter().cloned().collect();
    let asking = public_address::keep_asking(conversations.clone(), servers);
    let (calls, storage, metrics) = (conversations.clone(), storage.clone(), metrics.clone());
    let sweeping = sweeper::keep_sweeping(calls, storage, metrics, config.retention.rules());
    let mut chores: Vec<Chore> = vec![Box::pin(asking), Box::pin(sweeping)];
    if let Some(tls) = tls.cloned() {
        chores.push(Box::pin(tls.keep_renewing()));
    }
    chores
}

/// Says where it is served. The URL.
fn announce(address: SocketAddr, udp_port: u16, tls: Option<&Tls>) -> String {
    let url = listener::url(address, tls.is_some());
    info!(%url, udp_port, "serving");
    if let Some(tls) = tls {
        info!(fingerprint = tls.fingerprint(), "the certificate's sha-256");
    }
    url
}

async fn serve(
    listener: std::net::TcpListener,
    router: axum::Router,
    stop: CancellationToken,
    doors: Doors,
    tls: Option<Arc<Tls>>,
) {
    if let Err(error) = listener::serve(listener, router, stop, doors, tls).await {
        error!(%error, "HTTP is served no more");
    }
}

fn means(engine: Engine, recorder: Recorder) -> Result<Means, StartServerError> {
    Ok(Means {
        engine,
        recorder,
        identity: Identity::generate().map_err(StartServerError::Identity)?,
        ear: Ear::start().map_err(StartServerError::Ear)?,
    })
}

fn recorder(
    config: &Config,
    storage: &Storage,
    metrics: &Metrics,
) -> Result<Recorder, StartServerError> {
    if let Err(error) = storage.finish_deletes() {
        warn!(%error, "what was deleted is not all gone");
    }
    let terms = recorder::Terms {
        min_free_bytes: config.min_free_space,
        metrics: metrics.clone(),
        ..recorder::Terms::default()
    };
    Recorder::start_with(storage.clone(), &terms).map_err(StartServerError::Recorder)
}

fn access(config: &Config, storage: &Storage) -> Result<Access, StartServerError> {
    if let Some((option, mode)) = config.access.without_effect() {
        let mode = if mode == Auth::Jwt { "jwt" } else { "token" };
        return Err(AccessError::WithoutEffect { option, mode }.into());
    }
    let key = storage.key().map_err(StartServerError::Key)?;
    let jwt_key = config.access.jwt_key.as_deref().map(read_key_file);
    let jwt_key = jwt_key.transpose().map_err(StartServerError::JwtKey)?;
    let is_loopback = config.bind.is_some_and(|ip| ip.is_loopback());
    // Behind a proxy, or by another name than localhost, everybody may come from loopback.
    let is_fronted = !config.doors.trusted_proxies.is_empty() || !config.doors.host.is_empty();
    let jwt_key = jwt_key.map(JwtKeyFile);
    let is_local = is_loopback && !is_fronted;
    let access = Access::new(&config.access, &key, jwt_key.as_ref(), is_local)?;
    if access.is_open_to_all() {
        warn!(
            "ANYBODY who reaches this machine may call: --auth token or jwt changes that, and \
             --bind 127.0.0.1 keeps it to this machine. Recordings open to their callers alone."
        );
    }
    Ok(access)
}

fn rules(config: &Config, access: Access, metrics: Metrics) -> Rules {
    Rules {
        access,
        recording: config.access.recording.into(),
        stun: config.stun_servers().into_iter().cloned().collect(),
        metrics,
    }
}

fn engine(config: &Config, port: u16) -> Result<Engine, StartServerError> {
    let opened = Engine::start(&engine_config(config, port));
    opened.map_err(|source| StartServerError::Port { port, source })
}

fn engine_config(config: &Config, udp_port: u16) -> EngineConfig {
    let bind = match config.bind {
        // HTTP on the unspecified IPv6 address takes IPv4 as well, and so voice does.
        None | Some(IpAddr::V6(Ipv6Addr::UNSPECIFIED)) => vec![
            Ipv4Addr::UNSPECIFIED.into(),
            IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        ],
        Some(ip) => vec![ip],
    };
    EngineConfig {
        bind,
        udp_port,
        shards: config.shards_or_cores(),
        announce: config.announce.clone(),
        asks_stun: !config.stun_servers().is_empty(),
    }
}

fn line_limits(config: &Config) -> LineLimits {
    LineLimits {
        all: config.max_conversations_or_default(),
        of_client: config.doors.max_calls_per_client,
    }
}

fn terms(config: &Config) -> Terms {
    Terms {
        mode: match config.ice {
            config::IceMode::Lite => IceMode::Lite,
            config::IceMode::Full => IceMode::Full,
        },
        echo_queue: config.echo_queue,
        recorder_queue: config.recorder_queue,
        deadlines: Deadlines {
            connect: config.connect_deadline,
            media: config.media_deadline,
        },
        limits: Limits {
            duration: config.max_recording_duration,
            bytes: config.max_recording_size,
        },
    }
}

#[cfg(test)]
mod tests;
