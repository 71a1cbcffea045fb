//! Why a request was refused (RFC 9457).

use serde::{Deserialize, Serialize};

/// Media type of a [`Problem`].
pub const PROBLEM_JSON: &str = "application/problem+json";

/// The body of every refusal that is not HTTP's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// A stable name for this kind of failure, such as `not-sdp`: what programs compare.
    #[serde(rename = "type")]
    pub kind: String,
    /// One sentence for people, the same for every failure of this kind.
    pub title: String,
    /// The HTTP status code.
    pub status: u16,
    /// What was wrong this time, and what the caller can change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Names the request in the server's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}
