//! What a page or a program has to know of the server before it calls.

use serde::{Deserialize, Serialize};

/// The body of `GET /about`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct About {
    pub version: String,
    pub recording: RecordingPolicy,
    pub auth: AuthMode,
    /// Whether `GET /conversations` answers the asker, with the credentials he sent.
    pub may_list: bool,
}

/// Whether calls are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum RecordingPolicy {
    /// Every call.
    Always,
    /// Those whose offer asks for it with `?record=true`.
    Ask,
    /// None.
    Never,
}

/// Who may call and listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum AuthMode {
    /// Everybody may call.
    None,
    /// Whoever has the one key.
    Token,
    /// Whoever has a JSON Web Token (RFC 7519) that says so.
    Jwt,
}
