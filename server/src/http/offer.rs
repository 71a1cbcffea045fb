//! `POST /webrtc`: an offer comes, an answer goes. What is published by `POST /whip` begins here, too.

use std::time::Duration;

use axum::body::HttpBody;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{FromRequest, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Deserialize;
use shared::about::RecordingPolicy;
use shared::recording::Client;
use shared::signaling::{CONVERSATION_ID_HEADER, OFFER_PATH, RECORDING_HEADER, SDP, WHIP_PATH};
use tracing::Instrument;

use super::AppState;
use super::asker::By;
use super::doors::client::Counted;
use super::problem::Failure;
use crate::access::Asker;
use crate::conversations::{Caller, Started};
use crate::peer::offer::{MAX_OFFER_BYTES, Offer, OfferError};

/// An offer is one or two packets; who takes longer keeps a connection busy for nothing.
pub(super) const BODY_DEADLINE: Duration = Duration::from_secs(5);

/// Those of browsers have about 120.
const MAX_USER_AGENT_CHARS: usize = 256;

/// What a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// To be heard again, and to be recorded if that is wanted.
    Echo,
    /// To be recorded alone.
    Publish,
}

/// What an offer's query may say.
#[derive(Deserialize)]
struct Wishes {
    /// Whether the call is to be recorded.
    record: Option<bool>,
}

/// Answers an offer.
pub(super) async fn answer(
    State(state): State<AppState>,
    By(asker): By,
    request: Request,
) -> Result<Response, Failure> {
    begin(state, &asker, Kind::Echo, request).await
}

/// Begins a call, if whoever asks may.
pub(super) async fn begin(
    state: AppState,
    asker: &Asker,
    kind: Kind,
    request: Request,
) -> Result<Response, Failure> {
    let wishes = Query::<Wishes>::try_from_uri(request.uri());
    let Query(wishes) = wishes.map_err(|_| Failure::BadQuery("record is true or false"))?;
    let is_recorded = is_recorded(state.rules.recording, kind, wishes.record, asker)?;
    if !is_of_type(request.headers(), SDP) {
        return Err(Failure::MediaType);
    }
    let client = Client {
        user_agent: user_agent(request.headers()),
        owner: asker.owner().map(str::to_owned),
    };
    let counted = request.extensions().get::<Counted>();
    let counts_for = counted.and_then(|counted| counted.0);
    let body = read(request, BODY_DEADLINE).await?;
    let mut offer = Offer::parse(&body.ok_or(OfferError::TooLarge)?)?;
    if kind == Kind::Publish {
        offer.publish().map_err(OfferError::from)?;
    }
    let conversations = state.conversations.clone();
    let caller = Caller {
        client,
        counts_for,
        is_recorded,
    };
    // A task of its own: axum drops this future when the caller hangs up, and what was begun
    // then must still be finished. Its conversation ends by the deadline for connecting.
    let starting = async move { conversations.start(&offer, caller).await };
    let started = state.tasks.spawn(starting.in_current_span()).await;
    Ok(respond(
        started.map_err(|_| Failure::Panic)??,
        kind,
        is_recorded,
    ))
}

/// Whether a call is recorded: by the server's rule, by its caller's wish, and by his rights.
fn is_recorded(
    policy: RecordingPolicy,
    kind: Kind,
    wish: Option<bool>,
    asker: &Asker,
) -> Result<bool, Failure> {
    let is_recorded = match (policy, kind) {
        (RecordingPolicy::Never, Kind::Publish) => return Err(Failure::RecordingOff),
        (RecordingPolicy::Never, Kind::Echo) => false,
        // Whoever says no is not recorded; if he would have to be, he does not call.
        (_, Kind::Publish) | (RecordingPolicy::Always, _) if wish == Some(false) => {
            return Err(Failure::RecordingRequired);
        }
        (_, Kind::Publish) | (RecordingPolicy::Always, _) => true,
        (RecordingPolicy::Ask, Kind::Echo) => wish == Some(true),
    };
    if kind == Kind::Echo {
        asker.may_call()?;
    }
    if is_recorded {
        asker.may_record()?;
    }
    Ok(is_recorded)
}

/// RFC 9110 §8.3.1: in any case, with any parameters.
pub(super) fn is_of_type(headers: &HeaderMap, wanted: &str) -> bool {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let media_type = value.and_then(|value| value.split(';').next());
    media_type.is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case(wanted))
}

/// How the caller's program calls itself, as far as it can be shown anywhere.
fn user_agent(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::USER_AGENT)?;
    let text = String::from_utf8_lossy(value.as_bytes());
    let shown = text.chars().filter(|c| !c.is_control());
    let shown: String = shown.take(MAX_USER_AGENT_CHARS).collect();
    (!shown.is_empty()).then_some(shown)
}

/// The body, or `None` for one of more than [`MAX_OFFER_BYTES`]: the limit of the route.
pub(super) async fn read(request: Request, deadline: Duration) -> Result<Option<Bytes>, Failure> {
    // Who announces too much need not send it.
    if request.body().size_hint().lower() > MAX_OFFER_BYTES as u64 {
        return Ok(None);
    }
    match tokio::time::timeout(deadline, Bytes::from_request(request, &())).await {
        Ok(Ok(body)) => Ok(Some(body)),
        Ok(Err(BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)))) => {
            Ok(None)
        }
        Ok(Err(_)) => Err(Failure::BrokenBody),
        Err(_) => Err(Failure::SlowBody),
    }
}

fn respond(started: Started, kind: Kind, is_recorded: bool) -> Response {
    let Started {
        id,
        secret,
        answer,
        ice_session,
    } = started;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(SDP)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            HeaderName::from_static(CONVERSATION_ID_HEADER),
            HeaderValue::from(id.nanoseconds()),
        ),
        (
            HeaderName::from_static(RECORDING_HEADER),
            HeaderValue::from_static(if is_recorded { "on" } else { "off" }),
        ),
    ];
    let path = match kind {
        Kind::Echo => OFFER_PATH,
        Kind::Publish => WHIP_PATH,
    };
    let of_call = [
        (header::LOCATION, format!("{path}/{secret}")),
        (header::ETAG, etag(&ice_session)),
    ];
    (headers, of_call, answer).into_response()
}

/// The tag of an ICE session (RFC 9725 §4.3.1), a strong one.
pub(super) fn etag(ice_session: &str) -> String {
    format!("\"{ice_session}\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use http_body::Frame;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    /// A body that never comes, or breaks off at once.
    struct Bad {
        is_broken: bool,
    }

    impl HttpBody for Bad {
        type Data = Bytes;
        type Error = std::io::Error;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            match self.is_broken {
                true => Poll::Ready(Some(Err(std::io::ErrorKind::ConnectionReset.into()))),
                false => Poll::Pending,
            }
        }
    }

    async fn read_bad(is_broken: bool, deadline: Duration) -> Result<Option<Bytes>, Failure> {
        read(Request::new(Body::new(Bad { is_broken })), deadline).await
    }

    #[test]
    fn a_program_is_named_in_at_most_256_characters_that_can_be_shown() {
        let name = |bytes: &[u8]| {
            let value = HeaderValue::from_bytes(bytes).unwrap();
            user_agent(&HeaderMap::from_iter([(header::USER_AGENT, value)]))
        };

        assert_eq!(user_agent(&HeaderMap::new()), None);
        assert_eq!(name(b""), None);
        assert_eq!(name(b"curl/8\t(x)").as_deref(), Some("curl/8(x)"));
        assert_eq!(name(&[0xff]).as_deref(), Some("\u{fffd}"));
        assert_eq!(name("ä".repeat(300).as_bytes()), Some("ä".repeat(256)));
    }

    #[tokio::test]
    async fn a_body_that_never_comes_is_not_waited_for() {
        let read = read_bad(false, Duration::from_millis(1)).await;

        assert!(matches!(read, Err(Failure::SlowBody)), "{read:?}");
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_refused() {
        let read = read_bad(true, Duration::from_secs(60)).await;

        assert!(matches!(read, Err(Failure::BrokenBody)), "{read:?}");
    }
}
