//! What an operator's monitoring reads of the real server, on a port of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use reqwest::Method;
use tests::TestServer;
use tests::caller::{Call, Caller};
use tests::counts::{tables, until_nobody_is_remembered, url};
use tests::opus_tools::all_stamped;
use tests::test_server::http_client;
use tests::waiting::{PATIENCE, eventually, soon};

async fn request(method: Method, url: String) -> reqwest::Response {
    let request = http_client().request(method, &url);
    soon(&url, request.send()).await.unwrap()
}

/// What was counted, by the whole name of a series.
pub(crate) async fn counts(url: &str) -> Exposition {
    let response = request(Method::GET, format!("{url}/metrics")).await;
    assert_eq!(response.status(), 200);
    assert_eq!(
        response.headers()["content-type"],
        "text/plain; version=0.0.4"
    );
    assert_eq!(response.headers()["cache-control"], "no-store");
    Exposition::parse(response.text().await.unwrap())
}

/// Prometheus' text format, version 0.0.4.
pub(crate) struct Exposition {
    text: String,
    /// Families and what they are.
    types: BTreeMap<String, String>,
    samples: BTreeMap<String, f64>,
    labels: BTreeSet<(String, String)>,
}

impl Exposition {
    /// Panics at the first line that breaks a rule of the format.
    fn parse(text: String) -> Self {
        assert!(text.ends_with('\n'), "the last line ends");
        let mut parsed = Self {
            text: String::new(),
            types: BTreeMap::new(),
            samples: BTreeMap::new(),
            labels: BTreeSet::new(),
        };
        let (mut family, mut helped) = (String::new(), BTreeSet::new());
        for line in text.lines() {
            let words: Vec<&str> = line.splitn(4, ' ').collect();
            match words[..] {
                ["#", "HELP", name, _] => assert!(helped.insert(name), "{line}"),
                ["#", "TYPE", name, kind] => {
                    assert!(["counter", "gauge"].contains(&kind), "{line}");
                    assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
                    assert_name(name);
                    name.clone_into(&mut family);
                    let earlier = parsed.types.insert(name.to_owned(), kind.to_owned());
                    assert_eq!(
                        earlier, None,
                        "a family has one type, and its series together"
                    );
                }
                [series, value] => parsed.sample(&family, series, value),
                _ => panic!("neither a comment nor a sample: {line}"),
            }
        }
        Self { text, ..parsed }
    }

    fn sample(&mut self, family: &str, series: &str, value: &str) {
        let name = match series.split_once('{') {
            Some((name, labels)) => {
                let labels = labels.strip_suffix('}').unwrap();
                self.labels.extend(labels.split(',').map(label));
                name
            }
            None => series,
        };
        assert_eq!(name, family, "a sample stands below its type");
        let value = value.parse().unwrap();
        let earlier = self.samples.insert(series.to_owned(), value);
        assert_eq!(earlier, None, "{series} is told once");
    }

    pub(crate) fn of(&self, series: &str) -> f64 {
        self.samples.get(series).copied().unwrap_or(0.0)
    }
}

fn label(text: &str) -> (String, String) {
    let (name, value) = text.split_once('=').unwrap();
    assert_name(name);
    let value = value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'));
    let value = value.unwrap_or_else(|| panic!("a value is quoted: {text}"));
    assert!(
        !value.contains(['"', '\\']),
        "nothing here needs escaping: {text}"
    );
    (name.to_owned(), value.to_owned())
}

fn assert_name(name: &str) {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    assert!(!name.is_empty() && name.bytes().all(is_letter), "{name}");
}

/// The names that the documentation tells.
fn documented() -> BTreeSet<String> {
    let page = include_str!("../../docs/RECORDING.md");
    let (_, paragraph) = page.split_once("**Counts.**").unwrap();
    let (paragraph, _) = paragraph.split_once("\n\n").unwrap();
    let quoted = paragraph.split('`').skip(1).step_by(2);
    quoted
        .filter(|word| word.starts_with("voice_") || *word == "build_info")
        .map(|word| word.split('{').next().unwrap().to_owned())
        .collect()
}

async fn call_of(server: &TestServer, packets: u32) -> Call {
    let (mut caller, call) = Caller::connect(server).await;
    caller.say(&all_stamped(1, packets)).await;
    caller.until_heard(packets.try_into().unwrap()).await;
    caller.hang_up().await;
    server.until_active(0).await;
    call
}

#[tokio::test]
async fn every_documented_count_is_told_and_rises_with_what_it_counts() {
    let flags = [
        "--metrics",
        "127.0.0.1:0",
        "--max-recording-duration",
        "500ms",
    ];
    let mut server = TestServer::with(&flags).await;
    let url = url(&server).await;

    let before = counts(&url).await;
    let short = call_of(&server, 15).await;
    let after_short = counts(&url).await;
    let long = call_of(&server, 50).await;
    let after_long = counts(&url).await;

    let names: BTreeSet<String> = after_long.types.keys().cloned().collect();
    assert_eq!(names, documented());
    let told = |it: &Exposition| {
        [
            "voice_recordings_total{status=\"complete\"}",
            "voice_recording_ended_total{reason=\"client_closed\"}",
            "voice_recording_ended_total{reason=\"limit\"}",
            "voice_recording_errors_total",
            "voice_recording_waiting_bytes",
            "voice_active_conversations",
        ]
        .map(|series| it.of(series))
    };
    assert_eq!(told(&before), [0.0; 6]);
    assert_eq!(told(&after_short), [1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(told(&after_long), [2.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
    let bytes_of = |call: &Call| fs::metadata(server.recording(call.id)).unwrap().len() as f64;
    let written = |it: &Exposition| it.of("voice_recording_bytes_total");
    assert_eq!(written(&after_short), bytes_of(&short));
    assert_eq!(written(&after_long), bytes_of(&short) + bytes_of(&long));
    assert!(after_long.of("voice_disk_free_bytes") > 0.0);
    server.stop().await;
}

#[tokio::test]
async fn nothing_of_a_call_that_is_over_is_remembered() {
    for flags in [
        &["--shards", "3"] as &[&str],
        &["--shards", "1", "--ice", "full"],
    ] {
        let flags = [flags, &["--metrics", "127.0.0.1:0"]].concat();
        let mut server = TestServer::with(&flags).await;
        let url = url(&server).await;
        until_nobody_is_remembered(&url, PATIENCE).await;
        let waiting = Caller::new().await;
        let waited = waiting.dial(&server).await;
        let (mut caller, _) = Caller::connect(&server).await;
        caller.say(&all_stamped(1, 15)).await;
        caller.until_heard(15).await;

        // A shard that is late is left out, and with it all.
        let during = eventually("the tables", async || {
            let tables = tables(&url).await;
            tables.contains_key("conversations").then_some(tables)
        })
        .await;
        caller.hang_up().await;
        server.delete(&waited.location).await;
        waiting.vanish().await;

        assert_eq!(during["directory_calls"], 2, "{during:?}");
        for table in [
            "conversations",
            "timers",
            "routing_calls",
            "routing_names",
            "routing_addresses",
        ] {
            assert!(during[table] > 0, "{table}: {during:?}");
        }
        until_nobody_is_remembered(&url, PATIENCE).await;
        server.stop().await;
    }
}

#[tokio::test]
async fn no_count_names_a_call_or_an_address() {
    let mut server = TestServer::with(&["--metrics", "127.0.0.1:0"]).await;
    let url = url(&server).await;
    let (mut caller, call) = Caller::connect(&server).await;
    caller.say(&all_stamped(1, 15)).await;
    caller.until_heard(15).await;

    let told = counts(&url).await;

    assert_eq!(told.of("voice_active_conversations"), 1.0);
    let secret = call.location.rsplit('/').next().unwrap();
    for private in [&call.id.to_string(), secret, "127.0.0.1"] {
        assert!(!told.text.contains(private), "{private}\n{}", told.text);
    }
    let words = |value: &str| {
        value
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    for (name, value) in &told.labels {
        let is_known = ["status", "reason", "queue", "event", "table"].contains(&name.as_str())
            && words(value);
        assert!(is_known || name == "version", "{name}={value}");
    }
    caller.hang_up().await;
    server.stop().await;
}

#[tokio::test]
async fn counts_are_told_on_their_own_port_and_nothing_else_is() {
    let mut server = TestServer::with(&["--metrics", "127.0.0.1:0"]).await;
    let url = url(&server).await;

    let on_the_main_port = server.get("/metrics").await;

    assert_eq!(on_the_main_port.status(), 404);
    assert!(!on_the_main_port.text().await.unwrap().contains("voice_"));
    for (method, path, status) in [
        (Method::HEAD, "/metrics", 200),
        (Method::POST, "/metrics", 405),
        (Method::DELETE, "/metrics", 405),
        (Method::GET, "/", 404),
        (Method::GET, "/metrics/", 404),
        (Method::GET, "/health", 404),
        (Method::POST, "/webrtc", 404),
        (Method::GET, "/index.html", 404),
    ] {
        let response = request(method.clone(), format!("{url}{path}")).await;
        assert_eq!(response.status(), status, "{method} {path}");
    }
    server.stop().await;
}
