//! A browser that sends next to nothing while nobody speaks (RFC 7587 §3.1.3).

use std::time::Instant;

use shared::ConversationId;
use tests::browser::Microphone;
use tests::signal::{RATE, Sentence};
use tests::waiting::eventually;
use tests::{Browser, TestServer, opus_tools};

/// Calls from the server's own page, and takes an answer that allows silence not to be sent.
const CALL: &str = "
    const stream = await navigator.mediaDevices.getUserMedia({ audio: {
        echoCancellation: false, noiseSuppression: false, autoGainControl: false,
    } });
    const connection = new RTCPeerConnection();
    connection.addTrack(stream.getAudioTracks()[0], stream);
    await connection.setLocalDescription(await connection.createOffer());
    const response = await fetch('/webrtc', {
        method: 'POST',
        headers: { 'content-type': 'application/sdp' },
        body: connection.localDescription.sdp,
    });
    const answer = await response.text();
    const sdp = answer.replace(/^a=fmtp:.*$/m, '$&;usedtx=1');
    await connection.setRemoteDescription({ type: 'answer', sdp });
    const header = (name) => response.headers.get(name);
    return [header('x-conversation-id'), header('location'), sdp];";

/// How much the microphone has to hear once the call stands.
const SECONDS: f64 = 8.0;
/// The decoder's start-up that a player cuts off (RFC 7845 §4.2), in samples.
const PRE_SKIP: u64 = 312;

#[tokio::test]
async fn what_a_browser_does_not_send_while_nobody_speaks_keeps_its_time() {
    let mut sound = Sentence::of(2, 12).samples;
    sound.resize(sound.len() + 4 * RATE as usize, 0.0);

    Browser::run("dtx", Microphone::Hears(sound), async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;

        let began = Instant::now();
        let call = browser.evaluate(CALL).await;
        let [id, location, sdp] = [0, 1, 2].map(|place| call[place].as_str().unwrap_or_default());
        assert!(sdp.contains("useinbandfec=1;usedtx=1"), "{call}");
        until_it_spoke_and_was_silent(&browser).await;
        let deleted = server.delete(location).await;
        assert!(deleted.status().is_success(), "{}", deleted.status());
        server.until_active(0).await;
        let lasted = began.elapsed().as_secs_f64();

        let id: ConversationId = id.parse().unwrap();
        let recording = server.final_recording(id);
        let played = opus_tools::decode(&server.recording(id)).len() as u64;
        assert_eq!(played, recording.samples - PRE_SKIP);
        let seconds = recording.samples as f64 / f64::from(RATE);
        // Silence of less than a second before the end is not known to have been one.
        assert!(SECONDS - 2.0 < seconds && seconds <= lasted, "{seconds} s");
        assert!(
            recording.concealed_samples > u64::from(RATE),
            "{recording:?}"
        );
        assert_all_came_and_some_was_not_sent(&server, id);
        server.stop().await;
    })
    .await;
}

/// Waits until the microphone has heard speech and silence on a connection that stands.
async fn until_it_spoke_and_was_silent(browser: &Browser) {
    eventually("a connection", async || {
        let state = browser.evaluate("return connectionOfTheTest.connectionState");
        (state.await == "connected").then_some(())
    })
    .await;
    let before = heard_by_the_microphone(browser).await.unwrap_or_default();
    eventually("speech and silence", async || {
        let heard = heard_by_the_microphone(browser).await?;
        (heard >= before + SECONDS).then_some(())
    })
    .await;
}

/// In seconds.
async fn heard_by_the_microphone(browser: &Browser) -> Option<f64> {
    let sources = browser.statistics("media-source").await;
    sources.first()?.get("totalSamplesDuration")?.as_f64()
}

/// Panics unless every packet was written, and time passed between some of them.
fn assert_all_came_and_some_was_not_sent(server: &TestServer, id: ConversationId) {
    let log = server.log();
    let id = id.to_string();
    let is_its_end = |line: &&str| line.contains(&id) && line.contains("recording finished");
    let line = log.lines().find(is_its_end).unwrap_or(&log);
    for nothing in ["lost=0", "late=0", "malformed=0", "stale=0", "loss: 0"] {
        assert!(line.contains(nothing), "{nothing}: {line}");
    }
    assert!(line.contains("dtx: ") && !line.contains("dtx: 0"), "{line}");
}
