//! What is said of recordings, in each language.

use shared::ConversationId;

use super::*;

const ALL: [&Recordings; 3] = [&EN, &UK, &DE];

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
    for words in ALL {
        let truncated = [
            RecordingEnd::Enospc,
            RecordingEnd::LowSpace,
            RecordingEnd::SlowDisk,
            RecordingEnd::Io,
        ]
        .map(|end| words.status(&facts(RecordingStatus::Truncated, Some(end))));

        assert_eq!(
            truncated,
            [
                words.disk_full,
                words.disk_full,
                words.disk_slow,
                words.disk_failed,
            ]
        );
        let limit = facts(RecordingStatus::Complete, Some(RecordingEnd::Limit));
        assert_eq!(words.status(&limit), words.at_the_limit);
    }
}

#[test]
fn no_two_states_read_the_same() {
    for words in ALL {
        let mut all = [
            RecordingStatus::Recording,
            RecordingStatus::Complete,
            RecordingStatus::Truncated,
            RecordingStatus::Recovered,
            RecordingStatus::Empty,
            RecordingStatus::Refused,
        ]
        .map(|state| words.status(&facts(state, None)))
        .to_vec();
        all.extend([words.at_the_limit, words.disk_full, words.disk_slow]);
        all.push(words.disk_failed);
        let count = all.len();

        all.sort_unstable();
        all.dedup();

        assert_eq!(all.len(), count);
    }
}

#[test]
fn a_length_is_read_in_words() {
    let lengths = ALL.map(|words| {
        [0, 1, 65, 3600, 7322, 18_060 + 11]
            .map(|seconds| words.length(Duration::from_secs(seconds)))
    });

    assert_eq!(
        lengths,
        [
            [
                "less than a second",
                "1 second",
                "1 minute 5 seconds",
                "1 hour",
                "2 hours 2 minutes 2 seconds",
                "5 hours 1 minute 11 seconds",
            ],
            [
                "менше секунди",
                "1 секунда",
                "1 хвилина 5 секунд",
                "1 година",
                "2 години 2 хвилини 2 секунди",
                "5 годин 1 хвилина 11 секунд",
            ],
            [
                "weniger als eine Sekunde",
                "1 Sekunde",
                "1 Minute 5 Sekunden",
                "1 Stunde",
                "2 Stunden 2 Minuten 2 Sekunden",
                "5 Stunden 1 Minute 11 Sekunden",
            ],
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
        for words in ALL {
            let trouble = words.trouble(&why);

            assert!(trouble.ends_with('.'), "{trouble}");
            assert!(words.why_not_deleted(&why).ends_with(&trouble));
        }
    }
}

#[test]
fn a_player_that_broke_off_names_the_button_that_plays() {
    for words in ALL {
        assert!(words.player_broke.contains(words.play));
    }
}
