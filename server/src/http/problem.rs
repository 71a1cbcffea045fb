//! The only place where a failure becomes a status code and a [`Problem`] (RFC 9457). The caller
//! is told what he can change; the log gets the causes of what is ours.

use std::error::Error;
use std::io;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use shared::Problem;
use shared::call::MAX_ECHO_DELAY_MS;
use shared::problem::PROBLEM_JSON;
use shared::signaling::TRICKLE_ICE_SDPFRAG;
use tracing::{error, warn};

use super::doors::{Refusal, request_id};
use crate::access::{Denied, Unauthorized};
use crate::conversations::{EchoError, EndError, PatchCallError, ReportError, StartError};
use crate::peer::fragment::FragmentError;
use crate::peer::offer::OfferError;

/// After a deploy, or when somebody has hung up, in seconds.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

/// Everything that can go wrong with a request.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Offer(#[from] OfferError),
    #[error("an offer is sent with the header Content-Type: application/sdp")]
    MediaType,
    #[error("the body did not arrive within {} seconds", super::offer::BODY_DEADLINE.as_secs())]
    SlowBody,
    #[error("the body broke off")]
    BrokenBody,
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    End(#[from] EndError),
    #[error(transparent)]
    Door(#[from] Refusal),
    #[error(transparent)]
    Unauthorized(#[from] Unauthorized),
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error("this server records every call: leave out record=false, or do not call")]
    RecordingRequired,
    #[error("this server records nothing, so there is nothing to publish for")]
    RecordingOff,
    /// With what the query may say.
    #[error("the query cannot be understood: {0}")]
    BadQuery(&'static str),
    #[error(transparent)]
    Report(#[from] ReportError),
    #[error("a change is sent with the header Content-Type: {TRICKLE_ICE_SDPFRAG}")]
    PatchType,
    #[error("a change is sent with the header If-Match: the call's ETag, or * to restart ICE")]
    NoPrecondition,
    #[error(transparent)]
    Fragment(#[from] FragmentError),
    #[error(transparent)]
    Patch(#[from] PatchCallError),
    #[error("an echo is set with the header Content-Type: application/json")]
    EchoType,
    #[error("the body is larger than any echo mode")]
    LargeEcho,
    #[error("the body names no echo mode: at_once, delayed with delay_ms, or parrot")]
    NotAnEcho,
    #[error("an echo comes {MAX_ECHO_DELAY_MS} ms later at most")]
    LongEcho,
    #[error(transparent)]
    Echo(#[from] EchoError),
    #[error("there is no such call, or it has ended")]
    NoCall,
    #[error("there is no such recording")]
    NoRecording,
    #[error("the recording still grows: end its call first")]
    LiveRecording,
    #[error("the recording is too long for this form")]
    TooLongForForm,
    #[error("others are being made already: come again, or take the recording as it is")]
    TooManyForms,
    #[error("the recording is another version by now")]
    OtherVersion,
    /// Of so many bytes.
    #[error("the recording has {0} bytes, and none where the range begins")]
    NoSuchRange(u64),
    #[error("there is nothing at this path")]
    NothingHere,
    #[error("this path does not take that method")]
    Method,
    #[error("the recording cannot be read")]
    Disk(#[source] io::Error),
    #[error("a request met an error of ours")]
    Panic,
}

/// What all failures of one kind have in common.
struct Kind {
    status: StatusCode,
    name: &'static str,
    title: &'static str,
}

const fn kind(status: StatusCode, name: &'static str, title: &'static str) -> Kind {
    Kind {
        status,
        name,
        title,
    }
}

const STOPPING: Kind = kind(
    StatusCode::SERVICE_UNAVAILABLE,
    "stopping",
    "The server is stopping and takes no new calls.",
);
const FULL: Kind = kind(
    StatusCode::SERVICE_UNAVAILABLE,
    "full",
    "The server has no room for another call.",
);
const BAD_QUERY: Kind = kind(
    StatusCode::BAD_REQUEST,
    "bad-query",
    "The query cannot be understood.",
);
const NOT_FOUND: Kind = kind(StatusCode::NOT_FOUND, "not-found", "Nothing was found.");
const BAD_METHOD: Kind = kind(
    StatusCode::METHOD_NOT_ALLOWED,
    "method-not-allowed",
    "The method is not allowed here.",
);
const CALL_OVER: Kind = kind(
    StatusCode::CONFLICT,
    "call-over",
    "The call is over and its recording is being finished.",
);
const TOO_LARGE: Kind = kind(
    StatusCode::PAYLOAD_TOO_LARGE,
    "body-too-large",
    "The body is too large.",
);
const UNAVAILABLE: Kind = kind(
    StatusCode::SERVICE_UNAVAILABLE,
    "unavailable",
    "The server could not do it in time.",
);
const BAD_FRAGMENT: Kind = kind(
    StatusCode::UNPROCESSABLE_ENTITY,
    "unacceptable-fragment",
    "The call cannot be changed so.",
);

impl Failure {
    fn kind(&self) -> Kind {
        match self {
            Self::Offer(OfferError::TooLarge) | Self::LargeEcho => TOO_LARGE,
            Self::Offer(OfferError::NotSdp(_)) | Self::BrokenBody => kind(
                StatusCode::BAD_REQUEST,
                "not-sdp",
                "The body is no session description.",
            ),
            Self::Offer(OfferError::Unacceptable(_)) | Self::Start(StartError::Negotiation(_)) => {
                kind(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "unacceptable-offer",
                    "The offer has no call in it that can be taken.",
                )
            }
            Self::NotAnEcho | Self::LongEcho | Self::Echo(_) => self.of_echo(),
            Self::MediaType | Self::PatchType | Self::EchoType => kind(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                "The body's media type is not understood.",
            ),
            Self::SlowBody => kind(
                StatusCode::REQUEST_TIMEOUT,
                "timeout",
                "The request took too long to arrive.",
            ),
            Self::Start(StartError::Stopping) => STOPPING,
            Self::Start(StartError::Full(_)) => FULL,
            Self::End(EndError::NotFound)
            | Self::Denied(Denied::Hidden)
            | Self::Report(ReportError::NotFound)
            | Self::NoCall
            | Self::NoRecording
            | Self::NothingHere => NOT_FOUND,
            Self::Door(refusal) => of_door(*refusal),
            Self::Unauthorized(_) | Self::Denied(Denied::Scope(_)) => self.of_access(),
            Self::RecordingRequired
            | Self::RecordingOff
            | Self::LiveRecording
            | Self::TooLongForForm
            | Self::OtherVersion
            | Self::NoSuchRange(_) => self.of_recording(),
            Self::BadQuery(_) => BAD_QUERY,
            Self::Method => BAD_METHOD,
            Self::End(EndError::TimedOut)
            | Self::Report(ReportError::TimedOut)
            | Self::TooManyForms => UNAVAILABLE,
            Self::Fragment(error) => of_fragment(error),
            Self::Patch(error) => of_patch(error),
            Self::NoPrecondition => kind(
                StatusCode::PRECONDITION_REQUIRED,
                "precondition-required",
                "The request has to say which ICE session it is meant for.",
            ),
            Self::Disk(_) | Self::Panic => kind(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "The server met an error of its own.",
            ),
        }
    }

    fn of_echo(&self) -> Kind {
        match self {
            Self::Echo(EchoError::NotFound) => NOT_FOUND,
            Self::Echo(EchoError::TimedOut) => UNAVAILABLE,
            Self::Echo(EchoError::Over) => CALL_OVER,
            Self::Echo(EchoError::NoEcho(_)) => {
                kind(StatusCode::CONFLICT, "no-echo", "This call has no echo.")
            }
            Self::LongEcho => kind(
                StatusCode::UNPROCESSABLE_ENTITY,
                "unacceptable-echo",
                "The echo cannot come so late.",
            ),
            _ => kind(
                StatusCode::BAD_REQUEST,
                "not-an-echo",
                "The body names no echo mode.",
            ),
        }
    }

    fn of_access(&self) -> Kind {
        if let Self::Unauthorized(_) = self {
            kind(
                StatusCode::UNAUTHORIZED,
                "unauthorized",
                "The server has to know who asks.",
            )
        } else {
            kind(
                StatusCode::FORBIDDEN,
                "forbidden",
                "The token does not allow this.",
            )
        }
    }

    fn of_recording(&self) -> Kind {
        match self {
            Self::RecordingRequired => kind(
                StatusCode::FORBIDDEN,
                "recording-required",
                "Calls are recorded here.",
            ),
            Self::RecordingOff => kind(
                StatusCode::FORBIDDEN,
                "recording-off",
                "Nothing is recorded here.",
            ),
            Self::TooLongForForm => kind(
                StatusCode::UNPROCESSABLE_ENTITY,
                "too-long",
                "The recording does not fit into this form.",
            ),
            Self::OtherVersion => kind(
                StatusCode::PRECONDITION_FAILED,
                "precondition-failed",
                "The request is meant for another version.",
            ),
            Self::NoSuchRange(_) => kind(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "no-such-range",
                "The recording is shorter.",
            ),
            _ => kind(
                StatusCode::CONFLICT,
                "live",
                "The recording is not finished.",
            ),
        }
    }

    /// What a token would have to be (RFC 6750 §3).
    fn challenge(&self) -> Option<HeaderValue> {
        let challenge = match self {
            Self::Unauthorized(Unauthorized::Missing) => "Bearer".to_owned(),
            Self::Unauthorized(Unauthorized::Invalid) => {
                "Bearer error=\"invalid_token\"".to_owned()
            }
            Self::Denied(Denied::Scope(scope)) => {
                format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"")
            }
            _ => return None,
        };
        challenge.try_into().ok()
    }

    /// Each failure is logged here once, if it is one of ours.
    fn log(&self, status: StatusCode) {
        let causes = causes(self);
        // A quiet log has no span that would say it.
        let id = request_id::current().map(tracing::field::display);
        if let Self::Start(StartError::Negotiation(_)) = self {
            warn!(
                id,
                causes, "the library refused an offer that passed our own check"
            );
        } else if status == StatusCode::INTERNAL_SERVER_ERROR {
            error!(id, causes, "a request failed");
        }
    }
}

fn of_door(refusal: Refusal) -> Kind {
    match refusal {
        Refusal::CrossSite => kind(
            StatusCode::FORBIDDEN,
            "cross-site",
            "Pages of other sites may not do this.",
        ),
        Refusal::NoHost => kind(
            StatusCode::BAD_REQUEST,
            "bad-host",
            "The request does not say which server it is meant for.",
        ),
        Refusal::WrongHost => kind(
            StatusCode::MISDIRECTED_REQUEST,
            "misdirected",
            "The request is meant for another server.",
        ),
        Refusal::TooMany { .. } => kind(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-requests",
            "This client asks too often.",
        ),
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let Kind {
            status,
            name,
            title,
        } = self.kind();
        self.log(status);
        let challenge = self.challenge();
        let is_of_patch = matches!(self, Self::PatchType);
        let problem = Problem {
            kind: name.to_owned(),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: Some(self.to_string()),
            request_id: request_id::current().map(|id| id.to_string()),
        };
        let mut response = (status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(challenge) = challenge {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Self::Door(Refusal::TooMany { wait }) = self {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs()));
        }
        if let Self::NoSuchRange(bytes) = self {
            // RFC 9110 §14.4; digits are what a header may carry.
            let length = HeaderValue::try_from(format!("bytes */{bytes}"));
            headers.extend(length.map(|length| (header::CONTENT_RANGE, length)));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        if is_of_patch {
            // RFC 5789 §2.2.
            let accepted = HeaderValue::from_static(TRICKLE_ICE_SDPFRAG);
            headers.insert("accept-patch", accepted);
        }
        response
    }
}

fn of_fragment(error: &FragmentError) -> Kind {
    match error {
        FragmentError::TooLarge => TOO_LARGE,
        FragmentError::Malformed(_) => kind(
            StatusCode::BAD_REQUEST,
            "not-a-fragment",
            "The body is no fragment of a session description.",
        ),
        FragmentError::Impossible(_) => BAD_FRAGMENT,
    }
}

fn of_patch(error: &PatchCallError) -> Kind {
    match error {
        PatchCallError::NotFound => NOT_FOUND,
        PatchCallError::TimedOut => UNAVAILABLE,
        PatchCallError::Impossible(_) => BAD_FRAGMENT,
        PatchCallError::Stale => kind(
            StatusCode::PRECONDITION_FAILED,
            "precondition-failed",
            "The request is meant for another ICE session.",
        ),
        PatchCallError::Over => CALL_OVER,
    }
}

/// A failure's own sentence and those of what caused it.
fn causes(failure: &Failure) -> String {
    let mut sentences = failure.to_string();
    let mut cause = failure.source();
    while let Some(error) = cause {
        sentences.push_str(": ");
        sentences.push_str(&error.to_string());
        cause = error.source();
    }
    sentences
}

/// Answers whatever method a known path does not take; the router adds those it does.
pub(super) async fn method_not_allowed() -> Failure {
    Failure::Method
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::NoEcho;
    use crate::peer::fragment::{Impossible, Malformed};
    use crate::peer::offer::{Syntax, Unacceptable};
    use crate::seats::Seats;
    use shared::ConversationId;
    use std::num::NonZeroUsize;

    #[test]
    fn every_failure_has_its_status_and_its_name() {
        let broken = || io::Error::other("broken");
        let seats = Seats::new(NonZeroUsize::MIN, None);
        let now = ConversationId::from_nanoseconds(1);
        let _taken = seats.take(now);
        let full = seats.take(now).unwrap_err();
        let rows = [
            (Failure::Offer(OfferError::TooLarge), 413, "body-too-large"),
            (
                Failure::Offer(OfferError::NotSdp(Syntax::NotUtf8)),
                400,
                "not-sdp",
            ),
            (Failure::BrokenBody, 400, "not-sdp"),
            (
                Failure::Offer(OfferError::Unacceptable(Unacceptable::NoAudio)),
                422,
                "unacceptable-offer",
            ),
            (Failure::MediaType, 415, "unsupported-media-type"),
            (Failure::SlowBody, 408, "timeout"),
            (Failure::Start(StartError::Stopping), 503, "stopping"),
            (Failure::Start(full.into()), 503, "full"),
            (Failure::End(EndError::NotFound), 404, "not-found"),
            (Failure::End(EndError::TimedOut), 503, "unavailable"),
            (
                Failure::Unauthorized(Unauthorized::Missing),
                401,
                "unauthorized",
            ),
            (
                Failure::Unauthorized(Unauthorized::Invalid),
                401,
                "unauthorized",
            ),
            (Failure::Denied(Denied::Scope("list")), 403, "forbidden"),
            (Failure::Denied(Denied::Hidden), 404, "not-found"),
            (Failure::Door(Refusal::CrossSite), 403, "cross-site"),
            (Failure::Door(Refusal::NoHost), 400, "bad-host"),
            (Failure::Door(Refusal::WrongHost), 421, "misdirected"),
            (Failure::RecordingRequired, 403, "recording-required"),
            (Failure::RecordingOff, 403, "recording-off"),
            (Failure::BadQuery("x is a number"), 400, "bad-query"),
            (Failure::NoCall, 404, "not-found"),
            (Failure::NoRecording, 404, "not-found"),
            (Failure::LiveRecording, 409, "live"),
            (Failure::TooLongForForm, 422, "too-long"),
            (Failure::TooManyForms, 503, "unavailable"),
            (Failure::OtherVersion, 412, "precondition-failed"),
            (Failure::NoSuchRange(7), 416, "no-such-range"),
            (Failure::NothingHere, 404, "not-found"),
            (Failure::Method, 405, "method-not-allowed"),
            (Failure::Disk(broken()), 500, "internal"),
            (Failure::Panic, 500, "internal"),
        ];

        assert_kinds(rows);
    }

    #[test]
    fn every_failure_of_a_call_that_goes_on_has_its_status_and_its_name() {
        assert_kinds([
            (Failure::Report(ReportError::NotFound), 404, "not-found"),
            (Failure::Report(ReportError::TimedOut), 503, "unavailable"),
            (Failure::PatchType, 415, "unsupported-media-type"),
            (Failure::EchoType, 415, "unsupported-media-type"),
            (Failure::LargeEcho, 413, "body-too-large"),
            (Failure::NotAnEcho, 400, "not-an-echo"),
            (Failure::LongEcho, 422, "unacceptable-echo"),
            (Failure::Echo(EchoError::NotFound), 404, "not-found"),
            (Failure::Echo(EchoError::TimedOut), 503, "unavailable"),
            (Failure::Echo(EchoError::Over), 409, "call-over"),
            (Failure::Echo(NoEcho.into()), 409, "no-echo"),
            (Failure::NoPrecondition, 428, "precondition-required"),
            (
                Failure::Fragment(FragmentError::TooLarge),
                413,
                "body-too-large",
            ),
            (
                Failure::Fragment(Malformed::Empty.into()),
                400,
                "not-a-fragment",
            ),
            (
                Failure::Fragment(Impossible::HalfRestart.into()),
                422,
                "unacceptable-fragment",
            ),
            (
                Failure::Patch(Impossible::UnknownMid.into()),
                422,
                "unacceptable-fragment",
            ),
            (
                Failure::Patch(PatchCallError::Stale),
                412,
                "precondition-failed",
            ),
            (Failure::Patch(PatchCallError::Over), 409, "call-over"),
            (Failure::Patch(PatchCallError::NotFound), 404, "not-found"),
            (Failure::Patch(PatchCallError::TimedOut), 503, "unavailable"),
        ]);
    }

    fn assert_kinds(rows: impl IntoIterator<Item = (Failure, u16, &'static str)>) {
        for (failure, status, name) in rows {
            let sentence = failure.to_string();
            let kind = failure.kind();
            let response = failure.into_response();

            assert_eq!(
                (kind.status.as_u16(), kind.name),
                (status, name),
                "{sentence}"
            );
            assert_eq!(response.status(), status);
            assert_eq!(response.headers()[header::CONTENT_TYPE], PROBLEM_JSON);
            assert_eq!(
                response.headers().contains_key(header::RETRY_AFTER),
                status == 503
            );
        }
    }

    #[test]
    fn the_log_gets_the_causes_and_the_caller_does_not() {
        let failure = Failure::Disk(io::Error::other("sector 7 is gone"));

        assert_eq!(
            causes(&failure),
            "the recording cannot be read: sector 7 is gone"
        );
        assert_eq!(failure.to_string(), "the recording cannot be read");
    }
}
