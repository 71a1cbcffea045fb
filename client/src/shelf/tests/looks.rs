//! What is still to come of a recording is looked for, a few times.

use super::*;

const LENGTH: Duration = Duration::from_secs(5);

/// One that is over, and whose waveform is not drawn yet.
fn undrawn() -> Found {
    let mut found = found(1);
    found.facts.duration = Some(LENGTH);
    found
}

/// One whose call goes on.
fn live() -> Found {
    let mut found = found(1);
    found.facts.status = RecordingStatus::Recording;
    found.facts.delete = None;
    found
}

fn shelf_of(found: Found) -> Step {
    let listed = Listed {
        found: vec![found],
        older: None,
    };
    tell(open(Source::Server(None)).0, News::Listed(Ok(listed)))
}

/// Looks, and sees that.
fn look(shelf: Shelf, seen: Result<Facts, Trouble>) -> Step {
    let (shelf, effects) = tell(shelf, News::Due(id(1)));
    assert_eq!(
        effects,
        [Effect::Freshen(id(1), Purpose::Look, description(1))]
    );
    tell(shelf, saw(seen))
}

fn saw(seen: Result<Facts, Trouble>) -> News {
    let fresh = seen.map(|facts| Fresh {
        playable: facts.audio.clone(),
        facts: Box::new(facts),
    });
    News::Freshened(id(1), Purpose::Look, fresh)
}

fn later(seconds: u64) -> Vec<Effect> {
    vec![Effect::LookLater(id(1), Duration::from_secs(seconds))]
}

/// Its row is drawn anew.
fn focus_stays() -> Effect {
    Effect::HandFocus(id(1), Place::Piece(id(1)))
}

/// What is seen once the waveform is drawn.
fn drawn() -> Facts {
    Facts {
        audio: Some(path("/a.ogg?key=new")),
        peaks: Some(path("/a/peaks?key=new")),
        ..undrawn().facts
    }
}

#[test]
fn a_waveform_to_come_is_looked_for_three_times_and_no_more() {
    let (listed, first) = shelf_of(undrawn());
    let (once, second) = look(listed, Ok(undrawn().facts));
    let (twice, third) = look(once, Err(Trouble::Away));
    let (thrice, none) = look(twice, Ok(undrawn().facts));
    let (same, nothing) = tell(thrice.clone(), News::Due(id(1)));

    assert_eq!([first, second, third], [later(1), later(2), later(4)]);
    assert_eq!(none, []);
    assert_eq!((same, nothing), (thrice, vec![]));
}

#[test]
fn a_waveform_is_drawn_when_it_has_come_and_the_rest_of_the_row_is_left_alone() {
    let listed = shelf_of(undrawn()).0;

    let (shelf, effects) = look(listed, Ok(drawn()));
    let (same, nothing) = tell(shelf.clone(), News::Due(id(1)));

    let piece = shelf.piece(id(1)).unwrap();
    assert_eq!(effects, [Effect::Draw(id(1), path("/a/peaks?key=new"))]);
    assert_eq!(piece.drawing, Drawing::Asked);
    assert_eq!(piece.found, undrawn());
    assert_eq!((same, nothing), (shelf, vec![]));
}

#[test]
fn only_a_waveform_that_is_drawn_unasked_is_looked_for() {
    let mut there = undrawn();
    there.facts.peaks = Some(path("/a/peaks"));
    let mut long = undrawn();
    long.facts.duration = Some(Duration::from_secs(3_600));
    let mut without_sound = undrawn();
    without_sound.facts.audio = None;

    let of_shelf = [there, long, without_sound].map(|found| shelf_of(found).1);

    let draw = vec![Effect::Draw(id(1), path("/a/peaks"))];
    assert_eq!(of_shelf, [draw, vec![], vec![]]);
}

#[test]
fn a_shelf_that_was_closed_or_opened_anew_looks_for_nothing_of_before() {
    for listed in [undrawn(), live()].map(|found| shelf_of(found).0) {
        let old = listed.visit();
        for event in [Event::Closed, Event::Opened(Source::Server(None))] {
            let shelf = listed.clone().next(event).0;
            for news in [News::Due(id(1)), saw(Ok(drawn()))] {
                let (same, effects) = shelf.clone().next(Event::News(old, news));

                assert_eq!((same, effects), (shelf.clone(), vec![]));
            }
        }
    }
}

#[test]
fn what_is_gone_or_was_drawn_meanwhile_is_not_looked_for() {
    let listed = shelf_of(undrawn()).0;
    let gone = listed.clone().next(Event::Gone(id(1))).0;
    let opening = listed.next(Event::PlayPressed(id(1))).0;
    let played = News::Freshened(id(1), Purpose::Play, Ok(fresh()));
    let playing = tell(opening, played).0;

    for shelf in [gone, playing] {
        for news in [News::Due(id(1)), saw(Ok(drawn()))] {
            let (after, effects) = tell(shelf.clone(), news);

            assert_eq!(effects, []);
            assert_eq!(after.ids(), shelf.ids());
        }
    }
}

#[test]
fn a_server_that_refuses_is_not_asked_again_and_nobody_is_asked_for_a_key() {
    for trouble in [Trouble::KeyRefused, Trouble::Gone] {
        let listed = shelf_of(undrawn()).0;

        let (shelf, effects) = look(listed, Err(trouble));

        assert_eq!(effects, []);
        assert_eq!(shelf.ids(), [id(1)]);
    }
}

#[test]
fn a_live_recording_is_looked_at_one_look_at_a_time_until_its_call_is_over() {
    let (mut shelf, first) = shelf_of(live());
    for round in 0..10 {
        let seen = match round % 2 {
            0 => Ok(live().facts),
            _ => Err(Trouble::Away),
        };
        let before = shelf.clone();
        let again;
        (shelf, again) = look(shelf, seen);

        assert_eq!((&shelf, again), (&before, later(15)));
    }

    let (over, of_its_waveform) = look(shelf, Ok(undrawn().facts));
    let (drawn, draws) = look(over.clone(), Ok(drawn()));
    let (_, asks) = drawn.next(Event::DeletePressed(id(1)));

    assert_eq!(first, later(15));
    assert_eq!(over.piece(id(1)).unwrap().found, undrawn());
    assert_eq!(of_its_waveform, [vec![focus_stays()], later(1)].concat());
    assert_eq!(draws, [Effect::Draw(id(1), path("/a/peaks?key=new"))]);
    assert_eq!(asks, [Effect::Focus(Place::Keep(id(1)))]);
}

#[test]
fn a_live_recording_that_is_seen_complete_is_drawn_at_once() {
    let (shelf, effects) = look(shelf_of(live()).0, Ok(drawn()));

    let draw = Effect::Draw(id(1), path("/a/peaks?key=new"));
    assert_eq!(shelf.piece(id(1)).unwrap().found.facts, drawn());
    assert_eq!(effects, [focus_stays(), draw]);
}

#[test]
fn a_row_with_other_links_and_nothing_else_is_not_drawn_anew() {
    let links_of_now = Facts {
        audio: Some(path("/a.ogg?key=new")),
        ..live().facts
    };

    let (shelf, _) = look(shelf_of(live()).0, Ok(links_of_now));

    assert_eq!(shelf.piece(id(1)).unwrap().found, live());
}

#[test]
fn in_a_row_that_is_drawn_anew_the_player_and_the_focus_stay_where_they_are() {
    let opening = shelf_of(live()).0.next(Event::PlayPressed(id(1))).0;
    let without_peaks = Fresh {
        facts: Box::new(live().facts),
        ..fresh()
    };
    let played = News::Freshened(id(1), Purpose::Play, Ok(without_peaks));
    let playing = tell(opening, played).0;

    let (_, effects) = look(playing, Ok(undrawn().facts));

    let keep = vec![Effect::KeepPlace(id(1)), focus_stays()];
    assert_eq!(effects, [keep, later(1)].concat());
}

#[test]
fn a_live_recording_that_is_gone_is_not_live_for_ever() {
    let (gone, effects) = look(shelf_of(live()).0, Err(Trouble::Gone));
    let (refused, nothing) = look(shelf_of(live()).0, Err(Trouble::KeyRefused));

    let focus = vec![Effect::HandFocus(id(1), Place::Top)];
    assert_eq!((gone.ids(), effects), (vec![], focus));
    assert_eq!((refused.ids(), nothing), (vec![id(1)], vec![]));
}
