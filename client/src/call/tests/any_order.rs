//! What holds for a call whatever happens in whatever order.

use proptest::prelude::*;

use super::*;

fn news() -> impl Strategy<Value = News> {
    prop_oneof![
        Just(News::MicrophoneOpened),
        Just(answered()),
        Just(News::Link(Link::Up)),
        Just(News::Link(Link::Shaky)),
        Just(News::Link(Link::Down)),
        Just(News::Link(Link::Goodbye)),
        Just(News::Sound(Sound::Blocked)),
        Just(News::DeadlinePassed),
        Just(News::Broke(Problem::MicrophoneLost)),
        Just(News::HungUp(Farewell::Final)),
        Just(News::HungUp(Farewell::Unsure)),
        Just(News::Searched(Search::Found(description()))),
        Just(News::Recorded(Recorded::CutShort)),
        Just(News::NetworkChanged),
        Just(News::Renewed),
        Just(News::Restarted(Restarted::Failed)),
        Just(News::Restarted(Restarted::CallOver)),
        Just(restarts::renewed("2")),
    ]
}

/// An event; news are of this attempt or of an earlier one.
fn event(attempts: u32) -> impl Strategy<Value = Event> {
    let attempt = (0..=attempts)
        .prop_map(|count| (0..count).fold(Attempt::default(), |attempt, _| attempt.next()));
    prop_oneof![
        2 => Just(Event::Pressed),
        1 => Just(Event::MuteToggled),
        1 => Just(Event::PageLeft),
        1 => Just(Event::LookedAgain),
        16 => (attempt, news()).prop_map(|(attempt, news)| Event::News(attempt, news)),
    ]
}

/// The effects of all that happened, then of leaving the page.
fn live_through(events: &[Event]) -> Vec<Effect> {
    let mut call = Call::default();
    let mut effects = Vec::new();
    for event in events.iter().chain([&Event::PageLeft]) {
        let step = call.next(event.clone());
        call = step.0;
        effects.extend(step.1);
    }
    assert!(!call.phase().is_running());
    effects
}

fn count(effects: &[Effect], is_it: impl Fn(&Effect) -> bool) -> usize {
    effects.iter().filter(|effect| is_it(effect)).count()
}

proptest! {
    #[test]
    fn every_answer_is_hung_up_exactly_once(events in prop::collection::vec(event(3), 0..60)) {
        let is_answer = |event: &&Event| matches!(event, Event::News(_, News::Answered(_)));

        let effects = live_through(&events);

        let answers = events.iter().filter(is_answer).count();
        let is_farewell = |it: &Effect| matches!(it, Effect::HangUp(_) | Effect::GiveBack(_));
        prop_assert_eq!(count(&effects, is_farewell), answers);
    }

    #[test]
    fn whatever_was_opened_is_released(events in prop::collection::vec(event(3), 0..60)) {
        let effects = live_through(&events);

        let held = effects.iter().fold(0_i32, |held, effect| match effect {
            Effect::AskMicrophone => held + 1,
            Effect::Release => held - 1,
            _ => held,
        });
        prop_assert_eq!(held, 0);
    }
}
