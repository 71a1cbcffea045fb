//! What is not logged, however much is logged.

use reqwest::Method;
use shared::Problem;
use tests::TestServer;
use tests::caller::Caller;
use tests::opus_tools::all_stamped;
use webrtc::peer_connection::RTCPeerConnectionState;

/// The values of these attributes, wherever they stand.
fn values<'a>(sdp: &'a str, names: &[&str]) -> Vec<&'a str> {
    let fields = sdp.lines().filter_map(|line| line.split_once(':'));
    fields
        .filter(|(name, _)| names.contains(name))
        .map(|(_, value)| value)
        .collect()
}

#[tokio::test]
async fn no_secret_no_description_and_no_address_of_a_caller_is_in_the_log() {
    let mut server = TestServer::with(&["--log", "debug,server=trace"]).await;
    let mut caller = Caller::new().await;
    let offer = caller.offer().await;
    let call = server.post_offer(offer.clone()).await;
    let location = call.headers()["location"].to_str().unwrap().to_owned();
    let answer = call.text().await.unwrap();
    caller.accept(&answer).await;
    caller.until(RTCPeerConnectionState::Connected).await;
    caller.say(&all_stamped(1, 10)).await;
    caller.until_heard(10).await;

    server.delete(&location).await;
    caller.hang_up().await;
    server.stop().await;

    let log = server.log();
    let route = "method=DELETE route=\"/webrtc/{secret}\"";
    assert!(
        log.contains(route) && log.contains("conversation ended"),
        "{log}"
    );
    let names = ["a=ice-ufrag", "a=ice-pwd", "a=fingerprint", "m=audio"];
    let mut private = [values(&offer, &names), values(&answer, &names)].concat();
    assert!(private.len() >= 6, "{private:?}");
    private.push(location.strip_prefix("/webrtc/").unwrap());
    private.push("m=audio");
    let ports: Vec<String> = values(&offer, &["a=candidate"])
        .iter()
        .filter_map(|candidate| candidate.split(' ').nth(5))
        .map(|port| format!(":{port}"))
        .collect();
    assert!(!ports.is_empty());
    private.extend(ports.iter().map(String::as_str));
    for secret in private {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
}

#[tokio::test]
async fn no_token_no_key_and_nothing_of_a_refused_offer_is_in_the_log() {
    let (token, wrong) = ("a-token-of-many-letters", "another-token-of-many-letters");
    let (key, body) = ("1.QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE", "v=private");
    let flags = [
        "--auth",
        "token",
        "--token",
        token,
        "--log",
        "debug,server=trace",
    ];
    let mut server = TestServer::with(&flags).await;
    let ask = async |shown: &str, method, path: &str| {
        let request = server.request(method, path).bearer_auth(shown);
        let request = request.header("content-type", shared::signaling::SDP);
        server.send(request.body(body)).await.status().as_u16()
    };

    let statuses = [
        ask(token, Method::GET, "/conversations").await,
        ask(wrong, Method::GET, "/conversations").await,
        ask(token, Method::POST, "/webrtc").await,
        ask(token, Method::DELETE, "/webrtc/QUFBQUFBQUFBQUFBQUFBQQ").await,
        server
            .get(&format!("/conversations/1?key={key}"))
            .await
            .status()
            .as_u16(),
    ];

    let refusal: Problem = server.get("/nowhere").await.json().await.unwrap();

    assert_eq!(statuses, [200, 401, 400, 404, 401]);
    server.stop().await;
    let log = server.log();
    let named = format!("id={}", refusal.request_id.unwrap());
    assert!(log.contains(&named), "{named} is not in the log:\n{log}");
    assert!(log.contains("status=401"), "{log}");
    for secret in [token, wrong, key, body, "QUFBQUFB"] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
}
