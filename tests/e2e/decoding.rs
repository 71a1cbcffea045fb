//! The browser decodes every recording to the sample.

use std::fs;

use serde_json::json;
use shared::ConversationId;
use shared::signaling::recording_path;
use tests::browser::Microphone;
use tests::signal::RATE;
use tests::{Browser, TestServer};

use crate::vectors::{self, Vector};

/// The first of the recordings' names.
const FIRST_ID: u64 = 1_751_014_936_301_809_000;

#[tokio::test]
async fn the_browser_decodes_every_vector_to_the_sample() {
    // The twelve hours of silence are not among them: they would be 8 GB of samples in the page.
    let vectors = vectors::all();

    Browser::run("decoding", Microphone::Denied, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;

        let mut decoded = Vec::new();
        let mut expected = Vec::new();
        for (vector, id) in vectors.iter().zip(FIRST_ID..) {
            decoded.push((vector.name, decode(&browser, &server, vector, id).await));
            let sound = json!([RATE, vector.playable()]);
            expected.push((vector.name, sound));
        }

        assert_eq!(decoded, expected);
        server.stop().await;
    })
    .await;
}

/// Lets the page fetch the vector's file and decode it: the sampling rate, and how many samples.
async fn decode(
    browser: &Browser,
    server: &TestServer,
    vector: &Vector,
    id: u64,
) -> serde_json::Value {
    let id = ConversationId::from_nanoseconds(id);
    let recorded = vector.record();
    assert_eq!(recorded.totals, vector.expected, "{}", vector.name);
    let folder = server.put_recording(id, &recorded.file);
    let script = format!(
        "const response = await fetch('{}');
        const context = new OfflineAudioContext(1, 1, {RATE});
        const sound = await context.decodeAudioData(await response.arrayBuffer());
        return [sound.sampleRate, sound.length];",
        recording_path(id)
    );

    let sound = browser.evaluate(&script).await;

    // It is no call of this server's, so it shall not be judged as one.
    fs::remove_dir_all(folder).expect("the folder was made for this");
    sound
}
