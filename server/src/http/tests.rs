//! Every status, header and line of CORS, through the router and without a socket.

mod access;
mod calls;
mod changes;
mod clogged;
mod doors;
mod echoes;
mod full;
mod matrix;
mod openapi;
mod page;
mod recordings;
mod traversal;
mod whip;

use std::net::Ipv4Addr;
use std::num::NonZeroUsize;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use shared::Problem;
use tempfile::TempDir;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use super::problem::Failure;
use super::{AppState, Doors, Rules, router};
use crate::access::{Access, JwtKeyFile};
use crate::audio::Recorder;
use crate::audio::ear::Ear;
use crate::config::access::AccessConfig;
use crate::config::doors::DoorsConfig;
use crate::config::{AllowedOrigin, Config, StunServer};
use crate::conversation::Deadlines;
use crate::conversations::{Conversations, Means, Terms};
use crate::engine::{Engine, EngineConfig};
use crate::metrics::Metrics;
use crate::peer::{IceMode, Identity};
use crate::recording::Limits;
use crate::seats::Seats;
use crate::storage::Storage;

const JWT_SECRET: &[u8] = b"a secret of thirty-two bytes or more";
const LIMIT: NonZeroUsize = NonZeroUsize::new(1_000).unwrap();

/// A server without a socket for HTTP.
struct Server {
    conversations: Conversations,
    router: Router,
    folder: TempDir,
}

/// What it answered.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Server {
    fn new() -> Self {
        Self::for_origins(&[AllowedOrigin::Any])
    }

    fn for_origins(origins: &[AllowedOrigin]) -> Self {
        Self::with(Seats::new(LIMIT, None), &engine_config(), origins)
    }

    /// One that begins to check by itself.
    fn with_full_ice() -> Self {
        let seats = Seats::new(LIMIT, None);
        Self::in_mode(
            IceMode::Full,
            seats,
            &engine_config(),
            &[AllowedOrigin::Any],
        )
    }

    fn with(seats: Seats, engine: &EngineConfig, origins: &[AllowedOrigin]) -> Self {
        Self::in_mode(IceMode::Lite, seats, engine, origins)
    }

    fn in_mode(
        mode: IceMode,
        seats: Seats,
        engine: &EngineConfig,
        origins: &[AllowedOrigin],
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::new(folder.path().join("recordings")).unwrap();
        let conversations = conversations(&storage, seats, engine, mode);
        let config = Config {
            allow_origin: origins.to_vec(),
            ..Config::default()
        };
        Self::of(conversations, storage, folder, &config, true)
    }

    /// A server with these rules, on loopback or where others reach it.
    fn ruled(access: &AccessConfig, is_loopback: bool) -> Self {
        let config = Config {
            access: access.clone(),
            ..Config::default()
        };
        Self::configured(&config, is_loopback)
    }

    /// A server behind these doors.
    fn behind(doors: DoorsConfig) -> Self {
        let config = Config {
            doors,
            ..Config::default()
        };
        Self::configured(&config, true)
    }

    fn configured(config: &Config, is_loopback: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::new(folder.path().join("recordings")).unwrap();
        let seats = Seats::new(LIMIT, None);
        let conversations = conversations(&storage, seats, &engine_config(), IceMode::Lite);
        Self::of(conversations, storage, folder, config, is_loopback)
    }

    fn of(
        conversations: Conversations,
        storage: Storage,
        folder: TempDir,
        config: &Config,
        is_loopback: bool,
    ) -> Self {
        let key = storage.key().unwrap();
        let jwt_key = JwtKeyFile(JWT_SECRET.to_vec());
        let access = &config.access;
        let rules = Rules {
            access: Access::new(access, &key, Some(&jwt_key), is_loopback).unwrap(),
            recording: access.recording.into(),
            stun: vec![StunServer::new("stun.example.org", 3478)],
            metrics: Metrics::default(),
        };
        let state = AppState::new(conversations.clone(), storage, TaskTracker::new(), rules);
        let router = router(state, &Doors::new(config));
        Self {
            conversations,
            router,
            folder,
        }
    }

    async fn ask(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: to_bytes(body, usize::MAX).await.unwrap().to_vec(),
        }
    }
}

fn engine_config() -> EngineConfig {
    EngineConfig {
        bind: vec![Ipv4Addr::LOCALHOST.into()],
        shards: NonZeroUsize::MIN,
        udp_port: 0,
        announce: Vec::new(),
        asks_stun: false,
    }
}

/// Conversations as they are, on a UDP port of their own.
fn conversations(
    storage: &Storage,
    seats: Seats,
    engine: &EngineConfig,
    mode: IceMode,
) -> Conversations {
    conversations_on(storage, seats, Engine::start(engine).unwrap(), mode)
}

fn conversations_on(
    storage: &Storage,
    seats: Seats,
    engine: Engine,
    mode: IceMode,
) -> Conversations {
    let recorder = Recorder::start(storage.clone()).unwrap();
    let terms = Terms {
        mode,
        echo_queue: NonZeroUsize::new(100).unwrap(),
        recorder_queue: NonZeroUsize::new(2_000).unwrap(),
        deadlines: Deadlines {
            connect: Duration::from_secs(15),
            media: Duration::from_secs(15),
        },
        limits: Limits::default(),
    };
    let means = Means {
        engine,
        recorder,
        identity: Identity::generate().unwrap(),
        ear: Ear::start().unwrap(),
    };
    Conversations::new(means, terms, seats)
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("-", |value| value.to_str().unwrap())
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// Status, kind and detail of a refusal, which is the same in its head and its body.
    fn problem(&self) -> (u16, String, String) {
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem: Problem = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(problem.status, self.status.as_u16());
        (problem.status, problem.kind, problem.detail.unwrap())
    }
}

/// A request with headers, written as they go over the wire.
fn request(head: &str, body: impl Into<Body>) -> Request<Body> {
    let mut lines = head.lines().map(str::trim);
    let (method, path) = lines.next().unwrap().split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(path);
    if !head.contains("\nhost: ") {
        request = request.header("host", "localhost");
    }
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        request = request.header(name, value);
    }
    request.body(body.into()).unwrap()
}
