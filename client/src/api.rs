//! What the server's replies mean: here for a call, in `call_state` for how it goes, in `recordings` for what was recorded, in `about`
//! for the server itself. `requests` sends what they reply to.

pub mod about;
pub mod call_state;
pub mod recordings;
#[cfg(target_arch = "wasm32")]
pub mod requests;

use std::time::Duration;

use shared::Problem as Refusal;
use shared::call::EchoMode;

use crate::call::{Answer, Farewell, Problem, Recorded, Restarted};
use crate::echo::NotDone;
use crate::own_path::OwnPath;

/// When a server that has no time now, and doesn't say until when, is asked again.
const SOON: Duration = Duration::from_secs(2);

/// What came back for a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    /// `X-Conversation-Id`
    pub conversation: Option<String>,
    /// `Location`
    pub location: Option<String>,
    /// `X-Recording`
    pub recording: Option<String>,
    /// `ETag`
    pub tag: Option<String>,
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
    let path = reply.location.as_deref().and_then(OwnPath::parse);
    match (conversation, path) {
        (Some(conversation), Some(path)) => Ok(Answer {
            sdp: reply.body,
            conversation,
            path,
            ice_session: reply.tag,
            recorded: read_recorded(reply.recording.as_deref()),
        }),
        _ => Err(Problem::ServerRefused {
            reason: "Its answer does not name the call.".to_owned(),
        }),
    }
}

/// A server that says nothing of it records: nobody shall believe the contrary without its word.
fn read_recorded(header: Option<&str>) -> Recorded {
    match header {
        Some("off") => Recorded::No,
        _ => Recorded::Yes,
    }
}

/// What came of asking to begin ICE anew.
#[must_use]
pub fn read_restart(reply: Reply) -> Restarted {
    match reply.status {
        200 => Restarted::Renewed {
            fragment: reply.body,
            ice_session: reply.tag,
        },
        // The call is over, or over but for its recording.
        404 | 409 | 410 => Restarted::CallOver,
        _ => Restarted::Failed,
    }
}

/// The echo that is in force.
///
/// # Errors
/// The server did not do what it was asked for.
pub fn read_echo(reply: &Reply) -> Result<EchoMode, NotDone> {
    match reply.status {
        200 => serde_json::from_str(&reply.body).map_err(|_| NotDone::Refused),
        429 | 503 => {
            let wait = reply.retry_after.as_deref().and_then(seconds);
            Err(NotDone::NotNow(wait.unwrap_or(SOON)))
        }
        _ => Err(NotDone::Refused),
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
        "unauthorized" => Problem::KeyRefused,
        "recording-required" => Problem::RecordingRequired,
        "too-many-requests" | "too-many-calls" => Problem::TooManyCalls {
            retry_after: reply.retry_after.as_deref().and_then(seconds),
        },
        _ => Problem::ServerRefused {
            reason: refusal.detail.unwrap_or(refusal.title),
        },
    }
}

/// Our server always says why. What does not is a proxy without a server behind it, or a stranger.
fn read_bare_refusal(status: u16) -> Problem {
    match status {
        401 => Problem::KeyRefused,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Reply {
        Reply {
            status: 200,
            conversation: Some("1751014936301809000".to_owned()),
            location: Some("/webrtc/Zm9vYmFy".to_owned()),
            recording: Some("on".to_owned()),
            tag: Some("\"a\"".to_owned()),
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
        assert_eq!(answer.path.as_str(), "/webrtc/Zm9vYmFy");
        assert_eq!(answer.ice_session.as_deref(), Some("\"a\""));
    }

    #[test]
    fn a_call_is_not_recorded_only_where_the_server_says_so() {
        let recorded = [Some("on"), Some("off"), Some("?"), None].map(|header| {
            let recording = header.map(str::to_owned);
            let reply = Reply {
                recording,
                ..answer()
            };
            read_answer(reply).unwrap().recorded
        });

        let (yes, no) = (Recorded::Yes, Recorded::No);
        assert_eq!(recorded, [yes, no, yes, yes]);
    }

    #[test]
    fn a_restart_is_renewed_over_or_failed() {
        let restarts = [200, 404, 409, 412, 429, 500, 503].map(|status| {
            read_restart(Reply {
                status,
                tag: Some("\"b\"".to_owned()),
                body: "a=mid:0\r\n".to_owned(),
                ..Reply::default()
            })
        });

        let renewed = Restarted::Renewed {
            fragment: "a=mid:0\r\n".to_owned(),
            ice_session: Some("\"b\"".to_owned()),
        };
        let (over, failed) = (Restarted::CallOver, Restarted::Failed);
        assert_eq!(
            restarts,
            [
                renewed,
                over.clone(),
                over,
                failed.clone(),
                failed.clone(),
                failed.clone(),
                failed
            ]
        );
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
    fn a_call_elsewhere_is_no_call_of_ours() {
        let elsewhere = Reply {
            location: Some("https://evil.example/webrtc/x".to_owned()),
            ..answer()
        };

        assert_eq!(read_answer(elsewhere).unwrap_err().kind(), "server-refused");
    }

    #[test]
    fn a_key_that_is_wanted_and_too_many_calls_are_told_apart() {
        let unauthorized = r#"{"type":"unauthorized","title":"No","status":401}"#;
        let too_many = r#"{"type":"too-many-requests","title":"No","status":429}"#;
        let at_once = r#"{"type":"too-many-calls","title":"No","status":429}"#;

        let retry_after = Some(Duration::from_secs(5));
        assert_eq!(
            [
                read_answer(refusal(401, unauthorized)),
                read_answer(refusal(401, "")),
                read_answer(refusal(429, too_many)),
                read_answer(refusal(429, at_once)),
            ],
            [
                Err(Problem::KeyRefused),
                Err(Problem::KeyRefused),
                Err(Problem::TooManyCalls { retry_after }),
                Err(Problem::TooManyCalls { retry_after }),
            ]
        );
    }

    #[test]
    fn a_server_that_records_every_call_by_now_says_so() {
        let body = r#"{"type":"recording-required","title":"Every call is recorded","status":403}"#;

        let problem = read_answer(refusal(403, body)).unwrap_err();

        assert_eq!(problem, Problem::RecordingRequired);
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
}
