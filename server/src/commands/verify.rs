//! `verify`: says of every recording whether it is what was promised.

use std::io::{self, Write};

use super::{Paths, Worst, each};
use crate::storage::check::{Finding, check};

pub(super) fn run(paths: &Paths, out: &mut impl Write) -> io::Result<Worst> {
    each(paths, out, |file| {
        let finding = check(file)?;
        let verdict = if finding.is_well() {
            Worst::AllSound
        } else {
            Worst::NotSound
        };
        let words = words(&finding);
        Ok((finding, words, verdict))
    })
}

/// For a person.
fn words(finding: &Finding) -> String {
    match finding {
        Finding::Sound {
            duration_ms,
            packets,
            concealed_ms,
            is_described,
            ..
        } => {
            let seconds = duration_ms / 1000.0;
            let missing = concealed_ms / 1000.0;
            let description = if *is_described {
                ""
            } else {
                ", without metadata.json"
            };
            format!(
                "sound, {seconds:.3} s in {packets} packets, {missing:.3} s of it not received{description}"
            )
        }
        Finding::BeingRecorded => "is being recorded".to_owned(),
        Finding::WithoutAudio { .. } => "no audio, as metadata.json says".to_owned(),
        Finding::Unfinished { fault } => format!("unfinished: {fault}"),
        Finding::Unsound { fault } => format!("NOT SOUND: {fault}"),
    }
}
