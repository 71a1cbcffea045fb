//! The program against the real server: its figures are the server's own.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::process::Output;

use serde_json::Value;
use tests::counts;
use tests::test_server::TestServer;
use tests::waiting::soon;
use tokio::process::Command;

fn program(words: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_voicechat-bench"));
    program.args(words).kill_on_drop(true);
    program
}

async fn bench(words: &[&str]) -> Output {
    let output = program(words).output();
    soon("the measurement", output).await.unwrap()
}

/// What it says of that server in JSON.
async fn measure(server: &TestServer, words: &[&str]) -> Output {
    let url = format!("{}/webrtc", server.url());
    bench(&[&[url.as_str(), "--json", "-"], words].concat()).await
}

fn figures(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        let said = String::from_utf8_lossy(&output.stderr);
        panic!("{error}: {said}")
    })
}

fn number(figures: &Value, place: &str) -> u64 {
    let value = figures.pointer(place).and_then(Value::as_u64);
    value.unwrap_or_else(|| panic!("no number at {place} of {figures}"))
}

fn packets(figures: &Value, what: &str) -> u64 {
    number(figures, &format!("/packets/{what}"))
}

/// What the shards counted of this.
async fn engine_count(server: &TestServer, event: &str) -> u64 {
    let url = counts::url(server).await;
    let events = counts::events(&url).await;
    *events.get(event).unwrap()
}

#[tokio::test]
async fn every_packet_comes_back_and_is_recorded() {
    let mut server = TestServer::start().await;
    let pid = server.pid().as_raw_nonzero().to_string();

    let output = measure(
        &server,
        &[
            "--calls",
            "6",
            "--seconds",
            "1",
            "--warm-up",
            "0.2",
            "--pid",
            &pid,
        ],
    )
    .await;

    assert_eq!(output.status.code(), Some(0));
    let figures = figures(&output);
    assert_eq!(number(&figures, "/calls/up"), 6);
    assert_eq!(number(&figures, "/calls/failed"), 0);
    let sent = packets(&figures, "sent");
    assert!(sent >= 200, "{sent}");
    assert_eq!(packets(&figures, "echoed"), sent);
    for wrong in ["lost", "duplicated", "altered", "misdirected", "unknown"] {
        assert_eq!(packets(&figures, wrong), 0, "{wrong}");
    }
    assert!(figures.pointer("/round_trip_us/p50").unwrap().as_f64() > Some(0.0));
    assert!(figures.pointer("/set_up_ms/max").unwrap().as_f64() > Some(0.0));
    assert!(number(&figures, "/server/memory_kib") > 1_000);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("6 of 6 calls up"), "{said}");
    // Its callers said goodbye, and their recordings are whole.
    server.until_active(0).await;
    server.stop().await;
    let recorded = server.recorded();
    assert_eq!(recorded.len(), 6);
    for id in recorded {
        let packets = server.description(id).rtp.unwrap().received;
        assert!(packets >= 60, "{packets}");
        drop(server.final_recording(id));
    }
}

#[tokio::test]
async fn what_fails_is_counted_with_its_reason() {
    let mut server = TestServer::with(&["--max-conversations", "2"]).await;
    let output = measure(&server, &["--calls", "5", "--seconds", "0.2", "--quiet"]).await;

    assert_eq!(output.status.code(), Some(1));
    assert!(output.stderr.is_empty());
    let figures = figures(&output);
    assert_eq!(number(&figures, "/calls/up"), 2);
    assert_eq!(number(&figures, "/calls/failed"), 3);
    let reasons = figures
        .pointer("/calls/reasons")
        .unwrap()
        .as_object()
        .unwrap();
    let reasons: Vec<_> = reasons.iter().collect();
    assert_eq!(reasons.len(), 1);
    assert_eq!(reasons[0].0, "the server answered 503 Service Unavailable");
    server.until_active(0).await;
    server.stop().await;
}

#[tokio::test]
async fn a_server_with_a_key_is_measured_by_who_has_it() {
    const TOKEN: &str = "0123456789abcdef";
    let mut server = TestServer::with(&["--auth", "token", "--token", TOKEN]).await;
    let words = ["--calls", "2", "--seconds", "0.2", "--quiet"];

    let without = measure(&server, &words).await;
    let with = measure(&server, &[&words[..], &["--bearer", TOKEN]].concat()).await;
    let url = format!("{}/webrtc", server.url());
    let mut program = program(&[&[url.as_str(), "--json", "-"], &words[..]].concat());
    program.env("VOICECHAT_BENCH_BEARER", TOKEN);
    let by_environment = soon("the measurement", program.output()).await.unwrap();

    assert_eq!(without.status.code(), Some(1));
    let reasons = &figures(&without)["calls"]["reasons"];
    let expected = serde_json::json!({"the server answered 401 Unauthorized": 2});
    assert_eq!(*reasons, expected);
    for output in [with, by_environment] {
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(number(&figures(&output), "/calls/up"), 2);
    }
    server.stop().await;
    assert_eq!(server.recorded().len(), 4);
}

#[tokio::test]
async fn calls_that_never_came_up_are_ended_too() {
    // The server waits for them longer than this test does.
    let mut server = TestServer::with(&["--connect-deadline", "1h"]).await;
    let nothing_arrives = ["--lossy=loss=100", "--patience=5", "--calls=3", "--quiet"];
    let output = measure(&server, &nothing_arrives).await;

    assert_eq!(output.status.code(), Some(1));
    let reasons = &figures(&output)["calls"]["reasons"];
    let expected = serde_json::json!({"no address of the answer answered a check": 3});
    assert_eq!(*reasons, expected);
    assert_eq!(server.health().await.active_conversations, 0);
    server.stop().await;
}

#[tokio::test]
async fn a_bad_network_is_seen_in_the_figures() {
    let mut server = TestServer::start().await;
    let weather = "loss=10,delay=20,jitter=10,reorder=10,duplicate=10";
    let output = measure(
        &server,
        &[
            "--calls",
            "10",
            "--seconds",
            "2",
            "--lossy",
            weather,
            "--quiet",
        ],
    )
    .await;

    let figures = figures(&output);
    let [sent, echoed] = ["sent", "echoed"].map(|what| packets(&figures, what));
    // A tenth there, and a tenth of the rest back: all of them the weather's doing.
    let lost = sent - echoed;
    assert_eq!(packets(&figures, "lost_to_weather"), lost);
    assert!(
        lost * 100 > sent * 12 && lost * 100 < sent * 27,
        "{lost} of {sent}"
    );
    assert!(packets(&figures, "reordered") > 0);
    assert_eq!(packets(&figures, "altered"), 0);
    let fastest = figures.pointer("/round_trip_us/p50").unwrap().as_f64();
    assert!(fastest > Some(40_000.0), "{fastest:?}");
    server.stop().await;
}

/// What it says of an echo of bare packets behind this weather.
async fn measure_bare(weather: &str) -> Value {
    let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let url = format!("udp://{}", socket.local_addr().unwrap());
    let words = [
        &url,
        "--json",
        "-",
        "--quiet",
        "--calls",
        "8",
        "--seconds",
        "1",
    ];
    let echo = async {
        let mut datagram = [0; 2_048];
        loop {
            let (length, from) = socket.recv_from(&mut datagram).await.unwrap();
            let heard = datagram.get(..length).unwrap();
            socket.send_to(heard, from).await.unwrap();
        }
    };
    let words = [&words[..], &["--lossy", weather]].concat();
    tokio::select! {
        output = bench(&words) => figures(&output),
        never = echo => never,
    }
}

#[tokio::test]
async fn a_long_way_takes_its_time_and_loses_nothing() {
    // Longer, there and back, than an echo without weather is waited for.
    let figures = measure_bare("delay=600,jitter=300,reorder=5").await;

    let sent = packets(&figures, "sent");
    assert!(sent > 200, "{sent}");
    assert_eq!(packets(&figures, "echoed"), sent);
    for wrong in ["lost_to_weather", "duplicated", "altered", "unknown"] {
        assert_eq!(packets(&figures, wrong), 0, "{wrong}");
    }
    assert!(packets(&figures, "reordered") > 0);
    let round_trip = figures.pointer("/round_trip_us/p50").unwrap().as_f64();
    assert!(round_trip >= Some(1_200_000.0), "{round_trip:?}");
}

#[tokio::test]
async fn what_the_weather_takes_is_known_to_the_packet() {
    for weather in ["loss=20,delay=30,jitter=20", "loss=20,duplicate=30"] {
        let figures = measure_bare(weather).await;

        let lost = packets(&figures, "lost");
        assert!(lost > 0);
        assert_eq!(packets(&figures, "lost_to_weather"), lost, "{weather}");
    }
}

#[tokio::test]
async fn a_goodbye_arrives_over_a_long_way() {
    let mut server = TestServer::start().await;
    let weather = ["--lossy", "delay=600,jitter=100"];
    let output = measure(
        &server,
        &[&["--calls", "3", "--seconds", "1", "--quiet"], &weather[..]].concat(),
    )
    .await;

    assert_eq!(output.status.code(), Some(0));
    let figures = figures(&output);
    assert_eq!(packets(&figures, "lost"), 0);
    server.until_active(0).await;
    server.stop().await;
    let recorded = server.recorded();
    assert_eq!(recorded.len(), 3);
    for id in recorded {
        // It came before the request that ends whatever still goes on.
        let end = serde_json::to_value(server.description(id).end_reason);
        assert_eq!(end.unwrap(), "client_closed");
    }
}

#[tokio::test]
async fn callers_who_move_are_found_by_whichever_shard_hears_them() {
    let mut server = TestServer::with(&["--shards", "2", "--metrics", "127.0.0.1:0"]).await;
    let output = measure(
        &server,
        &[
            "--calls",
            "12",
            "--seconds",
            "3",
            "--roam",
            "0.5",
            "--quiet",
        ],
    )
    .await;

    assert_eq!(output.status.code(), Some(0));
    let figures = figures(&output);
    assert_eq!(number(&figures, "/calls/up"), 12);
    // What is under way to an address that was left is lost: a packet or two each time, on a busy
    // machine more.
    let [sent, lost] = ["sent", "lost"].map(|what| packets(&figures, what));
    assert!(sent > 1_500 && lost * 100 < sent * 25, "{lost} of {sent}");
    for wrong in ["altered", "misdirected", "unknown", "duplicated"] {
        assert_eq!(packets(&figures, wrong), 0, "{wrong}");
    }
    // Of a dozen callers who move six times each, some come to the shard that is not theirs.
    assert!(engine_count(&server, "handed_over").await > 0);
    assert_eq!(engine_count(&server, "not_handed_over").await, 0);
    server.until_active(0).await;
    server.stop().await;
    assert_eq!(server.recorded().len(), 12, "one recording a call");
    for id in server.recorded() {
        drop(server.final_recording(id));
    }
}

#[tokio::test]
async fn a_third_of_the_packets_lost_ends_no_call() {
    let mut server = TestServer::start().await;
    let weather = "loss=30,delay=10,jitter=30,duplicate=10";
    let output = measure(
        &server,
        &[
            "--calls",
            "4",
            "--seconds",
            "4",
            "--lossy",
            weather,
            "--quiet",
        ],
    )
    .await;

    assert_eq!(output.status.code(), Some(0));
    let figures = figures(&output);
    let [sent, echoed] = ["sent", "echoed"].map(|what| packets(&figures, what));
    // Seven of ten get there, and seven of ten of those come back.
    assert!(
        echoed * 100 > sent * 39 && echoed * 100 < sent * 59,
        "{echoed} of {sent}"
    );
    assert_eq!(packets(&figures, "altered"), 0);
    assert_eq!(server.recorded().len(), 4);
    server.stop().await;
}

#[tokio::test]
async fn a_server_that_is_not_there_is_no_measurement() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/webrtc", listener.local_addr().unwrap());
    drop(listener);

    let output = bench(&[&url, "--calls", "1", "--seconds", "0.2", "--quiet"]).await;

    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("0 of 1 up"), "{text}");
    assert!(text.contains("1 × the server could not be asked"), "{text}");
}

#[tokio::test]
async fn where_no_call_holds_the_figures_tell_why() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/webrtc", listener.local_addr().unwrap());
    drop(listener);

    let output = bench(&[
        &url,
        "--find-max",
        "--calls=3",
        "--seconds=0.2",
        "--quiet",
        "--json=-",
    ])
    .await;

    assert_eq!(output.status.code(), Some(1));
    let figures = figures(&output);
    assert_eq!(number(&figures, "/search/calls"), 0);
    assert_eq!(figures["search"]["limited_by"], "server");
    assert_eq!(figures["verdict"], "too_many");
    assert_eq!(number(&figures, "/calls/asked_for"), 1);
    assert_eq!(number(&figures, "/calls/failed"), 1);
}

#[tokio::test]
async fn what_cannot_be_done_is_said() {
    let remote = bench(&["http://192.0.2.1/webrtc"]).await;
    let nobody = bench(&["http://127.0.0.1:1/", "--pid", "2147483647"]).await;
    let nonsense = bench(&["http://127.0.0.1:1/", "--lossy", "rain"]).await;

    assert_eq!(remote.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&remote.stderr).contains("--allow-remote"));
    assert_eq!(nobody.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&nobody.stderr).contains("cannot be seen"));
    assert_eq!(nonsense.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&nonsense.stderr).contains("expected loss=PERCENT"));
}
