//! Descriptions at every stage of a recording.

use std::time::Duration;

use super::*;
use crate::recording::{Channels, Moment, tests::sample};

fn origin() -> Origin {
    Origin {
        channels: Channels::Stereo,
        fmtp: "minptime=10".to_owned(),
        client: Client {
            user_agent: Some("a browser".to_owned()),
            owner: Some("anna".to_owned()),
        },
        began: Moment {
            at: Instant::now(),
            time: "2026-11-22T10:00:00.1239Z".parse().unwrap(),
        },
        ..sample::origin(ConversationId::from_nanoseconds(1_751_014_936_301_809_000))
    }
}

#[test]
fn one_that_has_begun_knows_its_call_and_no_end() {
    let metadata = begun(&origin());

    assert_eq!(metadata.status, RecordingStatus::Recording);
    assert_eq!(metadata.started_at, "2026-11-22T10:00:00.123Z");
    assert_eq!(metadata.client.user_agent.as_deref(), Some("a browser"));
    assert_eq!((metadata.ended_at, metadata.file), (None, None));
}

#[test]
fn one_that_was_refused_says_why_and_when() {
    let origin = origin();

    let metadata = refused(
        &origin,
        RecordingEnd::LowSpace,
        origin.began.at + Duration::from_secs(1),
    );

    assert_eq!(metadata.status, RecordingStatus::Refused);
    assert_eq!(metadata.end_reason, Some(RecordingEnd::LowSpace));
    assert_eq!(metadata.ended_at.unwrap(), "2026-11-22T10:00:01.123Z");
}

#[test]
fn one_that_is_recovered_keeps_what_was_known_when_it_began() {
    let begun = begun(&origin());
    let at = "2026-11-23T00:00:00Z".parse().unwrap();

    let metadata = recovered(origin().id, Some(begun.clone()), None, at);

    let expected = Metadata {
        status: RecordingStatus::Empty,
        ended_at: Some("2026-11-23T00:00:00.000Z".to_owned()),
        end_reason: Some(RecordingEnd::Crash),
        recovered: true,
        ..begun
    };
    assert_eq!(metadata, expected);
}

#[test]
fn one_of_which_only_the_folder_is_left_began_when_its_id_says() {
    let metadata = recovered(origin().id, None, None, Timestamp::UNIX_EPOCH);

    assert_eq!(metadata.started_at, "2025-06-27T09:02:16.301Z");
}

#[test]
fn the_time_of_a_report_is_read_in_its_era() {
    let midsummer_2026 = 3_991_420_800_u64 << 32 | 1 << 31;

    assert_eq!(
        rfc3339(ntp_time(midsummer_2026)),
        "2026-06-26T00:00:00.500Z"
    );
    assert_eq!(rfc3339(ntp_time(1)), "2036-02-07T06:28:16.000Z");
}

#[test]
fn a_sender_without_a_wall_clock_says_nothing_of_one() {
    let report = |ntp| SenderReport {
        ntp,
        timestamp_48k: 7,
    };

    assert_eq!(sender_clock(report(0)), None);
    assert_eq!(sender_clock(report(1)).map(|clock| clock.rtp_ts), Some(7));
}

/// The names of all fields, those inside others too.
fn names(json: &serde_json::Value) -> Vec<String> {
    match json {
        serde_json::Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, field)| [vec![name.clone()], names(field)].concat())
            .collect(),
        serde_json::Value::Array(items) => items.iter().flat_map(names).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn the_documentation_names_every_field() {
    let origin = origin();
    let start = origin.began.at;
    let mut recording = crate::recording::Recording::new(&origin, 7);
    for number in 0..50 {
        let mut packet = crate::packet::AudioPacket::in_time(start, number, &[0xf8, 1, 2, 3]);
        packet.sender_report = Some(SenderReport {
            ntp: 1,
            timestamp_48k: 0,
        });
        recording.accept(packet);
    }
    let (file, report) = recording.finish(None);
    let outcome = Outcome {
        status: RecordingStatus::Complete,
        end: RecordingEnd::ClientClosed,
        ended_at: start,
        bytes: file.len() as u64,
        sha256: [0; 32],
    };
    let page = include_str!("../../../../docs/RECORDING.md");
    let (_, table) = page.split_once("| field | says |").unwrap();
    let (table, _) = table.split_once("\n\n").unwrap();

    let metadata = serde_json::to_value(finished(&origin, &report, &outcome)).unwrap();
    let names = names(&metadata);

    assert!(names.contains(&"ntp".to_owned()), "{names:?}");
    for name in names {
        let is_told = [
            format!("`{name}`"),
            format!(".{name}`"),
            format!("`{name}."),
        ];
        assert!(is_told.iter().any(|told| table.contains(told)), "{name}");
    }
}
