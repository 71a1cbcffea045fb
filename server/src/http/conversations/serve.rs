//! One file of a recording, whole or in ranges: as it lies there, or in a form that is made while it
//! is read.

use std::fs::File;
use std::future::{Ready, ready};
use std::io::{self, SeekFrom};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::SystemTime;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};
use tower::ServiceExt;
use tower_http::services::{ServeDir, fs};

use super::kitchen::Kitchen;
use super::range;
use crate::forms::caf::Caf;
use crate::forms::wav::Wav;
use crate::forms::{Form, FormError};
use crate::http::disk::DiskWork;
use crate::http::problem::Failure;
use crate::storage::{Opened, PacketReader, Stored};

/// How a recording is handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// As it lies there.
    AsItIs(&'static str),
    Wav,
    Caf,
}

impl Kind {
    fn media_type(self) -> &'static str {
        match self {
            Self::AsItIs(media_type) => media_type,
            Self::Wav => "audio/wav",
            Self::Caf => "audio/x-caf",
        }
    }
}

/// Where a piece is read or made, by few at once and with a deadline.
#[derive(Clone)]
pub(super) enum Workplace {
    /// What lies there is read.
    Disk(DiskWork),
    /// Another form is made.
    Kitchen(Kitchen),
}

impl Workplace {
    /// Does one piece of an answer that has begun.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        match self {
            Self::Disk(disk) => disk.run(work).await.map_err(|failure| match failure {
                Failure::SlowDisk => io::ErrorKind::TimedOut,
                _ => io::ErrorKind::Other,
            })?,
            Self::Kitchen(kitchen) => {
                let place = kitchen.next_place().await?;
                kitchen.work(place, work).await?
            }
        }
    }
}

/// The one file that a request is about. No path of the request opens anything.
#[derive(Clone)]
pub(super) struct Served {
    file: Arc<File>,
    kind: Kind,
    facts: Facts,
    /// What was made to know how long it is serves who opens it first: it reads the whole file.
    made: Arc<Mutex<Option<Box<dyn Form>>>>,
    workplace: Workplace,
}

/// What a version of it is known by.
#[derive(Clone, Copy)]
pub(super) struct Facts {
    modified: SystemTime,
    /// As it is handed out.
    bytes: u64,
    /// As it lies there, as far as it is handed out.
    stored_bytes: u64,
}

impl Served {
    /// Reads the file once, if that is needed to know how long its other form is. Blocks.
    pub(super) fn new(opened: Opened, kind: Kind, workplace: Workplace) -> Result<Self, FormError> {
        let Opened {
            file,
            modified,
            bytes,
        } = opened;
        if bytes == 0 {
            return Err(FormError::Empty);
        }
        let mut served = Self {
            file: Arc::new(file),
            kind,
            facts: Facts {
                modified,
                bytes,
                stored_bytes: bytes,
            },
            made: Arc::default(),
            workplace,
        };
        let form = served.form()?;
        served.facts.bytes = form.bytes();
        *served.lock_made() = Some(form);
        Ok(served)
    }

    /// Answers a request for it.
    pub(super) async fn answer(&self, mut request: Request) -> Response {
        range::clean(
            &request.method().clone(),
            request.headers_mut(),
            self.facts.bytes,
        );
        self.drop_outdated_range(request.headers_mut()).await;
        let response = self.serve(request).await;
        let failure = match response.status() {
            StatusCode::PRECONDITION_FAILED => Failure::OtherVersion,
            StatusCode::RANGE_NOT_SATISFIABLE => Failure::NoSuchRange(self.facts.bytes),
            status if status.is_server_error() => Failure::Disk(io::ErrorKind::Other.into()),
            _ => return response,
        };
        failure.into_response()
    }

    /// RFC 9110 §13.1.5: a range of another version is worth nothing, so all of this one is sent.
    async fn drop_outdated_range(&self, headers: &mut HeaderMap) {
        let Some(version) = headers.remove(header::IF_RANGE) else {
            return;
        };
        let mut question = Request::default();
        *question.method_mut() = Method::HEAD;
        let now = self.serve(question).await;
        // A weak one is never good enough, and a date would be one while the recording grows.
        let is_weak = version.as_bytes().starts_with(b"W/");
        if is_weak || now.headers().get(header::ETAG) != Some(&version) {
            headers.remove(header::RANGE);
        }
    }

    async fn serve(&self, mut request: Request) -> Response {
        *request.uri_mut() = Uri::from_static("/recording");
        let files = ServeDir::with_backend("", self.clone());
        let Ok(response) = files.oneshot(request).await;
        let mut response = response.into_response();
        let headers = response.headers_mut();
        let media_type = HeaderValue::from_static(self.kind.media_type());
        headers.insert(header::CONTENT_TYPE, media_type);
        // A range of it is decoded from where a decoder knows less than it would have (RFC 9110
        // §8.8.1: that is no strong validator).
        let etag = headers.get(header::ETAG).filter(|_| self.kind == Kind::Wav);
        let weak =
            etag.and_then(|etag| HeaderValue::try_from(format!("W/{}", etag.to_str().ok()?)).ok());
        if let Some(weak) = weak {
            headers.insert(header::ETAG, weak);
        }
        // It may still be growing.
        headers.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-cache"),
        );
        response
    }

    fn form(&self) -> Result<Box<dyn Form>, FormError> {
        let packets = || -> io::Result<PacketReader> {
            let file = self.file.try_clone()?;
            Ok(PacketReader::new(file, self.facts.stored_bytes))
        };
        Ok(match self.kind {
            Kind::AsItIs(_) => {
                Box::new(Stored::new(Arc::clone(&self.file), self.facts.stored_bytes))
            }
            Kind::Wav => Box::new(Wav::new(packets()?)?),
            Kind::Caf => Box::new(Caf::new(packets()?)?),
        })
    }

    fn is_made(&self) -> bool {
        self.lock_made().is_some()
    }

    fn lock_made(&self) -> MutexGuard<'_, Option<Box<dyn Form>>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open_blocking(&self) -> io::Result<Reader> {
        let made = self.lock_made().take();
        let form = match made {
            None => self.form().map_err(io::Error::other)?,
            Some(made) => made,
        };
        Ok(Reader {
            workplace: self.workplace.clone(),
            facts: self.facts,
            form: Some(form),
            making: None,
            at: 0,
            piece: Vec::new(),
            read: 0,
        })
    }
}

impl fs::Metadata for Facts {
    fn is_dir(&self) -> bool {
        false
    }

    fn modified(&self) -> io::Result<SystemTime> {
        Ok(self.modified)
    }

    fn len(&self) -> u64 {
        self.bytes
    }
}

impl fs::Backend for Served {
    type File = Reader;
    type Metadata = Facts;
    type OpenFuture = Pin<Box<dyn Future<Output = io::Result<Reader>> + Send>>;
    type MetadataFuture = Ready<io::Result<Facts>>;

    fn open(&self, _: PathBuf) -> Self::OpenFuture {
        let this = self.clone();
        Box::pin(async move {
            // That does not ask the disk.
            if this.is_made() {
                return this.open_blocking();
            }
            let workplace = this.workplace.clone();
            workplace.work(move || this.open_blocking()).await
        })
    }

    fn metadata(&self, _: PathBuf) -> Self::MetadataFuture {
        ready(Ok(self.facts))
    }
}

/// Gives the form back with the next piece.
type Making = Pin<Box<dyn Future<Output = io::Result<(Box<dyn Form>, Vec<u8>)>> + Send + Sync>>;

/// Reads it as it was when the request came, piece by piece, each in a place where that may take its
/// time: whoever reads slowly has none.
pub(super) struct Reader {
    workplace: Workplace,
    facts: Facts,
    /// Absent while a piece is made.
    form: Option<Box<dyn Form>>,
    making: Option<Making>,
    /// Where the next byte is read.
    at: u64,
    piece: Vec<u8>,
    /// How much of the piece was read.
    read: usize,
}

impl fs::File for Reader {
    type Metadata = Facts;
    type MetadataFuture<'a> = Ready<io::Result<Facts>>;

    fn metadata(&self) -> Self::MetadataFuture<'_> {
        ready(Ok(self.facts))
    }
}

impl AsyncRead for Reader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            let rest = this.piece.get(this.read..).unwrap_or_default();
            if !rest.is_empty() {
                let count = rest.len().min(buffer.remaining());
                buffer.put_slice(rest.get(..count).unwrap_or_default());
                this.read += count;
                this.at += count as u64;
                return Poll::Ready(Ok(()));
            }
            if let Some(form) = this.form.take() {
                let piece = std::mem::take(&mut this.piece);
                this.making = Some(make(this.workplace.clone(), form, piece, this.at));
            }
            let Some(making) = &mut this.making else {
                return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
            };
            let made = std::task::ready!(making.as_mut().poll(cx));
            this.making = None;
            let (form, piece) = made?;
            this.form = Some(form);
            this.piece = piece;
            this.read = 0;
            if this.piece.is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl AsyncSeek for Reader {
    fn start_seek(mut self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        let at = match position {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.facts.bytes.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        self.piece.clear();
        self.read = 0;
        Ok(())
    }

    fn poll_complete(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Poll::Ready(Ok(self.at))
    }
}

fn make(workplace: Workplace, mut form: Box<dyn Form>, mut piece: Vec<u8>, at: u64) -> Making {
    Box::pin(async move {
        let making = workplace.work(move || {
            piece.clear();
            form.read(at, &mut piece)?;
            Ok((form, piece))
        });
        making.await
    })
}
