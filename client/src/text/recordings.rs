//! What a person reads of recordings.

use std::time::Duration;

use shared::recording::{RecordingEnd, RecordingStatus};

use super::sentence;
use crate::shelf::{Facts, Trouble};

pub const SHOW: &str = "Show them";
pub const HIDE: &str = "Hide them";
pub const PLAY: &str = "Play";
pub const DOWNLOAD: &str = "Download";
pub const DELETE: &str = "Delete";
pub const DELETE_MINE: &str = "Delete my recording";
pub const REALLY_DELETE: &str = "Delete for good";
pub const KEEP: &str = "Keep it";
pub const DOUBT: &str = "Delete this recording for good?";
pub const DELETING: &str = "Deleting…";
pub const TRY_AGAIN: &str = "Try again";
pub const SHOW_OLDER: &str = "Show older";
pub const LOADING: &str = "Looking for recordings…";
pub const OPENING: &str = "Opening…";
pub const LIVE: &str = "Live";

/// Whose recordings the list has.
#[must_use]
pub fn whose(may_list: bool) -> &'static str {
    if may_list {
        "All recordings of this server that you may hear."
    } else {
        "Recordings of calls from this browser, which remembers the last hundred."
    }
}

/// Where there are none.
#[must_use]
pub fn none(may_list: bool) -> &'static str {
    if may_list {
        "There are no recordings yet. Call, and yours is the first."
    } else {
        "This browser remembers no recordings. They appear here after a recorded call."
    }
}

/// How far a recording is, and whether it holds the whole call.
#[must_use]
pub fn status(facts: &Facts) -> &'static str {
    match (facts.status, facts.end) {
        (RecordingStatus::Recording, _) => "The call still goes on",
        (RecordingStatus::Complete, Some(RecordingEnd::Limit)) => {
            "Ended at the longest a recording may be"
        }
        (RecordingStatus::Complete, _) => "Complete",
        (RecordingStatus::Truncated, end) => truncated(end),
        (RecordingStatus::Recovered, _) => "Recovered after the server broke off",
        (RecordingStatus::Empty, _) => "Empty: the server broke off before any sound came",
        (RecordingStatus::Refused, _) => "Not recorded: the disk had no room for it",
    }
}

fn truncated(end: Option<RecordingEnd>) -> &'static str {
    match end {
        Some(RecordingEnd::Enospc | RecordingEnd::LowSpace) => {
            "Ended early because the disk was full"
        }
        Some(RecordingEnd::SlowDisk | RecordingEnd::Backlog) => {
            "Ended early because the disk was too slow"
        }
        Some(RecordingEnd::Io) => "Ended early because the disk failed",
        _ => "Ended early",
    }
}

/// How long a recording plays, for the ear: `1 minute 5 seconds`.
#[must_use]
pub fn length(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let units = [
        (seconds / 3600, "hour"),
        (seconds / 60 % 60, "minute"),
        (seconds % 60, "second"),
    ];
    let words: Vec<String> = units
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| match count {
            1 => format!("1 {unit}"),
            _ => format!("{count} {unit}s"),
        })
        .collect();
    if words.is_empty() {
        "less than a second".to_owned()
    } else {
        words.join(" ")
    }
}

/// A button's words for whoever hears them without the row: `Play, 27 Jun 2025, 11:02`.
#[must_use]
pub fn of_recording(what: &str, started: &str) -> String {
    format!("{what}, {started}")
}

/// What was just deleted.
#[must_use]
pub fn deleted(started: &str) -> String {
    format!("The recording of {started} is deleted.")
}

/// Why something could not be done, and what to do.
#[must_use]
pub fn trouble(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Away => "The server does not answer. Check that you are online.".to_owned(),
        Trouble::KeyRefused => "The server wants its key first. Enter it above.".to_owned(),
        Trouble::Gone => "The server has no such recording any more.".to_owned(),
        Trouble::Live => {
            "The call still goes on, or its recording is being finished. Wait a moment.".to_owned()
        }
        Trouble::Unplayable => "This browser can’t play the recording. Download it, \
             and open it with a player such as VLC."
            .to_owned(),
        Trouble::BrokeOff => "The recording can’t be played on. Press Play again.".to_owned(),
        Trouble::Refused { reason } => format!("The server says no: {}", sentence(reason)),
    }
}

/// The same where a recording was to be deleted.
#[must_use]
pub fn not_deleted(why: &Trouble) -> String {
    format!("It is not deleted. {}", trouble(why))
}

#[cfg(test)]
mod tests {
    use shared::ConversationId;

    use super::*;

    fn facts(status: RecordingStatus, end: Option<RecordingEnd>) -> Facts {
        Facts {
            peaks: None,
            bytes: None,
            id: ConversationId::from_nanoseconds(1),
            started_at: String::new(),
            duration: None,
            status,
            end,
            user_agent: None,
            audio: None,
            wav: None,
            caf: None,
            delete: None,
        }
    }

    #[test]
    fn what_is_missing_of_a_recording_is_said_with_its_cause() {
        let truncated = [
            RecordingEnd::Enospc,
            RecordingEnd::LowSpace,
            RecordingEnd::SlowDisk,
            RecordingEnd::Io,
        ]
        .map(|end| status(&facts(RecordingStatus::Truncated, Some(end))));

        assert_eq!(
            truncated,
            [
                "Ended early because the disk was full",
                "Ended early because the disk was full",
                "Ended early because the disk was too slow",
                "Ended early because the disk failed",
            ]
        );
        let limit = facts(RecordingStatus::Complete, Some(RecordingEnd::Limit));
        assert_ne!(status(&limit), "Complete");
    }

    #[test]
    fn no_two_states_read_the_same() {
        let mut all = [
            RecordingStatus::Recording,
            RecordingStatus::Complete,
            RecordingStatus::Truncated,
            RecordingStatus::Recovered,
            RecordingStatus::Empty,
            RecordingStatus::Refused,
        ]
        .map(|state| status(&facts(state, None)))
        .to_vec();
        let count = all.len();

        all.sort_unstable();
        all.dedup();

        assert_eq!(all.len(), count);
    }

    #[test]
    fn a_length_is_read_in_words() {
        let lengths = [0, 1, 65, 3600, 7322].map(|seconds| length(Duration::from_secs(seconds)));

        assert_eq!(
            lengths,
            [
                "less than a second",
                "1 second",
                "1 minute 5 seconds",
                "1 hour",
                "2 hours 2 minutes 2 seconds"
            ]
        );
    }

    #[test]
    fn every_trouble_is_a_sentence() {
        let reason = "no scope".to_owned();
        for why in [
            Trouble::Away,
            Trouble::KeyRefused,
            Trouble::Gone,
            Trouble::Live,
            Trouble::Unplayable,
            Trouble::BrokeOff,
            Trouble::Refused { reason },
        ] {
            assert!(trouble(&why).ends_with('.'), "{why:?}");
        }
    }
}
