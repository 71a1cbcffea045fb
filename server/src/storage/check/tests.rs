use shared::recording::RecordingEnd;

use super::*;
use crate::recording::sidecar::{begun, refused};
use crate::recording::{Origin, tests::sample};
use crate::storage::Durability;

/// A conversation's folder with a finished recording, as the writer leaves it.
struct Folder {
    home: tempfile::TempDir,
    origin: Origin,
    complete: Metadata,
    file: Vec<u8>,
}

impl Folder {
    fn new() -> Self {
        let origin = sample::origin(ConversationId::from_nanoseconds(7));
        let (file, complete) = sample::complete(&origin, 50);
        let folder = Self {
            home: tempfile::tempdir().unwrap(),
            complete,
            origin,
            file,
        };
        fs::create_dir(folder.path()).unwrap();
        folder.lay(&folder.file);
        folder.describe(&folder.complete);
        folder
    }

    fn path(&self) -> PathBuf {
        self.home.path().join("7")
    }

    fn audio(&self) -> PathBuf {
        self.path().join(RECORDING_FILE)
    }

    fn lay(&self, audio: &[u8]) {
        fs::write(self.audio(), audio).unwrap();
    }

    fn describe(&self, metadata: &Metadata) {
        sidecar::write(&self.path(), metadata, Durability::Later).unwrap();
    }

    fn found(&self) -> Finding {
        check(&self.audio()).unwrap()
    }
}

fn assert_unsound(finding: &Finding, expected: &str) {
    let Finding::Unsound { fault } = finding else {
        panic!("{finding:?}");
    };
    assert!(fault.contains(expected), "{fault}");
    assert!(!finding.is_well());
}

fn assert_unfinished(finding: &Finding) {
    assert!(matches!(finding, Finding::Unfinished { .. }), "{finding:?}");
    assert!(!finding.is_well());
}

#[test]
fn a_sound_recording_is_sound_with_and_without_its_description() {
    let folder = Folder::new();
    let told = folder.complete.file.clone().unwrap();
    let sound = |is_described| Finding::Sound {
        bytes: told.bytes,
        sha256: told.sha256.clone(),
        pages: told.pages,
        packets: 50,
        samples: 48_000,
        duration_ms: 993.5,
        concealed_ms: 0.0,
        is_described,
    };

    let described = folder.found();
    fs::remove_file(folder.path().join(METADATA_FILE)).unwrap();
    let alone = folder.found();

    assert_eq!((&described, &alone), (&sound(true), &sound(false)));
    assert!(described.is_well() && alone.is_well());
}

#[test]
fn what_is_locked_is_being_recorded_whatever_lies_there() {
    let folder = Folder::new();
    folder.lay(&folder.file[..100]);
    fs::write(folder.path().join(METADATA_FILE), "{").unwrap();
    let writer = File::open(folder.audio()).unwrap();
    writer.lock().unwrap();

    let finding = folder.found();

    assert_eq!(finding, Finding::BeingRecorded);
    assert!(finding.is_well());
}

#[test]
fn two_can_check_the_same_file_at_once() {
    let folder = Folder::new();
    let other = File::open(folder.audio()).unwrap();
    other.lock_shared().unwrap();

    assert!(matches!(folder.found(), Finding::Sound { .. }));
}

#[test]
fn what_was_left_in_the_middle_is_unfinished() {
    let folder = Folder::new();
    folder.describe(&begun(&folder.origin));

    let with_its_end = folder.found();
    folder.lay(&folder.file[..folder.file.len() - 1]);
    let cut = folder.found();
    fs::remove_file(folder.audio()).unwrap();
    let without_audio = folder.found();

    for finding in [with_its_end, cut, without_audio] {
        assert_unfinished(&finding);
    }
}

#[test]
fn a_cut_or_changed_file_is_unsound() {
    let folder = Folder::new();
    let mut changed = folder.file.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;

    folder.lay(&changed);
    assert_unsound(&folder.found(), "page ");
    for length in [0, 10, 47, folder.file.len() - 1] {
        folder.lay(&folder.file[..length]);
        assert_unsound(&folder.found(), "page ");
    }
}

#[test]
fn a_description_that_says_something_else_is_unsound() {
    let folder = Folder::new();
    let mut told = folder.complete.clone();
    told.file.as_mut().unwrap().packets += 1;

    folder.describe(&told);
    assert_unsound(&folder.found(), "packets is how many the file has");
    folder.describe(&Metadata {
        status: RecordingStatus::Empty,
        ..folder.complete.clone()
    });
    assert_unsound(&folder.found(), "whether there is audio");
    fs::write(folder.path().join(METADATA_FILE), "{").unwrap();
    assert_unsound(&folder.found(), "metadata.json: ");
}

#[test]
fn without_audio_the_description_has_to_say_why() {
    let folder = Folder::new();
    fs::remove_file(folder.audio()).unwrap();

    assert_unsound(&folder.found(), "whether there is audio");
    let at = folder.origin.began.at;
    folder.describe(&refused(&folder.origin, RecordingEnd::LowSpace, at));
    let status = RecordingStatus::Refused;
    assert_eq!(folder.found(), Finding::WithoutAudio { status });
    fs::remove_file(folder.path().join(METADATA_FILE)).unwrap();
    assert_unsound(&folder.found(), "neither audio nor a description");
}

#[test]
fn a_path_means_a_file_a_conversation_or_all_of_them() {
    let folder = Folder::new();
    let home = folder.home.path();
    for name in ["11", "9", "notes", "010"] {
        fs::create_dir(home.join(name)).unwrap();
    }
    fs::write(home.join("9").join(METADATA_FILE), "{}").unwrap();
    let audio_of = |name: &str| home.join(name).join(RECORDING_FILE);

    let [file, own, described, all] = [
        folder.audio(),
        folder.path(),
        home.join("9"),
        home.to_owned(),
    ]
    .map(|path| audio_files(&path).unwrap());
    let nothing = audio_files(&home.join("nothing")).unwrap_err();

    assert_eq!((&file, &own), (&vec![audio_of("7")], &vec![audio_of("7")]));
    assert_eq!(described, [audio_of("9")]);
    assert_eq!(all, [audio_of("7"), audio_of("9"), audio_of("11")]);
    assert_eq!(nothing.kind(), io::ErrorKind::NotFound);
}
