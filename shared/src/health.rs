//! How the server is, as `GET /health` tells it.

use serde::{Deserialize, Serialize};

/// The body of `GET /health`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Health {
    pub status: Status,
    /// The server's clock (RFC 3339, UTC).
    pub timestamp: String,
    /// Calls that were answered and whose recording is not yet final.
    pub active_conversations: usize,
}

/// Whether the server takes new calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Ok,
    /// The server is stopping: it finishes what runs and refuses what is new.
    Draining,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_has_the_three_fields_of_the_contract() {
        let health = Health {
            status: Status::Ok,
            timestamp: "2024-01-15T10:30:00Z".to_owned(),
            active_conversations: 2,
        };

        assert_eq!(
            serde_json::to_string(&health).unwrap(),
            r#"{"status":"ok","timestamp":"2024-01-15T10:30:00Z","active_conversations":2}"#
        );
    }
}
