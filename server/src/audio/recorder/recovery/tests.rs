use std::fs;
use std::path::Path;
use std::time::Instant;

use shared::recording::{Client, RecordingEnd};

use super::*;
use crate::packet::AudioPacket;
use crate::recording::{Channels, Moment, Origin, Recording, sidecar, tests::sample};

const LONG_AGO: u64 = 1_751_014_936_301_809_000;

fn id(number: u64) -> ConversationId {
    ConversationId::from_nanoseconds(LONG_AGO + number)
}

fn origin(id: ConversationId) -> Origin {
    Origin {
        channels: Channels::Stereo,
        fmtp: "stereo=1".to_owned(),
        client: Client {
            user_agent: Some("a browser".to_owned()),
            owner: Some("anna".to_owned()),
        },
        began: Moment {
            at: Instant::now(),
            time: "2026-11-22T10:00:00Z".parse().unwrap(),
        },
        ..sample::origin(id)
    }
}

/// A second of audio as the recorder writes it.
fn audio(id: ConversationId) -> Vec<u8> {
    let origin = origin(id);
    let start = origin.began.at;
    let mut recording = Recording::new(&origin, 7);
    for number in 0..50 {
        recording.accept(AudioPacket::in_time(start, number, &[0xfc, 1, 2, 3]));
    }
    let mut file = recording.take_pages();
    file.extend(recording.finish(Some(start + Duration::from_secs(1))).0);
    file
}

fn storage() -> (tempfile::TempDir, Storage) {
    let home = tempfile::tempdir().unwrap();
    let storage = Storage::new(home.path().to_owned()).unwrap();
    (home, storage)
}

/// A conversation's folder with these bytes of audio.
fn folder(home: &Path, id: ConversationId, audio: &[u8]) -> std::path::PathBuf {
    let folder = home.join(id.to_string());
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("user_audio.ogg"), audio).unwrap();
    folder
}

fn recover_all(storage: &Storage) -> Tally {
    recover(storage, &storage.ids().unwrap(), now(), &|| false)
}

fn now() -> Timestamp {
    "2026-11-22T11:00:00Z".parse().unwrap()
}

#[test]
fn what_a_crash_cut_off_is_completed_and_described_once() {
    let (home, storage) = storage();
    let id = id(1);
    let file = audio(id);
    folder(home.path(), id, &file[..file.len() - 20]);
    let begun = sidecar::begun(&origin(id));
    storage.put_metadata(&begun, Durability::Later).unwrap();

    let first = recover_all(&storage);
    let described = storage.metadata(id).unwrap();
    let mended = fs::read(storage.audio_path(id)).unwrap();
    let second = recover_all(&storage);

    let recovered = Tally {
        recovered: 1,
        ..Tally::default()
    };
    assert_eq!((first, second), (recovered, Tally::default()));
    assert_eq!(fs::read(storage.audio_path(id)).unwrap(), mended);
    assert_eq!(described.status, RecordingStatus::Recovered);
    assert_eq!(described.end_reason, Some(RecordingEnd::Crash));
    assert_eq!(described.started_at, begun.started_at);
    assert_eq!(
        (described.codec, described.client),
        (begun.codec, begun.client)
    );
    assert_eq!(described.file.unwrap().bytes, mended.len() as u64);
}

#[test]
fn a_file_that_has_its_end_only_needs_its_description() {
    let (home, storage) = storage();
    let [behind, damaged, none] = [1, 2, 3].map(id);
    for id in [behind, damaged, none] {
        folder(home.path(), id, &audio(id));
    }
    let begun = sidecar::begun(&origin(behind));
    storage.put_metadata(&begun, Durability::Later).unwrap();
    let json = home.path().join(damaged.to_string()).join("metadata.json");
    fs::write(json, "{\"schema\":").unwrap();

    let tally = recover_all(&storage);

    let statuses = [behind, damaged, none].map(|id| {
        let metadata = storage.metadata(id).unwrap();
        let channels = metadata.codec.channels_header;
        (metadata.status, metadata.recovered, channels)
    });
    let expected = Tally {
        recovered: 2,
        described: 1,
        ..Tally::default()
    };
    assert_eq!(tally, expected);
    assert_eq!(
        statuses,
        [
            (RecordingStatus::Recovered, true, 2),
            (RecordingStatus::Recovered, true, 2),
            (RecordingStatus::Complete, false, 2)
        ]
    );
    for id in [behind, damaged, none] {
        assert_eq!(fs::read(storage.audio_path(id)).unwrap(), audio(id));
    }
    let kept = home
        .path()
        .join(damaged.to_string())
        .join("metadata.damaged.json");
    assert_eq!(fs::read(kept).unwrap(), b"{\"schema\":");
}

#[test]
fn without_audio_the_description_says_empty_and_an_old_empty_folder_goes() {
    let (home, storage) = storage();
    let [begun, headers_only, nothing] = [1, 2, 3].map(id);
    for id in [begun, headers_only] {
        folder(home.path(), id, &audio(id)[..60]);
        let metadata = sidecar::begun(&origin(id));
        storage.put_metadata(&metadata, Durability::Later).unwrap();
    }
    fs::remove_file(storage.audio_path(begun)).unwrap();
    fs::create_dir(home.path().join(nothing.to_string())).unwrap();
    fs::write(
        home.path().join(nothing.to_string()).join("metadata.tmp"),
        "{",
    )
    .unwrap();

    let tally = recover_all(&storage);

    let expected = Tally {
        empty: 3,
        ..Tally::default()
    };
    assert_eq!(tally, expected);
    for id in [begun, headers_only] {
        let metadata = storage.metadata(id).unwrap();
        assert_eq!(
            (metadata.status, metadata.file),
            (RecordingStatus::Empty, None)
        );
        assert!(!storage.audio_path(id).exists());
    }
    assert_eq!(storage.ids().unwrap(), [begun, headers_only]);
    assert_eq!(recover_all(&storage), Tally::default());
}

#[test]
fn what_is_young_or_none_of_ours_stays() {
    let (home, storage) = storage();
    let young = ConversationId::from_nanoseconds(u64::try_from(now().as_nanosecond()).unwrap());
    fs::create_dir(home.path().join(young.to_string())).unwrap();
    let strange = home.path().join(id(1).to_string());
    fs::create_dir(&strange).unwrap();
    fs::write(strange.join("notes.txt"), "mine").unwrap();
    fs::write(home.path().join(id(2).to_string()), "a file").unwrap();

    let tally = recover_all(&storage);

    assert_eq!(tally, Tally::default());
    assert_eq!(fs::read(strange.join("notes.txt")).unwrap(), b"mine");
    assert!(home.path().join(young.to_string()).exists());
    assert_eq!(
        fs::read(home.path().join(id(2).to_string())).unwrap(),
        b"a file"
    );
}

#[test]
fn what_another_process_records_is_left_to_it() {
    let (home, storage) = storage();
    let id = id(1);
    let half = &audio(id)[..200];
    let folder = folder(home.path(), id, half);
    let begun = sidecar::begun(&origin(id));
    storage.put_metadata(&begun, Durability::Later).unwrap();
    let writer = fs::File::open(folder.join("user_audio.ogg")).unwrap();
    writer.lock().unwrap();

    let tally = recover_all(&storage);

    let expected = Tally {
        busy: vec![id],
        ..Tally::default()
    };
    assert_eq!(tally, expected);
    assert_eq!(fs::read(storage.audio_path(id)).unwrap(), half);
    assert_eq!(storage.metadata(id).unwrap(), begun);
}

#[test]
fn a_thousand_recordings_are_completed_at_one_start() {
    let (home, storage) = storage();
    for number in 0..1000 {
        let id = id(number);
        let file = audio(id);
        let cut = file.len() - 1 - usize::try_from(number).unwrap() % 100;
        folder(home.path(), id, &file[..cut]);
        let begun = sidecar::begun(&origin(id));
        storage.put_metadata(&begun, Durability::Later).unwrap();
    }

    let tally = recover_all(&storage);

    let expected = Tally {
        recovered: 1000,
        ..Tally::default()
    };
    assert_eq!(tally, expected);
}

#[test]
fn a_description_that_cannot_be_read_is_replaced_with_or_without_audio() {
    let (home, storage) = storage();
    let [cut, nothing] = [1, 2].map(id);
    let file = audio(cut);
    folder(home.path(), cut, &file[..file.len() - 1]);
    fs::create_dir(home.path().join(nothing.to_string())).unwrap();
    for id in [cut, nothing] {
        let folder = home.path().join(id.to_string());
        fs::write(folder.join("metadata.json"), "{\"schema\":").unwrap();
        fs::write(folder.join("metadata.tmp"), "{").unwrap();
        fs::write(folder.join("peaks.tmp"), "VC").unwrap();
    }

    let tally = recover_all(&storage);

    let expected = Tally {
        recovered: 1,
        empty: 1,
        ..Tally::default()
    };
    let statuses = [cut, nothing].map(|id| storage.metadata(id).unwrap().status);
    let files = [cut, nothing].map(|id| {
        let folder = home.path().join(id.to_string());
        fs::read_dir(folder).unwrap().count()
    });
    assert_eq!(tally, expected);
    assert_eq!(
        statuses,
        [RecordingStatus::Recovered, RecordingStatus::Empty]
    );
    assert_eq!(
        files,
        [3, 2],
        "the damaged one stays, nothing half-written does"
    );
    assert_eq!(recover_all(&storage), Tally::default());
}

#[test]
fn what_is_final_is_not_touched_even_if_its_audio_is_damaged() {
    use RecordingStatus::{Complete, Empty, Recovered, Refused, Truncated};
    let (home, storage) = storage();
    let described: Vec<Metadata> = (1..)
        .zip([Complete, Truncated, Recovered, Empty, Refused])
        .map(|(number, status)| {
            let id = id(number);
            folder(home.path(), id, b"OggS, but no more");
            let metadata = Metadata {
                status,
                ..sidecar::begun(&origin(id))
            };
            storage.put_metadata(&metadata, Durability::Later).unwrap();
            metadata
        })
        .collect();

    let tally = recover_all(&storage);

    assert_eq!(tally, Tally::default());
    for metadata in described {
        let id = metadata.conversation_id;
        let audio = fs::read(storage.audio_path(id)).unwrap();
        assert_eq!(storage.metadata(id).unwrap(), metadata);
        assert_eq!(audio, b"OggS, but no more");
    }
}

#[test]
fn damage_in_the_middle_keeps_the_original_and_recovers_what_comes_before() {
    let (home, storage) = storage();
    let id = id(1);
    let mut damaged = audio(id);
    // On the last page but one.
    let at = damaged.len() - 100;
    damaged[at] ^= 1;
    let folder = folder(home.path(), id, &damaged);
    let begun = sidecar::begun(&origin(id));
    storage.put_metadata(&begun, Durability::Later).unwrap();

    let first = recover_all(&storage);
    let second = recover_all(&storage);

    let recovered = Tally {
        recovered: 1,
        ..Tally::default()
    };
    let mended = fs::read(storage.audio_path(id)).unwrap();
    let original = fs::read(folder.join("user_audio.damaged.ogg")).unwrap();
    assert_eq!((first, second), (recovered, Tally::default()));
    assert_eq!(original, damaged);
    assert!(mended.len() < at);
    assert_eq!(fs::read_dir(folder).unwrap().count(), 3);
}

#[test]
fn nothing_is_touched_once_the_server_stops() {
    let (home, storage) = storage();
    let file = audio(id(1));
    folder(home.path(), id(1), &file[..file.len() - 1]);

    let tally = recover(&storage, &storage.ids().unwrap(), now(), &|| true);

    assert_eq!(tally, Tally::default());
    assert_eq!(
        fs::read(storage.audio_path(id(1))).unwrap(),
        file[..file.len() - 1]
    );
}

#[test]
fn what_is_no_file_is_neither_followed_nor_changed() {
    let (home, storage) = storage();
    let elsewhere = home.path().join("elsewhere.ogg");
    let whole = audio(id(1));
    let torn = &whole[..whole.len() - 10];
    fs::write(&elsewhere, torn).unwrap();
    let link = folder(home.path(), id(1), b"").join("user_audio.ogg");
    fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &link).unwrap();
    let pipe = folder(home.path(), id(2), b"").join("user_audio.ogg");
    fs::remove_file(&pipe).unwrap();
    rustix::fs::mkfifoat(
        rustix::fs::CWD,
        &pipe,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
    )
    .unwrap();

    let tally = recover_all(&storage);

    assert_eq!((tally.failed, tally.recovered), (2, 0));
    assert_eq!(fs::read(elsewhere).unwrap(), torn);
    assert!(storage.metadata(id(1)).is_err() && storage.metadata(id(2)).is_err());
}

#[test]
fn as_many_as_are_there_are_completed_whatever_their_number() {
    let (home, storage) = storage();
    let whole = audio(id(1));
    let number = 2 * BATCH as u64 + 3;
    for n in 0..number {
        let cut = whole.len() - 1 - usize::try_from(n).unwrap();
        folder(home.path(), id(n), &whole[..cut]);
    }

    let tally = recover_all(&storage);

    assert_eq!((tally.recovered, tally.failed), (number, 0));
    for n in 0..number {
        let metadata = storage.metadata(id(n)).unwrap();
        assert_eq!(metadata.status, RecordingStatus::Recovered);
    }
}
