//! One recording: when, how long, in which state, and what can be done with it.

use leptos::prelude::*;
use shared::ConversationId;
use shared::about::AuthMode;

use super::icon::{Icon, Picture};
use super::waveform::{Seek, Speed, Waveform};
use crate::browser::element;
use crate::browser::local_time::local_time;
use crate::entrance::Entrance;
use crate::entrance::driver::Desk;
use crate::own_path::OwnPath;
use crate::shelf::driver::{Left, Shelves, Which, element_id, file_name};
use crate::shelf::{Download, Drawing, Event, Facts, Fate, Piece, Place, Player, Trouble};
use crate::text::call::clock;
use crate::text::recordings::of_recording;
use crate::text::{language, now};

/// Which recording of which shelf.
#[derive(Clone, Copy)]
struct Spot {
    shelves: Shelves,
    which: Which,
    id: ConversationId,
}

impl Spot {
    fn send(self, event: impl FnOnce(ConversationId) -> Event) {
        self.shelves.send(self.which, event(self.id));
    }

    fn test_id(self, what: &str) -> String {
        format!("{}-{what}", self.which.name())
    }

    fn element_id(self, place: impl FnOnce(ConversationId) -> Place) -> String {
        element_id(self.which, place(self.id))
    }
}

/// One recording of a list.
#[component]
pub fn PieceView(shelves: Shelves, which: Which, desk: Desk, id: ConversationId) -> impl IntoView {
    let spot = Spot { shelves, which, id };
    let shelf = shelves.shelf(which);
    let piece = Memo::new(move |_| shelf.with(|shelf| shelf.piece(id).cloned()));
    let facts = part(piece, |piece| piece.found.facts.clone());
    let row = move || {
        let facts = facts.get()?;
        let when = local_time(&facts.started_at);
        Some(view! {
            <About facts=facts.clone() when=when.clone()/>
            <Drawn spot piece/>
            <Actions spot piece facts desk when=when.clone()/>
            <Playing spot piece when=when.clone()/>
            <Deleting spot piece when/>
        })
    };
    view! {
        <li
            class="piece"
            id=spot.element_id(Place::Piece)
            tabindex="-1"
            data-testid=spot.test_id("piece")
            data-id=id.to_string()
        >
            {row}
        </li>
    }
}

fn part<T: Clone + PartialEq + Send + Sync + 'static>(
    piece: Memo<Option<Piece>>,
    part: impl Fn(&Piece) -> T + Send + Sync + 'static,
) -> Memo<Option<T>> {
    Memo::new(move |_| piece.with(|piece| piece.as_ref().map(&part)))
}

/// How it sounds, to the eye.
#[component]
fn Drawn(spot: Spot, piece: Memo<Option<Piece>>) -> impl IntoView {
    let drawing = part(piece, |piece| piece.drawing.clone());
    let waveform = move || match drawing.get() {
        Some(Drawing::Drawn(wave)) => {
            Some(view! { <Waveform wave test_id=spot.test_id("waveform")/> })
        }
        _ => None,
    };
    view! { {waveform} }
}

/// What it is.
#[component]
fn About(facts: Facts, when: String) -> impl IntoView {
    let Facts {
        id,
        started_at,
        duration,
        user_agent,
        bytes,
        ..
    } = facts.clone();
    let size = bytes.map(|bytes| {
        view! { <span class="size" data-testid="piece-size">{(now().player.size)(bytes)}</span> }
    });
    let length = duration.map(|duration| {
        view! {
            <span class="length" aria-label=now().recordings.length(duration)>{clock(duration)}</span>
        }
    });
    let live = facts.is_live().then(|| {
        view! {
            <span class="live">
                <span class="dot" aria-hidden="true"></span>
                {now().recordings.live}
            </span>
        }
    });
    // Text, whatever it holds.
    let caller = user_agent.map(|agent| format!("{id} · {agent}"));
    let caller = caller.unwrap_or_else(|| id.to_string());
    view! {
        <div class="facts">
            <p class="when">
                <time datetime=started_at>{when}</time>
                {length}
                {size}
                {live}
            </p>
            <p class="soft" data-testid="piece-status">{now().recordings.status(&facts)}</p>
            <p class="fine" title=caller>{caller.clone()}</p>
        </div>
    }
}

/// Play, download, delete.
#[component]
fn Actions(
    spot: Spot,
    piece: Memo<Option<Piece>>,
    facts: Facts,
    desk: Desk,
    when: String,
) -> impl IntoView {
    let player = part(piece, |piece| piece.player.clone());
    let fate = part(piece, |piece| piece.fate.clone());
    let play_label = of_recording(now().recordings.play, &when);
    let is_opening = move || matches!(player.get(), Some(Player::Opening));
    let is_open = move || matches!(player.get(), Some(Player::Open(_)));
    let has_audio = facts.audio.is_some();
    let play = move || {
        (has_audio && !is_open()).then(|| {
            view! {
                <button
                    class="plain"
                    type="button"
                    data-testid=spot.test_id("play")
                    aria-label=play_label.clone()
                    // It keeps the focus, so it is not disabled while it opens.
                    aria-disabled=move || is_opening().to_string()
                    on:click=move |_| spot.send(Event::PlayPressed)
                >
                    <Icon picture=Picture::Play/>
                    {now().recordings.play}
                </button>
            }
        })
    };
    let download = facts
        .audio
        .map(|path| view! { <DownloadLink spot desk path when=when.clone()/> });
    let may_delete = facts.delete.is_some();
    let label = match spot.which {
        Which::Latest => now().recordings.delete_mine,
        Which::All => now().recordings.delete,
    };
    let delete_label = of_recording(label, &when);
    let delete = move || {
        (may_delete && fate.get() == Some(Fate::Kept)).then(|| {
            view! {
                <button
                    class="plain"
                    type="button"
                    id=spot.element_id(Place::Delete)
                    data-testid=spot.test_id("delete")
                    aria-label=delete_label.clone()
                    on:click=move |_| spot.send(Event::DeletePressed)
                >
                    <Icon picture=Picture::Bin/>
                    {label}
                </button>
            }
        })
    };
    view! { <div class="actions">{play} {download} {delete}</div> }
}

/// A plain link, but where links are good for minutes only a fresh one is fetched.
#[component]
fn DownloadLink(spot: Spot, desk: Desk, path: OwnPath, when: String) -> impl IntoView {
    let auth = desk.entrance().with_untracked(Entrance::auth);
    view! {
        <a
            class="plain"
            data-testid=spot.test_id("link")
            href=path.as_str().to_owned()
            download=file_name(spot.id)
            aria-label=of_recording(now().recordings.download, &when)
            on:click=move |event| {
                if auth != AuthMode::None {
                    event.prevent_default();
                    spot.send(Event::DownloadPressed);
                }
            }
        >
            <Icon picture=Picture::Download/>
            {now().recordings.download}
        </a>
    }
}

/// The player, once it is wanted, or why there is none.
#[component]
fn Playing(spot: Spot, piece: Memo<Option<Piece>>, when: String) -> impl IntoView {
    let player = part(piece, |piece| piece.player.clone());
    let seconds = piece.with_untracked(|piece| {
        let facts = piece.as_ref().map(|piece| &piece.found.facts);
        facts.and_then(|facts| facts.duration)
    });
    let sound = move || match player.get() {
        Some(Player::Open(path)) => {
            let id = spot.element_id(Place::Player);
            let (place, set_place) = signal(0.0);
            let played = id.clone();
            let left = spot.shelves.take_left(&id);
            go_on_in_another_language(spot.shelves, id.clone());
            let seek = seconds.map(|seconds| {
                let seconds = seconds.as_secs_f64();
                let test_id = spot.test_id("seek");
                view! { <Seek player=id.clone() seconds place test_id/> }
            });
            Some(view! {
            {seek}
            <audio
                class="player"
                id=id.clone()
                data-testid=spot.test_id("player")
                aria-label=of_recording(now().page.your_recording, &when)
                controls
                autoplay=!left.is_some_and(|left| left.is_paused)
                src=from(&path, left)
                on:timeupdate=move |_| set_place.set(element::second_of(&played))
                on:error=move |_| spot.send(Event::PlayerBroke)
            ></audio>
            <Speed player=id test_id=spot.test_id("speed")/>
            })
        }
        _ => None,
    };
    let said = move || match player.get() {
        Some(Player::Opening) => Some(opening()),
        Some(Player::Failed(trouble)) => Some(fault(now().recordings.trouble(&trouble))),
        Some(Player::Closed | Player::Open(_)) | None => None,
    };
    let download = part(piece, |piece| piece.download.clone());
    let said_of_file = move || match download.get()? {
        Download::Idle => None,
        Download::Asked => Some(opening()),
        Download::Failed(trouble) => Some(fault(now().recordings.trouble(&trouble))),
    };
    view! {
        {sound}
        <div class="said" role="status">
            {said}
            {said_of_file}
        </div>
    }
}

/// Where the player is, is kept while the page is drawn anew.
fn go_on_in_another_language(shelves: Shelves, player: String) {
    let spoken = language();
    on_cleanup(move || {
        if language() != spoken {
            shelves.keep_place(player);
        }
    });
}

/// The sound at that path, from where a player left it (Media Fragments URI 1.0 §4.2.1).
fn from(path: &OwnPath, left: Option<Left>) -> String {
    match left {
        Some(Left { second, .. }) => format!("{}#t={second:.2}", path.as_str()),
        None => path.as_str().to_owned(),
    }
}

fn opening() -> AnyView {
    view! { <p class="soft">{now().recordings.opening}</p> }.into_any()
}

fn fault(sentence: String) -> AnyView {
    view! { <p class="fault">{sentence}</p> }.into_any()
}

/// The one question, and what came of it.
#[component]
fn Deleting(spot: Spot, piece: Memo<Option<Piece>>, when: String) -> impl IntoView {
    let fate = part(piece, |piece| piece.fate.clone());
    let question = move || match fate.get()? {
        Fate::Kept => None,
        Fate::Doubted => Some(ask(spot, &when, None)),
        Fate::NotDeleted(trouble) => Some(ask(spot, &when, Some(&trouble))),
        Fate::Deleting => {
            Some(view! { <p class="soft">{now().recordings.deleting}</p> }.into_any())
        }
    };
    view! {
        <div class="said" role="status">
            {question}
        </div>
    }
}

fn ask(spot: Spot, when: &str, trouble: Option<&Trouble>) -> AnyView {
    let (sentence, go_on) = match trouble {
        None => (
            now().recordings.doubt.to_owned(),
            now().recordings.really_delete,
        ),
        Some(trouble) => (
            now().recordings.why_not_deleted(trouble),
            now().recordings.try_again,
        ),
    };
    let class = if trouble.is_some() { "fault" } else { "doubt" };
    view! {
        <div class="question" role="group" aria-label=of_recording(now().recordings.delete, when)>
            <p class=class data-testid=spot.test_id("question")>{sentence}</p>
            <div class="actions">
                <button
                    class="plain danger"
                    type="button"
                    data-testid=spot.test_id("confirm")
                    on:click=move |_| spot.send(Event::DeleteConfirmed)
                >
                    <Icon picture=Picture::Bin/>
                    {go_on}
                </button>
                <button
                    class="plain"
                    type="button"
                    id=spot.element_id(Place::Keep)
                    data-testid=spot.test_id("keep")
                    on:click=move |_| spot.send(Event::DeleteDropped)
                >
                    {now().recordings.keep}
                </button>
            </div>
        </div>
    }
    .into_any()
}
