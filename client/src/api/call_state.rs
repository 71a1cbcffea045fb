//! How a call goes, as the server sees it.

use shared::call::{CallRecordingState, CallState};

use crate::call::Recorded;

/// Why it is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoCall {
    /// The server does not know the call, and never will again.
    Unknown,
    /// This time there was no reply, or none that we understand.
    Away,
}

/// The reply to `GET` of the call's own path.
///
/// # Errors
/// It tells of no call.
pub fn read_call_state(status: u16, body: &str) -> Result<CallState, NoCall> {
    match status {
        200 => serde_json::from_str(body).map_err(|_| NoCall::Away),
        404 | 410 => Err(NoCall::Unknown),
        _ => Err(NoCall::Away),
    }
}

/// Whether a call is recorded, as its own path tells it.
#[must_use]
pub fn read_recorded(state: &CallState) -> Recorded {
    match state.recording.state {
        CallRecordingState::On | CallRecordingState::Ended => Recorded::Yes,
        CallRecordingState::Off => Recorded::No,
        CallRecordingState::CutShort => Recorded::CutShort,
        CallRecordingState::Refused => Recorded::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{
        "conversation_id": "1751014936301809000",
        "phase": "connected",
        "since": "2026-11-28T22:00:00Z",
        "traffic": {
            "received": {"packets": 500, "lost": 5, "jitter_ms": 1.5},
            "sent": {"packets": 495, "lost": null, "jitter_ms": null},
            "round_trip_ms": null,
            "dropped": {"echo": 0, "recorder": 0}
        },
        "echo": {"mode": "at_once"},
        "recording": {"state": "off", "url": null}
    }"#;

    #[test]
    fn a_call_tells_what_the_server_received() {
        let traffic = read_call_state(200, BODY).unwrap().traffic.unwrap();

        assert_eq!(
            (traffic.received.packets, traffic.received.lost),
            (500, Some(5))
        );
        assert_eq!(traffic.round_trip_ms, None);
    }

    #[test]
    fn a_call_tells_what_becomes_of_its_recording() {
        let told = ["on", "ended", "off", "cut_short", "refused"].map(|state| {
            let body = BODY.replace("\"off\"", &format!("\"{state}\""));
            read_recorded(&read_call_state(200, &body).unwrap())
        });

        let [on, off] = [Recorded::Yes, Recorded::No];
        assert_eq!(told, [on, on, off, Recorded::CutShort, Recorded::Refused]);
    }

    #[test]
    fn a_call_that_is_gone_is_told_from_a_server_that_is_away() {
        assert_eq!(read_call_state(404, ""), Err(NoCall::Unknown));
        assert_eq!(read_call_state(410, ""), Err(NoCall::Unknown));
        for (status, body) in [(500, ""), (429, ""), (200, "<html>"), (200, "")] {
            assert_eq!(read_call_state(status, body), Err(NoCall::Away), "{status}");
        }
    }
}
