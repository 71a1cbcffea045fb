//! What memory a call holds, by how far it is: waiting, connected, connected and recorded.

use serde_json::{Value, json};
use tests::TestServer;

use crate::Outcome;
use crate::crowd::{calls, memory_kib, offer};

/// Of a recorded call.
const MOST_KIB: f64 = 64.0;
/// What the first ones have the server make room for is no call's: its code, its threads. They are
/// few, so that there is hardly room of theirs that it keeps, and that others could take.
const FIRST_ONES: usize = 10;
const ROWS: [(State, usize); 4] = [
    (State::Waiting, 200),
    (State::Waiting, 1_000),
    (State::Connected, 200),
    (State::Recorded, 200),
];

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Answered, and nobody was heard.
    Waiting,
    /// Without a recording.
    Connected,
    Recorded,
}

/// What a server held.
struct Held {
    idle_kib: u64,
    kib: u64,
}

pub(crate) async fn prove() -> Outcome {
    println!("\nmemory: what a call holds, by how far it is");
    println!("  state       calls  idle KiB  with them  KiB a call");
    let (mut rows, mut is_kept) = (Vec::new(), true);
    for (state, count) in ROWS {
        let Held { idle_kib, kib } = state.measured(count).await;
        let each = (kib as f64 - idle_kib as f64) / count as f64;
        let name = state.name();
        println!("  {name:<10} {count:>6} {idle_kib:>9} {kib:>10} {each:>11.1}");
        is_kept &= state != State::Recorded || each <= MOST_KIB;
        rows.push(json!({
            "state": name,
            "calls": count,
            "idle_kib": idle_kib,
            "kib": kib,
            "kib_a_call": each,
        }));
    }
    println!("  promised of a recorded call: at most {MOST_KIB} KiB");
    Outcome {
        is_kept,
        figures: Value::Array(rows),
    }
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Connected => "connected",
            Self::Recorded => "recorded",
        }
    }

    /// By the kernel's figures of a server of its own, which nobody called before.
    async fn measured(self, count: usize) -> Held {
        let recording = match self {
            Self::Connected => "never",
            Self::Waiting | Self::Recorded => "always",
        };
        let mut server = TestServer::with(&[
            "--max-conversations",
            "5000",
            "--connect-deadline",
            "10m",
            "--recording",
            recording,
        ])
        .await;
        self.held(&server, FIRST_ONES).await;
        server.until_active(0).await;
        let held = self.held(&server, count).await;
        server.until_active(0).await;
        let recordings = server.recorded().len();
        match self {
            Self::Recorded => assert_eq!(recordings, FIRST_ONES + count),
            Self::Waiting | Self::Connected => assert_eq!(recordings, 0),
        }
        server.stop().await;
        held
    }

    async fn held(self, server: &TestServer, count: usize) -> Held {
        match self {
            Self::Waiting => held_waiting(server, count).await,
            Self::Connected | Self::Recorded => held_connected(server, count).await,
        }
    }
}

async fn held_waiting(server: &TestServer, count: usize) -> Held {
    let idle_kib = memory_kib(server);
    let mut locations = Vec::new();
    for _ in 0..count {
        let response = server.post_offer(offer()).await;
        assert_eq!(response.status(), 200);
        let location = response.headers()["location"].to_str().unwrap();
        locations.push(location.to_owned());
    }
    let kib = memory_kib(server);
    for location in locations {
        assert_eq!(server.delete(&location).await.status(), 204);
    }
    Held { idle_kib, kib }
}

/// While they speak.
async fn held_connected(server: &TestServer, count: usize) -> Held {
    let pid = format!("--pid={}", server.pid().as_raw_nonzero());
    let count_of_them = format!("--calls={count}");
    let figures = calls(server, &[&count_of_them, &pid, "--seconds=10"]).await;
    assert_eq!((figures.calls.up, figures.calls.failed), (count, 0));
    let of_server = figures.server.unwrap();
    Held {
        idle_kib: of_server.memory_kib_before,
        kib: of_server.memory_kib,
    }
}
