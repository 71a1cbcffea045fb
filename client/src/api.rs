//! What the server's replies mean for a call. `requests` sends what they reply to.

#[cfg(target_arch = "wasm32")]
pub mod requests;

use std::time::Duration;

use shared::Problem as Refusal;

use crate::call::{Answer, Farewell, HangUpPath, Problem, Search};

/// What came back for a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    /// `X-Conversation-Id`
    pub conversation: Option<String>,
    /// `Location`
    pub location: Option<String>,
    /// `Retry-After`
    pub retry_after: Option<String>,
    pub body: String,
}

/// The answer to an offer, or why there is none.
///
/// # Errors
/// The server refused, is away, or answered in a way we don't understand.
pub fn read_answer(reply: Reply) -> Result<Answer, Problem> {
    if reply.status != 200 {
        return Err(read_refusal(&reply));
    }
    let conversation = reply.conversation.and_then(|id| id.parse().ok());
    let hang_up = reply.location.as_deref().and_then(HangUpPath::parse);
    match (conversation, hang_up) {
        (Some(conversation), Some(hang_up)) => Ok(Answer {
            sdp: reply.body,
            conversation,
            hang_up,
        }),
        _ => Err(Problem::ServerRefused {
            reason: "Its answer does not name the call.".to_owned(),
        }),
    }
}

fn read_refusal(reply: &Reply) -> Problem {
    let Ok(refusal) = serde_json::from_str::<Refusal>(&reply.body) else {
        return read_bare_refusal(reply.status);
    };
    match refusal.kind.as_str() {
        "full" => Problem::ServerFull {
            retry_after: reply.retry_after.as_deref().and_then(seconds),
        },
        "stopping" => Problem::ServerStopping,
        _ => Problem::ServerRefused {
            reason: refusal.detail.unwrap_or(refusal.title),
        },
    }
}

/// Our server always says why. What does not is a proxy without a server behind it, or a stranger.
fn read_bare_refusal(status: u16) -> Problem {
    match status {
        500 | 502..=504 => Problem::ServerAway,
        _ => Problem::ServerRefused {
            reason: format!("It replied with status {status}."),
        },
    }
}

/// `Retry-After` as seconds (RFC 9110 §10.2.3); its other form, a date, our server does not send.
fn seconds(text: &str) -> Option<Duration> {
    text.trim().parse().ok().map(Duration::from_secs)
}

/// What the server said to our hanging up. It forgets no call that it still writes: one that it
/// does not know has no more to come.
#[must_use]
pub fn read_farewell(status: u16) -> Farewell {
    match status {
        204 | 404 => Farewell::Final,
        _ => Farewell::Unsure,
    }
}

/// Whether a recording is there.
#[must_use]
pub fn read_search(status: u16) -> Search {
    match status {
        200 => Search::Found,
        404 | 410 => Search::Missing,
        _ => Search::NoReply,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Reply {
        Reply {
            status: 200,
            conversation: Some("1751014936301809000".to_owned()),
            location: Some("/webrtc/Zm9vYmFy".to_owned()),
            retry_after: None,
            body: "v=0\r\n".to_owned(),
        }
    }

    fn refusal(status: u16, body: &str) -> Reply {
        Reply {
            status,
            retry_after: Some("5".to_owned()),
            body: body.to_owned(),
            ..Reply::default()
        }
    }

    #[test]
    fn an_answer_names_its_call_and_where_to_hang_up() {
        let answer = read_answer(answer()).unwrap();

        assert_eq!(answer.sdp, "v=0\r\n");
        assert_eq!(answer.conversation.nanoseconds(), 1_751_014_936_301_809_000);
        assert_eq!(answer.hang_up.as_str(), "/webrtc/Zm9vYmFy");
    }

    #[test]
    fn an_answer_that_does_not_name_its_call_is_refused() {
        let nameless = Reply {
            conversation: None,
            ..answer()
        };
        let misnamed = Reply {
            conversation: Some("../etc".to_owned()),
            ..answer()
        };
        let endless = Reply {
            location: None,
            ..answer()
        };

        for reply in [nameless, misnamed, endless] {
            let problem = read_answer(reply).unwrap_err();

            assert_eq!(problem.kind(), "server-refused");
        }
    }

    #[test]
    fn a_call_is_hung_up_on_our_own_server_only() {
        for elsewhere in [
            "",
            "/",
            "//evil.example/x",
            "/\\evil.example",
            "https://evil.example/",
            "x",
        ] {
            assert_eq!(HangUpPath::parse(elsewhere), None, "{elsewhere:?}");
        }
    }

    #[test]
    fn a_full_server_says_when_to_come_again() {
        let body = r#"{"type":"full","title":"All lines are busy","status":503}"#;

        let problem = read_answer(refusal(503, body)).unwrap_err();

        let retry_after = Some(Duration::from_secs(5));
        assert_eq!(problem, Problem::ServerFull { retry_after });
    }

    #[test]
    fn a_stopping_server_is_told_from_a_full_one() {
        let body = r#"{"type":"stopping","title":"The server is stopping","status":503}"#;

        let problem = read_answer(refusal(503, body)).unwrap_err();

        assert_eq!(problem, Problem::ServerStopping);
    }

    #[test]
    fn a_refusal_is_told_in_the_servers_words() {
        let body = r#"{"type":"unacceptable-offer","title":"Cannot take it","status":422,"detail":"no Opus"}"#;

        let problem = read_answer(refusal(422, body)).unwrap_err();

        let reason = "no Opus".to_owned();
        assert_eq!(problem, Problem::ServerRefused { reason });
    }

    #[test]
    fn a_proxy_without_a_server_behind_it_means_the_server_is_away() {
        for status in [500, 502, 503, 504] {
            for body in ["", "<html>Bad gateway</html>"] {
                assert_eq!(
                    read_answer(refusal(status, body)),
                    Err(Problem::ServerAway),
                    "{status} {body:?}"
                );
            }
        }
    }

    #[test]
    fn a_recording_is_final_when_the_server_says_so_or_knows_no_such_call() {
        let farewells = [204, 404].map(read_farewell);

        assert_eq!(farewells, [Farewell::Final; 2]);
    }

    #[test]
    fn no_other_reply_makes_a_recording_final() {
        for status in [200, 202, 408, 410, 429, 500, 502, 503, 504] {
            assert_eq!(read_farewell(status), Farewell::Unsure, "{status}");
        }
    }

    #[test]
    fn a_missing_recording_is_told_from_a_silent_server() {
        let searches = [200, 404, 410, 500].map(read_search);

        assert_eq!(
            searches,
            [
                Search::Found,
                Search::Missing,
                Search::Missing,
                Search::NoReply
            ]
        );
    }
}
