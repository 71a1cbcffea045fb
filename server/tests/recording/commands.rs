//! `verify` and `repair` as an operator runs them: exit codes, words, and JSON.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use server::audio::recorder::Recorder;
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
        (EMPTY, "without_audio"),
        (MISSING, "without_audio"),
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
