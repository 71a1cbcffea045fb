//! What is not logged, however much is logged.

use reqwest::Method;
use shared::Problem;
use tests::TestServer;
use tests::caller::{Call, Caller};
use tests::opus_tools::all_stamped;
use tests::waiting::eventually;
use webrtc::peer_connection::RTCPeerConnectionState;

/// Everything there is.
const ALL: [&str; 2] = ["--log", "debug,server=trace"];

/// The values of these attributes, wherever they stand.
fn values(sdp: &str, names: &[&str]) -> Vec<String> {
    let fields = sdp.lines().filter_map(|line| line.split_once(':'));
    fields
        .filter(|(name, _)| names.contains(name))
        .map(|(_, value)| value.to_owned())
        .collect()
}

/// What of an offer or an answer concerns nobody.
fn secrets(sdp: &str) -> Vec<String> {
    let found = values(sdp, &["a=ice-ufrag", "a=ice-pwd", "a=fingerprint"]);
    assert!(found.len() >= 3, "{found:?}");
    found
}

/// The ports of a caller's candidates, as an address would be written with them.
fn ports(sdp: &str) -> Vec<String> {
    let candidates = values(sdp, &["a=candidate"]);
    let ports: Vec<String> = candidates
        .iter()
        .filter_map(|candidate| candidate.split(' ').nth(5))
        .map(|port| format!(":{port}"))
        .collect();
    assert!(!ports.is_empty(), "{sdp}");
    ports
}

/// A call that begins ICE anew in its midst. What of it may be in no log.
async fn restarted_call(server: &TestServer, path: &str) -> Vec<String> {
    let mut caller = Caller::new().await;
    let offer = caller.offer().await;
    let mut call = Caller::post(server, path, offer.clone()).await;
    let mut private = [secrets(&offer), ports(&offer), secrets(&call.answer)].concat();
    caller.accept(&call.answer).await;
    caller.until(RTCPeerConnectionState::Connected).await;
    caller.say(&all_stamped(1, 10)).await;

    caller.restart(server, &mut call).await;
    let offer = caller.offer_now().await;
    private.extend([secrets(&offer), ports(&offer), secrets(&call.answer)].concat());
    until_received(server, &mut caller, &call).await;

    server.delete(&call.location).await;
    caller.hang_up().await;
    let (_, secret) = call.location.rsplit_once('/').unwrap();
    private.push(secret.to_owned());
    private
}

/// Speaks until the server has heard it by the way that was found after a restart.
async fn until_received(server: &TestServer, caller: &mut Caller, call: &Call) {
    let location = call.location.replace("/whip/", "/webrtc/");
    let received = async || {
        let traffic = server.call_state(&location).await.traffic;
        traffic.map_or(0, |traffic| traffic.received.packets)
    };
    let before = received().await;
    eventually("audio after the restart", async || {
        caller.say(&all_stamped(2, 1)).await;
        (received().await > before).then_some(())
    })
    .await;
}

#[tokio::test]
async fn no_secret_no_description_and_no_address_of_a_caller_is_in_the_log() {
    let json = [&ALL[..], &["--log-format", "json"]].concat();
    for (path, flags, route) in [
        (
            "/webrtc",
            &ALL[..],
            "method=DELETE route=\"/webrtc/{secret}\"",
        ),
        ("/whip", &ALL[..], "method=PATCH route=\"/whip/{secret}\""),
        ("/webrtc", &json, "\"route\":\"/webrtc/{secret}\""),
    ] {
        let mut server = TestServer::with(flags).await;

        let mut private = restarted_call(&server, path).await;
        server.stop().await;

        let log = server.log();
        assert!(
            log.contains(route) && log.contains("conversation ended"),
            "{log}"
        );
        private.push("m=audio".to_owned());
        for secret in private {
            assert!(!log.contains(&secret), "{secret} is in the log:\n{log}");
        }
    }
}

#[tokio::test]
async fn no_token_no_key_and_nothing_of_a_refused_offer_is_in_the_log() {
    let (token, wrong) = ("a-token-of-many-letters", "another-token-of-many-letters");
    let (key, body) = ("1.QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE", "v=private");
    let flags = ["--auth", "token", "--token", token];
    let json = ["--log-format", "json"];
    for (more, named, unauthorized) in [
        (&[][..], "id=", "status=401 kind=\"unauthorized\""),
        (
            &json,
            "\"id\":\"",
            "\"status\":401,\"kind\":\"unauthorized\"",
        ),
        (&ALL, "id=", "status=401"),
    ] {
        let mut server = TestServer::with(&[&flags[..], more].concat()).await;
        let ask = async |shown: &str, method, path: &str| {
            let request = server.request(method, path).bearer_auth(shown);
            let request = request.header("content-type", shared::signaling::SDP);
            server.send(request.body(body)).await.status().as_u16()
        };

        let statuses = [
            ask(token, Method::GET, "/conversations").await,
            ask(wrong, Method::GET, "/conversations").await,
            ask(token, Method::POST, "/webrtc").await,
            ask(token, Method::POST, "/whip").await,
            ask(token, Method::DELETE, "/webrtc/QUFBQUFBQUFBQUFBQUFBQQ").await,
        ];
        let by_key = server.get(&format!("/conversations/1?key={key}")).await;
        let refusal: Problem = server.get("/nowhere").await.json().await.unwrap();

        assert_eq!(statuses, [200, 401, 400, 400, 404]);
        assert_eq!(by_key.status(), 401);
        server.stop().await;
        let log = server.log();
        let named = format!("{named}{}", refusal.request_id.unwrap());
        assert!(log.contains(&named), "{named} is not in the log:\n{log}");
        assert!(log.contains(unauthorized), "{log}");
        for secret in [token, wrong, key, body, "QUFBQUFB", "/nowhere"] {
            assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
        }
    }
}
