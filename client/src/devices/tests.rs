//! The rules of the devices.

mod any_order;

use super::choices::{Actual, Preset, Switch, Treatment};
use super::shown::{DEFAULT, Name, Row, Standing};
use super::*;

fn device(kind: Kind, id: &str) -> Device {
    Device {
        kind,
        id: id.to_owned(),
        label: format!("The {id}"),
    }
}

fn all() -> Vec<Device> {
    vec![
        device(Kind::Microphone, DEFAULT),
        device(Kind::Microphone, "desk"),
        device(Kind::Microphone, "headset"),
        device(Kind::Speaker, DEFAULT),
        device(Kind::Speaker, "box"),
    ]
}

fn without(id: &str) -> Vec<Device> {
    let mut all = all();
    all.retain(|one| one.id != id);
    all
}

fn fresh() -> Rig {
    Rig::new(Choices::default(), Outputs::Choosable)
}

fn actual(processing: Processing) -> Actual {
    Actual {
        echo_cancellation: Some(processing.echo_cancellation),
        noise_suppression: Some(processing.noise_suppression),
        auto_gain: Some(processing.auto_gain),
    }
}

/// What a browser says that does as it is told.
fn facts(id: &str, processing: Processing) -> Facts {
    Facts {
        id: id.to_owned(),
        label: format!("The {id}"),
        actual: actual(processing),
    }
}

/// The rig after all of that, and the effects of the last of it.
fn after(rig: Rig, events: impl IntoIterator<Item = Event>) -> Step {
    let mut step = (rig, Vec::new());
    for event in events {
        step = step.0.next(event);
    }
    step
}

fn in_call() -> Rig {
    let usual = Processing::default();
    let opened = Event::CallOpened(facts(DEFAULT, usual));
    after(fresh(), [Event::Listed(all()), opened]).0
}

fn choose(id: &str) -> Event {
    Event::MicrophoneChosen(id.to_owned())
}

fn wanted(id: Option<&str>, processing: Processing) -> Wanted {
    Wanted {
        id: id.map(ToOwned::to_owned),
        processing,
    }
}

fn swapped(rig: &Rig, id: &str) -> Event {
    Event::Swapped(rig.turn(), facts(id, rig.choices().processing))
}

fn in_call_with(id: &str) -> Rig {
    let (rig, _) = in_call().next(choose(id));
    let swapped = swapped(&rig, id);
    rig.next(swapped).0
}

#[test]
fn devices_are_listed_whenever_something_is_plugged() {
    let (_, effects) = fresh().next(Event::DevicesChanged);

    assert_eq!(effects, [Effect::List]);
}

#[test]
fn a_microphone_chosen_before_a_call_is_the_one_the_call_asks_for() {
    let (rig, effects) = after(fresh(), [Event::Listed(all()), choose("headset")]);

    assert_eq!(effects, [Effect::Remember(rig.choices().clone())]);
    assert_eq!(rig.wanted(), wanted(Some("headset"), Processing::default()));
    assert_eq!(rig.selected(Kind::Microphone), "headset");
}

#[test]
fn a_microphone_chosen_in_a_call_takes_the_place_of_the_one_before() {
    let (rig, effects) = in_call().next(choose("headset"));

    let headset = wanted(Some("headset"), Processing::default());
    assert_eq!(
        effects,
        [
            Effect::Remember(rig.choices().clone()),
            Effect::Swap(rig.turn(), headset, Way::Beside)
        ]
    );
    assert_eq!(rig.selected(Kind::Microphone), "headset");

    let swapped = swapped(&rig, "headset");
    let (rig, effects) = rig.next(swapped);
    assert_eq!(effects, [Effect::List]);
    assert_eq!(rig.selected(Kind::Microphone), "headset");
}

#[test]
fn a_microphone_that_does_not_open_leaves_the_one_before() {
    let (rig, _) = in_call_with("desk").next(choose("headset"));
    let failed = Event::SwapFailed(rig.turn());

    let (rig, effects) = rig.next(failed);

    assert_eq!(effects, []);
    assert_eq!(rig.trouble(), Some(Trouble::NotOpened));
    assert_eq!(rig.selected(Kind::Microphone), "desk");
}

#[test]
fn of_two_microphones_chosen_in_a_row_the_last_one_counts() {
    let (rig, _) = in_call().next(choose("desk"));
    let late = swapped(&rig, "desk");
    let (rig, _) = rig.next(choose("headset"));

    let (same, effects) = rig.clone().next(late);

    assert_eq!((same, effects), (rig, Vec::new()));
}

#[test]
fn an_unplugged_microphone_is_followed_by_the_default_one_at_once() {
    let (rig, effects) = in_call_with("headset").next(Event::MicrophoneEnded);

    let default = wanted(None, Processing::default());
    assert_eq!(effects, [Effect::Swap(rig.turn(), default, Way::Beside)]);

    let swapped = swapped(&rig, DEFAULT);
    let (rig, _) = rig.next(swapped);
    assert_eq!(rig.trouble(), Some(Trouble::FellBack));
    assert_eq!(rig.selected(Kind::Microphone), DEFAULT);
    // It is taken again once it is there.
    let remembered = rig.choices().microphone.as_ref();
    assert_eq!(remembered.map(|pick| pick.id.as_str()), Some("headset"));
}

#[test]
fn a_microphone_that_is_listed_no_more_is_unplugged() {
    let (rig, effects) = in_call_with("headset").next(Event::Listed(without("headset")));

    let default = wanted(None, Processing::default());
    assert_eq!(effects, [Effect::Swap(rig.turn(), default, Way::Beside)]);
    let (_, effects) = rig.next(Event::MicrophoneEnded);
    assert_eq!(effects, [], "it is told twice and followed once");
}

/// The headset was unplugged, and the microphone on the desk took its place.
fn fallen_back() -> Rig {
    let unplugged = Event::Listed(without("headset"));
    let (gone, _) = after(in_call_with("headset"), [Event::DevicesChanged, unplugged]);
    let desk = swapped(&gone, "desk");
    gone.next(desk).0
}

fn plugged(devices: Vec<Device>) -> [Event; 2] {
    [Event::DevicesChanged, Event::Listed(devices)]
}

fn headset() -> Wanted {
    wanted(Some("headset"), Processing::default())
}

#[test]
fn a_chosen_microphone_that_is_plugged_in_again_is_spoken_into_again() {
    let (rig, effects) = after(fallen_back(), plugged(all()));
    let (_, once) = after(rig.clone(), plugged(all()));
    let came = swapped(&rig, "headset");
    let (back, _) = rig.clone().next(came);

    assert_eq!(effects, [Effect::Swap(rig.turn(), headset(), Way::Beside)]);
    assert_eq!(rig.trouble(), Some(Trouble::FellBack), "not yet");
    assert_eq!(once, []);
    assert_eq!(back.trouble(), None);
    assert_eq!(back.selected(Kind::Microphone), "headset");
}

#[test]
fn a_microphone_that_is_back_before_the_other_one_is_open_is_taken_back_too() {
    let (gone, _) = in_call_with("headset").next(Event::MicrophoneEnded);
    let (gone, nothing) = after(gone, plugged(all()));
    let desk = swapped(&gone, "desk");
    let (fallen, lists) = gone.next(desk);

    let (rig, effects) = fallen.next(Event::Listed(all()));

    assert_eq!((nothing, lists), (vec![], vec![Effect::List]));
    assert_eq!(effects, [Effect::Swap(rig.turn(), headset(), Way::Beside)]);
}

#[test]
fn a_microphone_that_went_away_by_itself_is_not_tried_before_something_is_plugged() {
    let (gone, _) = in_call_with("headset").next(Event::MicrophoneEnded);
    let desk = swapped(&gone, "desk");

    let (fallen, effects) = after(gone, [desk, Event::Listed(all())]);
    let (rig, plugged) = after(fallen, plugged(all()));

    assert_eq!(effects, []);
    assert_eq!(plugged, [Effect::Swap(rig.turn(), headset(), Way::Beside)]);
}

#[test]
fn a_microphone_that_does_not_come_back_is_tried_whenever_something_is_plugged() {
    let (rig, _) = after(fallen_back(), plugged(all()));
    let failed = Event::SwapFailed(rig.turn());

    let (failed, _) = rig.next(failed);
    let (same, nothing) = failed.clone().next(Event::Listed(all()));
    let (rig, again) = after(same, plugged(all()));

    assert_eq!(failed.trouble(), Some(Trouble::FellBack));
    assert_eq!(failed.selected(Kind::Microphone), "desk");
    assert_eq!(nothing, []);
    assert_eq!(again, [Effect::Swap(rig.turn(), headset(), Way::Beside)]);
}

#[test]
fn whoever_chose_another_one_meanwhile_keeps_it() {
    let (another, _) = fallen_back().next(choose("desk"));
    let desk = swapped(&another, "desk");
    let (another, _) = another.next(desk);

    let (rig, effects) = after(another, plugged(all()));

    assert_eq!((rig.trouble(), effects), (None, vec![]));
}

#[test]
fn a_call_that_begins_without_the_chosen_microphone_says_so_and_takes_it_later() {
    let (rig, _) = after(fresh(), [Event::Listed(all()), choose("headset")]);
    let desk = Event::CallOpened(facts("desk", Processing::default()));
    let (begun, _) = after(rig, [Event::Listed(without("headset")), desk]);

    let (rig, effects) = after(begun.clone(), plugged(all()));

    assert_eq!(begun.trouble(), Some(Trouble::FellBack));
    assert_eq!(effects, [Effect::Swap(rig.turn(), headset(), Way::Beside)]);
}

#[test]
fn a_browser_that_hides_its_devices_unplugs_none() {
    let opened = Event::CallOpened(facts("hidden", Processing::default()));
    let (rig, _) = fresh().next(opened);

    let (_, effects) = rig.next(Event::Listed(all()));

    assert_eq!(effects, []);
}

#[test]
fn the_call_breaks_off_only_when_the_default_microphone_fails_twice() {
    let (rig, _) = in_call().next(Event::MicrophoneEnded);
    let failed = Event::SwapFailed(rig.turn());
    let (rig, effects) = rig.next(failed);
    let default = wanted(None, Processing::default());
    assert_eq!(
        effects,
        [Effect::Swap(rig.turn(), default, Way::AfterPause)]
    );

    let failed = Event::SwapFailed(rig.turn());
    let (_, effects) = rig.next(failed);

    assert_eq!(effects, [Effect::BreakOff]);
}

#[test]
fn a_microphone_that_ends_while_another_opens_is_missed_only_if_that_fails() {
    let (rig, _) = in_call_with("headset").next(choose("desk"));
    let (rig, effects) = rig.next(Event::MicrophoneEnded);
    assert_eq!(effects, []);

    let failed = Event::SwapFailed(rig.turn());
    let (rig, effects) = rig.next(failed);

    let default = wanted(None, Processing::default());
    assert_eq!(effects, [Effect::Swap(rig.turn(), default, Way::Beside)]);
}

#[test]
fn a_person_may_choose_while_the_default_one_is_being_opened() {
    let (rig, _) = in_call_with("headset").next(Event::MicrophoneEnded);

    let (rig, effects) = rig.next(choose("desk"));

    let desk = wanted(Some("desk"), Processing::default());
    assert_eq!(effects[1], Effect::Swap(rig.turn(), desk, Way::Beside));
}

#[test]
fn a_switch_is_tried_on_the_open_microphone_first() {
    let off = Processing::default().with(Treatment::EchoCancellation, Switch::Off);
    let switched = Event::Switched(Treatment::EchoCancellation, Switch::Off);

    let (rig, effects) = in_call().next(switched);
    assert_eq!(
        effects,
        [
            Effect::Remember(rig.choices().clone()),
            Effect::Adjust(rig.turn(), off)
        ]
    );

    let adjusted = Event::Adjusted(rig.turn(), actual(off));
    let (rig, effects) = rig.next(adjusted);
    assert_eq!(effects, []);
    assert_eq!(rig.shown(Treatment::EchoCancellation), Switch::Off);
    let standing = rig.standing(Treatment::EchoCancellation);
    assert_eq!(standing, Standing::Is(Switch::Off));
}

#[test]
fn a_microphone_that_is_not_adjusted_is_opened_anew() {
    let (rig, _) = in_call_with("desk").next(Event::PresetChosen(Preset::Raw));
    let unmoved = Event::Adjusted(rig.turn(), actual(Processing::default()));

    let (rig, effects) = rig.next(unmoved);

    let raw = wanted(Some("desk"), Preset::Raw.processing());
    assert_eq!(effects, [Effect::Swap(rig.turn(), raw, Way::Instead)]);
}

#[test]
fn what_the_browser_does_against_the_wish_is_shown() {
    let (rig, _) = in_call().next(Event::PresetChosen(Preset::Raw));
    let unmoved = Event::Adjusted(rig.turn(), actual(Processing::default()));
    let (rig, _) = rig.next(unmoved);
    let stubborn = Event::Swapped(rig.turn(), facts(DEFAULT, Processing::default()));

    let (rig, effects) = rig.next(stubborn);

    assert_eq!(effects, [Effect::List]);
    assert_eq!(rig.shown(Treatment::EchoCancellation), Switch::On);
    let standings = Treatment::ALL.map(|treatment| rig.standing(treatment));
    let is_off = Standing::Is(Switch::Off);
    assert_eq!(standings, [Standing::Stays(Switch::On), is_off, is_off]);
}

#[test]
fn before_a_call_a_switch_shows_the_wish() {
    let (rig, effects) = fresh().next(Event::PresetChosen(Preset::Call));

    assert_eq!(effects, [Effect::Remember(rig.choices().clone())]);
    for treatment in Treatment::ALL {
        assert_eq!(rig.actual(treatment), None);
        assert_eq!(rig.shown(treatment), Switch::On);
        assert_eq!(rig.standing(treatment), Standing::Next(Switch::On));
    }
}

#[test]
fn nothing_of_a_call_that_is_over_is_done_any_more() {
    let (rig, _) = in_call().next(choose("headset"));
    let late = [
        swapped(&rig, "headset"),
        Event::SwapFailed(rig.turn()),
        Event::MicrophoneEnded,
        Event::Howled,
        Event::Calmed,
    ];
    let (over, _) = rig.next(Event::CallOver);

    for event in late {
        let (rig, effects) = over.clone().next(event);
        assert_eq!((rig, effects), (over.clone(), Vec::new()));
    }
}

fn choose_speaker(id: &str) -> Event {
    Event::SpeakerChosen(id.to_owned())
}

#[test]
fn the_call_plays_through_the_loudspeaker_that_is_chosen() {
    let (rig, effects) = in_call().next(choose_speaker("box"));
    assert_eq!(effects, [Effect::Remember(rig.choices().clone())]);

    let (rig, effects) = rig.next(Event::SpeakerOpened);
    assert_eq!(effects, [Effect::SetSink("box".to_owned())]);

    let (_, effects) = rig.next(choose_speaker(DEFAULT));
    assert_eq!(effects[1..], [Effect::SetSink(String::new())]);
}

#[test]
fn an_unplugged_loudspeaker_is_followed_by_the_default_one_until_it_is_back() {
    let (rig, _) = after(in_call(), [choose_speaker("box"), Event::SpeakerOpened]);

    let (rig, effects) = rig.next(Event::Listed(without("box")));
    assert_eq!(effects, [Effect::SetSink(String::new())]);

    let (_, effects) = rig.next(Event::Listed(all()));
    assert_eq!(effects, [Effect::SetSink("box".to_owned())]);
}

#[test]
fn a_loudspeaker_that_is_refused_is_told_and_left() {
    let (rig, _) = after(in_call(), [choose_speaker("box"), Event::SpeakerOpened]);

    let (rig, effects) = rig.next(Event::SinkRefused("box".to_owned()));

    assert_eq!(effects, [Effect::SetSink(String::new())]);
    assert_eq!(rig.trouble(), Some(Trouble::SpeakerRefused));
    assert_eq!(rig.selected(Kind::Speaker), DEFAULT);
}

#[test]
fn a_loudspeaker_that_is_refused_stays_chosen_for_the_next_visit_and_may_be_tried_again() {
    let refused = Event::SinkRefused("box".to_owned());
    let (rig, _) = after(
        in_call(),
        [choose_speaker("box"), Event::SpeakerOpened, refused],
    );

    let (rig, remembered) = rig.next(Event::PresetChosen(Preset::Call));
    let (rig, again) = rig.next(choose_speaker("box"));

    let Some(Effect::Remember(choices)) = remembered.first() else {
        panic!("{remembered:?}");
    };
    assert_eq!(choices.speaker.as_ref().map(|pick| &*pick.id), Some("box"));
    assert!(
        again.contains(&Effect::SetSink("box".to_owned())),
        "{again:?}"
    );
    assert_eq!(rig.selected(Kind::Speaker), "box");
}

#[test]
fn a_browser_without_a_choice_of_loudspeakers_is_asked_for_none() {
    let choices = Choices {
        speaker: Some(Pick {
            id: "box".to_owned(),
            label: String::new(),
        }),
        ..Choices::default()
    };

    let (_, effects) = Rig::new(choices, Outputs::Fixed).next(Event::SpeakerOpened);

    assert_eq!(effects, []);
}

#[test]
fn the_tone_plays_where_the_call_would_and_then_the_person_is_asked() {
    let (rig, effects) = after(
        fresh(),
        [
            Event::Listed(all()),
            choose_speaker("box"),
            Event::TonePressed,
        ],
    );
    assert_eq!(effects, [Effect::PlayTone("box".to_owned())]);
    assert_eq!(
        rig.clone().next(Event::TonePressed),
        (rig.clone(), Vec::new())
    );

    let (rig, _) = rig.next(Event::ToneOver);
    assert_eq!(rig.tone(), Tone::Asking);

    let (rig, _) = rig.next(Event::ToneJudged(Judgement::NotHeard));
    assert_eq!(rig.tone(), Tone::Judged(Judgement::NotHeard));

    let (rig, _) = rig.next(choose_speaker(DEFAULT));
    assert_eq!(rig.tone(), Tone::Silent);
}

#[test]
fn nobody_is_asked_about_a_tone_that_did_not_play() {
    let heard = Event::ToneJudged(Judgement::Heard);

    let (rig, _) = after(fresh(), [Event::TonePressed, Event::ToneFailed, heard]);

    assert_eq!(rig.tone(), Tone::Failed);
}

#[test]
fn a_howl_is_ducked_once_and_its_hint_stays_until_it_is_read() {
    let (rig, effects) = in_call().next(Event::Howled);
    assert_eq!((rig.howl(), effects), (Howl::Ducked, vec![Effect::Duck]));
    assert_eq!(rig.clone().next(Event::Howled).1, []);

    let (rig, effects) = rig.next(Event::Calmed);
    assert_eq!((rig.howl(), effects), (Howl::Over, vec![Effect::Unduck]));

    let (rig, effects) = rig.next(Event::HintClosed);
    assert_eq!((rig.howl(), effects), (Howl::None, vec![]));
}

#[test]
fn the_person_may_have_it_loud_again_at_once() {
    let (rig, effects) = after(in_call(), [Event::Howled, Event::HintClosed]);

    assert_eq!((rig.howl(), effects), (Howl::None, vec![Effect::Unduck]));
}

fn row(id: &str) -> Row {
    Row {
        id: id.to_owned(),
        name: Name::Label(format!("The {id}")),
    }
}

#[test]
fn the_default_device_stands_first_and_once() {
    let (rig, _) = fresh().next(Event::Listed(all()));

    let rows = rig.rows(Kind::Microphone);

    assert_eq!(rows, [row(DEFAULT), row("desk"), row("headset")]);
}

#[test]
fn devices_without_labels_are_numbered() {
    let nameless = |id: &str| Device {
        label: String::new(),
        ..device(Kind::Microphone, id)
    };
    let names = |listed: &[&str]| {
        let listed = listed.iter().map(|id| nameless(id)).collect();
        let rows = fresh().next(Event::Listed(listed)).0.rows(Kind::Microphone);
        rows.into_iter().map(|row| row.name).collect::<Vec<_>>()
    };

    assert_eq!(names(&[]), [Name::Default]);
    assert_eq!(names(&[""]), [Name::Number(1)]);
    assert_eq!(
        names(&["a", "b"]),
        [Name::Default, Name::Number(1), Name::Number(2)]
    );
}

fn remembering(id: &str, label: &str) -> Rig {
    let microphone = Some(Pick {
        id: id.to_owned(),
        label: label.to_owned(),
    });
    let choices = Choices {
        microphone,
        ..Choices::default()
    };
    Rig::new(choices, Outputs::Choosable)
}

#[test]
fn what_was_chosen_at_an_earlier_visit_is_shown_before_there_is_permission() {
    let nameless = Device {
        label: String::new(),
        ..device(Kind::Microphone, "")
    };

    let (rig, _) = remembering("desk", "The desk").next(Event::Listed(vec![nameless]));

    let default = Row {
        id: DEFAULT.to_owned(),
        name: Name::Default,
    };
    assert_eq!(rig.rows(Kind::Microphone), [default, row("desk")]);
    assert_eq!(rig.selected(Kind::Microphone), "desk");
    assert_eq!(rig.wanted().id.as_deref(), Some("desk"));
}

#[test]
fn a_device_whose_id_is_another_today_is_known_by_its_label() {
    let (rig, _) = remembering("yesterday", "The desk").next(Event::Listed(all()));

    assert_eq!(rig.wanted().id.as_deref(), Some("desk"));
}

#[test]
fn a_chosen_device_that_is_not_there_is_not_asked_for() {
    let (rig, _) = remembering("lost", "The lost one").next(Event::Listed(all()));

    assert_eq!(rig.wanted().id, None);
    assert_eq!(rig.selected(Kind::Microphone), DEFAULT);
}

#[test]
fn a_microphone_that_is_missing_is_given_up_for_the_default_one() {
    let desk = wanted(Some("desk"), Processing::default());
    let default = wanted(None, Processing::default());

    assert_eq!(desk.by_default(), Some(default.clone()));
    assert_eq!(default.by_default(), None);
}
