//! The rules of a call.

mod any_order;
mod restarts;

use std::time::Duration;

use shared::ConversationId;

use super::*;
use crate::api::read_farewell;

fn conversation() -> ConversationId {
    ConversationId::from_nanoseconds(1_751_014_936_301_809_000)
}

fn path() -> OwnPath {
    OwnPath::parse("/webrtc/secret").unwrap()
}

fn description() -> OwnPath {
    OwnPath::parse("/conversations/1?key=k").unwrap()
}

fn answered() -> News {
    answered_and(Recorded::Yes)
}

fn answered_and(recorded: Recorded) -> News {
    News::Answered(Answer {
        sdp: "v=0".to_owned(),
        conversation: conversation(),
        path: path(),
        ice_session: Some("\"1\"".to_owned()),
        recorded,
    })
}

/// The call after all of that, and the effects of the last of it.
fn after(news: impl IntoIterator<Item = News>) -> Step {
    let mut step = Call::default().next(Event::Pressed);
    for news in news {
        step = tell(step.0, news);
    }
    step
}

fn tell(call: Call, news: News) -> Step {
    let attempt = call.attempt();
    call.next(Event::News(attempt, news))
}

fn connecting() -> Call {
    after([News::MicrophoneOpened, answered()]).0
}

fn live() -> Call {
    tell(connecting(), News::Link(Link::Up)).0
}

fn recording(call: &Call) -> Option<Recording> {
    call.summary().map(|summary| summary.recording)
}

#[test]
fn a_call_goes_from_the_button_to_live() {
    let (asking, first) = Call::default().next(Event::Pressed);
    let (offering, second) = tell(asking.clone(), News::MicrophoneOpened);
    let (joining, third) = tell(offering.clone(), answered());
    let (live, fourth) = tell(joining.clone(), News::Link(Link::Up));

    let phases = [&asking, &offering, &joining, &live].map(Call::phase);
    assert_eq!(
        phases,
        [
            Phase::Asking,
            Phase::Connecting,
            Phase::Connecting,
            Phase::Live
        ]
    );
    assert_eq!(first, [Effect::AskMicrophone]);
    assert_eq!(second, [Effect::Offer(Wish::Unasked)]);
    assert_eq!(
        third,
        [Effect::Accept("v=0".to_owned()), Effect::Await(CONNECTING)]
    );
    assert_eq!(
        fourth,
        [
            Effect::StopWaiting,
            Effect::StartClock,
            Effect::Remember(path())
        ]
    );
    assert_eq!(live.conversation(), Some(conversation()));
}

#[test]
fn hanging_up_releases_everything_and_tells_the_server() {
    let (call, effects) = live().next(Event::Pressed);

    assert_eq!(effects, [Effect::Release, Effect::HangUp(path())]);
    assert_eq!(call.phase(), Phase::Ended);
    assert_eq!(recording(&call), Some(Recording::Finishing));
    assert_eq!(call.problem(), None);
}

#[test]
fn leaving_the_page_hangs_up() {
    for call in [connecting(), live()] {
        let (call, effects) = call.next(Event::PageLeft);

        assert_eq!(effects, [Effect::Release, Effect::HangUp(path())]);
        assert_eq!(call.phase(), Phase::Ended);
    }
}

#[test]
fn leaving_the_page_without_a_call_does_nothing() {
    for call in [Call::default(), live().next(Event::Pressed).0] {
        let (left, effects) = call.clone().next(Event::PageLeft);

        assert_eq!((left, effects), (call, vec![]));
    }
}

#[test]
fn a_call_can_be_cancelled_while_the_browser_asks() {
    let (call, effects) = after([]).0.next(Event::Pressed);

    assert_eq!(effects, [Effect::Release]);
    assert_eq!(call.phase(), Phase::Ended);
    assert_eq!(recording(&call), Some(Recording::None));
}

#[test]
fn a_microphone_that_comes_after_cancelling_is_not_used() {
    let cancelled = after([]).0.next(Event::Pressed).0;

    let (call, effects) = tell(cancelled.clone(), News::MicrophoneOpened);

    assert_eq!((call, effects), (cancelled, vec![]));
}

#[test]
fn an_answer_that_comes_after_cancelling_is_given_back() {
    let cancelled = after([News::MicrophoneOpened]).0.next(Event::Pressed).0;

    let (call, effects) = tell(cancelled.clone(), answered());

    assert_eq!((call, effects), (cancelled, vec![Effect::GiveBack(path())]));
}

#[test]
fn news_of_an_earlier_call_do_not_touch_this_one() {
    let first = after([News::MicrophoneOpened]).0;
    let old = first.attempt();
    let second = first.next(Event::Pressed).0.next(Event::Pressed).0;

    for news in [
        News::MicrophoneOpened,
        News::Link(Link::Down),
        News::DeadlinePassed,
        News::Broke(Problem::ServerAway),
        News::HungUp(Farewell::Final),
        News::Searched(Search::Found(description())),
    ] {
        let (call, effects) = second.clone().next(Event::News(old, news));

        assert_eq!((call, effects), (second.clone(), vec![]));
    }
    let (call, effects) = second.clone().next(Event::News(old, answered()));
    assert_eq!((call, effects), (second, vec![Effect::GiveBack(path())]));
}

#[test]
fn a_farewell_to_an_earlier_call_is_not_taken_for_this_ones() {
    let first = after([]).0;
    let old = first.attempt();
    let again = first.next(Event::Pressed).0.next(Event::Pressed).0;
    let talked = [News::MicrophoneOpened, answered(), News::Link(Link::Up)];
    let second = talked
        .into_iter()
        .fold(again, |call, news| tell(call, news).0)
        .next(Event::Pressed)
        .0;

    for farewell in [Farewell::Final, Farewell::Unsure] {
        let news = Event::News(old, News::HungUp(farewell));
        let (call, effects) = second.clone().next(news);

        assert_eq!((call, effects), (second.clone(), vec![]));
    }
}

#[test]
fn a_problem_before_the_call_is_live_fails_it() {
    let denied = News::Broke(Problem::PermissionDenied);
    let full = News::Broke(Problem::ServerFull {
        retry_after: Some(Duration::from_secs(1)),
    });

    let asked = tell(after([]).0, denied);
    let offered = tell(after([News::MicrophoneOpened]).0, full);

    for (call, effects) in [asked, offered] {
        assert_eq!(call.phase(), Phase::Failed);
        assert_eq!(effects, [Effect::Release]);
        assert!(call.problem().is_some());
    }
}

#[test]
fn audio_that_never_comes_through_is_a_blocked_network() {
    for news in [News::DeadlinePassed, News::Link(Link::Down)] {
        let (call, effects) = tell(connecting(), news);

        assert_eq!(call.phase(), Phase::Failed);
        assert_eq!(call.problem(), Some(&Problem::NetworkBlocked));
        assert_eq!(effects, [Effect::Release, Effect::HangUp(path())]);
    }
}

#[test]
fn the_servers_goodbye_ends_the_call_without_a_problem() {
    let (call, effects) = tell(live(), News::Link(Link::Goodbye));

    assert_eq!(call.phase(), Phase::Ended);
    assert_eq!(call.problem(), None);
    assert_eq!(effects, [Effect::Release, Effect::HangUp(path())]);
}

#[test]
fn a_late_deadline_does_not_end_a_live_call() {
    let (call, effects) = tell(live(), News::DeadlinePassed);

    assert_eq!((call, effects), (live(), vec![]));
}

#[test]
fn a_first_problem_is_not_covered_by_later_ones() {
    let failed = tell(after([]).0, News::Broke(Problem::NoMicrophone)).0;

    let (call, effects) = tell(failed.clone(), News::Broke(Problem::ServerAway));

    assert_eq!((call, effects), (failed, vec![]));
}

#[test]
fn a_recording_is_looked_for_once_it_is_final() {
    let hung_up = live().next(Event::Pressed).0;

    let (call, effects) = tell(hung_up.clone(), News::HungUp(Farewell::Final));

    assert_eq!(effects, [Effect::Find(path())]);
    assert_eq!(call, hung_up);
}

#[test]
fn a_503_farewell_is_asked_again() {
    let hung_up = live().next(Event::Pressed).0;

    let (unsure, asked) = tell(hung_up, News::HungUp(read_farewell(503)));
    let (_, found) = tell(unsure.clone(), News::HungUp(read_farewell(204)));

    let again = Effect::HangUpAgain(path(), BETWEEN_FAREWELLS);
    assert_eq!(asked, [again]);
    assert_eq!(recording(&unsure), Some(Recording::Finishing));
    assert_eq!(found, [Effect::Find(path())]);
}

/// A call whose farewells stay without an answer, and how often the server was asked again.
fn out_of_reach() -> (Call, u8) {
    let mut call = live().next(Event::Pressed).0;
    for asked in 0..=FAREWELLS {
        let (next, effects) = tell(call, News::HungUp(Farewell::Unsure));
        call = next;
        if effects.is_empty() {
            return (call, asked);
        }
    }
    (call, u8::MAX)
}

#[test]
fn a_farewell_is_asked_for_a_few_times_only() {
    let (call, asked) = out_of_reach();

    assert_eq!(asked, FAREWELLS);
    assert_eq!(recording(&call), Some(Recording::OutOfReach));
}

#[test]
fn a_recording_out_of_reach_can_be_looked_for_again() {
    let (call, _) = out_of_reach();

    let (looking, asks) = call.next(Event::LookedAgain);
    let (unsure, asks_on) = tell(looking.clone(), News::HungUp(Farewell::Unsure));
    let (found, _) = tell(unsure, News::Searched(Search::Found(description())));

    assert_eq!(asks, [Effect::HangUpAgain(path(), Duration::ZERO)]);
    assert_eq!(recording(&looking), Some(Recording::Finishing));
    assert_eq!(asks_on, [Effect::HangUpAgain(path(), BETWEEN_FAREWELLS)]);
    assert_eq!(recording(&found), Some(Recording::Ready));
}

#[test]
fn only_a_recording_out_of_reach_is_looked_for_again() {
    let hung_up = live().next(Event::Pressed).0;
    let ready = tell(
        hung_up.clone(),
        News::Searched(Search::Found(description())),
    )
    .0;
    let never_live = tell(connecting(), News::DeadlinePassed).0;

    for call in [Call::default(), live(), hung_up, ready, never_live] {
        let (same, effects) = call.clone().next(Event::LookedAgain);

        assert_eq!((same, effects), (call, vec![]));
    }
}

#[test]
fn what_the_search_finds_is_shown() {
    let hung_up = live().next(Event::Pressed).0;

    let found = [
        Search::Found(description()),
        Search::Missing,
        Search::Closed,
        Search::NoReply,
    ]
    .map(|search| recording(&tell(hung_up.clone(), News::Searched(search)).0));

    assert_eq!(
        found,
        [
            Some(Recording::Ready),
            Some(Recording::Missing),
            Some(Recording::Closed),
            Some(Recording::OutOfReach)
        ]
    );
}

#[test]
fn a_call_that_never_was_live_has_no_recording_to_look_for() {
    let failed = tell(connecting(), News::DeadlinePassed).0;

    let (call, effects) = tell(failed.clone(), News::HungUp(Farewell::Final));

    assert_eq!((call, effects), (failed, vec![]));
}

#[test]
fn only_a_caller_who_can_be_heard_can_mute_himself() {
    let (muted, effects) = live().next(Event::MuteToggled);
    let (heard, undone) = muted.clone().next(Event::MuteToggled);
    let (idle, nothing) = Call::default().next(Event::MuteToggled);

    assert!(muted.is_muted());
    assert_eq!((heard, undone), (live(), vec![Effect::Unmute]));
    assert_eq!(effects, [Effect::Mute]);
    assert!(!idle.is_muted());
    assert_eq!(nothing, []);
}

#[test]
fn a_new_call_keeps_the_volume_and_not_the_mute() {
    let half = Volume::from_percent(50);
    let muted = live().next(Event::MuteToggled).0;
    let softer = muted.next(Event::VolumeSet(half)).0;

    let again = softer.next(Event::Pressed).0.next(Event::Pressed).0;

    assert_eq!(again.phase(), Phase::Asking);
    assert_eq!((again.volume(), again.is_muted()), (half, false));
}

#[test]
fn a_blocked_echo_asks_for_one_tap() {
    let blocked = tell(live(), News::Sound(Sound::Blocked)).0;

    let (tapped, effects) = blocked.clone().next(Event::TappedToHear);
    let heard = tell(tapped, News::Sound(Sound::Plays)).0;

    assert!(blocked.needs_tap());
    assert_eq!(effects, [Effect::Play]);
    assert!(!heard.needs_tap());
}

#[test]
fn a_player_that_hanging_up_interrupts_changes_nothing() {
    let hung_up = live().next(Event::Pressed).0;

    for sound in [Sound::Blocked, Sound::Plays] {
        let (call, effects) = tell(hung_up.clone(), News::Sound(sound));

        assert_eq!((call, effects), (hung_up.clone(), vec![]));
    }
}

#[test]
fn what_is_found_says_where_it_is_described() {
    let hung_up = live().next(Event::Pressed).0;

    let found = tell(hung_up, News::Searched(Search::Found(description()))).0;

    let place = found.summary().and_then(|summary| summary.found.clone());
    assert_eq!(place, Some(description()));
}

#[test]
fn the_wish_to_be_recorded_goes_with_every_offer() {
    for wish in [Wish::Unasked, Wish::Record, Wish::DontRecord] {
        let wished = Call::default().next(Event::RecordingWished(wish)).0;
        let asking = wished.next(Event::Pressed).0;

        let (_, effects) = tell(asking, News::MicrophoneOpened);

        assert_eq!(effects, [Effect::Offer(wish)]);
    }
}

#[test]
fn what_is_shown_is_what_the_server_says_of_recording() {
    for recorded in [Recorded::Yes, Recorded::No] {
        let asking = Call::default().next(Event::RecordingWished(Wish::Record)).0;
        let asking = asking.next(Event::Pressed).0;
        let offering = tell(asking, News::MicrophoneOpened).0;
        assert_eq!(offering.recorded(), None);

        let joining = tell(offering, answered_and(recorded)).0;
        let live = tell(joining, News::Link(Link::Up)).0;
        assert_eq!(live.recorded(), Some(recorded));

        let over = live.next(Event::Pressed).0;
        assert_eq!(over.recorded(), None);
    }
}

#[test]
fn a_recording_that_ends_before_its_call_is_not_shown_as_going_on() {
    for recorded in [Recorded::CutShort, Recorded::Refused] {
        let (live, effects) = tell(live(), News::Recorded(recorded));
        let (shaky, _) = tell(live.clone(), News::Link(Link::Down));
        let (same, _) = tell(shaky.clone(), News::Recorded(recorded));
        let (over, ended) = live.clone().next(Event::Pressed);
        let (still_over, nothing) = tell(over.clone(), News::Recorded(recorded));

        assert_eq!((live.recorded(), effects), (Some(recorded), vec![]));
        assert_eq!((shaky.recorded(), same), (Some(recorded), shaky));
        assert_eq!(ended, [Effect::Release, Effect::HangUp(path())]);
        assert_eq!(recording(&over), Some(Recording::Finishing));
        assert_eq!((still_over, nothing), (over, vec![]));
    }
}

#[test]
fn a_recording_that_the_server_could_not_keep_is_not_called_silence() {
    let over = live().next(Event::Pressed).0;

    let (told, _) = tell(over, News::Searched(Search::Refused));

    assert_eq!(recording(&told), Some(Recording::Refused));
}

#[test]
fn a_call_that_was_not_recorded_has_nothing_to_look_for() {
    let joining = after([News::MicrophoneOpened, answered_and(Recorded::No)]).0;
    let (live, begun) = tell(joining, News::Link(Link::Up));
    let (over, ended) = live.next(Event::Pressed);
    let (same, effects) = tell(over.clone(), News::HungUp(Farewell::Final));

    assert_eq!(begun, [Effect::StopWaiting, Effect::StartClock]);
    assert_eq!(ended, [Effect::Release, Effect::HangUp(path())]);
    assert_eq!(recording(&over), Some(Recording::Off));
    assert!(over.was_live());
    assert_eq!((same, effects), (over, vec![]));
}

#[test]
fn a_volume_is_at_most_all() {
    assert_eq!(Volume::from_percent(250).fraction(), 1.0);
}
