//! Recordings listed, played and deleted.

use std::time::Duration;

use shared::recording::RecordingStatus;

use super::*;

mod looks;

fn id(number: u64) -> ConversationId {
    ConversationId::from_nanoseconds(number)
}

fn path(path: &str) -> OwnPath {
    OwnPath::parse(path).unwrap()
}

fn description(number: u64) -> OwnPath {
    path(&format!("/conversations/{number}?key=k"))
}

fn deletion(number: u64) -> OwnPath {
    path(&format!("/conversations/{number}"))
}

fn found(number: u64) -> Found {
    Found {
        path: description(number),
        facts: Facts {
            id: id(number),
            started_at: format!("2025-06-27T09:02:{number:02}Z"),
            duration: None,
            status: RecordingStatus::Complete,
            end: None,
            user_agent: None,
            audio: Some(path("/a.ogg")),
            wav: Some(path("/a.wav")),
            caf: Some(path("/a.caf")),
            peaks: None,
            bytes: Some(9),
            delete: Some(deletion(number)),
        },
    }
}

fn listed(numbers: impl IntoIterator<Item = u64>, older: Option<u64>) -> News {
    News::Listed(Ok(Listed {
        found: numbers.into_iter().map(found).collect(),
        older: older.map(id),
    }))
}

fn remembered(numbers: impl IntoIterator<Item = u64>) -> Vec<Remembered> {
    let one = |number| Remembered {
        id: id(number),
        path: description(number),
    };
    numbers.into_iter().map(one).collect()
}

fn fresh() -> Fresh {
    Fresh {
        playable: Some(path("/a.caf?key=new")),
        facts: Box::new(Facts {
            audio: Some(path("/a.ogg?key=new")),
            peaks: Some(path("/a/peaks?key=new")),
            ..found(1).facts
        }),
    }
}

fn tell(shelf: Shelf, news: News) -> Step {
    let visit = shelf.visit();
    shelf.next(Event::News(visit, news))
}

fn told(shelf: Shelf, events: impl IntoIterator<Item = Event>) -> Step {
    let first = (shelf, Vec::new());
    events
        .into_iter()
        .fold(first, |step, event| step.0.next(event))
}

fn open(source: Source) -> Step {
    Shelf::default().next(Event::Opened(source))
}

/// A shelf of the server with these recordings.
fn with(numbers: impl IntoIterator<Item = u64>) -> Shelf {
    tell(open(Source::Server(None)).0, listed(numbers, None)).0
}

/// The same, and the list goes on.
fn with_older<const N: usize>(numbers: [u64; N]) -> Shelf {
    let older = numbers.last().copied();
    tell(open(Source::Server(None)).0, listed(numbers, older)).0
}

fn download(shelf: &Shelf, number: u64) -> Download {
    shelf.piece(id(number)).unwrap().download.clone()
}

fn player(shelf: &Shelf, number: u64) -> Player {
    shelf.piece(id(number)).unwrap().player.clone()
}

fn fate(shelf: &Shelf, number: u64) -> Fate {
    shelf.piece(id(number)).unwrap().fate.clone()
}

#[test]
fn a_list_is_asked_for_when_it_is_opened_and_page_by_page_after_that() {
    let (loading, first) = open(Source::Server(None));
    let (page, nothing) = tell(loading.clone(), listed([9, 8], Some(8)));
    let (more, second) = page.clone().next(Event::OlderWanted);
    let (all, _) = tell(more, listed([7], None));

    assert_eq!(loading.state(), &State::Loading);
    assert_eq!(first, [Effect::List(None)]);
    assert_eq!(nothing, []);
    assert!(page.has_older());
    assert_eq!(second, [Effect::List(Some(id(8)))]);
    assert_eq!(all.ids(), [id(9), id(8), id(7)]);
    assert!(!all.has_older());
}

#[test]
fn a_list_is_asked_for_once_at_a_time() {
    let loading = open(Source::Server(None)).0;

    for event in [Event::OlderWanted, Event::Retried] {
        let (same, effects) = loading.clone().next(event);

        assert_eq!((same, effects), (loading.clone(), vec![]));
    }
}

#[test]
fn an_empty_page_that_is_not_the_last_is_followed_by_the_next() {
    let loading = open(Source::Server(None)).0;

    let (shelf, effects) = tell(loading, listed([], Some(5)));

    assert_eq!(effects, [Effect::List(Some(id(5)))]);
    assert!(!shelf.is_empty());
    let (shelf, _) = tell(shelf, listed([], None));
    assert!(shelf.is_empty());
}

#[test]
fn what_failed_is_asked_for_again() {
    let page = tell(open(Source::Server(None)).0, listed([9], Some(9))).0;
    let older = page.next(Event::OlderWanted).0;

    let (failed, _) = tell(older, News::Listed(Err(Trouble::Away)));
    let (again, effects) = failed.clone().next(Event::Retried);

    assert_eq!(failed.state(), &State::Failed(Trouble::Away));
    assert_eq!(effects, [Effect::List(Some(id(9)))]);
    assert_eq!(again.ids(), [id(9)]);
}

#[test]
fn a_list_that_wants_a_key_asks_for_one() {
    let loading = open(Source::Server(None)).0;

    let (_, effects) = tell(loading, News::Listed(Err(Trouble::KeyRefused)));

    assert_eq!(effects, [Effect::AskKey]);
}

#[test]
fn remembered_recordings_are_looked_for_a_few_at_a_time() {
    let all = remembered((1..=45).rev());
    let (mut shelf, mut asked) = open(Source::Remembered(all));
    let mut batches = Vec::new();
    while let [Effect::LookUp(batch)] = &asked[..] {
        let numbers: Vec<u64> = batch.iter().map(|one| one.id.nanoseconds()).collect();
        batches.push(numbers.len());
        let page = tell(shelf, listed(numbers, None)).0;
        (shelf, asked) = page.next(Event::OlderWanted);
    }

    assert_eq!(batches, [20, 20, 5]);
    assert_eq!(shelf.ids().len(), 45);
    assert!(!shelf.has_older());
}

#[test]
fn a_remembered_recording_that_is_not_found_is_not_shown_and_not_forgotten() {
    let loading = open(Source::Remembered(remembered([2, 1]))).0;

    let (shelf, effects) = tell(loading, listed([2], None));

    assert_eq!(effects, []);
    assert_eq!(shelf.ids(), [id(2)]);
}

#[test]
fn nothing_remembered_is_an_empty_shelf() {
    let (loading, _) = open(Source::Remembered(Vec::new()));
    let shelf = tell(loading, listed([], None)).0;

    assert!(shelf.is_empty());
}

#[test]
fn news_of_an_earlier_visit_change_nothing() {
    let first = open(Source::Server(None)).0;
    let old = first.visit();
    let second = first.next(Event::Opened(Source::Server(None))).0;

    for news in [
        listed([1], None),
        News::Listed(Err(Trouble::Away)),
        News::Freshened(id(1), Purpose::Play, Ok(fresh())),
        News::Deleted(id(1), Err(Trouble::Away)),
    ] {
        let (same, effects) = second.clone().next(Event::News(old, news));

        assert_eq!((same, effects), (second.clone(), vec![]));
    }
    let gone = Event::News(old, News::Deleted(id(1), Ok(())));
    assert_eq!(
        second.clone().next(gone),
        (second, vec![Effect::Forget(id(1))])
    );
}

#[test]
fn a_shelf_that_is_closed_shows_nothing() {
    let (shelf, effects) = with([1]).next(Event::Closed);

    assert_eq!(effects, []);
    assert_eq!(shelf.state(), &State::Closed);
    assert_eq!(shelf.ids(), []);
}

#[test]
fn links_are_fetched_when_play_is_pressed() {
    let (opening, asks) = with([1]).next(Event::PlayPressed(id(1)));
    let (open, focuses) = tell(
        opening.clone(),
        News::Freshened(id(1), Purpose::Play, Ok(fresh())),
    );

    assert_eq!(
        asks,
        [Effect::Freshen(id(1), Purpose::Play, description(1))]
    );
    assert_eq!(player(&opening, 1), Player::Opening);
    assert_eq!(player(&open, 1), Player::Open(path("/a.caf?key=new")));
    assert_eq!(
        focuses,
        [
            Effect::Focus(Place::Player(id(1))),
            Effect::Draw(id(1), path("/a/peaks?key=new"))
        ]
    );
}

#[test]
fn a_player_that_opens_or_is_open_is_not_opened_again() {
    let opening = with([1]).next(Event::PlayPressed(id(1))).0;
    let open = tell(
        opening.clone(),
        News::Freshened(id(1), Purpose::Play, Ok(fresh())),
    )
    .0;

    for shelf in [opening, open] {
        let (same, effects) = shelf.clone().next(Event::PlayPressed(id(1)));

        assert_eq!((same, effects), (shelf, vec![]));
    }
}

#[test]
fn a_download_takes_the_file_as_it_was_recorded() {
    let (asked, asks) = with([1]).next(Event::DownloadPressed(id(1)));
    let (same, nothing) = asked.clone().next(Event::DownloadPressed(id(1)));
    let (shelf, effects) = tell(
        asked.clone(),
        News::Freshened(id(1), Purpose::Download, Ok(fresh())),
    );

    assert_eq!(
        asks,
        [Effect::Freshen(id(1), Purpose::Download, description(1))]
    );
    assert_eq!((same, nothing), (asked, vec![]));
    assert_eq!(effects, [Effect::Download(id(1), path("/a.ogg?key=new"))]);
    assert_eq!(download(&shelf, 1), Download::Idle);
}

#[test]
fn a_download_leaves_what_plays_alone_even_if_it_fails() {
    let opening = with([1]).next(Event::PlayPressed(id(1))).0;
    let playing = tell(opening, News::Freshened(id(1), Purpose::Play, Ok(fresh()))).0;
    let sound = player(&playing, 1);

    let asked = playing.next(Event::DownloadPressed(id(1))).0;
    let gone = News::Freshened(id(1), Purpose::Download, Err(Trouble::Gone));
    let (failed, effects) = tell(asked.clone(), gone);
    let (_, again) = failed.clone().next(Event::DownloadPressed(id(1)));

    assert_eq!(
        [player(&asked, 1), player(&failed, 1)],
        [sound.clone(), sound]
    );
    assert_eq!(download(&failed, 1), Download::Failed(Trouble::Gone));
    assert_eq!(effects, []);
    assert_eq!(
        again,
        [Effect::Freshen(id(1), Purpose::Download, description(1))]
    );
}

#[test]
fn the_focus_goes_on_from_a_button_that_is_gone() {
    let first = with_older([9, 8]);
    let older = first.next(Event::OlderWanted).0;
    let failed = tell(older.clone(), News::Listed(Err(Trouble::Away)));
    let retried = failed.0.clone().next(Event::Retried).0;
    let back = tell(retried, listed([7, 6], None));
    let nothing_new = tell(older, listed([9], None));

    assert_eq!(failed.1, [Effect::Focus(Place::Retry)]);
    assert_eq!(back.1, [Effect::Focus(Place::Piece(id(7)))]);
    assert_eq!(nothing_new.1, [Effect::Focus(Place::Top)]);
    let (_, unasked) = tell(open(Source::Server(None)).0, listed([9], None));
    assert_eq!(unasked, []);
}

#[test]
fn what_cannot_be_played_is_told_and_can_be_tried_again() {
    let silent = Fresh {
        playable: None,
        ..fresh()
    };
    for (fresh, trouble) in [
        (Err(Trouble::Gone), Trouble::Gone),
        (Ok(silent), Trouble::Unplayable),
    ] {
        let opening = with([1]).next(Event::PlayPressed(id(1))).0;

        let (failed, effects) = tell(opening, News::Freshened(id(1), Purpose::Play, fresh));
        let (_, again) = failed.clone().next(Event::PlayPressed(id(1)));

        assert_eq!(player(&failed, 1), Player::Failed(trouble));
        assert_eq!(effects, []);
        assert_eq!(
            again,
            [Effect::Freshen(id(1), Purpose::Play, description(1))]
        );
    }
}

#[test]
fn a_player_whose_link_ran_out_can_be_opened_again() {
    let opening = with([1]).next(Event::PlayPressed(id(1))).0;
    let open = tell(opening, News::Freshened(id(1), Purpose::Play, Ok(fresh()))).0;

    let (broken, _) = open.next(Event::PlayerBroke(id(1)));
    let (_, again) = broken.clone().next(Event::PlayPressed(id(1)));

    assert_eq!(player(&broken, 1), Player::Failed(Trouble::BrokeOff));
    assert_eq!(
        again,
        [Effect::Freshen(id(1), Purpose::Play, description(1))]
    );
}

#[test]
fn a_recording_is_deleted_after_one_question() {
    let (doubted, asks) = with([3, 2, 1]).next(Event::DeletePressed(id(2)));
    let (deleting, deletes) = doubted.clone().next(Event::DeleteConfirmed(id(2)));
    let (without, effects) = tell(deleting.clone(), News::Deleted(id(2), Ok(())));

    assert_eq!(fate(&doubted, 2), Fate::Doubted);
    assert_eq!(asks, [Effect::Focus(Place::Keep(id(2)))]);
    assert_eq!(fate(&deleting, 2), Fate::Deleting);
    assert_eq!(deletes, [Effect::Delete(id(2), deletion(2))]);
    assert_eq!(without.ids(), [id(3), id(1)]);
    assert_eq!(
        effects,
        [Effect::Forget(id(2)), Effect::Focus(Place::Piece(id(1)))]
    );
    let started_at = found(2).facts.started_at;
    assert_eq!(without.note(), Some(&Note::Deleted { started_at }));
}

#[test]
fn nothing_is_deleted_without_the_question() {
    let (shelf, effects) = with([1]).next(Event::DeleteConfirmed(id(1)));

    assert_eq!(fate(&shelf, 1), Fate::Kept);
    assert_eq!(effects, []);
}

#[test]
fn a_recording_can_be_kept_after_all() {
    let doubted = with([1]).next(Event::DeletePressed(id(1))).0;

    let (kept, effects) = doubted.next(Event::DeleteDropped(id(1)));

    assert_eq!(fate(&kept, 1), Fate::Kept);
    assert_eq!(effects, [Effect::Focus(Place::Delete(id(1)))]);
}

#[test]
fn a_deletion_that_failed_says_why_and_can_be_tried_again() {
    let asks = [Event::DeletePressed(id(1)), Event::DeleteConfirmed(id(1))];
    let deleting = told(with([1]), asks).0;

    let (failed, effects) = tell(deleting, News::Deleted(id(1), Err(Trouble::Live)));
    let (_, again) = failed.clone().next(Event::DeleteConfirmed(id(1)));

    assert_eq!(fate(&failed, 1), Fate::NotDeleted(Trouble::Live));
    assert_eq!(effects, [Effect::Focus(Place::Keep(id(1)))]);
    assert_eq!(again, [Effect::Delete(id(1), deletion(1))]);
}

#[test]
fn where_a_key_is_asked_for_the_focus_is_left_to_it() {
    let older = with_older([9]).next(Event::OlderWanted).0;
    let asks = [Event::DeletePressed(id(1)), Event::DeleteConfirmed(id(1))];
    let deleting = told(with([1]), asks).0;

    let (_, unlisted) = tell(older, News::Listed(Err(Trouble::KeyRefused)));
    let (_, undeleted) = tell(deleting, News::Deleted(id(1), Err(Trouble::KeyRefused)));

    assert_eq!(unlisted, [Effect::AskKey]);
    assert_eq!(undeleted, [Effect::AskKey]);
}

#[test]
fn a_recording_that_may_not_be_deleted_is_not_asked_about() {
    let mut live = found(1);
    live.facts.delete = None;
    let listed = Listed {
        found: vec![live],
        ..Listed::default()
    };
    let shelf = tell(open(Source::Server(None)).0, News::Listed(Ok(listed))).0;

    let (same, effects) = shelf.clone().next(Event::DeletePressed(id(1)));

    assert_eq!((same, effects), (shelf, vec![]));
}

#[test]
fn the_focus_finds_a_place_after_the_last_recording_is_deleted() {
    let deleted = |shelf: Shelf, number| {
        let asks = [
            Event::DeletePressed(id(number)),
            Event::DeleteConfirmed(id(number)),
        ];
        tell(told(shelf, asks).0, News::Deleted(id(number), Ok(())))
    };

    let (one, last_of_two) = deleted(with([2, 1]), 1);
    let (none, only_one) = deleted(one, 2);

    assert_eq!(
        last_of_two.last(),
        Some(&Effect::Focus(Place::Piece(id(2))))
    );
    assert_eq!(only_one.last(), Some(&Effect::Focus(Place::Top)));
    assert!(none.is_empty());
}

#[test]
fn what_another_shelf_deleted_is_gone_from_this_one() {
    let (shelf, effects) = with([2, 1]).next(Event::Gone(id(2)));

    assert_eq!(effects, []);
    assert_eq!(shelf.ids(), [id(1)]);
    assert_eq!(shelf.note(), None);
}

#[test]
fn the_first_form_that_the_browser_plays_is_chosen() {
    let facts = found(1).facts;
    let chosen = |types: &[&str]| {
        let plays = |media_type: &str| types.iter().any(|known| media_type.starts_with(known));
        facts.playable(plays).map(OwnPath::as_str)
    };

    assert_eq!(
        chosen(&["audio/ogg", "audio/x-caf", "audio/wav"]),
        Some("/a.ogg")
    );
    assert_eq!(chosen(&["audio/x-caf", "audio/wav"]), Some("/a.caf"));
    assert_eq!(chosen(&["audio/wav"]), Some("/a.wav"));
    assert_eq!(chosen(&["video/mp4"]), None);
}

#[test]
fn a_short_recording_is_drawn_unasked_and_a_long_one_when_it_is_played() {
    let with = |number, minutes: u64| {
        let mut found = found(number);
        found.facts.peaks = Some(path("/a/peaks"));
        found.facts.duration = Some(Duration::from_secs(60 * minutes));
        found
    };
    let page = Listed {
        found: vec![with(2, 5), with(1, 60)],
        older: None,
    };

    let (shelf, effects) = tell(open(Source::Server(None)).0, News::Listed(Ok(page)));
    let drawn = tell(shelf, News::Drawn(id(2), Some(Wave::default()))).0;

    assert_eq!(effects, [Effect::Draw(id(2), path("/a/peaks"))]);
    let drawing = |number| drawn.piece(id(number)).map(|piece| piece.drawing.clone());
    assert_eq!(drawing(2), Some(Drawing::Drawn(Wave::default())));
    assert_eq!(drawing(1), Some(Drawing::None));
}
