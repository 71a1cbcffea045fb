//! Each rule between a recording and its description, broken alone.

use std::time::Duration;

use shared::recording::{ClockPoint, Filled, RecordingEnd, Rtp};

use super::*;
use crate::packet::AudioPacket;
use crate::recording::sidecar::Outcome;
use crate::recording::verify::Verifier;
use crate::recording::{Recording, tests::sample};

fn id() -> ConversationId {
    ConversationId::from_nanoseconds(1)
}

/// A recording of 25 s, in which a packet was lost, and its description.
fn recorded() -> (Metadata, Audio) {
    let origin = sample::origin(id());
    let start = origin.began.at;
    let mut recording = Recording::new(&origin, 7);
    for number in (0..1250).filter(|&number| number != 20) {
        recording.accept(AudioPacket::in_time(start, number, &[0xf8, 1, 2, 3]));
    }
    let (file, report) = recording.finish(None);
    let sha256 = [0xab; 32];
    let outcome = Outcome {
        status: RecordingStatus::Complete,
        end: RecordingEnd::Deleted,
        ended_at: start + Duration::from_secs(25),
        bytes: report.bytes,
        sha256,
    };
    let mut verifier = Verifier::default();
    verifier.push(&file, &mut |_| {}).unwrap();
    let stream = verifier.finish().unwrap();
    let metadata = sidecar::finished(&origin, &report, &outcome);
    (metadata, Audio { stream, sha256 })
}

fn file(metadata: &mut Metadata) -> &mut FileFacts {
    metadata.file.as_mut().unwrap()
}

fn rtp(metadata: &mut Metadata) -> &mut Rtp {
    metadata.rtp.as_mut().unwrap()
}

fn filled(metadata: &mut Metadata) -> &mut Filled {
    metadata.filled_ms.as_mut().unwrap()
}

fn map(metadata: &mut Metadata) -> &mut [ClockPoint] {
    &mut metadata.clock.as_mut().unwrap().map
}

type Break = fn(&mut Metadata);

fn assert_each_is_found(breaks: &[(&'static str, Break)]) {
    let (metadata, audio) = recorded();
    assert_eq!(check(&metadata, Some(id()), Some(&audio)), Ok(()));

    for (rule, break_it) in breaks {
        let mut metadata = metadata.clone();
        break_it(&mut metadata);
        let found = check(&metadata, Some(id()), Some(&audio));
        assert_eq!(found, Err(Inconsistency(rule)));
    }
}

#[test]
fn a_description_of_another_end_is_found() {
    use RecordingStatus::{Empty, Recording, Recovered, Refused};
    assert_each_is_found(&[
        ("the recording is unfinished", |it| it.status = Recording),
        ("the status fits whether there is audio", |it| {
            it.status = Empty;
        }),
        ("the status fits whether there is audio", |it| {
            it.status = Refused;
        }),
        ("the status fits whether a file is described", |it| {
            it.file = None;
        }),
        ("what was recovered says so", |it| it.status = Recovered),
        ("the end has a reason", |it| it.end_reason = None),
        ("what a crash ended is not complete", |it| {
            it.end_reason = Some(RecordingEnd::Crash);
        }),
    ]);
}

#[test]
fn a_description_of_another_file_is_found() {
    assert_each_is_found(&[
        ("name is that of the file", |it| file(it).name.push('x')),
        ("bytes is the size of the file", |it| file(it).bytes += 1),
        ("sha256 is that of the file", |it| {
            file(it).sha256.make_ascii_uppercase();
        }),
        ("sha256 is that of the file", |it| {
            file(it).sha256.replace_range(..1, "1");
        }),
        ("pages is how many the file has", |it| file(it).pages += 1),
        ("packets is how many the file has", |it| {
            file(it).packets -= 1;
        }),
        ("samples is the last granule position", |it| {
            file(it).samples += 1;
        }),
        ("pre_skip is that of the header", |it| file(it).pre_skip = 0),
        ("duration_ms is (samples - pre_skip) / 48", |it| {
            file(it).duration_ms += 0.02;
        }),
        ("duration_ms is (samples - pre_skip) / 48", |it| {
            file(it).duration_ms = f64::NAN;
        }),
        (
            "concealed_ms is the duration of the frames without a byte",
            |it| {
                file(it).concealed_ms = 0.0;
            },
        ),
        ("channels_header is that of the file", |it| {
            it.codec.channels_header = 2;
        }),
    ]);
}

#[test]
fn counts_that_do_not_add_up_are_found() {
    const RECEIVED: &str = "received is the sum of what became of the packets";
    const SAMPLES: &str = "written_ms and filled_ms add up to samples";
    assert_each_is_found(&[
        (RECEIVED, |it| rtp(it).received += 1),
        (RECEIVED, |it| rtp(it).written += 1),
        (RECEIVED, |it| rtp(it).late += 1),
        (RECEIVED, |it| rtp(it).duplicated += 1),
        (RECEIVED, |it| rtp(it).malformed += 1),
        (RECEIVED, |it| rtp(it).skipped += 1),
        (RECEIVED, |it| rtp(it).stale += 1),
        (RECEIVED, |it| rtp(it).refused = u64::MAX),
        (SAMPLES, |it| rtp(it).written_ms += 1.0),
        (SAMPLES, |it| filled(it).loss = 0.0),
        (SAMPLES, |it| filled(it).dtx += 1.0),
        (SAMPLES, |it| filled(it).reset += 1.0),
        (SAMPLES, |it| filled(it).tail += 1.0),
    ]);
}

#[test]
fn an_account_that_is_there_in_part_is_found() {
    const SAME: &str = "rtp, filled_ms and clock are of the same file";
    assert_each_is_found(&[
        (SAME, |it| it.rtp = None),
        (SAME, |it| it.filled_ms = None),
        (SAME, |it| it.clock = None),
    ]);
}

#[test]
fn parts_that_are_more_than_the_whole_are_found() {
    assert_each_is_found(&[
        ("written is no more than packets", |it| {
            rtp(it).written += 10;
            rtp(it).received += 10;
        }),
        ("stereo_packets is no more than written", |it| {
            it.codec.stereo_packets = 1250;
        }),
        ("nothing is filled with less than nothing", |it| {
            filled(it).loss += 1.0;
            filled(it).dtx -= 1.0;
        }),
        ("longest is no more than all that is filled", |it| {
            filled(it).longest = 20.01;
        }),
        ("longest is no more than all that is filled", |it| {
            filled(it).longest = -1.0;
        }),
        ("events says whether anything is filled", |it| {
            filled(it).events = 0;
        }),
        ("the points of the map are in the file", |it| {
            let samples = file(it).samples;
            map(it)[2].granule = samples;
        }),
    ]);
}

#[test]
fn a_description_without_its_file_is_found() {
    let (complete, _) = recorded();
    let empty = Metadata {
        status: RecordingStatus::Empty,
        file: None,
        ..complete.clone()
    };

    let missing = Inconsistency("the status fits whether there is audio");
    assert_eq!(check(&complete, Some(id()), None), Err(missing));
    assert_eq!(check(&empty, Some(id()), None), Ok(()));
}

#[test]
fn a_file_that_was_found_without_a_description_has_no_reason_for_its_end() {
    let (metadata, audio) = recorded();
    let found = Metadata {
        end_reason: None,
        rtp: None,
        filled_ms: None,
        clock: None,
        ..metadata
    };

    assert_eq!(check(&found, Some(id()), Some(&audio)), Ok(()));
}

#[test]
fn a_description_in_the_folder_of_another_conversation_is_found() {
    let (metadata, audio) = recorded();
    let other = ConversationId::from_nanoseconds(2);

    let found = check(&metadata, Some(other), Some(&audio));
    let elsewhere = check(&metadata, None, Some(&audio));

    let moved = Inconsistency("conversation_id is the folder's name");
    assert_eq!((found, elsewhere), (Err(moved), Ok(())));
}

#[test]
fn a_clock_map_that_does_not_rise_is_found() {
    const RISE: &str = "the granule positions of the map rise";
    assert_each_is_found(&[
        (RISE, |it| map(it)[1].granule = 0),
        (RISE, |it| map(it)[2].granule = 479_999),
        (RISE, |it| map(it).reverse()),
    ]);
}

#[test]
fn more_filled_than_the_file_conceals_is_found() {
    assert_each_is_found(&[("filled_ms is no more than concealed_ms", |it| {
        rtp(it).written_ms -= 1.0;
        filled(it).dtx += 1.0;
    })]);
}
