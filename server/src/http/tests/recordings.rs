//! Recordings, whole and in ranges, and nothing else of the disk.

use std::fs;
use std::io::Write;

use shared::ConversationId;
use shared::signaling::recording_path;

use super::*;
use crate::recording::sidecar;
use crate::recording::tests::sample;
use crate::storage::Durability;

const AUDIO: &[u8] = b"OggS and then some audio";

/// A server with one recording, and the path of it.
fn with_recording() -> (Server, String) {
    let server = Server::new();
    let id = ConversationId::from_nanoseconds(1_751_014_936_301_809_000);
    let storage = Storage::new(server.folder.path().join("recordings")).unwrap();
    storage.create(id).unwrap().write_all(AUDIO).unwrap();
    (server, recording_path(id))
}

#[tokio::test]
async fn a_recording_is_served_whole() {
    let (server, path) = with_recording();

    let answer = server.ask(request(&format!("GET {path}"), "")).await;

    assert_eq!(
        (answer.status.as_u16(), answer.body.as_slice()),
        (200, AUDIO)
    );
    assert_eq!(answer.header("content-type"), "audio/ogg; codecs=opus");
    assert_eq!(answer.header("content-length"), "24");
    assert_eq!(answer.header("accept-ranges"), "bytes");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("cache-control"), "private, no-cache");
    assert_ne!(answer.header("etag"), "-");
    assert_ne!(answer.header("last-modified"), "-");
}

#[tokio::test]
async fn a_growing_recording_is_served_up_to_its_last_whole_page_whatever_is_torn_behind_it() {
    let server = Server::new();
    let id = ConversationId::from_nanoseconds(1_751_014_936_301_809_000);
    let storage = Storage::new(server.folder.path().join("recordings")).unwrap();
    let origin = sample::origin(id);
    let (pages, _) = sample::complete(&origin, 60);
    let mut file = storage.create(id).unwrap();
    file.write_all(&pages).unwrap();
    // Of the second page, which has more.
    file.write_all(&pages[47..97]).unwrap();
    let begun = sidecar::begun(&origin);
    storage.put_metadata(&begun, Durability::Later).unwrap();
    let path = recording_path(id);

    let whole = server.ask(request(&format!("GET {path}"), "")).await;
    let head = server.ask(request(&format!("HEAD {path}"), "")).await;
    let tail = format!("GET {path}\nrange: bytes=-5");
    let tail = server.ask(request(&tail, "")).await;
    let outside = format!("GET {path}\nrange: bytes={}-", pages.len());
    let outside = server.ask(request(&outside, "")).await;

    assert_eq!((whole.status.as_u16(), &whole.body), (200, &pages));
    let length = pages.len().to_string();
    assert_eq!(whole.header("content-length"), length);
    assert_eq!(head.header("content-length"), length);
    assert_eq!(tail.body, pages[pages.len() - 5..]);
    assert_eq!(outside.status, 416);
    assert_eq!(outside.header("content-range"), format!("bytes */{length}"));
}

#[tokio::test]
async fn what_is_written_while_a_recording_is_sent_is_not_sent_with_it() {
    let (server, path) = with_recording();
    let response = server
        .router
        .clone()
        .oneshot(request(&format!("GET {path}"), ""))
        .await
        .unwrap();
    let file = server
        .folder
        .path()
        .join("recordings/1751014936301809000/user_audio.ogg");
    let mut grown = fs::OpenOptions::new().append(true).open(file).unwrap();
    grown.write_all(b"more").unwrap();

    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();

    assert_eq!(body, AUDIO);
}

#[tokio::test]
async fn head_tells_the_same_without_the_audio() {
    let (server, path) = with_recording();

    let answer = server.ask(request(&format!("HEAD {path}"), "")).await;

    assert_eq!((answer.status.as_u16(), answer.body.len()), (200, 0));
    assert_eq!(answer.header("content-type"), "audio/ogg; codecs=opus");
    assert_eq!(answer.header("content-length"), "24");
}

#[tokio::test]
async fn a_player_may_jump() {
    let (server, path) = with_recording();

    for (range, status, content_range, body) in [
        ("bytes=0-3", 206, "bytes 0-3/24", &AUDIO[..4]),
        ("bytes=5-", 206, "bytes 5-23/24", &AUDIO[5..]),
        ("bytes=-5", 206, "bytes 19-23/24", &AUDIO[19..]),
        ("bytes=-65536", 206, "bytes 0-23/24", AUDIO),
        ("Bytes=00-03", 206, "bytes 0-3/24", &AUDIO[..4]),
        ("items=0-3", 200, "-", AUDIO),
        ("bytes=0-99", 206, "bytes 0-23/24", AUDIO),
        ("bytes=24-", 416, "bytes */24", b""),
        ("bytes=0-1,3-4", 200, "-", AUDIO),
    ] {
        let answer = server
            .ask(request(&format!("GET {path}\nrange: {range}"), ""))
            .await;

        assert_eq!(answer.status.as_u16(), status, "{range}");
        assert_eq!(answer.header("content-range"), content_range, "{range}");
        if status == 416 {
            assert_eq!(answer.header("content-type"), "application/problem+json");
        } else {
            assert_eq!(answer.body, body, "{range}");
        }
    }
}

#[tokio::test]
async fn a_range_of_an_outdated_version_becomes_the_whole() {
    let (server, path) = with_recording();
    let first = server.ask(request(&format!("HEAD {path}"), "")).await;
    let status = async |version: &str| {
        let head = format!("GET {path}\nrange: bytes=0-3\nif-range: {version}");
        server.ask(request(&head, "")).await.status.as_u16()
    };

    assert_eq!(status(first.header("etag")).await, 206);
    assert_eq!(status(first.header("last-modified")).await, 200);
    assert_eq!(status("\"other\"").await, 200);
    assert_eq!(status("Thu, 01 Jan 1970 00:00:00 GMT").await, 200);
    assert_eq!(status(&format!("W/{}", first.header("etag"))).await, 200);
}

#[tokio::test]
async fn a_browser_that_has_a_recording_does_not_get_it_again() {
    let (server, path) = with_recording();
    let etag = server
        .ask(request(&format!("HEAD {path}"), ""))
        .await
        .header("etag")
        .to_owned();

    let again = server
        .ask(request(&format!("GET {path}\nif-none-match: {etag}"), ""))
        .await;

    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
}

#[tokio::test]
async fn only_ids_open_recordings() {
    let (server, _) = with_recording();
    let outside = server.folder.path().join("user_audio.ogg");
    fs::write(&outside, "secret").unwrap();
    fs::write(
        server.folder.path().join("recordings/user_audio.ogg"),
        "secret",
    )
    .unwrap();

    for id in [
        "1",
        "0",
        "..",
        "%2e%2e",
        ".",
        "%2e",
        "..%2f",
        "%2e%2e%2f",
        "..%5c",
        "..%00",
        "%c0%ae%c0%ae",
        "1751014936301809000%2f..",
        "1751014936301809000%00",
        "01751014936301809000",
        "+1751014936301809000",
        "1751014936301809000%20",
        "%D9%A1",
        "18446744073709551616",
        "%ff",
    ] {
        let answer = server
            .ask(request(
                &format!("GET /conversations/{id}/user_audio.ogg"),
                "",
            ))
            .await;
        assert_eq!(answer.problem().1, "not-found", "{id}");
    }
}
