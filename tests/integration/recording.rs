//! What was said is on the disk when the call is over, to the sample.

use std::fs;

use tests::TestServer;
use tests::caller::Caller;
use tests::opus_tools::{self, all_stamped};
use tests::signal::{FRAME, Found, Sentence};

/// The decoder's start-up that a player cuts off (RFC 7845 §4.2), in samples.
const PRE_SKIP: usize = 312;

#[tokio::test]
async fn a_clean_call_is_recorded_to_the_sample() {
    let mut server = TestServer::start().await;
    let (mut caller, call) = Caller::connect(&server).await;
    let sentence = Sentence::of(6, 1);
    let speech = opus_tools::encode(&sentence.samples);

    caller.say(&speech.packets).await;
    caller.until_heard(speech.packets.len()).await;
    caller.hang_up().await;
    server.until_active(0).await;

    let recording = server.final_recording(call.id);
    assert_eq!(recording.packets, speech.packets);
    assert_eq!(recording.concealed_samples, 0);
    let recorded = opus_tools::decode(&server.recording(call.id));
    assert_eq!(recorded.len(), speech.packets.len() * FRAME - PRE_SKIP);
    assert_eq!(recorded[..speech.sound.len()], speech.sound);
    assert!(sentence.heard_in(&recorded).iter().all(is_clear));
    server.stop().await;
}

#[tokio::test]
async fn a_packet_that_a_hundred_others_overtook_is_kept_in_its_place() {
    let mut server = TestServer::start().await;
    let (mut caller, call) = Caller::connect(&server).await;
    let spoken = all_stamped(1, 120);

    caller.say(&spoken[..10]).await;
    let overtaken = caller.next_numbers();
    caller.lose(1);
    for packet in &spoken[11..111] {
        caller.say_now(packet.clone()).await;
    }
    let next = caller.next_numbers();
    caller.set_next_numbers(overtaken);
    caller.say_now(spoken[10].clone()).await;
    caller.set_next_numbers(next);
    caller.say(&spoken[111..]).await;
    caller.until_heard(spoken.len()).await;
    caller.hang_up().await;
    server.until_active(0).await;

    assert_eq!(server.final_recording(call.id).packets, spoken);
    server.stop().await;
}

#[tokio::test]
async fn what_was_lost_keeps_its_time_in_the_recording() {
    let mut server = TestServer::start().await;
    let (mut caller, call) = Caller::connect(&server).await;
    let sentence = Sentence::of(6, 2);
    let speech = opus_tools::encode(&sentence.samples);
    let gap = 40..50;

    caller.say(&speech.packets[..gap.start]).await;
    caller.lose(10);
    caller.say(&speech.packets[gap.end..]).await;
    caller.until_heard(speech.packets.len() - gap.len()).await;
    caller.hang_up().await;
    server.until_active(0).await;

    let recording = server.final_recording(call.id);
    assert_eq!(recording.concealed_samples, 10 * FRAME as u64);
    let recorded = opus_tools::decode(&server.recording(call.id));
    assert_eq!(recorded.len(), speech.packets.len() * FRAME - PRE_SKIP);
    let last = |sound: &[f32]| sentence.heard_in(sound).pop().unwrap();
    assert!(is_clear(&last(&recorded)), "{:?}", last(&recorded));
    assert_eq!(last(&recorded).start, last(&speech.sound).start);
    server.stop().await;
}

#[tokio::test]
async fn what_fills_a_packet_up_behind_its_audio_is_not_recorded() {
    let mut server = TestServer::start().await;
    let (mut caller, call) = Caller::connect(&server).await;
    // Of 30 to 33 bytes, so that there is something of each length to fill up.
    let packets: Vec<_> = (0..40_usize)
        .zip(all_stamped(1, 40))
        .map(|(number, packet)| [&packet[..], &[7; 3][..number % 4]].concat())
        .collect();

    for packet in &packets {
        caller.say_padded_now(packet.clone().into()).await;
    }
    caller.until_heard(packets.len()).await;
    caller.hang_up().await;
    server.until_active(0).await;

    assert_eq!(server.final_recording(call.id).packets, packets);
    server.stop().await;
}

fn is_clear(word: &Found) -> bool {
    word.likeness > 0.95
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
