use shared::ConversationId;

use super::*;
use crate::recording::tests::sample;

/// A call of 1.5 s as the recorder writes it.
fn sound_file() -> Vec<u8> {
    sample::record(&sample::origin(ConversationId::from_nanoseconds(7)), 75).0
}

/// A file with these bytes, alone in a folder.
fn lying(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("user_audio.ogg");
    fs::write(&path, bytes).unwrap();
    (home, path)
}

/// `None` while somebody else has it.
fn try_mend(path: &Path) -> Option<Mended> {
    let locked = Locked::open(path.to_owned()).unwrap()?;
    Some(mend(&locked, Copy::IfUnexplained, Durability::Later).unwrap())
}

fn mend_file(path: &Path) -> Mended {
    try_mend(path).unwrap()
}

fn files(home: &tempfile::TempDir) -> usize {
    fs::read_dir(home.path()).unwrap().count()
}

#[test]
fn a_sound_file_is_left_as_it_is() {
    let file = sound_file();
    let (home, path) = lying(&file);

    let mended = mend_file(&path);

    let Mended::Sound(audio) = mended else {
        panic!("{mended:?}");
    };
    assert_eq!(audio.stream.samples, 72_000);
    assert_eq!(fs::read(&path).unwrap(), file);
    assert_eq!(files(&home), 1);
}

#[test]
fn a_file_cut_anywhere_ends_at_its_last_whole_page_for_good() {
    let file = sound_file();
    // Every length would take a while on a disk; in memory all of them are tried.
    for length in (0..file.len()).step_by(7) {
        let (home, path) = lying(&file[..length]);

        let first = mend_file(&path);

        match first {
            Mended::Cut {
                audio,
                original: None,
                ..
            } => {
                let mended = fs::read(&path).unwrap();
                assert_eq!(audio.stream.bytes, mended.len() as u64);
                assert!(mended.len() <= length && files(&home) == 1);
                let again = mend_file(&path);
                assert!(matches!(again, Mended::Sound(same) if same == audio));
                assert_eq!(fs::read(&path).unwrap(), mended);
            }
            Mended::Empty { original: None } => assert_eq!(files(&home), 0),
            other => panic!("{length} bytes: {other:?}"),
        }
    }
}

#[test]
fn what_may_be_audio_is_kept_beside_what_was_cut() {
    let file = sound_file();
    // In the middle of the file, and in a header.
    for at in [file.len() / 2, 40] {
        let mut damaged = file.clone();
        damaged[at] ^= 1;
        let (home, path) = lying(&damaged);

        let mended = mend_file(&path);

        let (Mended::Cut {
            original: Some(original),
            ..
        }
        | Mended::Empty {
            original: Some(original),
        }) = mended
        else {
            panic!("{at}: {mended:?}");
        };
        assert_eq!(fs::read(&original).unwrap(), damaged);
        assert_eq!(original, home.path().join("user_audio.damaged.ogg"));
    }
}

#[test]
fn an_original_is_never_written_over() {
    let mut damaged = sound_file();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    let (home, path) = lying(&damaged);
    let earlier = home.path().join("user_audio.damaged.ogg");
    fs::write(&earlier, "an earlier one").unwrap();

    mend_file(&path);

    assert_eq!(fs::read(&earlier).unwrap(), b"an earlier one");
    let second = home.path().join("user_audio.damaged-2.ogg");
    assert_eq!(fs::read(second).unwrap(), damaged);
}

#[test]
fn a_file_that_is_being_written_is_left_alone() {
    let file = sound_file();
    let half = &file[..file.len() / 2];
    let (_home, path) = lying(half);
    let writer = File::open(&path).unwrap();
    writer.lock().unwrap();

    let while_writing = try_mend(&path);
    let meanwhile = fs::read(&path).unwrap();
    drop(writer);
    let afterwards = mend_file(&path);

    assert!(while_writing.is_none());
    assert_eq!(meanwhile, half);
    assert!(matches!(afterwards, Mended::Cut { .. }));
}

#[test]
fn reading_stops_when_it_is_told_to() {
    let (_home, path) = lying(&sound_file());

    let examined = examine(&File::open(path).unwrap(), &mut |_| {}, &|| true).unwrap();

    assert!(examined.is_none());
}

#[test]
fn the_folder_of_a_bare_name_is_the_current_one() {
    assert_eq!(folder_of(Path::new("user_audio.ogg")), Path::new("."));
    assert_eq!(folder_of(Path::new("7/user_audio.ogg")), Path::new("7"));
}

#[test]
fn of_a_file_that_was_whole_a_copy_is_always_kept() {
    let file = sound_file();
    let torn = &file[..file.len() - 3];
    let (home, path) = lying(torn);

    let locked = Locked::open(path).unwrap().unwrap();
    mend(&locked, Copy::Always, Durability::Later).unwrap();

    let copy = home.path().join("user_audio.damaged.ogg");
    assert_eq!(fs::read(copy).unwrap(), torn);
}
