//! The conversation's number, and its recording once the call is over.

use leptos::prelude::*;
use shared::ConversationId;
use shared::signaling::{OGG_OPUS, recording_path};

use super::icon::{Icon, Picture};
use crate::browser::speaker::can_play;
use crate::call::driver::Driver;
use crate::call::{Event, Recording};
use crate::text;

/// What remains of a call.
#[component]
pub fn Details(driver: Driver) -> impl IntoView {
    let call = driver.call();
    let conversation = Memo::new(move |_| call.with(|call| call.conversation()));
    let recording = Memo::new(move |_| {
        call.with(|call| {
            call.summary()
                .map_or(Recording::None, |summary| summary.recording)
        })
    });
    let details = move || {
        let id = conversation.get()?;
        Some(view! {
            <section class="card details" aria-label=text::page::CONVERSATION>
                <h2>{text::page::CONVERSATION}</h2>
                <p class="number" data-testid="conversation-id">{id.to_string()}</p>
                <p class="recording" role="status">
                    {move || text::recording(recording.get())}
                </p>
                <Show when=move || recording.get() == Recording::Ready>
                    <Player id/>
                </Show>
                <Show when=move || recording.get() == Recording::OutOfReach>
                    <button
                        class="plain"
                        type="button"
                        data-testid="look-again"
                        on:click=move |_| driver.send(Event::LookedAgain)
                    >
                        {text::LOOK_AGAIN}
                    </button>
                </Show>
            </section>
        })
    };
    view! { {details} }
}

#[component]
fn Player(id: ConversationId) -> impl IntoView {
    let path = recording_path(id);
    let player = if can_play(OGG_OPUS) {
        view! {
            <audio
                class="player"
                aria-label=text::page::YOUR_RECORDING
                controls
                preload="metadata"
                src=path.clone()
            ></audio>
        }
        .into_any()
    } else {
        view! { <p>{text::CANNOT_PLAY}</p> }.into_any()
    };
    view! {
        {player}
        <a
            class="plain"
            data-testid="recording-link"
            href=path
            download=format!("voicechat-{id}.ogg")
        >
            <Icon picture=Picture::Download/>
            {text::page::DOWNLOAD}
        </a>
    }
}
