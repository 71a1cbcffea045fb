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
        secure_url: None,
    }
}

/// The reply to `GET /about`, or nothing if there is no such thing, or none that we understand.
#[must_use]
pub fn read_about(status: u16, body: &str) -> Option<About> {
    let about: About = (status == 200).then(|| serde_json::from_str(body).ok())??;
    // A link may lead to another port, and so to another origin, but never to a script.
    let secure_url = about.secure_url.filter(|url| url.starts_with("https://"));
    Some(About {
        secure_url,
        ..about
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(secure_url: &str) -> String {
        format!(
            r#"{{"version":"1","recording":"ask","auth":"token","may_list":false,"secure_url":{secure_url}}}"#
        )
    }

    #[test]
    fn a_server_says_what_has_to_be_known_of_it() {
        let about = read_about(200, &body(r#""https://192.0.2.7:3443""#)).unwrap();

        assert_eq!(
            about,
            About {
                version: "1".to_owned(),
                recording: RecordingPolicy::Ask,
                auth: AuthMode::Token,
                may_list: false,
                secure_url: Some("https://192.0.2.7:3443".to_owned()),
            }
        );
    }

    #[test]
    fn an_address_without_tls_is_no_secure_one() {
        for url in [r#""http://192.0.2.7""#, r#""javascript:alert(1)""#, "null"] {
            assert_eq!(read_about(200, &body(url)).unwrap().secure_url, None);
        }
    }

    #[test]
    fn what_is_no_reply_of_ours_tells_nothing() {
        for (status, body) in [
            (404, body("null")),
            (200, String::new()),
            (200, "<html>".to_owned()),
        ] {
            assert_eq!(read_about(status, &body), None, "{status} {body}");
        }
    }
}
