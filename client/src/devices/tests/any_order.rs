//! What holds for the devices whatever happens in whatever order.

use proptest::prelude::*;

use super::*;

fn id() -> impl Strategy<Value = String> {
    const IDS: [&str; 6] = ["", DEFAULT, "desk", "headset", "box", "elsewhere"];
    proptest::sample::select(&IDS[..]).prop_map(ToOwned::to_owned)
}

fn some_facts() -> impl Strategy<Value = Facts> {
    let processing = prop_oneof![
        Just(Processing::default()),
        Just(Preset::Raw.processing()),
        Just(Preset::Call.processing()),
    ];
    (id(), processing).prop_map(|(id, processing)| facts(&id, processing))
}

fn some_devices() -> impl Strategy<Value = Vec<Device>> {
    prop_oneof![
        Just(all()),
        Just(Vec::new()),
        Just(vec![device(Kind::Microphone, "")]),
        id().prop_map(|id| without(&id)),
    ]
}

/// An event; news are of an opening a few turns ago at most.
fn event() -> impl Strategy<Value = Event> {
    let turn = || (0..6).prop_map(|turns| (0..turns).fold(Turn::default(), |turn, _| turn.next()));
    prop_oneof![
        some_devices().prop_map(Event::Listed),
        id().prop_map(Event::MicrophoneChosen),
        id().prop_map(Event::SpeakerChosen),
        Just(Event::PresetChosen(Preset::Raw)),
        Just(Event::PresetChosen(Preset::Call)),
        some_facts().prop_map(Event::CallOpened),
        Just(Event::CallOver),
        Just(Event::MicrophoneEnded),
        (turn(), some_facts()).prop_map(|(turn, facts)| Event::Adjusted(turn, facts.actual)),
        (turn(), some_facts()).prop_map(|(turn, facts)| Event::Swapped(turn, facts)),
        turn().prop_map(Event::SwapFailed),
        Just(Event::SpeakerOpened),
        id().prop_map(Event::SinkRefused),
        Just(Event::Howled),
        Just(Event::Calmed),
        Just(Event::HintClosed),
    ]
}

proptest! {
    #[test]
    fn the_pickers_always_stand_on_one_of_their_rows(events in prop::collection::vec(event(), 0..40)) {
        let (rig, _) = after(fresh(), events);

        for kind in [Kind::Microphone, Kind::Speaker] {
            let selected = rig.selected(kind);
            let rows = rig.rows(kind);
            prop_assert_eq!(rows.iter().filter(|row| row.id == selected).count(), 1);
        }
    }

    #[test]
    fn a_microphone_is_opened_during_a_call_alone_and_under_the_latest_turn(
        events in prop::collection::vec(event(), 0..40),
    ) {
        let mut rig = fresh();
        for event in events {
            let (next, effects) = rig.next(event);
            rig = next;
            for effect in effects {
                if let Effect::Swap(turn, ..) | Effect::Adjust(turn, _) = effect {
                    prop_assert_eq!(turn, rig.turn());
                    prop_assert!(rig.stage != Stage::Off);
                }
            }
        }
    }

    #[test]
    fn a_call_whose_microphones_all_fail_breaks_off_soon(
        events in prop::collection::vec(event(), 0..40),
    ) {
        let opened = Event::CallOpened(facts("desk", Processing::default()));
        let (rig, _) = after(fresh(), events.into_iter().chain([opened]));
        let (mut rig, _) = rig.next(Event::MicrophoneEnded);

        let failed = Event::SwapFailed(rig.turn());
        rig = rig.next(failed).0;
        let failed = Event::SwapFailed(rig.turn());

        prop_assert_eq!(rig.next(failed).1, [Effect::BreakOff]);
    }

    #[test]
    fn as_often_as_the_echo_is_ducked_it_is_loud_again(
        events in prop::collection::vec(event(), 0..40),
    ) {
        let (mut rig, mut is_ducked) = (fresh(), false);
        for event in events {
            let is_new_call = matches!(event, Event::CallOpened(_) | Event::CallOver);
            let (next, effects) = rig.next(event);
            rig = next;
            is_ducked = (is_ducked && !is_new_call || effects.contains(&Effect::Duck))
                && !effects.contains(&Effect::Unduck);
            prop_assert_eq!(is_ducked, rig.howl() == Howl::Ducked);
        }
    }
}
