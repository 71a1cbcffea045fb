//! The recordings that this browser made, as it remembers them: the keys that open them are nowhere
//! else.

use serde::{Deserialize, Serialize};
use shared::ConversationId;
use shared::signaling::conversation_path;

use crate::own_path::OwnPath;

/// Beyond this the oldest are forgotten.
const MOST: usize = 100;

/// One recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    pub id: ConversationId,
    /// Where it is described, with its key.
    pub path: OwnPath,
}

/// As it is written down.
#[derive(Serialize, Deserialize)]
struct Entry {
    id: ConversationId,
    url: String,
}

/// What was written down, newest first. What cannot be read is left out.
#[must_use]
pub fn read(text: &str) -> Vec<Remembered> {
    let entries: Vec<serde_json::Value> = serde_json::from_str(text).unwrap_or_default();
    let entries = entries.into_iter().filter_map(|entry| {
        let Entry { id, url } = serde_json::from_value(entry).ok()?;
        let path = OwnPath::parse(&url)?;
        Some(Remembered { id, path })
    });
    entries.take(MOST).collect()
}

/// What is to be written down.
#[must_use]
pub fn write(remembered: &[Remembered]) -> String {
    let entries: Vec<Entry> = remembered
        .iter()
        .map(|Remembered { id, path }| Entry {
            id: *id,
            url: path.as_str().to_owned(),
        })
        .collect();
    serde_json::to_string(&entries).expect("numbers and texts are JSON")
}

/// The list with one more, or with another path for one that is in it.
#[must_use]
pub fn with(remembered: Vec<Remembered>, new: Remembered) -> Vec<Remembered> {
    let mut all = without(remembered, new.id);
    all.push(new);
    all.sort_unstable_by_key(|one| std::cmp::Reverse(one.id));
    all.truncate(MOST);
    all
}

/// Where the recording of a conversation is described, as far as this browser knows.
#[must_use]
pub fn path_of(remembered: &[Remembered], id: ConversationId) -> Option<OwnPath> {
    let known = remembered.iter().find(|one| one.id == id);
    let usual = || OwnPath::parse(&conversation_path(id));
    known.map(|one| one.path.clone()).or_else(usual)
}

/// The list without that one.
#[must_use]
pub fn without(mut remembered: Vec<Remembered>, id: ConversationId) -> Vec<Remembered> {
    remembered.retain(|one| one.id != id);
    remembered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording(number: u64) -> Remembered {
        let id = ConversationId::from_nanoseconds(number);
        let path = OwnPath::parse(&format!("/conversations/{number}?key=k")).unwrap();
        Remembered { id, path }
    }

    fn numbers(remembered: &[Remembered]) -> Vec<u64> {
        remembered.iter().map(|one| one.id.nanoseconds()).collect()
    }

    #[test]
    fn what_is_written_down_is_read_again() {
        let all = with(vec![recording(1)], recording(2));

        assert_eq!(read(&write(&all)), [recording(2), recording(1)]);
    }

    #[test]
    fn the_hundred_newest_are_remembered() {
        let all = (1..=120).fold(Vec::new(), |all, number| with(all, recording(number)));

        assert_eq!(numbers(&all), (21..=120).rev().collect::<Vec<_>>());
    }

    #[test]
    fn a_recording_is_remembered_once() {
        let another_key = Remembered {
            path: OwnPath::parse("/conversations/1?key=other").unwrap(),
            ..recording(1)
        };

        let all = with(vec![recording(2), recording(1)], another_key.clone());

        assert_eq!(all, [recording(2), another_key]);
    }

    #[test]
    fn a_recording_that_is_forgotten_is_not_in_the_list() {
        let all = without(vec![recording(2), recording(1)], recording(2).id);

        assert_eq!(all, [recording(1)]);
    }

    #[test]
    fn a_remembered_path_is_better_than_the_usual_one() {
        let all = [recording(1)];

        let paths = [1, 2].map(|number| path_of(&all, recording(number).id).unwrap());

        assert_eq!(
            paths.map(|path| path.as_str().to_owned()),
            ["/conversations/1?key=k", "/conversations/2"]
        );
    }

    #[test]
    fn what_others_wrote_is_left_out() {
        for text in ["", "null", "[1,{}]", "<html>", "{\"id\":\"1\"}"] {
            assert_eq!(read(text), [], "{text}");
        }
        let mixed = r#"[{"id":"2","url":"//elsewhere.test/"},{"id":"x","url":"/a"},
            {"id":"1","url":"/conversations/1?key=k"}]"#;
        assert_eq!(read(mixed), [recording(1)]);
    }
}
