//! Recordings: `GET /conversations` lists them, `GET /conversations/<id>` describes one, and below it
//! are its audio and its waveform. `DELETE` removes all of it.

mod kitchen;
mod list;
mod range;
mod serve;

use std::io;
use std::time::SystemTime;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use shared::ConversationId;
use shared::recording::{Metadata, RecordingStatus};
use shared::recordings::{Links, Recording};
use shared::signaling::{OGG_OPUS, conversation_path, peaks_path, recording_path};

use super::AppState;
use super::asker::By;
use super::problem::Failure;
use crate::access::Asker;
use crate::conversations::DeleteError;
use crate::forms::FormError;
use crate::retention::Reason;
use crate::storage::{ReadMetadataError, Storage};
pub(super) use kitchen::Kitchen;
pub(super) use list::list;
use serve::{Kind, Served, Workplace};

/// Match what [`shared::signaling`] makes.
pub(super) const ROUTE: &str = "/conversations/{id}";
pub(super) const AUDIO_ROUTE: &str = "/conversations/{id}/user_audio.ogg";
pub(super) const PEAKS_ROUTE: &str = "/conversations/{id}/peaks";

const PEAKS: &str = "application/octet-stream";
const NEVER_STORED: [(HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];

type Id = Result<Path<String>, PathRejection>;

/// What a query may say of the audio.
#[derive(Deserialize)]
struct Wishes {
    format: Option<String>,
}

/// Tells what is known of a recording.
pub(super) async fn describe(
    State(state): State<AppState>,
    By(asker): By,
    id: Id,
) -> Result<Response, Failure> {
    let id = parse(id)?;
    // Whoever is judged by what he shows alone does not have the disk asked.
    if !asker.is_limited_to_own() && !asker.sees(id, None) {
        return Err(Failure::NoRecording);
    }
    let disk = state.disk.clone();
    let described = disk.run(move || {
        let metadata = read(&state.storage, id)?.ok_or(Failure::NoRecording)?;
        if !asker.sees(id, metadata.client.owner.as_deref()) {
            return Err(Failure::NoRecording);
        }
        Ok(recording(&state, &asker, metadata))
    });
    Ok((NEVER_STORED, Json(described.await??)).into_response())
}

/// Serves the audio in the form that is wished for.
pub(super) async fn audio(
    State(state): State<AppState>,
    By(asker): By,
    id: Id,
    request: Request,
) -> Result<Response, Failure> {
    let id = parse(id)?;
    may_play(&state, &asker, id).await?;
    let wishes = Query::<Wishes>::try_from_uri(request.uri());
    let format = wishes.map(|Query(wishes)| wishes.format);
    let kind = match format.as_ref().map(Option::as_deref) {
        Ok(None | Some("ogg")) => Kind::AsItIs(OGG_OPUS),
        Ok(Some("wav")) => Kind::Wav,
        Ok(Some("caf")) => Kind::Caf,
        Ok(Some(_)) | Err(_) => return Err(Failure::BadQuery("format is ogg, wav or caf")),
    };
    let storage = state.storage;
    let open = move |workplace| {
        let opened = storage.open_whole(id).map_err(of_file)?;
        Served::new(opened, kind, workplace).map_err(of_form)
    };
    let served = match kind {
        Kind::AsItIs(_) => {
            let workplace = Workplace::Disk(state.disk.clone());
            state.disk.run(move || open(workplace)).await??
        }
        Kind::Wav | Kind::Caf => {
            let place = state.kitchen.place().await;
            let place = place.map_err(|_| Failure::TooManyForms)?;
            let workplace = Workplace::Kitchen(state.kitchen.clone());
            let opening = state.kitchen.work(place, move || open(workplace));
            opening.await.map_err(of_file)??
        }
    };
    Ok(served.answer(request).await)
}

/// Serves the waveform.
pub(super) async fn peaks(
    State(state): State<AppState>,
    By(asker): By,
    id: Id,
    request: Request,
) -> Result<Response, Failure> {
    let id = parse(id)?;
    may_play(&state, &asker, id).await?;
    let workplace = Workplace::Disk(state.disk.clone());
    let opened = state.disk.run(move || {
        let opened = state.storage.open_peaks(id).map_err(of_file)?;
        Served::new(opened, Kind::AsItIs(PEAKS), workplace).map_err(of_form)
    });
    let served = opened.await??;
    Ok(served.answer(request).await)
}

/// Deletes a recording.
pub(super) async fn delete(
    State(state): State<AppState>,
    By(asker): By,
    id: Id,
) -> Result<StatusCode, Failure> {
    let id = parse(id)?;
    asker.may_delete(id, owner(&state, &asker, id).await?.as_deref())?;
    let disk = state.disk.clone();
    let deleting = disk.run(move || {
        let deleted = state.conversations.delete_recording(&state.storage, id);
        // Here, for it may be done after whoever asked was sent away.
        match &deleted {
            Ok(()) => state.rules.metrics.count_deleted(Reason::Asked),
            Err(DeleteError::Disk(_)) => state.rules.metrics.count_delete_failures(1),
            Err(DeleteError::NotFound | DeleteError::Live) => {}
        }
        deleted
    });
    match deleting.await? {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(DeleteError::NotFound) => Err(Failure::NoRecording),
        Err(DeleteError::Live) => Err(Failure::LiveRecording),
        Err(DeleteError::Disk(error)) => Err(Failure::Disk(error)),
    }
}

/// A recording with the links that `asker` may follow.
///
/// Blocks: the disk knows whether there are peaks.
fn recording(state: &AppState, asker: &Asker, metadata: Metadata) -> Recording {
    let links = links(state, asker, &metadata);
    Recording { metadata, links }
}

fn links(state: &AppState, asker: &Asker, metadata: &Metadata) -> Links {
    let (id, owner) = (metadata.conversation_id, metadata.client.owner.as_deref());
    let access = &state.rules.access;
    let mut links = Links::default();
    if asker.may_play(id, owner).is_ok() {
        let key = access.link_key(asker, id, SystemTime::now());
        let with_key = |path: String, rest: &str| match &key {
            Some(key) if rest.is_empty() => format!("{path}?key={key}"),
            Some(key) => format!("{path}?{rest}&key={key}"),
            None if rest.is_empty() => path,
            None => format!("{path}?{rest}"),
        };
        let has_audio = !matches!(
            metadata.status,
            RecordingStatus::Empty | RecordingStatus::Refused
        );
        if has_audio {
            links.audio = Some(with_key(recording_path(id), ""));
            links.wav = Some(with_key(recording_path(id), "format=wav"));
            links.caf = Some(with_key(recording_path(id), "format=caf"));
        }
        if state.storage.has_peaks(id) {
            links.peaks = Some(with_key(peaks_path(id), ""));
        }
    }
    let is_live =
        metadata.status == RecordingStatus::Recording || state.conversations.is_active(id);
    if !is_live && asker.may_delete(id, owner).is_ok() {
        links.delete = Some(match access.callers_key(id) {
            Some(key) => format!("{}?key={key}", conversation_path(id)),
            None => conversation_path(id),
        });
    }
    links
}

fn parse(id: Id) -> Result<ConversationId, Failure> {
    let Path(id) = id.map_err(|_| Failure::NoRecording)?;
    id.parse().map_err(|_| Failure::NoRecording)
}

async fn may_play(state: &AppState, asker: &Asker, id: ConversationId) -> Result<(), Failure> {
    Ok(asker.may_play(id, owner(state, asker, id).await?.as_deref())?)
}

/// Whose recording it is, where that matters.
async fn owner(
    state: &AppState,
    asker: &Asker,
    id: ConversationId,
) -> Result<Option<String>, Failure> {
    if !asker.is_limited_to_own() {
        return Ok(None);
    }
    let storage = state.storage.clone();
    let metadata = state.disk.run(move || read(&storage, id)).await??;
    Ok(metadata.and_then(|metadata| metadata.client.owner))
}

/// The description of a recording. What has none that we understand is nobody's, and described to
/// nobody. Blocks.
fn read(storage: &Storage, id: ConversationId) -> Result<Option<Metadata>, Failure> {
    match storage.metadata(id) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(ReadMetadataError::Disk(error)) if error.kind() != io::ErrorKind::NotFound => {
            Err(Failure::Disk(error))
        }
        Err(_) => Ok(None),
    }
}

fn of_file(error: io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::NotFound => Failure::NoRecording,
        io::ErrorKind::TimedOut => Failure::SlowDisk,
        _ => Failure::Disk(error),
    }
}

fn of_form(error: FormError) -> Failure {
    match error {
        FormError::Empty => Failure::NoRecording,
        FormError::TooLong => Failure::TooLongForForm,
        FormError::Disk(error) => of_file(error),
    }
}
