//! By which names the server is called, from which pages, how often, and what requests are named.

use std::net::IpAddr;

use super::calls::{OFFER, POST};
use super::*;
use crate::config::doors::{DoorsConfig, RateLimit, Unlimited};
use crate::http::doors::client::Peer;

fn kind(answer: &Answer) -> String {
    answer.problem().1
}

/// A request of a client with that address.
fn from(ip: &str, head: &str) -> Request<Body> {
    let mut request = request(head, "");
    request
        .extensions_mut()
        .insert(Peer(ip.parse::<IpAddr>().unwrap()));
    request
}

#[tokio::test]
async fn whoever_means_another_server_is_sent_away() {
    let server = Server::new();
    for (host, status) in [
        ("localhost", 200),
        ("localhost:3001", 200),
        ("127.0.0.1:3001", 200),
        ("[::1]:3001", 200),
        ("evil.test", 421),
        ("evil.test:3001", 421),
        ("localhost.evil.test", 421),
        ("user@localhost", 400),
        ("not a name", 400),
    ] {
        for path in ["/health", "/", "/conversations"] {
            let head = format!("GET {path}\nhost: {host}");
            let answer = server.ask(request(&head, "")).await;
            assert_eq!(answer.status, status, "{host} {path}");
        }
    }
    let two = Request::get("/health")
        .header("host", "localhost")
        .header("host", "localhost");
    assert_eq!(
        server.ask(two.body(Body::empty()).unwrap()).await.status,
        400
    );
    let none = Request::get("/health").body(Body::empty()).unwrap();
    assert_eq!(kind(&server.ask(none).await), "bad-host");
}

#[tokio::test]
async fn pages_of_other_sites_delete_nothing_and_call_only_where_they_may() {
    let listed = ["https://example.org".parse().unwrap()];
    let (open, listing) = (Server::new(), Server::for_origins(&listed));
    let call = |origin: &str| format!("{POST}\n{origin}");
    let delete = |origin: &str| format!("DELETE /conversations/1\n{origin}");
    for (origin, open_call, listed_call, deleted) in [
        ("accept: */*", 200, 200, 404),
        ("origin: https://evil.test", 200, 403, 403),
        ("origin: https://example.org", 200, 200, 403),
        ("origin: http://localhost", 200, 200, 404),
        ("origin: null", 200, 403, 403),
        ("sec-fetch-site: cross-site", 200, 403, 403),
        ("sec-fetch-site: same-site", 200, 403, 403),
        (
            "sec-fetch-site: same-origin\norigin: http://localhost:8080",
            200,
            200,
            404,
        ),
        ("sec-fetch-site: none", 200, 200, 404),
    ] {
        let statuses = [
            open.ask(request(&call(origin), OFFER))
                .await
                .status
                .as_u16(),
            listing
                .ask(request(&call(origin), OFFER))
                .await
                .status
                .as_u16(),
            open.ask(request(&delete(origin), "")).await.status.as_u16(),
        ];
        assert_eq!(statuses, [open_call, listed_call, deleted], "{origin}");
    }
    let refused = open
        .ask(request(&delete("origin: https://evil.test"), ""))
        .await;
    assert_eq!(kind(&refused), "cross-site");
}

#[tokio::test]
async fn whoever_asks_too_often_is_told_when_to_come_again() {
    let server = Server::behind(DoorsConfig {
        rate_limit: RateLimit(std::num::NonZeroU32::new(6)),
        unlimited: vec![Unlimited::Nobody],
        ..DoorsConfig::default()
    });
    let head = "DELETE /conversations/1";

    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(server.ask(from("192.0.2.1", head)).await.status.as_u16());
    }
    let refused = server.ask(from("192.0.2.1", "POST /webrtc")).await;
    let other = server.ask(from("192.0.2.2", head)).await;
    let reading = server.ask(from("192.0.2.1", "GET /health")).await;

    assert_eq!(statuses, [404, 404, 429], "a third of six");
    assert_eq!(kind(&refused), "too-many-requests");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=11).contains(&wait), "{wait}");
    assert_eq!([other.status.as_u16(), reading.status.as_u16()], [404, 200]);
}

#[tokio::test]
async fn ten_thousand_forged_names_are_one_client() {
    let server = Server::behind(DoorsConfig {
        rate_limit: RateLimit(std::num::NonZeroU32::new(3)),
        unlimited: vec![Unlimited::Nobody],
        ..DoorsConfig::default()
    });
    let mut taken = 0;
    for number in 0..10_000_u32 {
        let [_, a, b, c] = number.to_be_bytes();
        let head = format!("DELETE /conversations/1\nx-forwarded-for: 10.{a}.{b}.{c}");
        let answer = server.ask(from("192.0.2.1", &head)).await;
        taken += u32::from(answer.status == 404);
    }

    // One at once; a slow machine may see some come back meanwhile.
    assert!((1..20).contains(&taken), "{taken}");
}

#[tokio::test]
async fn nobody_is_unlimited_by_what_a_proxy_says_of_him() {
    let server = Server::behind(DoorsConfig {
        rate_limit: RateLimit(std::num::NonZeroU32::new(3)),
        trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
        unlimited: vec![
            "127.0.0.0/8".parse().unwrap(),
            "10.0.0.0/8".parse().unwrap(),
        ],
        ..DoorsConfig::default()
    });
    let delete = async |named: &str| {
        let head = format!("DELETE /conversations/1{named}");
        server.ask(from("10.0.0.1", &head)).await.status.as_u16()
    };

    let itself = [delete("").await, delete("").await];
    for named in ["127.0.0.1", "10.0.0.5", "127.0.0.1, 10.0.0.6"] {
        let header = format!("\nx-forwarded-for: {named}");
        let both = [delete(&header).await, delete(&header).await];
        assert_eq!(both, [404, 429], "{named}");
    }

    assert_eq!(itself, [404, 404]);
}

#[tokio::test]
async fn every_answer_names_its_request_and_a_refusal_says_the_same_name() {
    let server = Server::new();
    let head = "GET /nowhere\nx-request-id: chosen-by-a-stranger";

    let [first, second] = [
        server.ask(request(head, "")).await,
        server.ask(request(head, "")).await,
    ];

    let names = [&first, &second].map(|answer| answer.header("x-request-id").to_owned());
    let problem: Problem = serde_json::from_slice(&first.body).unwrap();
    assert_eq!(problem.request_id.as_ref(), Some(&names[0]));
    assert_ne!(names[0], names[1]);
    assert!(names.iter().all(|name| name.len() == 16), "{names:?}");
    let well = server.ask(request("GET /health", "")).await;
    assert_eq!(well.header("x-request-id").len(), 16);
}

#[tokio::test]
async fn nothing_is_a_page_but_ours() {
    let server = Server::new();
    for path in ["/health", "/about", "/conversations", "/nowhere"] {
        let answer = server.ask(request(&format!("GET {path}"), "")).await;
        let policy = answer.header("content-security-policy");
        assert_eq!(
            policy, "default-src 'none'; frame-ancestors 'none'",
            "{path}"
        );
        assert_eq!(answer.header("x-frame-options"), "DENY");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
    let viewer = server.ask(request("GET /docs/", "")).await;
    assert_eq!(viewer.status, 200);
    let policy = viewer.header("content-security-policy");
    assert!(policy.contains("script-src 'self';"), "{policy}");
}
