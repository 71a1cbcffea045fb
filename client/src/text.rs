//! Every sentence a person reads about his call, and for each failure the one thing to do.
//!
//! What has to be known before a call stands in `entrance`, how the microphone is in `microphone`, what
//! is said of recordings in `recordings`, what does not change at all in `page`.

pub mod delay;
pub mod devices;
pub mod echo;
pub mod entrance;
pub mod findings;
pub mod microphone;
pub mod network;
pub mod page;
pub mod player;
pub mod recordings;

use std::time::Duration;

use crate::call::{Call, Ending, Phase, Problem, Recorded, Recording, Summary, Volume};
use crate::level::FLOOR;

/// Where the call stands, as it is shown and read aloud.
#[must_use]
pub fn phase(call: &Call) -> &'static str {
    match call.phase() {
        Phase::Idle => "Ready when you are.",
        Phase::Asking => "Allow the microphone when your browser asks.",
        Phase::Connecting => "Connecting…",
        Phase::Live if call.is_muted() => "Your microphone is off.",
        Phase::Live if call.needs_tap() => "Connected. One tap, and you hear yourself.",
        Phase::Live => "You’re live. Say something, and hear it come back.",
        Phase::Reconnecting => "The connection is shaky. Reconnecting…",
        Phase::Ended => call.summary().map_or("Call ended.", ending),
        Phase::Failed => "The call could not start.",
    }
}

fn ending(summary: &Summary) -> &'static str {
    match &summary.ending {
        Ending::Goodbye => "The server ended the call.",
        Ending::Broken(_) => "The call broke off.",
        Ending::HungUp if summary.recording == Recording::None => "Call cancelled.",
        Ending::HungUp | Ending::Failed(_) => "Call ended.",
    }
}

/// Whether the call that goes on is recorded.
#[must_use]
pub fn recorded(recorded: Recorded) -> &'static str {
    match recorded {
        Recorded::Yes => "Recording",
        Recorded::No => "Not recorded",
    }
}

/// What the button does next.
#[must_use]
pub fn button(phase: Phase) -> &'static str {
    match phase {
        Phase::Idle => "Call",
        Phase::Asking | Phase::Connecting => "Cancel",
        Phase::Live | Phase::Reconnecting => "Hang up",
        Phase::Ended | Phase::Failed => "Call again",
    }
}

/// What went wrong, and the one thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    pub what: String,
    pub to_do: String,
}

/// What a person is told about a problem.
#[must_use]
pub fn advice(problem: &Problem) -> Advice {
    let (what, to_do) = match problem {
        Problem::ServerFull { retry_after } => return later("All lines are busy.", *retry_after),
        Problem::TooManyCalls { retry_after } => {
            return later("That were too many calls in a short time.", *retry_after);
        }
        Problem::ServerRefused { reason } => return refused(reason),
        Problem::Browser { reason } => return browser(reason),
        Problem::PermissionDenied => (
            "The microphone is not allowed on this page.",
            "Open the site settings beside the address, allow the microphone, and call again.",
        ),
        Problem::NoMicrophone => (
            "No microphone was found.",
            "Plug one in, or switch it on in the system settings, and call again.",
        ),
        Problem::MicrophoneBusy => (
            "The microphone is there, but gives no sound.",
            "Close other programs that use it, such as a meeting, and call again.",
        ),
        Problem::MicrophoneLost => (
            "The microphone went away during the call.",
            "Plug it in again, and call again.",
        ),
        Problem::InsecureOrigin => (
            "This page came unencrypted, so the browser keeps the microphone from it.",
            "Open the page by its https:// address, or on the server itself as http://localhost. \
             Whoever runs the server gets such an address with --tls auto.",
        ),
        Problem::ServerAway => (
            "The server does not answer.",
            "Check that you are online and that the server runs, and call again.",
        ),
        Problem::ServerStopping => (
            "The server is shutting down and takes no new calls.",
            "Wait a minute, and call again.",
        ),
        Problem::KeyRefused => (
            "The server does not take your key.",
            "Enter it again above, and call again.",
        ),
        Problem::NetworkBlocked => (
            "The server answers, but your network lets no audio through.",
            "Try another network, such as a phone’s hotspot, or ask your administrator to let UDP through.",
        ),
        Problem::ConnectionLost => (
            "The connection was lost and did not come back.",
            "Check your network, and call again.",
        ),
        Problem::CallOver => (
            "The server had ended the call before your connection came back.",
            "Call again.",
        ),
    };
    Advice {
        what: what.to_owned(),
        to_do: to_do.to_owned(),
    }
}

fn later(what: &str, retry_after: Option<Duration>) -> Advice {
    let wait = match retry_after.map(|wait| wait.as_secs()) {
        None | Some(0) => "Wait a moment".to_owned(),
        Some(1) => "Wait a second".to_owned(),
        Some(seconds) => format!("Wait {seconds} seconds"),
    };
    Advice {
        what: what.to_owned(),
        to_do: format!("{wait}, and call again."),
    }
}

fn refused(reason: &str) -> Advice {
    Advice {
        what: format!("The server refused the call: {}", sentence(reason)),
        to_do: "Reload the page. If it stays so, try another browser.".to_owned(),
    }
}

fn browser(reason: &str) -> Advice {
    Advice {
        what: format!("The browser could not make the call: {}", sentence(reason)),
        to_do: "Reload the page. If it stays so, try another browser.".to_owned(),
    }
}

/// Others' words, closed with a full stop.
pub(crate) fn sentence(words: &str) -> String {
    let words = words.trim();
    match words.chars().last() {
        None => "no reason given.".to_owned(),
        Some('.' | '!' | '?') => words.to_owned(),
        Some(_) => format!("{words}."),
    }
}

/// What became of the recording, where that has to be said.
#[must_use]
pub fn recording(recording: Recording) -> Option<&'static str> {
    match recording {
        // A recording that is ready says more itself.
        Recording::None | Recording::Ready => None,
        Recording::Off => Some("This call was not recorded."),
        Recording::Finishing => Some("Finishing your recording…"),
        Recording::Missing => Some("No sound reached the server, so there is no recording."),
        Recording::Closed => Some("Your recording is kept. Your key does not open it."),
        Recording::OutOfReach => Some(
            "The server does not say that your recording is ready. \
             Look again in a moment.",
        ),
    }
}

/// Asks the server once more for a recording that was out of reach.
pub const LOOK_AGAIN: &str = "Look again";

/// The echo's volume for those who don't see the slider.
#[must_use]
pub fn volume(volume: Volume) -> String {
    format!("{} per cent", volume.percent())
}

/// How long a call lasts: `0:07`, `12:34`, `1:02:03`.
#[must_use]
pub fn clock(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours == 0 {
        format!("{minutes}:{seconds:02}")
    } else {
        format!("{hours}:{minutes:02}:{seconds:02}")
    }
}

/// A level for those who don't see the meter.
#[must_use]
pub fn level(decibels: i32) -> String {
    if f64::from(decibels) <= f64::from(FLOOR) {
        "silence".to_owned()
    } else {
        format!("{decibels} decibels")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_problems() -> Vec<Problem> {
        let reason = "no reason".to_owned();
        vec![
            Problem::PermissionDenied,
            Problem::NoMicrophone,
            Problem::MicrophoneBusy,
            Problem::MicrophoneLost,
            Problem::InsecureOrigin,
            Problem::ServerAway,
            Problem::ServerFull { retry_after: None },
            Problem::ServerStopping,
            Problem::KeyRefused,
            Problem::TooManyCalls { retry_after: None },
            Problem::CallOver,
            Problem::ServerRefused {
                reason: reason.clone(),
            },
            Problem::NetworkBlocked,
            Problem::ConnectionLost,
            Problem::Browser { reason },
        ]
    }

    #[test]
    fn every_problem_comes_with_whole_sentences() {
        for problem in all_problems() {
            let Advice { what, to_do } = advice(&problem);

            assert!(what.ends_with('.'), "{what}");
            assert!(to_do.ends_with('.'), "{to_do}");
        }
    }

    #[test]
    fn no_two_problems_look_the_same() {
        let problems = all_problems();
        let mut kinds: Vec<_> = problems.iter().map(Problem::kind).collect();
        let mut sentences: Vec<_> = problems
            .iter()
            .map(|problem| advice(problem).what)
            .collect();

        kinds.sort_unstable();
        kinds.dedup();
        sentences.sort_unstable();
        sentences.dedup();

        assert_eq!([kinds.len(), sentences.len()], [problems.len(); 2]);
    }

    #[test]
    fn a_full_server_says_how_long_to_wait() {
        let waits = [None, Some(0), Some(1), Some(5)].map(|seconds| {
            let retry_after = seconds.map(Duration::from_secs);
            advice(&Problem::ServerFull { retry_after }).to_do
        });

        assert_eq!(
            waits,
            [
                "Wait a moment, and call again.",
                "Wait a moment, and call again.",
                "Wait a second, and call again.",
                "Wait 5 seconds, and call again.",
            ]
        );
    }

    #[test]
    fn a_recording_out_of_reach_names_the_button_that_looks_again() {
        let sentence = recording(Recording::OutOfReach).unwrap();

        assert!(sentence.contains(LOOK_AGAIN), "{sentence}");
    }

    #[test]
    fn others_words_become_sentences() {
        let sentences = ["no Opus", "no Opus. ", " ", "Why?"].map(sentence);

        assert_eq!(
            sentences,
            ["no Opus.", "no Opus.", "no reason given.", "Why?"]
        );
    }

    #[test]
    fn the_clock_grows_an_hour_when_it_needs_one() {
        let clocks = [0, 7, 754, 3_723].map(|seconds| clock(Duration::from_secs(seconds)));

        assert_eq!(clocks, ["0:00", "0:07", "12:34", "1:02:03"]);
    }

    #[test]
    fn the_floor_of_a_meter_is_read_as_silence() {
        let levels = [-60, -23, 0].map(level);

        assert_eq!(levels, ["silence", "-23 decibels", "0 decibels"]);
    }
}
