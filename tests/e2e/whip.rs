//! A WHIP client that is not ours publishes from Chromium: it posts before it has candidates,
//! trickles them, and begins ICE anew.

use std::fs;

use serde_json::Value;
use shared::call::CallState;
use shared::signaling::OFFER_PATH;
use tests::browser::Microphone;
use tests::foreign::tool;
use tests::signal::Sentence;
use tests::waiting::eventually;
use tests::{Browser, TestServer, opus_tools};

use crate::call::says;

const PUBLISH: &str = "
    const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
    const connection = new RTCPeerConnection();
    connection.addTransceiver(microphone.getAudioTracks()[0], { direction: 'sendonly' });
    const client = new WHIPClient();
    const statuses = [];
    const fetched = window.fetch;
    window.fetch = async (...what) => {
        const response = await fetched(...what);
        statuses.push([what[1].method, response.status]);
        return response;
    };
    await client.publish(connection, new URL('/whip', location.href).href);
    window.publisher = { client, connection, statuses };
    return client.resourceURL.pathname;";

#[tokio::test]
async fn a_foreign_client_publishes_trickles_and_begins_ice_anew() {
    let client = fs::read_to_string(tool("node/node_modules/whip-whep/whip.js")).unwrap();
    let client = client.replace("export class", "class");
    let sentence = Sentence::of(8, 7);
    let microphone = Microphone::Hears(sentence.samples.clone());

    Browser::run("whip", microphone, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;
        let path = browser.evaluate(&format!("{client}\n{PUBLISH}")).await;
        let secret = path.as_str().unwrap().strip_prefix("/whip/").unwrap();
        let state = format!("{OFFER_PATH}/{secret}");
        let before = until_received(&server, &state, 100).await;
        let first_pair = selected_pair(&browser).await;

        browser.evaluate("await publisher.client.restart();").await;
        let after = until_received(&server, &state, before + 300).await;

        assert!(after > before);
        let second_pair = selected_pair(&browser).await;
        assert_ne!(first_pair, second_pair, "other names were agreed");
        let statuses = browser.evaluate("return publisher.statuses;").await;
        let statuses: Vec<Value> = statuses.as_array().unwrap().clone();
        assert_eq!(statuses[0].to_string(), "[\"POST\",201]");
        assert!(
            statuses.contains(&serde_json::json!(["PATCH", 204])),
            "{statuses:?}"
        );
        assert!(
            statuses.contains(&serde_json::json!(["PATCH", 200])),
            "{statuses:?}"
        );
        browser.evaluate("await publisher.client.stop();").await;
        server.until_active(0).await;
        let recorded: Vec<_> = server.recorded().into_iter().collect();
        let [id] = recorded[..] else {
            panic!("{recorded:?}");
        };
        let sound = opus_tools::decode(&server.recording(id));
        assert!(says(&sentence, &sound));
        server.stop().await;
    })
    .await;
}

/// Waits until the server has so many packets of the call. How many it has then.
async fn until_received(server: &TestServer, state: &str, packets: u64) -> u64 {
    eventually("packets of the publisher", async || {
        let state: CallState = server.get(state).await.json().await.ok()?;
        let received = state.traffic?.received.packets;
        (received >= packets).then_some(received)
    })
    .await
}

/// What the browser calls the pair of addresses that it sends by.
async fn selected_pair(browser: &Browser) -> Value {
    let script = "const report = await publisher.connection.getStats();
        const transport = [...report.values()].find(({ type }) => type === 'transport');
        return report.get(transport.selectedCandidatePairId).localCandidateId;";
    browser.evaluate(script).await
}
