//! A connection that broke: ICE begins anew in the same call.

use super::*;

const ANSWER: &str = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:one\r\n\
    a=ice-pwd:the-first-of-all-passwords\r\na=setup:active\r\n";

/// The server's fragment of that ICE session.
pub(super) fn renewed(session: &str) -> News {
    News::Restarted(Restarted::Renewed {
        fragment: format!(
            "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=ice-ufrag:{session}\r\n\
             a=ice-pwd:another-of-all-passwords\r\n"
        ),
        ice_session: Some(session.to_owned()),
    })
}

/// The answer after that fragment.
fn answer_of(session: &str) -> String {
    format!(
        "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=setup:active\r\n\
         a=ice-ufrag:{session}\r\na=ice-pwd:another-of-all-passwords\r\n"
    )
}

fn live() -> Call {
    let answered = News::Answered(Answer {
        sdp: ANSWER.to_owned(),
        conversation: conversation(),
        path: path(),
        ice_session: Some("one".to_owned()),
        recorded: Recorded::Yes,
    });
    let joining = after([News::MicrophoneOpened, answered]).0;
    tell(joining, News::Link(Link::Up)).0
}

fn told(call: Call, news: impl IntoIterator<Item = News>) -> Step {
    let first = (call, Vec::new());
    news.into_iter()
        .fold(first, |step, news| tell(step.0, news))
}

fn seconds(seconds: u64) -> Effect {
    Effect::Await(Duration::from_secs(seconds))
}

fn tries() -> [Effect; 2] {
    [Effect::StopWaiting, Effect::Restart(path())]
}

fn failed() -> News {
    News::Restarted(Restarted::Failed)
}

#[test]
fn a_connection_that_is_shaky_for_a_moment_is_left_alone() {
    let (shaky, waits) = tell(live(), News::Link(Link::Shaky));
    let (back, stops) = tell(shaky.clone(), News::Link(Link::Up));

    assert_eq!(shaky.phase(), Phase::Reconnecting);
    assert_eq!(waits, [seconds(2)]);
    assert_eq!((back, stops), (live(), vec![Effect::StopWaiting]));
}

#[test]
fn ice_begins_anew_when_a_shaky_connection_does_not_come_back() {
    let (trying, effects) = told(live(), [News::Link(Link::Shaky), News::DeadlinePassed]);

    assert_eq!(trying.phase(), Phase::Reconnecting);
    assert_eq!(effects, tries());
}

#[test]
fn ice_begins_anew_at_once_when_the_connection_failed() {
    let shaky = tell(live(), News::Link(Link::Shaky)).0;

    for call in [live(), shaky] {
        let (trying, effects) = tell(call, News::Link(Link::Down));

        assert_eq!(trying.phase(), Phase::Reconnecting);
        assert_eq!(effects, tries());
    }
}

#[test]
fn ice_begins_anew_at_once_in_another_network() {
    let shaky = tell(live(), News::Link(Link::Shaky)).0;

    for call in [live(), shaky] {
        let (trying, effects) = tell(call, News::NetworkChanged);

        assert_eq!(trying.phase(), Phase::Reconnecting);
        assert_eq!(effects, tries());
    }
}

#[test]
fn a_network_that_changes_before_or_after_a_call_does_nothing() {
    let over = live().next(Event::Pressed).0;

    for call in [Call::default(), connecting(), over] {
        let (same, effects) = tell(call.clone(), News::NetworkChanged);

        assert_eq!((same, effects), (call, vec![]));
    }
}

#[test]
fn the_servers_fragment_makes_the_new_answer_and_the_call_goes_on() {
    let (renewing, accepts) = told(live(), [News::Link(Link::Down), renewed("two")]);
    let (settling, waits) = tell(renewing.clone(), News::Renewed);
    let (back, stops) = tell(settling.clone(), News::Link(Link::Up));

    assert_eq!(accepts, [Effect::AcceptRenewed(answer_of("two"))]);
    assert_eq!(renewing.ice_session(), Some("two"));
    assert_eq!(waits, [seconds(5)]);
    assert_eq!(settling.phase(), Phase::Reconnecting);
    assert_eq!(stops, [Effect::StopWaiting]);
    assert_eq!(back.phase(), Phase::Live);
    assert_eq!(back.conversation(), Some(conversation()));
}

#[test]
fn a_call_whose_connection_stood_all_the_time_is_live_once_the_answer_is_taken() {
    let restarted = [News::NetworkChanged, renewed("two"), News::Renewed];

    let (call, effects) = told(live(), restarted);

    assert_eq!(call.phase(), Phase::Live);
    assert_eq!(effects, []);
    assert_eq!(call.ice_session(), Some("two"));
}

#[test]
fn a_second_restart_renews_the_answer_of_the_first() {
    let first = [News::NetworkChanged, renewed("two"), News::Renewed];
    let once = told(live(), first).0;

    let (_, effects) = told(once, [News::NetworkChanged, renewed("three")]);

    assert_eq!(effects, [Effect::AcceptRenewed(answer_of("three"))]);
}

#[test]
fn five_tries_are_made_with_growing_pauses_before_the_call_is_lost() {
    let mut call = tell(live(), News::Link(Link::Down)).0;
    for pause in [1, 2, 4, 8] {
        let (pausing, waits) = tell(call, failed());
        let (trying, effects) = tell(pausing.clone(), News::DeadlinePassed);

        assert_eq!(waits, [seconds(pause)]);
        assert_eq!(pausing.phase(), Phase::Reconnecting);
        assert_eq!(effects, tries());
        call = trying;
    }
    let (last, waits) = tell(call, failed());
    let (over, effects) = tell(last, News::DeadlinePassed);

    assert_eq!(waits, [seconds(8)]);
    assert_eq!(over.phase(), Phase::Ended);
    assert_eq!(over.problem(), Some(&Problem::ConnectionLost));
    assert_eq!(recording(&over), Some(Recording::Finishing));
    assert_eq!(effects, [Effect::Release, Effect::HangUp(path())]);
}

#[test]
fn a_new_way_that_leads_nowhere_is_tried_again() {
    let settling = [News::Link(Link::Down), renewed("two"), News::Renewed];
    let settling = told(live(), settling).0;

    let (_, late) = tell(settling.clone(), News::DeadlinePassed);
    let (_, broken) = tell(settling, News::Link(Link::Down));

    assert_eq!(late, tries());
    assert_eq!(broken, [seconds(1)]);
}

#[test]
fn a_fragment_that_fits_no_answer_is_a_failed_try() {
    let nonsense = News::Restarted(Restarted::Renewed {
        fragment: "<html>".to_owned(),
        ice_session: None,
    });

    let (call, effects) = told(live(), [News::Link(Link::Down), nonsense]);

    assert_eq!(effects, [seconds(1)]);
    assert_eq!(call.ice_session(), Some("one"));
}

#[test]
fn a_call_that_the_server_ended_meanwhile_is_over() {
    let over = News::Restarted(Restarted::CallOver);

    let (call, effects) = told(live(), [News::Link(Link::Down), over]);

    assert_eq!(call.phase(), Phase::Ended);
    assert_eq!(call.problem(), Some(&Problem::CallOver));
    assert_eq!(recording(&call), Some(Recording::Finishing));
    assert_eq!(effects, [Effect::Release, Effect::HangUp(path())]);
}

#[test]
fn one_try_is_made_at_a_time_and_another_network_gets_its_own() {
    let (trying, nothing) = told(live(), [News::Link(Link::Down), News::NetworkChanged]);

    let (_, after_failure) = tell(trying.clone(), failed());
    let (_, after_success) = told(trying, [renewed("two"), News::Renewed]);

    assert_eq!(nothing, []);
    assert_eq!(after_failure, tries());
    assert_eq!(after_success, tries());
}

#[test]
fn another_network_is_tried_as_often_as_the_first() {
    let mut call = tell(live(), News::Link(Link::Down)).0;
    for _ in 0..4 {
        call = told(call, [failed(), News::DeadlinePassed]).0;
    }

    let (call, _) = told(call, [failed(), News::NetworkChanged]);
    let (pausing, waits) = tell(call, failed());

    assert_eq!(waits, [seconds(1)]);
    assert_eq!(pausing.phase(), Phase::Reconnecting);
}

#[test]
fn a_connection_that_comes_back_between_two_tries_is_taken() {
    let pausing = told(live(), [News::Link(Link::Down), failed()]).0;

    let (back, effects) = tell(pausing, News::Link(Link::Up));

    assert_eq!(back.phase(), Phase::Live);
    assert_eq!(effects, [Effect::StopWaiting]);
}

#[test]
fn a_connection_that_comes_back_during_a_try_waits_for_its_end() {
    let trying = told(live(), [News::Link(Link::Down), News::Link(Link::Up)]).0;

    let failed = tell(trying.clone(), failed());
    let done = told(trying.clone(), [renewed("two"), News::Renewed]);

    assert_eq!(trying.phase(), Phase::Reconnecting);
    for (call, effects) in [failed, done] {
        assert_eq!(call.phase(), Phase::Live);
        assert_eq!(effects, []);
    }
}

#[test]
fn the_server_may_say_goodbye_during_a_try() {
    let trying = tell(live(), News::Link(Link::Down)).0;

    let (call, effects) = tell(trying, News::Link(Link::Goodbye));

    assert_eq!(call.phase(), Phase::Ended);
    assert_eq!(call.problem(), None);
    assert_eq!(effects, [Effect::Release, Effect::HangUp(path())]);
}

#[test]
fn whoever_hangs_up_during_a_try_has_hung_up() {
    let over = tell(live(), News::Link(Link::Down))
        .0
        .next(Event::Pressed)
        .0;

    let (same, effects) = told(over.clone(), [renewed("two"), News::Renewed]);

    assert_eq!((same, effects), (over, vec![]));
}
