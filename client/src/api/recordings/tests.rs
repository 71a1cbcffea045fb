use std::time::Duration;

use shared::ConversationId;
use shared::recording::RecordingStatus;

use super::*;

/// What the server says of a recording that is complete.
pub(crate) const DESCRIBED: &str = r#"{
    "schema":"recording/1","conversation_id":"1751014936301809000","status":"complete",
    "started_at":"2025-06-27T09:02:16.301Z","first_packet_at":"2025-06-27T09:02:16.401Z",
    "last_packet_at":"2025-06-27T09:03:16.401Z","ended_at":"2025-06-27T09:03:16.411Z",
    "end_reason":"client_closed",
    "file":{"name":"user_audio.ogg","bytes":9,"sha256":"00","pages":3,"packets":9,"samples":72312,
        "pre_skip":312,"duration_ms":1500.0,"concealed_ms":0.0},
    "codec":{"mime":"audio/opus","clock_rate":48000,"channels_header":1,"fmtp":"",
        "ptime_ms_seen":[20.0],"toc_configs_seen":[],"stereo_packets":0,"payload_type":111},
    "rtp":null,"filled_ms":null,"clock":null,"client":{"user_agent":"<b>a browser</b>"},
    "software":{"name":"voicechat","version":"0.1.0"},"recovered":false,"verified_at":null,
    "links":{"audio":"/conversations/1751014936301809000/user_audio.ogg",
        "wav":"//elsewhere.test/x","caf":null,"peaks":null,
        "delete":"/conversations/1751014936301809000"}
}"#;

fn reply(status: u16, body: &str) -> Reply {
    Reply {
        status,
        body: body.to_owned(),
        ..Reply::default()
    }
}

fn path(path: &str) -> OwnPath {
    OwnPath::parse(path).unwrap()
}

fn id() -> ConversationId {
    ConversationId::from_nanoseconds(1_751_014_936_301_809_000)
}

fn state(recording: &str) -> Reply {
    let state =
        r#"{"conversation_id":"1751014936301809000","phase":"ended","since":"x","traffic":null"#;
    reply(200, &format!(r#"{state},"recording":{recording}}}"#))
}

#[test]
fn a_call_tells_where_its_recording_is() {
    let with_key = state(r#"{"state":"ended","url":"/conversations/1?key=k"}"#);
    let unrecorded = state(r#"{"state":"off","url":null}"#);
    let refused = state(r#"{"state":"refused","url":"/conversations/1"}"#);
    let cut_short = state(r#"{"state":"cut_short","url":"/conversations/1"}"#);
    let another_s = state(r#"{"state":"ended","url":null}"#);
    let elsewhere = state(r#"{"state":"ended","url":"//elsewhere.test/"}"#);

    let places = [
        with_key, unrecorded, refused, cut_short, another_s, elsewhere,
    ]
    .map(|reply| read_where(&reply));

    assert_eq!(
        places,
        [
            Ok(Some(path("/conversations/1?key=k"))),
            Err(Search::Missing),
            Err(Search::Refused),
            Ok(Some(path("/conversations/1"))),
            Err(Search::Closed),
            Err(Search::NoReply)
        ]
    );
}

#[test]
fn a_call_that_the_server_does_not_know_any_more_tells_nothing() {
    let places = [404, 405, 500].map(|status| read_where(&reply(status, "")));

    assert_eq!(places, [Ok(None), Ok(None), Err(Search::NoReply)]);
}

#[test]
fn a_missing_recording_is_told_from_a_closed_one_and_a_silent_server() {
    let place = path("/conversations/1");
    let searches = [200, 404, 410, 401, 403, 500].map(|status| read_search(status, place.clone()));

    assert_eq!(
        searches,
        [
            Search::Found(place),
            Search::Missing,
            Search::Missing,
            Search::Closed,
            Search::Closed,
            Search::NoReply
        ]
    );
}

#[test]
fn a_recording_is_described_with_links_of_our_own_server_only() {
    let place = path("/conversations/1751014936301809000?key=k");

    let found = read_recording(&reply(200, DESCRIBED), place.clone()).unwrap();

    let facts = Facts {
        peaks: None,
        bytes: Some(9),
        id: id(),
        started_at: "2025-06-27T09:02:16.301Z".to_owned(),
        duration: Some(Duration::from_millis(1500)),
        status: RecordingStatus::Complete,
        end: Some(shared::recording::RecordingEnd::ClientClosed),
        user_agent: Some("<b>a browser</b>".to_owned()),
        audio: Some(path("/conversations/1751014936301809000/user_audio.ogg")),
        wav: None,
        caf: None,
        delete: Some(path("/conversations/1751014936301809000")),
    };
    assert_eq!(found, Found { path: place, facts });
}

#[test]
fn a_page_tells_whether_there_are_older_ones() {
    let page = format!(r#"{{"recordings":[{DESCRIBED}],"next_before":"1751014936301809000"}}"#);

    let listed = read_page(&reply(200, &page)).unwrap();

    let [found] = &listed.found[..] else {
        panic!("{listed:?}");
    };
    assert_eq!(found.path, path("/conversations/1751014936301809000"));
    assert_eq!(listed.older, Some(id()));
}

#[test]
fn a_recording_that_is_not_there_any_more_is_deleted() {
    let deleted = [204, 404, 410, 409].map(|status| read_deletion(&reply(status, "")));

    assert_eq!(deleted, [Ok(()), Ok(()), Ok(()), Err(Trouble::Live)]);
}

#[test]
fn what_the_server_refuses_is_told_by_its_cause() {
    let refusal = r#"{"type":"forbidden","title":"No","status":403,"detail":"no scope"}"#;
    let troubles = [
        (401, ""),
        (404, ""),
        (409, ""),
        (502, ""),
        (403, refusal),
        (418, ""),
    ]
    .map(|(status, body)| read_page(&reply(status, body)).unwrap_err());

    let refused = |reason: &str| Trouble::Refused {
        reason: reason.to_owned(),
    };
    assert_eq!(
        troubles,
        [
            Trouble::KeyRefused,
            Trouble::Gone,
            Trouble::Live,
            Trouble::Away,
            refused("no scope"),
            refused("It replied with status 418"),
        ]
    );
}

#[test]
fn a_reply_that_is_no_list_is_refused() {
    let trouble = read_page(&reply(200, "<html>")).unwrap_err();

    assert!(matches!(trouble, Trouble::Refused { .. }), "{trouble:?}");
}
