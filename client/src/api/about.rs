//! What the server says of itself.

use shared::about::{About, AuthMode, RecordingPolicy};

/// What a server is taken for that tells nothing: everybody may call, every call is recorded, and
/// nobody sees others' recordings.
#[must_use]
pub fn unknown() -> About {
    About {
        version: String::new(),
        recording: RecordingPolicy::Always,
        auth: AuthMode::None,
        may_list: false,
    }
}

/// The reply to `GET /about`, or nothing if there is no such thing, or none that we understand.
#[must_use]
pub fn read_about(status: u16, body: &str) -> Option<About> {
    (status == 200).then(|| serde_json::from_str(body).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"version":"1","recording":"ask","auth":"token","may_list":false}"#;

    #[test]
    fn a_server_says_what_has_to_be_known_of_it() {
        let about = read_about(200, BODY).unwrap();

        assert_eq!(
            about,
            About {
                version: "1".to_owned(),
                recording: RecordingPolicy::Ask,
                auth: AuthMode::Token,
                may_list: false,
            }
        );
    }

    #[test]
    fn what_is_no_reply_of_ours_tells_nothing() {
        for (status, body) in [(404, BODY), (200, ""), (200, "<html>")] {
            assert_eq!(read_about(status, body), None, "{status} {body}");
        }
    }
}
