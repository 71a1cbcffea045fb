//! `repair`: completes every recording that was cut off.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use super::{Paths, Worst, each};
use crate::storage::repair::{Repaired, repair};

pub(super) fn run(paths: &Paths, out: &mut impl Write) -> io::Result<Worst> {
    each(paths, out, |file: &Path| {
        let repaired = repair(file, jiff::Timestamp::now())?;
        let (words, verdict) = words(&repaired);
        Ok((Report::of(&repaired), words, verdict))
    })
}

/// For a program.
#[derive(Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
enum Report {
    BeingRecorded,
    Sound,
    WithoutAudio,
    Described,
    Repaired {
        lost_bytes: u64,
        original: Option<String>,
    },
    NothingToKeep {
        original: Option<String>,
    },
}

impl Report {
    fn of(repaired: &Repaired) -> Self {
        let text = |path: &Option<std::path::PathBuf>| {
            path.as_ref()
                .map(|path| path.to_string_lossy().into_owned())
        };
        match repaired {
            Repaired::Busy => Self::BeingRecorded,
            Repaired::Sound => Self::Sound,
            Repaired::WithoutAudio => Self::WithoutAudio,
            Repaired::Described => Self::Described,
            Repaired::Cut {
                lost_bytes,
                original,
            } => Self::Repaired {
                lost_bytes: *lost_bytes,
                original: text(original),
            },
            Repaired::Empty { original } => Self::NothingToKeep {
                original: text(original),
            },
        }
    }
}

/// For a person.
fn words(repaired: &Repaired) -> (String, Worst) {
    let kept = |original: &Option<std::path::PathBuf>| match original {
        Some(original) => format!("; as it was: {}", original.display()),
        None => String::new(),
    };
    match repaired {
        Repaired::Busy => ("is being recorded: left alone".to_owned(), Worst::AllSound),
        Repaired::Sound => ("sound: left alone".to_owned(), Worst::AllSound),
        Repaired::WithoutAudio => (
            "no audio, as metadata.json says: left alone".to_owned(),
            Worst::AllSound,
        ),
        Repaired::Described => (
            "sound: metadata.json brought up to it".to_owned(),
            Worst::AllSound,
        ),
        Repaired::Cut {
            lost_bytes,
            original,
        } => (
            format!("repaired: {lost_bytes} bytes cut off{}", kept(original)),
            Worst::AllSound,
        ),
        Repaired::Empty { original } => (
            format!("no audio to keep{}", kept(original)),
            Worst::NotSound,
        ),
    }
}
