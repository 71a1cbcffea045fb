//! Offers that cannot be taken are refused with the reason, and harm nobody.

use reqwest::{Method, Response};
use shared::Problem;
use shared::problem::PROBLEM_JSON;
use tests::TestServer;
use tests::caller::Caller;
use tests::opus_tools::all_stamped;
use tests::test_server::http_client;

/// Offers that are wrong in one place: what is replaced in a good one, and by what.
const SPOILT: &[(&str, &str, &str)] = &[
    ("video only", "m=audio", "m=video"),
    ("text only", "m=audio", "m=text"),
    (
        "data only",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    ),
    ("no encryption", "UDP/TLS/RTP/SAVPF", "RTP/AVP"),
    ("old encryption", "UDP/TLS/RTP/SAVPF", "RTP/SAVPF"),
    ("over TCP", "UDP/TLS/RTP/SAVPF", "TCP/TLS/RTP/SAVPF"),
    ("rejected section", "m=audio 9", "m=audio 0"),
    ("port too large", "m=audio 9", "m=audio 99999"),
    ("negative port", "m=audio 9", "m=audio -1"),
    ("no payload type", "SAVPF 111", "SAVPF"),
    ("payload type too large", "SAVPF 111", "SAVPF 300"),
    ("payload type is no number", "SAVPF 111", "SAVPF opus"),
    ("payload type twice", "SAVPF 111", "SAVPF 111 111"),
    ("payload type of nothing", "SAVPF 111", "SAVPF 112"),
    ("another codec", "opus/48000/2", "PCMU/8000"),
    ("redundancy alone", "opus/48000/2", "red/48000/2"),
    ("opus at another rate", "opus/48000/2", "opus/16000/2"),
    ("opus at no rate", "opus/48000/2", "opus/0/2"),
    ("opus without a rate", "opus/48000/2", "opus"),
    ("inactive", "a=sendrecv", "a=inactive"),
    ("receives only", "a=sendrecv", "a=recvonly"),
    ("no fingerprint", "a=fingerprint:", "a=x-fingerprint:"),
    ("md5 fingerprint", "fingerprint:sha-256", "fingerprint:md5"),
    (
        "sha-1 fingerprint",
        "fingerprint:sha-256",
        "fingerprint:sha-1",
    ),
    (
        "fingerprint of no algorithm",
        "fingerprint:sha-256 ",
        "fingerprint:",
    ),
    (
        "fingerprint too long",
        "fingerprint:sha-256 ",
        "fingerprint:sha-256 AA:",
    ),
    (
        "fingerprint is no hex",
        "fingerprint:sha-256 ",
        "fingerprint:sha-256 ZZ:",
    ),
    ("setup holdconn", "setup:actpass", "setup:holdconn"),
    ("setup unknown", "setup:actpass", "setup:nobody"),
    ("setup empty", "setup:actpass", "setup:"),
    ("no rtcp-mux", "a=rtcp-mux\r\n", ""),
    ("no ufrag", "a=ice-ufrag:", "a=x-ice-ufrag:"),
    ("no password", "a=ice-pwd:", "a=x-ice-pwd:"),
    (
        "foreign characters in the ufrag",
        "a=ice-ufrag:",
        "a=ice-ufrag:Ä",
    ),
    ("blank in the password", "a=ice-pwd:", "a=ice-pwd:a b"),
    ("no version", "v=0\r\n", ""),
    ("another version", "v=0", "v=1"),
    ("no origin", "o=-", "x=-"),
    ("no media section", "m=audio", "x=audio"),
    ("a line without a type", "s=-", "nonsense"),
    ("a line without a value", "s=-", "s"),
];

/// Bodies that are no offer at all.
fn garbage() -> Vec<(String, Vec<u8>)> {
    let texts: &[&str] = &[
        "",
        " ",
        "\r\n",
        "\n\n\n",
        "\0",
        "v=0",
        "v=0\r\n",
        "m=audio",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n",
        "{\"type\":\"offer\",\"sdp\":\"v=0\"}",
        "<html></html>",
        "null",
        "=",
        "==\r\n",
        "v=\r\n",
        "hello",
        "GET / HTTP/1.1\r\n\r\n",
        "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n",
        "a=candidate\r\n",
        "%00",
    ];
    let mut garbage: Vec<(String, Vec<u8>)> = texts
        .iter()
        .map(|text| (format!("{text:?}"), text.as_bytes().to_vec()))
        .collect();
    garbage.push(("no UTF-8".to_owned(), vec![0xFF; 100]));
    garbage.push(("zeros".to_owned(), vec![0; 1_000]));
    garbage.push(("64 kB of nothing".to_owned(), vec![b'a'; 65_536]));
    garbage.push(("64 kB of line ends".to_owned(), vec![b'\n'; 65_536]));
    garbage
}

/// Everything in one: a good offer cut off early, spoilt, overloaded, and what is no offer.
fn hostile(offer: &str) -> Vec<(String, Vec<u8>)> {
    let mut bodies = garbage();
    let media = offer.find("m=audio").unwrap();
    for step in 0..30 {
        let cut = media * step / 30;
        bodies.push((
            format!("cut off at {cut}"),
            offer.as_bytes()[..cut].to_vec(),
        ));
    }
    for (name, from, to) in SPOILT {
        assert!(offer.contains(from), "{name}: nothing to spoil in {offer}");
        bodies.push(((*name).to_owned(), offer.replacen(from, to, 1).into_bytes()));
    }
    let section = &offer[media..];
    let overloads = [
        (
            "a thousand sections",
            format!("{offer}{}", section.repeat(60)),
        ),
        ("a section twice with one name", format!("{offer}{section}")),
        (
            "ten thousand lines",
            format!("{offer}{}", "a=x\r\n".repeat(10_000)),
        ),
        (
            "a ufrag of 300",
            offer.replace("a=ice-ufrag:", &format!("a=ice-ufrag:{}", "u".repeat(300))),
        ),
        (
            "a password of 300",
            offer.replace("a=ice-pwd:", &format!("a=ice-pwd:{}", "p".repeat(300))),
        ),
        ("a zero in a line", offer.replace("s=-", "s=\0")),
    ];
    bodies.extend(overloads.map(|(name, body)| (name.to_owned(), body.into_bytes())));
    bodies
}

async fn problem_of(response: Response) -> (u16, Problem) {
    let status = response.status().as_u16();
    let media_type = response.headers().get("content-type").cloned();
    let body = response.text().await.unwrap();
    assert_eq!(media_type.unwrap(), PROBLEM_JSON, "{status}: {body}");
    (status, serde_json::from_str(&body).unwrap())
}

#[tokio::test]
async fn a_hundred_hostile_offers_are_refused_with_a_reason() {
    let mut server = TestServer::start().await;
    let model = Caller::new().await;
    let bodies = hostile(&model.offer().await);
    model.vanish().await;
    assert!(bodies.len() >= 100, "only {}", bodies.len());

    let mut wrong = Vec::new();
    for (name, body) in bodies {
        let response = server.post_offer(body).await;
        if response.status().is_success() {
            wrong.push(format!("{name}: accepted"));
            continue;
        }
        let (status, problem) = problem_of(response).await;
        let is_right = match problem.kind.as_str() {
            "not-sdp" => status == 400,
            "body-too-large" => status == 413,
            "unacceptable-offer" => status == 422 && problem.detail.is_some(),
            _ => false,
        };
        if !is_right || problem.status != status {
            wrong.push(format!("{name}: {status} {problem:?}"));
        }
    }

    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(server.health().await.active_conversations, 0);
    let (mut caller, _) = Caller::connect(&server).await;
    caller.say(&all_stamped(1, 5)).await;
    caller.until_heard(5).await;
    caller.hang_up().await;
    server.stop().await;
}

#[tokio::test]
async fn offers_of_another_kind_or_size_are_refused() {
    let mut server = TestServer::start().await;
    let post = || http_client().post(format!("{}/webrtc", server.url()));
    let sdp = || post().header("content-type", "application/sdp");
    let json = || post().header("content-type", "application/json");

    let requests = [
        (json().body("{}"), 415, "unsupported-media-type"),
        (post().body("v=0"), 415, "unsupported-media-type"),
        (sdp().body("a".repeat(65_536)), 400, "not-sdp"),
        (sdp().body("a".repeat(65_537)), 413, "body-too-large"),
    ];
    for (request, status, kind) in requests {
        let (found, problem) = problem_of(request.send().await.unwrap()).await;
        assert_eq!((found, problem.kind.as_str()), (status, kind));
        assert_eq!(problem.status, status);
    }
    server.stop().await;
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let mut server = TestServer::start().await;

    for (method, path, status, kind) in [
        (Method::GET, "/webrtc", 405, "method-not-allowed"),
        (
            Method::DELETE,
            "/webrtc/AAAAAAAAAAAAAAAAAAAAAA",
            404,
            "not-found",
        ),
        (Method::DELETE, "/webrtc/no!secret", 404, "not-found"),
        (
            Method::GET,
            "/conversations/1/user_audio.ogg",
            404,
            "not-found",
        ),
        (
            Method::GET,
            "/conversations/..%2f..%2fetc/user_audio.ogg",
            404,
            "not-found",
        ),
        (Method::GET, "/nowhere", 404, "not-found"),
    ] {
        let url = format!("{}{path}", server.url());
        let response = http_client().request(method, url).send().await.unwrap();
        let (found, problem) = problem_of(response).await;
        assert_eq!((found, problem.kind.as_str()), (status, kind), "{path}");
        assert_eq!(problem.status, status, "{path}");
    }
    server.stop().await;
}
