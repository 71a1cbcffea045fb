//! What is known and chosen before a call.

use super::*;

fn about(recording: RecordingPolicy, auth: AuthMode, may_list: bool) -> Event {
    Event::Told(Some(About {
        recording,
        auth,
        may_list,
        ..unknown()
    }))
}

/// The entrance after all of that, and the effects of the last of it.
fn after(events: impl IntoIterator<Item = Event>) -> Step {
    let first = (Entrance::default(), Vec::new());
    events
        .into_iter()
        .fold(first, |step, event| step.0.next(event))
}

fn opened() -> Event {
    Event::Opened(Key::None, Choice::DontRecord)
}

fn given(key: &str) -> Event {
    Event::KeyGiven(key.to_owned())
}

fn locked(may_list: bool) -> Event {
    about(RecordingPolicy::Always, AuthMode::Token, may_list)
}

#[test]
fn the_server_is_asked_what_it_is() {
    let (entrance, effects) = after([opened()]);

    assert_eq!(effects, [Effect::AskAbout]);
    assert_eq!(entrance.about(), None);
    assert!(!entrance.asks_for_key());
}

#[test]
fn a_server_that_tells_nothing_records_and_wants_no_key() {
    let (entrance, effects) = after([opened(), Event::Told(None)]);

    assert_eq!(effects, []);
    assert_eq!(entrance.about(), Some(&unknown()));
    assert_eq!(entrance.wish(), Wish::Unasked);
    assert!(!entrance.asks_for_key());
    assert!(!entrance.may_list());
}

#[test]
fn what_was_known_stays_known_when_the_server_is_away_for_a_moment() {
    let known = after([opened(), locked(false)]).0;

    let (entrance, _) = known.clone().next(Event::Told(None));

    assert_eq!(entrance, known);
}

#[test]
fn an_offer_asks_for_what_was_chosen_and_for_no_recording_where_none_was_promised() {
    let wish = |policy, choice| {
        let opened = Event::Opened(Key::None, choice);
        after([opened, about(policy, AuthMode::None, true)])
            .0
            .wish()
    };

    let (yes, no) = (Choice::Record, Choice::DontRecord);
    assert_eq!(wish(RecordingPolicy::Ask, yes), Wish::Record);
    assert_eq!(wish(RecordingPolicy::Ask, no), Wish::DontRecord);
    let whatever_is_kept = |policy| [yes, no].map(|choice| wish(policy, choice));
    assert_eq!(
        whatever_is_kept(RecordingPolicy::Always),
        [Wish::Unasked; 2]
    );
    assert_eq!(
        whatever_is_kept(RecordingPolicy::Never),
        [Wish::DontRecord; 2]
    );
}

#[test]
fn rules_that_changed_are_asked_for_again() {
    let known = after([
        opened(),
        about(RecordingPolicy::Never, AuthMode::None, true),
    ])
    .0;

    let (same, effects) = known.clone().next(Event::RulesChanged);
    let (entrance, _) = same
        .clone()
        .next(about(RecordingPolicy::Always, AuthMode::None, true));

    assert_eq!((same, effects), (known, vec![Effect::AskAbout]));
    assert_eq!(entrance.wish(), Wish::Unasked);
}

#[test]
fn a_choice_is_kept_for_the_next_visit() {
    let (entrance, effects) = after([opened(), Event::Chosen(Choice::Record)]);

    assert_eq!(entrance.choice(), Choice::Record);
    assert_eq!(effects, [Effect::KeepChoice(Choice::Record)]);
}

#[test]
fn nothing_is_recorded_unless_it_was_chosen() {
    assert_eq!(Choice::default(), Choice::DontRecord);
}

#[test]
fn a_server_that_wants_a_key_gets_one_before_anything_else() {
    for auth in [AuthMode::Token, AuthMode::Jwt] {
        let (entrance, effects) = after([opened(), about(RecordingPolicy::Always, auth, false)]);

        assert!(entrance.asks_for_key());
        assert_eq!(effects, []);
    }
}

#[test]
fn a_key_is_tried_at_once_and_kept_when_the_server_takes_it() {
    let (tried, tries) = after([opened(), locked(false), given(" secret ")]);
    let (kept, goes_on) = tried.clone().next(locked(true));

    assert!(tried.asks_for_key());
    assert_eq!(
        tries,
        [Effect::KeepKey("secret".to_owned()), Effect::AskAbout]
    );
    assert!(!kept.asks_for_key());
    assert!(kept.may_list());
    assert_eq!(goes_on, [Effect::Focus(Place::Call)]);
}

#[test]
fn a_wrong_key_is_dropped_and_asked_for_again() {
    let refuses = [Effect::DropKey, Effect::Focus(Place::Key)];

    let at_once = after([opened(), locked(false), given("wrong"), locked(false)]);
    let kept = Event::Opened(Key::Kept, Choice::DontRecord);
    let of_last_time = after([kept, locked(false)]);
    let in_use = after([
        opened(),
        locked(false),
        given("a"),
        locked(true),
        Event::KeyRefused,
    ]);

    for (entrance, effects) in [at_once, of_last_time, in_use] {
        assert_eq!(entrance.key(), Key::Refused);
        assert!(entrance.asks_for_key());
        assert_eq!(effects, refuses);
    }
}

#[test]
fn a_token_without_the_right_to_list_is_not_a_wrong_one() {
    let jwt = || about(RecordingPolicy::Always, AuthMode::Jwt, false);

    let (entrance, _) = after([opened(), jwt(), given("a.b.c"), jwt()]);

    assert_eq!(entrance.key(), Key::Kept);
}

#[test]
fn what_a_header_cannot_carry_is_never_sent() {
    for key in ["", "  ", "two words", "naïve", "a\nb"] {
        let (entrance, effects) = after([opened(), locked(false), given(key)]);

        assert_eq!(entrance.key(), Key::Refused, "{key:?}");
        assert_eq!(effects, [Effect::DropKey, Effect::Focus(Place::Key)]);
    }
}
