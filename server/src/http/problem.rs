//! The only place where a failure becomes a status code and a [`Problem`] (RFC 9457). The caller
//! is told what he can change; the log gets the causes of what is ours.

mod kind;

use std::error::Error;
use std::io;

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kind::Kind;
use shared::Problem;
use shared::call::MAX_ECHO_DELAY_MS;
use shared::problem::PROBLEM_JSON;
use shared::signaling::{SDP, TRICKLE_ICE_SDPFRAG};
use tracing::{error, warn};

use super::doors::{Refusal, request_id};
use super::refusals::Refused;
use crate::access::{Denied, Unauthorized};
use crate::conversations::{EchoError, EndError, PatchCallError, ReportError, StartError};
use crate::peer::fragment::FragmentError;
use crate::peer::offer::OfferError;

/// After a deploy, or when a call is over, in seconds.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

const ACCEPT_PATCH: HeaderName = HeaderName::from_static("accept-patch");

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
    #[error("the disk of the recordings does not answer in time")]
    SlowDisk,
    #[error("the recording cannot be read")]
    Disk(#[source] io::Error),
    #[error("a request met an error of ours")]
    Panic,
}

impl Failure {
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

    /// Which media type would have been taken, and the header that says so.
    fn accepted(&self) -> Option<(HeaderName, &'static str)> {
        match self {
            // W3C Linked Data Platform §7.1.
            Self::MediaType => Some((super::whip::ACCEPT_POST, SDP)),
            // RFC 5789 §2.2.
            Self::PatchType => Some((ACCEPT_PATCH, TRICKLE_ICE_SDPFRAG)),
            // RFC 9110 §15.5.16.
            Self::EchoType => Some((header::ACCEPT, super::call::JSON)),
            _ => None,
        }
    }

    /// Each failure of ours is logged here, with its causes; what is refused, where it is answered.
    fn log(&self, status: StatusCode) {
        let causes = causes(self);
        // A quiet log has no span that would say it.
        let id = request_id::current().map(tracing::field::display);
        if let Self::Start(StartError::Negotiation(_)) = self {
            warn!(
                id,
                causes, "the library refused an offer that passed our own check"
            );
        } else if let Self::SlowDisk | Self::Start(StartError::Busy) = self {
            warn!(id, causes, "a request waited in vain");
        } else if status == StatusCode::INTERNAL_SERVER_ERROR {
            error!(id, causes, "a request failed");
        }
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
        let accepted = self.accepted();
        let problem = Problem {
            kind: name.to_owned(),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: Some(self.to_string()),
            request_id: request_id::current().map(|id| id.to_string()),
        };
        let mut response = (status, Json(problem)).into_response();
        if status != StatusCode::INTERNAL_SERVER_ERROR {
            response.extensions_mut().insert(Refused(name));
        }
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
        let has_no_line = matches!(self, Self::Start(StartError::NoLine(_)));
        if has_no_line || status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        if let Some((header, media_type)) = accepted {
            headers.insert(header, HeaderValue::from_static(media_type));
        }
        response
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
    use crate::seats::{NoLineError, Seats};
    use shared::ConversationId;
    use std::num::NonZeroUsize;

    #[test]
    fn every_failure_has_its_status_and_its_name() {
        let broken = || io::Error::other("broken");
        let seats = Seats::new(NonZeroUsize::MIN, None);
        let now = ConversationId::from_nanoseconds(1);
        let _taken = seats.take(now, None);
        let full = seats.take(now, None).unwrap_err();
        let his_are_many = NoLineError::OfClient(NonZeroUsize::MIN);
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
            (Failure::Start(his_are_many.into()), 429, "too-many-calls"),
            (Failure::Start(StartError::Busy), 503, "unavailable"),
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
            (Failure::SlowDisk, 503, "unavailable"),
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
                [429, 503].contains(&status)
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
