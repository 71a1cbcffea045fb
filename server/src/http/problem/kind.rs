//! Of which kind a failure is: its status, its name and its title.

use axum::http::StatusCode;

use super::Failure;
use crate::access::Denied;
use crate::conversations::{EchoError, EndError, PatchCallError, ReportError, StartError};
use crate::http::doors::Refusal;
use crate::peer::fragment::FragmentError;
use crate::peer::offer::OfferError;
use crate::seats::NoLineError;

/// What all failures of one kind have in common.
pub(super) struct Kind {
    pub(super) status: StatusCode,
    /// The `type` of a problem.
    pub(super) name: &'static str,
    pub(super) title: &'static str,
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
const TOO_MANY_CALLS: Kind = kind(
    StatusCode::TOO_MANY_REQUESTS,
    "too-many-calls",
    "This client has too many calls at once.",
);
const BAD_OFFER: Kind = kind(
    StatusCode::UNPROCESSABLE_ENTITY,
    "unacceptable-offer",
    "The offer has no call in it that can be taken.",
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
    /// Of which kind it is.
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Offer(OfferError::TooLarge) | Self::LargeEcho => TOO_LARGE,
            Self::Offer(OfferError::NotSdp(_)) | Self::BrokenBody => kind(
                StatusCode::BAD_REQUEST,
                "not-sdp",
                "The body is no session description.",
            ),
            Self::Offer(OfferError::Unacceptable(_)) => BAD_OFFER,
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
            Self::Start(error) => of_start(error),
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
            | Self::TooManyForms
            | Self::SlowDisk => UNAVAILABLE,
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
}

fn of_start(error: &StartError) -> Kind {
    match error {
        StartError::Negotiation(_) => BAD_OFFER,
        StartError::Stopping => STOPPING,
        StartError::Busy => UNAVAILABLE,
        StartError::NoLine(NoLineError::All(_)) => FULL,
        StartError::NoLine(NoLineError::OfClient(_) | NoLineError::OfBlock(_)) => TOO_MANY_CALLS,
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
