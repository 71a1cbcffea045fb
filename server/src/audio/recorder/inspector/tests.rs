use std::fs;
use std::path::Path;

use super::*;
use crate::recording::consistency::Audio;
use crate::recording::tests::sample;
use crate::recording::verify::Verifier;

const ID: u64 = 1_751_014_936_301_809_000;

/// A finished recording as the writer leaves it.
fn recorded(home: &Path) -> (Storage, ConversationId) {
    let storage = Storage::new(home.to_owned()).unwrap();
    let id = ConversationId::from_nanoseconds(ID);
    let (file, metadata) = sample::complete(&sample::origin(id), 100);
    fs::create_dir(home.join(id.to_string())).unwrap();
    fs::write(storage.audio_path(id), &file).unwrap();
    storage.put_metadata(&metadata, Durability::Later).unwrap();
    (storage, id)
}

fn look(storage: &Storage, id: ConversationId) -> Verdict {
    inspect(storage, id, &|| false).unwrap()
}

#[test]
fn a_sound_recording_is_noted_as_such_and_drawn_once() {
    let home = tempfile::tempdir().unwrap();
    let (storage, id) = recorded(home.path());
    let before = storage.metadata(id).unwrap();

    let first = look(&storage, id);
    let after = storage.metadata(id).unwrap();
    let second = look(&storage, id);

    assert!(matches!(
        (first, second),
        (Verdict::Sound, Verdict::NotLookedAt)
    ));
    assert!(after.verified_at.is_some());
    let expected = Metadata {
        verified_at: after.verified_at.clone(),
        ..before
    };
    assert_eq!(after, expected);
    let peaks = fs::read(storage.audio_path(id).with_file_name("peaks.bin")).unwrap();
    let columns = Peaks::from_bytes(&peaks).unwrap().columns().len();
    assert_eq!(columns, 100);
}

#[test]
fn a_damaged_recording_is_left_as_it_is() {
    let home = tempfile::tempdir().unwrap();
    let (storage, id) = recorded(home.path());
    let before = storage.metadata(id).unwrap();
    let mut damaged = fs::read(storage.audio_path(id)).unwrap();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    fs::write(storage.audio_path(id), &damaged).unwrap();

    let verdict = look(&storage, id);

    assert!(matches!(verdict, Verdict::Damaged));
    assert_eq!(storage.metadata(id).unwrap(), before);
    assert_eq!(fs::read(storage.audio_path(id)).unwrap(), damaged);
    assert!(!storage.has_peaks(id));
}

#[test]
fn another_sound_file_in_its_place_is_noticed() {
    let home = tempfile::tempdir().unwrap();
    let (storage, id) = recorded(home.path());
    let mut file = fs::read(storage.audio_path(id)).unwrap();
    // The stream's serial number, sealed again: every rule of a file holds.
    let mut other = Vec::new();
    while !file.is_empty() {
        let segments = usize::from(file[26]);
        let body: usize = file[27..27 + segments]
            .iter()
            .map(|&bytes| usize::from(bytes))
            .sum();
        let rest = file.split_off(27 + segments + body);
        file[14] ^= 1;
        other.extend(&file);
        file = rest;
    }
    crate::fuzzing::seal(&mut other);
    let mut verifier = Verifier::default();
    verifier.push(&other, &mut |_| {}).unwrap();
    let stream = verifier.finish().unwrap();
    fs::write(storage.audio_path(id), &other).unwrap();

    let verdict = look(&storage, id);

    assert!(matches!(verdict, Verdict::Damaged));
    let audio = Audio {
        stream,
        sha256: [0; 32],
    };
    assert!(consistency::check(&storage.metadata(id).unwrap(), Some(id), Some(&audio)).is_err());
}

#[test]
fn a_recording_that_was_deleted_does_not_come_back() {
    let home = tempfile::tempdir().unwrap();
    let (storage, id) = recorded(home.path());
    fs::remove_dir_all(home.path().join(id.to_string())).unwrap();

    let verdict = look(&storage, id);

    assert!(matches!(verdict, Verdict::NotLookedAt));
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn what_was_not_looked_at_before_is_looked_at_after_the_next_start() {
    let home = tempfile::tempdir().unwrap();
    let (storage, id) = recorded(home.path());
    let inspector = Inspector::start(storage.clone(), Metrics::default()).unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);

    while storage.metadata(id).unwrap().verified_at.is_none() {
        assert!(Instant::now() < deadline, "nobody looked");
        std::thread::yield_now();
    }

    assert!(inspector.stop(Duration::from_secs(30)));
    assert!(storage.has_peaks(id));
}

#[test]
fn a_stop_while_a_file_is_read_notes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let (storage, id) = recorded(home.path());
    let before = storage.metadata(id).unwrap();
    let asked = std::cell::Cell::new(0);
    let is_stopping = || asked.replace(asked.get() + 1) > 0;

    let verdict = inspect(&storage, id, &is_stopping).unwrap();

    assert!(matches!(verdict, Verdict::NotLookedAt));
    assert_eq!(storage.metadata(id).unwrap(), before);
    assert!(!storage.has_peaks(id));
    assert!(matches!(look(&storage, id), Verdict::Sound));
}

#[test]
fn an_inspector_with_nothing_to_do_or_that_was_just_asked_can_be_stopped() {
    let home = tempfile::tempdir().unwrap();
    let (storage, id) = recorded(home.path());
    let inspector = Inspector::start(storage.clone(), Metrics::default()).unwrap();
    inspector.inspect(id);

    let has_ended = inspector.stop(Duration::from_secs(30));
    let has_ended_again = inspector.stop(Duration::ZERO);

    assert!(has_ended && has_ended_again);
    // Looked at or not, never half.
    let is_noted = storage.metadata(id).unwrap().verified_at.is_some();
    assert!(storage.has_peaks(id) || !is_noted);
}

#[test]
fn a_recording_whose_audio_is_gone_or_is_none_of_ours_is_damaged() {
    let home = tempfile::tempdir().unwrap();
    let (storage, id) = recorded(home.path());
    let audio = storage.audio_path(id);

    fs::remove_file(&audio).unwrap();
    let gone = look(&storage, id);
    std::os::unix::fs::symlink("/dev/zero", &audio).unwrap();
    let link = look(&storage, id);

    assert!(matches!((gone, link), (Verdict::Damaged, Verdict::Damaged)));
}
