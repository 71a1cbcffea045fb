use std::fs;
use std::path::Path;
use std::time::Duration;

use clap::{CommandFactory, FromArgMatches};
use shared::ConversationId;
use shared::recording::{METADATA_FILE, RecordingStatus};

use super::*;
use crate::packet::AudioPacket;
use crate::recording::{Recording, sidecar, tests::sample};
use crate::storage::Durability;
use crate::storage::sidecar::{read, write};

fn command(words: &[&str]) -> Result<Option<Command>, String> {
    let command = CommandLine::command().mut_args(|argument| argument.env(None::<&str>));
    let words = ["voicechat-server"].iter().chain(words);
    command
        .try_get_matches_from(words)
        .and_then(|matches| CommandLine::from_arg_matches(&matches))
        .map(|line| line.command)
        .map_err(|error| error.to_string())
}

/// A conversation's folder as a crash leaves it: some whole pages, and where the call began.
fn crashed(home: &Path, number: u64) -> PathBuf {
    let origin = sample::origin(ConversationId::from_nanoseconds(number));
    let start = origin.began.at;
    let mut recording = Recording::new(&origin, 7);
    for number in 0..60 {
        recording.accept(AudioPacket::in_time(start, number, &[0xf8, 1, 2, 3]));
    }
    let pages = recording.take_pages();
    let _ = recording.finish(Some(start + Duration::from_secs(2)));
    let folder = home.join(number.to_string());
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("user_audio.ogg"), &pages[..pages.len() - 5]).unwrap();
    write(&folder, &sidecar::begun(&origin), Durability::Later).unwrap();
    folder
}

fn say(command: &Command) -> (Worst, String) {
    let mut out = Vec::new();
    let worst = match command {
        Command::Verify(paths) => verify::run(paths, &mut out),
        Command::Repair(paths) => repair::run(paths, &mut out),
        Command::Retention(rules) => retention::run(rules, &mut out),
    };
    (worst.unwrap(), String::from_utf8(out).unwrap())
}

fn paths(path: &Path, json: bool) -> Paths {
    Paths {
        paths: vec![path.to_owned()],
        json,
    }
}

#[test]
fn without_a_command_it_is_the_server_with_all_its_options() {
    let paths = Paths {
        paths: vec!["a".into(), "b".into()],
        json: true,
    };

    assert_eq!(command(&["--port=0"]), Ok(None));
    assert_eq!(
        command(&["verify", "--json", "a", "b"]),
        Ok(Some(Command::Verify(paths)))
    );
    for words in [&["verify"][..], &["serve"], &["--port=0", "verify", "a"]] {
        assert!(
            command(words).unwrap_err().starts_with("error:"),
            "{words:?}"
        );
    }
}

#[test]
fn what_is_kept_no_longer_is_told_first_and_deleted_then() {
    let home = tempfile::tempdir().unwrap();
    for number in 1..=3 {
        crashed(home.path(), number);
    }
    let folder = home.path().to_str().unwrap();
    let parse = |rest: &[&str]| {
        let words = [&["retention", folder, "--keep-at-most", "1kB"], rest].concat();
        command(&words).unwrap().unwrap()
    };

    let (worst, would) = say(&parse(&["--dry-run"]));
    let still = fs::read_dir(home.path()).unwrap().count();
    let (_, gone) = say(&parse(&["--json"]));

    assert_eq!((worst, still), (Worst::AllSound, 3));
    assert!(would.ends_with(" would go\n"), "{would}");
    assert_eq!(would.lines().count(), 4, "{would}");
    assert_eq!(gone.lines().count(), 3, "{gone}");
    assert!(
        gone.lines().all(|line| line.contains("\"total_size\"")),
        "{gone}"
    );
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
    let (unseen, _) = say(&command(&["retention", "/nowhere"]).unwrap().unwrap());
    assert_eq!(unseen, Worst::NotSeen);
}

#[test]
fn what_a_crash_left_is_found_and_repaired_once() {
    let home = tempfile::tempdir().unwrap();
    let folder = crashed(home.path(), 7);

    let (before, found) = say(&Command::Verify(paths(home.path(), false)));
    let (repaired, words) = say(&Command::Repair(paths(&folder, false)));
    let (after, _) = say(&Command::Verify(paths(
        &folder.join("user_audio.ogg"),
        false,
    )));
    let (again, nothing) = say(&Command::Repair(paths(home.path(), false)));

    assert_eq!(
        [before, repaired, after, again],
        [
            Worst::NotSound,
            Worst::AllSound,
            Worst::AllSound,
            Worst::AllSound
        ]
    );
    assert!(
        found.contains("unfinished: page ")
            && found.ends_with("1 recordings, 1 of them not sound\n"),
        "{found}"
    );
    assert!(
        words.contains("repaired: ") && nothing.contains("sound: left alone"),
        "{words}{nothing}"
    );
    let metadata = read(&folder.join(METADATA_FILE)).unwrap();
    assert_eq!(
        (metadata.status, metadata.recovered),
        (RecordingStatus::Recovered, true)
    );
}

#[test]
fn a_recording_that_grows_is_left_alone() {
    let home = tempfile::tempdir().unwrap();
    let folder = crashed(home.path(), 7);
    let writer = fs::File::open(folder.join("user_audio.ogg")).unwrap();
    writer.lock().unwrap();
    let before = fs::read(folder.join("user_audio.ogg")).unwrap();

    let (verdict, verified) = say(&Command::Verify(paths(home.path(), true)));
    let (_, repaired) = say(&Command::Repair(paths(home.path(), true)));

    let audio = folder.join("user_audio.ogg");
    let line = format!(
        "{{\"path\":\"{}\",\"verdict\":\"being_recorded\"}}\n",
        audio.display()
    );
    assert_eq!(
        (verdict, verified, repaired),
        (Worst::AllSound, line.clone(), line)
    );
    assert_eq!(fs::read(audio).unwrap(), before);
}

#[test]
fn what_is_not_there_is_said_and_counted() {
    let home = tempfile::tempdir().unwrap();

    let (worst, json) = say(&Command::Verify(paths(&home.path().join("nothing"), true)));

    assert_eq!(worst, Worst::NotSeen);
    assert!(json.contains(r#""verdict":"not_seen","error":"#), "{json}");
}
