//! Every status, header and line of CORS, through the router and without a socket.

mod calls;
mod changes;
mod full;
mod page;
mod recordings;

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

use super::{AppState, router};
use crate::audio::Recorder;
use crate::config::AllowedOrigin;
use crate::conversation::Deadlines;
use crate::conversations::{Conversations, Terms};
use crate::engine::{Engine, EngineConfig};
use crate::peer::{IceMode, Identity};
use crate::recording::Limits;
use crate::seats::Seats;
use crate::storage::Storage;

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
        let state = AppState::new(conversations.clone(), storage, TaskTracker::new());
        let router = router(state, origins);
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
    let engine = Engine::start(engine);
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
    Conversations::new(
        engine.unwrap(),
        recorder,
        Identity::generate().unwrap(),
        terms,
        seats,
    )
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
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        request = request.header(name, value);
    }
    request.body(body.into()).unwrap()
}
