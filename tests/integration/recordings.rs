//! Recordings are found, described, played in every form, and deleted.

use std::fs;
use std::path::Path;

use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use shared::ConversationId;
use shared::call::{CallRecordingState, Phase};
use shared::peaks::Peaks;
use shared::recording::RecordingStatus;
use shared::recordings::{Recording, RecordingPage, SummaryPage};
use tempfile::TempDir;
use tests::ogg_file::OggFile;
use tests::opus_tools::{self, all_stamped};
use tests::signal::{RATE, Sentence, read_wav};
use tests::waiting::eventually;
use tests::{Caller, TestServer};

/// In samples, of every recording (RFC 7845 §4.2).
const PRE_SKIP: usize = 312;

/// A call in which a sentence is said, and its recording.
async fn record(server: &TestServer) -> ConversationId {
    let speech = opus_tools::encode(&Sentence::of(2, 7).samples);
    let (mut caller, call) = Caller::connect(server).await;
    caller.say(&speech.packets).await;
    caller.until_heard(speech.packets.len()).await;
    caller.hang_up().await;
    server.until_active(0).await;
    call.id
}

async fn list(server: &TestServer, query: &str) -> RecordingPage {
    let answer = server.get(&format!("/conversations{query}")).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let body = answer.bytes().await.unwrap();
    let page: RecordingPage = serde_json::from_slice(&body).unwrap();
    let read_by_the_page: SummaryPage = serde_json::from_slice(&body).unwrap();
    assert_same(&page, &read_by_the_page);
    page
}

/// The page reads of the list what the list says.
fn assert_same(whole: &RecordingPage, summary: &SummaryPage) {
    assert_eq!(whole.next_before, summary.next_before);
    assert_eq!(whole.recordings.len(), summary.recordings.len());
    for (Recording { metadata, links }, summary) in whole.recordings.iter().zip(&summary.recordings)
    {
        assert_eq!(metadata.conversation_id, summary.conversation_id);
        assert_eq!(metadata.status, summary.status);
        assert_eq!(metadata.started_at, summary.started_at);
        assert_eq!(metadata.end_reason, summary.end_reason);
        let file = metadata
            .file
            .as_ref()
            .map(|file| (file.bytes, file.duration_ms));
        assert_eq!(
            file,
            summary.file.map(|file| (file.bytes, file.duration_ms))
        );
        assert_eq!(metadata.client, summary.client);
        assert_eq!(*links, summary.links);
    }
}

fn ids(page: &RecordingPage) -> Vec<ConversationId> {
    let recordings = page.recordings.iter();
    recordings
        .map(|recording| recording.metadata.conversation_id)
        .collect()
}

async fn described(server: &TestServer, id: ConversationId) -> Recording {
    let answer = server.get(&format!("/conversations/{id}")).await;
    answer.json().await.unwrap()
}

/// What ffmpeg makes of a file, at 48 kHz, mono. Of Opus by libopus: its own decoder is another one.
fn decoded_by_ffmpeg(file: &Path) -> Vec<f32> {
    let is_pcm = file.extension().is_some_and(|extension| extension == "wav");
    let decoder: &[&str] = if is_pcm { &[] } else { &["-c:a", "libopus"] };
    let folder = TempDir::new().unwrap();
    let wav = folder.path().join("decoded.wav");
    let decoded = std::process::Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error"])
        .args(decoder)
        .arg("-i")
        .arg(file)
        .args(["-ac", "1", "-ar", "48000"])
        .arg(&wav)
        .output()
        .unwrap();
    assert!(decoded.status.success(), "{decoded:?}");
    assert!(decoded.stderr.is_empty(), "{decoded:?}");
    read_wav(&wav)
}

/// How alike two sounds of about the same length are, from -1 to 1.
fn likeness(one: &[f32], other: &[f32]) -> f32 {
    let dot = |one: &[f32], other: &[f32]| -> f32 {
        one.iter().zip(other).map(|(one, other)| one * other).sum()
    };
    dot(one, other) / (dot(one, one) * dot(other, other)).sqrt()
}

#[tokio::test]
async fn a_recording_is_listed_described_and_played_in_every_form() {
    let mut server = TestServer::start().await;
    let id = record(&server).await;
    let recording = eventually("the waveform", async || {
        let recording = described(&server, id).await;
        recording.links.peaks.is_some().then_some(recording)
    })
    .await;

    assert_eq!(ids(&list(&server, "").await), [id]);
    assert_eq!(recording.metadata.status, RecordingStatus::Complete);
    let links = recording.links;
    let folder = TempDir::new().unwrap();
    let reference = opus_tools::decode(&server.recording(id));
    for (link, media_type, name) in [
        (&links.audio, "audio/ogg; codecs=opus", "a.ogg"),
        (&links.wav, "audio/wav", "a.wav"),
        (&links.caf, "audio/x-caf", "a.caf"),
    ] {
        let answer = server.get(link.as_ref().unwrap()).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()[CONTENT_TYPE], media_type);
        let announced = answer.headers()[CONTENT_LENGTH]
            .to_str()
            .unwrap()
            .to_owned();
        let bytes = answer.bytes().await.unwrap();
        assert_eq!(announced, bytes.len().to_string());
        let file = folder.path().join(name);
        fs::write(&file, &bytes).unwrap();

        let sound = decoded_by_ffmpeg(&file);

        let missing = sound.len().abs_diff(reference.len());
        assert!(missing <= RATE as usize / 50, "{name}: {missing} samples");
        // Not every reader of Core Audio files drops the frames that come before the sound.
        let primed = &sound[PRE_SKIP.min(sound.len())..];
        let likeness = likeness(&sound, &reference).max(likeness(primed, &reference));
        assert!(likeness > 0.99, "{name}: {likeness}");
    }
    let peaks = server.get(links.peaks.as_ref().unwrap()).await;
    let peaks = Peaks::from_bytes(&peaks.bytes().await.unwrap()).unwrap();
    assert!(peaks.columns().len().abs_diff(reference.len() / 960) <= 1);
    server.stop().await;
}

#[tokio::test]
async fn a_part_of_a_converted_recording_is_a_part_of_the_whole() {
    let mut server = TestServer::start().await;
    let id = record(&server).await;
    for format in ["wav", "caf"] {
        let path = format!("/conversations/{id}/user_audio.ogg?format={format}");
        let whole = server.get(&path).await.bytes().await.unwrap();
        let range = |range: &str| server.request(Method::GET, &path).header(RANGE, range);

        let head = server.send(range("bytes=0-9")).await;
        let outside = server.send(range(&format!("bytes={}-", whole.len()))).await;
        let tail = server.send(range("bytes=-10")).await;

        assert_eq!(head.status(), StatusCode::PARTIAL_CONTENT, "{format}");
        let expected = format!("bytes 0-9/{}", whole.len());
        assert_eq!(head.headers()[CONTENT_RANGE], expected);
        assert_eq!(head.bytes().await.unwrap(), whole[..10]);
        assert_eq!(outside.status(), StatusCode::RANGE_NOT_SATISFIABLE);
        assert_eq!(tail.bytes().await.unwrap().len(), 10);
    }
    let unknown = server
        .get(&format!("/conversations/{id}/user_audio.ogg?format=mp3"))
        .await;
    assert_eq!(unknown.status(), StatusCode::BAD_REQUEST);
    server.stop().await;
}

#[tokio::test]
async fn what_is_deleted_is_gone_and_a_call_that_goes_on_is_not() {
    let mut server = TestServer::start().await;
    let (mut caller, call) = Caller::connect(&server).await;
    let spoken = all_stamped(1, 60);
    caller.say(&spoken[..30]).await;
    caller.until_heard(30).await;
    let path = format!("/conversations/{}", call.id);

    let live = server.delete(&path).await;
    let state = server.call_state(&call.location).await;
    caller.say(&spoken[30..]).await;
    caller.until_heard(60).await;
    caller.hang_up().await;
    server.until_active(0).await;
    let packets = server.final_recording(call.id).packets.len();
    let deleted = server.delete(&path).await;
    let again = server.delete(&path).await;
    let after = server.call_state(&call.location).await;

    assert_eq!(live.status(), StatusCode::CONFLICT);
    let problem: Value = live.json().await.unwrap();
    assert_eq!(problem["type"], "live");
    assert_eq!(
        (state.phase, state.recording.state),
        (Phase::Connected, CallRecordingState::On)
    );
    assert_eq!(state.recording.url, Some(path.clone()));
    assert_eq!(packets, 60, "nothing was lost by trying");
    assert_eq!(deleted.status(), StatusCode::NO_CONTENT);
    assert_eq!(again.status(), StatusCode::NOT_FOUND);
    assert_eq!(
        (after.phase, after.recording.state),
        (Phase::Ended, CallRecordingState::Ended)
    );
    assert!(server.recorded().is_empty());
    server.stop().await;
}

#[track_caller]
fn assert_is_growing(body: &[u8]) {
    assert!(OggFile::read_prefix(body).is_ok());
    let fault = OggFile::read(body).unwrap_err();
    assert_eq!(fault.rule, "the last page ends the stream");
}

#[tokio::test]
async fn what_is_served_of_a_live_call_is_whole_pages_whenever_it_is_asked_for() {
    let mut server = TestServer::start().await;
    let (mut caller, call) = Caller::connect(&server).await;
    let mut heard = 0;

    for said in all_stamped(1, 200).chunks(20) {
        caller.say(said).await;
        heard += said.len();
        caller.until_heard(heard).await;
        let answer = server.fetch_recording(call.id).await;
        if answer.status() == StatusCode::NOT_FOUND {
            // Nothing of it is on the disk yet.
            continue;
        }
        let announced = answer.headers()[CONTENT_LENGTH]
            .to_str()
            .unwrap()
            .to_owned();
        let body = answer.bytes().await.unwrap();

        assert_eq!(announced, body.len().to_string());
        assert_is_growing(&body);
    }
    let answer = eventually("some audio", async || {
        let answer = server.fetch_recording(call.id).await;
        answer.status().is_success().then_some(answer)
    })
    .await;
    assert_is_growing(&answer.bytes().await.unwrap());
    caller.hang_up().await;
    server.until_active(0).await;
    server.stop().await;
}

#[tokio::test]
async fn the_list_goes_page_by_page_from_the_newest() {
    let mut server = TestServer::start().await;
    let mut all = Vec::new();
    for _ in 0..3 {
        let (mut caller, call) = Caller::connect(&server).await;
        caller.say(&all_stamped(1, 5)).await;
        caller.hang_up().await;
        all.push(call.id);
    }
    server.until_active(0).await;
    all.reverse();

    let first = list(&server, "?limit=2").await;
    let next = first.next_before.unwrap();
    let second = list(&server, &format!("?limit=2&before={next}")).await;

    assert_eq!(ids(&first), all[..2]);
    assert_eq!(ids(&second), all[2..]);
    assert_eq!(second.next_before, None);
    assert!(ids(&list(&server, "?status=recovered").await).is_empty());
    assert_eq!(ids(&list(&server, "?status=complete").await), all);
    for query in [
        "?limit=0",
        "?limit=201",
        "?limit=x",
        "?before=x",
        "?status=x",
    ] {
        let refused = server.get(&format!("/conversations{query}")).await;
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{query}");
    }
    server.stop().await;
}

#[tokio::test]
async fn the_callers_key_opens_and_deletes_where_strangers_reach_the_server() {
    let mut server = TestServer::on_all_addresses(&[]).await;
    let (mut caller, call) = Caller::connect(&server).await;
    caller.say(&all_stamped(1, 20)).await;
    caller.hang_up().await;
    server.until_active(0).await;
    let state = server.call_state(&call.location).await;
    let with_key = state.recording.url.unwrap();

    let recording: Recording = server.get(&with_key).await.json().await.unwrap();
    let audio = server.get(recording.links.audio.as_ref().unwrap()).await;
    let without_key = server.get(&format!("/conversations/{}", call.id)).await;
    let listed = server.get("/conversations").await;
    let deleted = server
        .delete(recording.links.delete.as_ref().unwrap())
        .await;

    assert_eq!(audio.status(), StatusCode::OK);
    assert_eq!(without_key.status(), StatusCode::NOT_FOUND);
    assert_eq!(listed.status(), StatusCode::FORBIDDEN);
    assert_eq!(deleted.status(), StatusCode::NO_CONTENT);
    assert!(server.recorded().is_empty());
    server.stop().await;
}
