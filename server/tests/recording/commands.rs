//! `verify` and `repair` as an operator runs them: exit codes, words, and JSON.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use server::audio::recorder::{Recorder, Terms};
use server::storage::Storage;
use shared::recording::{METADATA_FILE, RecordingEnd};
use tempfile::TempDir;

use crate::disk::{call, speak};

const DEADLINE: Duration = Duration::from_secs(30);
const SOUND: u64 = 1;
const CUT: u64 = 2;
const FLIPPED: u64 = 3;
const LIVE: u64 = 4;
const EMPTY: u64 = 5;
const MISSING: u64 = 6;
const MOVED: u64 = 7;

/// Recordings of a second, each with something else the matter.
struct Home {
    folder: TempDir,
    /// Locks the recording that is live.
    _writer: File,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        record(folder.path(), &[SOUND, CUT, FLIPPED, LIVE, MISSING, MOVED]);
        let audio = |number| audio(folder.path(), number);
        let file = fs::read(audio(CUT)).unwrap();
        fs::write(audio(CUT), &file[..file.len() - 5]).unwrap();
        let mut file = fs::read(audio(FLIPPED)).unwrap();
        let middle = file.len() / 2;
        file[middle] ^= 1;
        fs::write(audio(FLIPPED), file).unwrap();
        let writer = File::open(audio(LIVE)).unwrap();
        writer.lock().unwrap();
        fs::create_dir(folder.path().join(EMPTY.to_string())).unwrap();
        fs::remove_file(audio(MISSING)).unwrap();
        let description = |number| audio(number).with_file_name(METADATA_FILE);
        fs::copy(description(SOUND), description(MOVED)).unwrap();
        fs::copy(audio(SOUND), audio(MOVED)).unwrap();
        Self {
            folder,
            _writer: writer,
        }
    }

    fn of(&self, number: u64) -> PathBuf {
        self.folder.path().join(number.to_string())
    }

    /// Its path, as both commands name it.
    fn name(&self, number: u64) -> String {
        audio(self.folder.path(), number).display().to_string()
    }

    /// The verdict on each recording, from JSON.
    fn verdicts(&self, told: &Told) -> BTreeMap<u64, String> {
        let of_line = |line: &str| {
            let object: serde_json::Value = serde_json::from_str(line).unwrap();
            let word = |name: &str| object[name].as_str().unwrap().to_owned();
            let path = PathBuf::from(word("path"));
            let folder = path.strip_prefix(self.folder.path()).unwrap();
            let number = folder.iter().next().unwrap().to_str().unwrap();
            (number.parse().unwrap(), word("verdict"))
        };
        let lines = told.words.lines();
        let verdicts: BTreeMap<_, _> = lines.clone().map(of_line).collect();
        assert_eq!(lines.count(), verdicts.len(), "one object a recording");
        verdicts
    }
}

fn audio(home: &Path, number: u64) -> PathBuf {
    home.join(format!("{number}/user_audio.ogg"))
}

fn record(home: &Path, numbers: &[u64]) {
    let recorder = Recorder::start(Storage::new(home.to_owned()).unwrap()).unwrap();
    let start = Instant::now();
    for &number in numbers {
        let (mut tee, _seat) = call(&recorder, number);
        speak(&mut tee, start, 0..50);
        tee.end(start, RecordingEnd::ClientClosed);
    }
    recorder.stop(DEADLINE).unwrap();
}

fn run(words: &[&str], paths: &[PathBuf]) -> Told {
    let output = Command::new(env!("CARGO_BIN_EXE_voicechat-server"))
        .env_clear()
        .args(words)
        .args(paths)
        .output()
        .unwrap();
    Told::of(&output)
}

/// What a command said.
#[derive(Debug)]
struct Told {
    code: Option<i32>,
    words: String,
}

impl Told {
    fn of(output: &Output) -> Self {
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        Self {
            code: output.status.code(),
            words: String::from_utf8(output.stdout.clone()).unwrap(),
        }
    }

    fn assert_line(&self, path: &str, words: &str) {
        let is_it = |line: &str| line.starts_with(&format!("{path}: ")) && line.contains(words);
        assert!(self.words.lines().any(is_it), "{path}: {words}\n{self:?}");
    }
}

fn verdicts<const N: usize>(expected: [(u64, &str); N]) -> BTreeMap<u64, String> {
    expected
        .map(|(number, verdict)| (number, verdict.to_owned()))
        .into()
}

#[test]
fn verify_ends_with_0_if_all_are_well_with_1_if_not_and_with_2_if_one_is_not_there() {
    let home = Home::new();
    let well = [home.of(SOUND), home.of(LIVE)];
    let all = [home.folder.path().to_owned()];
    let more = [home.folder.path().to_owned(), home.of(99)];

    let codes = [&well[..], &all, &more].map(|paths| {
        let [person, program] = [&["verify"][..], &["verify", "--json"]];
        (run(person, paths).code, run(program, paths).code)
    });

    assert_eq!(codes, [0, 1, 2].map(|code| (Some(code), Some(code))));
}

#[test]
fn verify_tells_a_program_the_verdict_on_every_path() {
    let home = Home::new();

    let told = run(
        &["verify", "--json"],
        &[home.folder.path().to_owned(), home.of(99)],
    );

    let expected = [
        (SOUND, "sound"),
        (CUT, "unsound"),
        (FLIPPED, "unsound"),
        (LIVE, "being_recorded"),
        (EMPTY, "unsound"),
        (MISSING, "unsound"),
        (MOVED, "unsound"),
        (99, "not_seen"),
    ];
    assert_eq!(home.verdicts(&told), verdicts(expected));
}

#[test]
fn verify_tells_a_person_the_file_and_its_fault() {
    let home = Home::new();

    let told = run(&["verify"], &[home.folder.path().to_owned(), home.of(99)]);

    told.assert_line(&home.name(SOUND), "sound, 0.994 s in 50 packets");
    told.assert_line(&home.name(CUT), "NOT SOUND: page ");
    told.assert_line(&home.name(FLIPPED), "NOT SOUND: page ");
    told.assert_line(&home.name(LIVE), "is being recorded");
    told.assert_line(
        &home.name(EMPTY),
        "there is neither audio nor a description",
    );
    told.assert_line(
        &home.name(MISSING),
        "the status fits whether there is audio",
    );
    told.assert_line(&home.name(MOVED), "conversation_id is the folder's name");
    told.assert_line(&home.of(99).display().to_string(), "could not be looked at");
    assert!(
        told.words
            .ends_with("\n7 recordings, 6 of them not sound\n"),
        "{told:?}"
    );
}

#[test]
fn repair_mends_what_can_be_mended_and_says_what_it_did() {
    let home = Home::new();
    let mendable = [SOUND, CUT, FLIPPED, LIVE, MOVED].map(|number| home.of(number));

    let told = run(&["repair"], &mendable);
    let verified = run(&["verify", "--json"], &mendable);

    assert_eq!((told.code, verified.code), (Some(0), Some(0)));
    told.assert_line(&home.name(SOUND), "sound: left alone");
    told.assert_line(&home.name(CUT), "bytes cut off; as it was: ");
    told.assert_line(&home.name(FLIPPED), "bytes cut off; as it was: ");
    told.assert_line(&home.name(LIVE), "is being recorded: left alone");
    told.assert_line(&home.name(MOVED), "metadata.json brought up to it");
    let expected = [
        (SOUND, "sound"),
        (CUT, "sound"),
        (FLIPPED, "sound"),
        (LIVE, "being_recorded"),
        (MOVED, "sound"),
    ];
    assert_eq!(home.verdicts(&verified), verdicts(expected));
}

#[test]
fn repair_tells_a_program_what_it_did_and_ends_with_what_is_worst() {
    let home = Home::new();
    let described = audio(home.folder.path(), MISSING).with_file_name(METADATA_FILE);
    let before = fs::read_to_string(&described).unwrap();
    let all = [home.folder.path().to_owned()];
    let more = [home.folder.path().to_owned(), home.of(99)];

    let told = run(&["repair", "--json"], &all);
    let unseen = run(&["repair", "--json"], &more);

    let expected = [
        (SOUND, "sound"),
        (CUT, "repaired"),
        (FLIPPED, "repaired"),
        (LIVE, "being_recorded"),
        (EMPTY, "nothing_to_keep"),
        (MISSING, "nothing_to_keep"),
        (MOVED, "described"),
    ];
    assert_eq!(home.verdicts(&told), verdicts(expected));
    assert_eq!((told.code, unseen.code), (Some(1), Some(2)));
    assert_eq!(home.verdicts(&unseen)[&99], "not_seen");
    assert_eq!(
        fs::read_to_string(described).unwrap(),
        before,
        "it is all that is left"
    );
}

/// Every file in a folder and in those it holds.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(contents(&path));
        } else {
            files.insert(path.clone(), fs::read(path).unwrap());
        }
    }
    files
}

#[test]
fn repair_touches_nothing_but_recordings() {
    let home = tempfile::tempdir().unwrap();
    record(home.path(), &[SOUND]);
    let own = home.path().join(SOUND.to_string());
    let sound = fs::read(own.join("user_audio.ogg")).unwrap();
    let strangers = [
        own.join("notes.txt"),
        own.join("peaks.bin"),
        own.join(METADATA_FILE),
        own.join("user_audio.damaged.ogg"),
        home.path().join("notes.txt"),
    ];
    fs::write(&strangers[0], "mine").unwrap();
    fs::write(&strangers[3], &sound[..sound.len() - 1]).unwrap();
    fs::write(&strangers[4], "mine").unwrap();
    // Not a conversation, whatever it is called.
    fs::write(home.path().join("2024"), "mine").unwrap();
    let before = contents(home.path());

    let each = strangers.map(|stranger| run(&["repair"], &[stranger]).code);
    let all = run(&["repair"], &[home.path().to_owned()]);

    assert_eq!((each, all.code), ([Some(2); 5], Some(0)));
    assert_eq!(all.words.lines().count(), 2, "{all:?}");
    assert_eq!(contents(home.path()), before);
}

#[test]
fn a_recording_that_was_taken_elsewhere_is_repaired_by_itself() {
    let home = tempfile::tempdir().unwrap();
    record(home.path(), &[SOUND]);
    let sound = fs::read(audio(home.path(), SOUND)).unwrap();
    let taken = home.path().join("taken");
    fs::create_dir(&taken).unwrap();
    fs::write(taken.join("first.ogg"), &sound[..sound.len() - 1]).unwrap();
    fs::write(taken.join(METADATA_FILE), "of something else").unwrap();

    let repaired = run(&["repair"], &[taken.join("first.ogg")]);
    let verified = run(&["verify"], &[taken.join("first.ogg")]);

    assert_eq!((repaired.code, verified.code), (Some(0), Some(0)));
    let metadata = fs::read_to_string(taken.join(METADATA_FILE)).unwrap();
    assert_eq!(metadata, "of something else");
}

#[test]
fn a_refused_recording_needs_no_repair() {
    let home = tempfile::tempdir().unwrap();
    let terms = Terms {
        min_free_bytes: u64::MAX,
        ..Terms::default()
    };
    let storage = Storage::new(home.path().to_owned()).unwrap();
    let recorder = Recorder::start_with(storage, &terms).unwrap();
    let (mut tee, _seat) = call(&recorder, SOUND);
    let start = Instant::now();
    speak(&mut tee, start, 0..50);
    tee.end(start, RecordingEnd::ClientClosed);
    recorder.stop(DEADLINE).unwrap();
    let before = contents(home.path());

    let codes = ["verify", "repair"].map(|word| run(&[word], &[home.path().to_owned()]).code);

    assert_eq!(codes, [Some(0), Some(0)]);
    assert_eq!(contents(home.path()), before);
    assert_eq!(before.len(), 1, "its description");
}

#[test]
fn what_a_later_version_described_is_left_to_it() {
    let home = tempfile::tempdir().unwrap();
    record(home.path(), &[SOUND]);
    let described = audio(home.path(), SOUND).with_file_name(METADATA_FILE);
    let metadata = fs::read_to_string(&described).unwrap();
    let later = metadata.replace("recording/1", "recording/2");
    assert_ne!(later, metadata);
    fs::write(&described, later).unwrap();
    let before = contents(home.path());

    let codes = ["verify", "repair"].map(|word| run(&[word], &[home.path().to_owned()]).code);
    record(home.path(), &[]);

    assert_eq!(codes, [Some(2), Some(2)]);
    assert_eq!(contents(home.path()), before);
}

#[test]
fn a_verdict_that_nobody_reads_is_not_that_of_a_damaged_recording() {
    let home = tempfile::tempdir().unwrap();
    record(home.path(), &[SOUND]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);

    let status = Command::new(env!("CARGO_BIN_EXE_voicechat-server"))
        .env_clear()
        .arg("verify")
        .arg(home.path())
        .stdout(writer)
        .status()
        .unwrap();

    assert_eq!(status.code(), Some(2));
}

#[test]
fn a_command_without_a_path_is_not_understood() {
    for word in ["verify", "repair"] {
        let output = Command::new(env!("CARGO_BIN_EXE_voicechat-server"))
            .env_clear()
            .arg(word)
            .output()
            .unwrap();

        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    }
}
