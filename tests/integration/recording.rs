//! What was said is on the disk when the call is over, to the sample.

use std::fs;

use tests::TestServer;
use tests::caller::Caller;
use tests::opus_tools::{self, all_stamped};
use tests::signal::{FRAME, Sentence};

/// The decoder's start-up that a player cuts off (RFC 7845 §4.2), in samples.
const PRE_SKIP: usize = 312;

#[tokio::test]
async fn a_clean_call_is_recorded_to_the_sample() {
    let mut server = TestServer::start().await;
    let (mut caller, call) = Caller::connect(&server).await;
    let sentence = Sentence::of(6, 1);
    let spoken = opus_tools::encode(&sentence.samples);

    caller.say(&spoken).await;
    caller.until_heard(spoken.len()).await;
    caller.hang_up().await;
    server.until_active(0).await;

    let file = server.recording(call.id);
    assert_eq!(opus_tools::packets(&fs::read(&file).unwrap()), spoken);
    opus_tools::check(&file);
    let decoded = opus_tools::decode(&file);
    assert_eq!(decoded.len(), spoken.len() * FRAME - PRE_SKIP);
    for (word, found) in sentence.words.iter().zip(sentence.heard_in(&decoded)) {
        assert!(found.likeness > 0.95, "{found:?}");
        assert!(
            found.start.abs_diff(word.start) <= 1,
            "{found:?}, said at {}",
            word.start
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn what_was_lost_keeps_its_time_in_the_recording() {
    let mut server = TestServer::start().await;
    let (mut caller, call) = Caller::connect(&server).await;
    let sentence = Sentence::of(6, 2);
    let spoken = opus_tools::encode(&sentence.samples);
    let last = sentence.words.last().unwrap();
    let gap = 40..50;

    caller.say(&spoken[..gap.start]).await;
    caller.lose(10);
    caller.say(&spoken[gap.end..]).await;
    caller.until_heard(spoken.len() - gap.len()).await;
    caller.hang_up().await;
    server.until_active(0).await;

    let file = server.recording(call.id);
    opus_tools::check(&file);
    let decoded = opus_tools::decode(&file);
    let found = sentence.heard_in(&decoded).pop().unwrap();
    assert_eq!(decoded.len(), spoken.len() * FRAME - PRE_SKIP);
    assert!(found.likeness > 0.95, "{found:?}");
    assert!(
        found.start.abs_diff(last.start) <= 1,
        "{found:?}, said at {}",
        last.start
    );
    server.stop().await;
}

#[tokio::test]
async fn the_recording_is_handed_out_whole_and_in_parts() {
    let mut server = TestServer::start().await;
    let (mut caller, call) = Caller::connect(&server).await;
    caller.say(&all_stamped(1, 50)).await;
    caller.until_heard(50).await;
    caller.hang_up().await;
    server.until_active(0).await;
    let file = fs::read(server.recording(call.id)).unwrap();

    let whole = server.fetch_recording(call.id).await;
    let url = format!("{}/conversations/{}/user_audio.ogg", server.url(), call.id);
    let part = tests::test_server::http_client()
        .get(url)
        .header("range", "bytes=10-29")
        .send()
        .await
        .unwrap();

    assert_eq!(whole.status(), 200);
    assert_eq!(whole.headers()["content-type"], shared::signaling::OGG_OPUS);
    assert_eq!(whole.bytes().await.unwrap(), file);
    assert_eq!(part.status(), 206);
    assert_eq!(
        part.headers()["content-range"],
        format!("bytes 10-29/{}", file.len())
    );
    assert_eq!(part.bytes().await.unwrap(), file[10..30]);
    server.stop().await;
}
