//! `GET /conversations/<id>/user_audio.ogg`: a recording, whole or in ranges.

use std::fs::{File, Metadata};
use std::future::{Ready, ready};
use std::io::{self, SeekFrom};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::response::{IntoResponse, Response};
use shared::ConversationId;
use shared::signaling::OGG_OPUS;
use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};
use tower::ServiceExt;
use tower_http::services::{ServeDir, fs};

use super::AppState;
use super::asker::By;
use super::problem::Failure;
use crate::access::Asker;

/// Matches [`shared::signaling::recording_path`].
pub(super) const ROUTE: &str = "/conversations/{id}/user_audio.ogg";

/// Serves a recording.
pub(super) async fn recording(
    State(state): State<AppState>,
    By(asker): By,
    id: Result<Path<String>, PathRejection>,
    mut request: Request,
) -> Result<Response, Failure> {
    let Path(id) = id.map_err(|_| Failure::NoRecording)?;
    let id: ConversationId = id.parse().map_err(|_| Failure::NoRecording)?;
    asker.may_play(id, owner(&state, &asker, id).await?.as_deref())?;
    let opened = tokio::task::spawn_blocking(move || state.storage.open(id)).await;
    let (file, metadata) = match opened.map_err(|_| Failure::Panic)? {
        Ok(opened) => opened,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Failure::NoRecording),
        Err(error) => return Err(Failure::Disk(error)),
    };
    let recording = Recording {
        file: Arc::new(file),
        metadata,
    };
    drop_outdated_range(&recording, request.headers_mut()).await;
    Ok(recording.serve(request).await)
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
    let metadata = tokio::task::spawn_blocking(move || storage.metadata(id)).await;
    // What has no description that we understand is nobody's.
    let metadata = metadata.map_err(|_| Failure::Panic)?.ok();
    Ok(metadata.and_then(|metadata| metadata.client.owner))
}

/// RFC 9110 §13.1.5: a range of another version is worth nothing, so all of this one is sent.
async fn drop_outdated_range(recording: &Recording, headers: &mut HeaderMap) {
    let Some(version) = headers.remove(header::IF_RANGE) else {
        return;
    };
    let mut question = Request::default();
    *question.method_mut() = Method::HEAD;
    let now = recording.serve(question).await;
    let is_current = [header::ETAG, header::LAST_MODIFIED]
        .into_iter()
        .any(|validator| now.headers().get(validator) == Some(&version));
    if !is_current {
        headers.remove(header::RANGE);
    }
}

/// The one file that a request is about. No path of the request opens anything.
#[derive(Clone)]
struct Recording {
    file: Arc<File>,
    metadata: Metadata,
}

impl Recording {
    async fn serve(&self, mut request: Request) -> Response {
        *request.uri_mut() = Uri::from_static("/recording");
        let files = ServeDir::with_backend("", self.clone()).ignore_multi_range_requests(true);
        let Ok(response) = files.oneshot(request).await;
        let mut response = response.into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(OGG_OPUS));
        // It may still be growing.
        headers.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-cache"),
        );
        response
    }
}

impl fs::Backend for Recording {
    type File = Reader;
    type Metadata = Metadata;
    type OpenFuture = Ready<io::Result<Reader>>;
    type MetadataFuture = Ready<io::Result<Metadata>>;

    fn open(&self, _: PathBuf) -> Self::OpenFuture {
        let metadata = self.metadata.clone();
        ready(self.file.try_clone().map(|file| Reader {
            file: tokio::fs::File::from_std(file),
            metadata,
        }))
    }

    fn metadata(&self, _: PathBuf) -> Self::MetadataFuture {
        ready(Ok(self.metadata.clone()))
    }
}

/// Reads a recording as it was when the request came.
struct Reader {
    file: tokio::fs::File,
    metadata: Metadata,
}

impl fs::File for Reader {
    type Metadata = Metadata;
    type MetadataFuture<'a> = Ready<io::Result<Metadata>>;

    fn metadata(&self) -> Self::MetadataFuture<'_> {
        ready(Ok(self.metadata.clone()))
    }
}

impl AsyncRead for Reader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.file).poll_read(cx, buffer)
    }
}

impl AsyncSeek for Reader {
    fn start_seek(mut self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        Pin::new(&mut self.file).start_seek(position)
    }

    fn poll_complete(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Pin::new(&mut self.file).poll_complete(cx)
    }
}
