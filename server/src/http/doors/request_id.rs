//! A name for each request: in the log, in the answer, and in what a refusal says, so that whoever
//! complains can be found in the log.

use std::fmt;

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

pub(in crate::http) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static CURRENT: RequestId;
}

/// 64 random bits.
#[derive(Clone, Copy, Debug)]
pub(in crate::http) struct RequestId(u64);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// The name of the request that is being answered here and now.
pub(in crate::http) fn current() -> Option<RequestId> {
    CURRENT.try_with(|id| *id).ok()
}

/// Names a request. What the client calls it is not taken over: he could call it anything.
pub(in crate::http) async fn assign(mut request: Request, next: Next) -> Response {
    let id = RequestId(rand::random());
    request.extensions_mut().insert(id);
    let mut response = CURRENT.scope(id, next.run(request)).await;
    if let Ok(value) = HeaderValue::try_from(id.to_string()) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}
