//! One door each: which words may be said in which rooms.

use super::{Finding, source::SourceFile};

/// Words that belong to a few rooms.
struct Door {
    words: &'static [&'static str],
    /// Where the rule holds, as the start of a path.
    within: &'static str,
    /// The rooms that may: a file, or a folder with its `/`.
    rooms: &'static [&'static str],
    why: &'static str,
}

/// Words that a few rooms must not know.
struct Absence {
    words: &'static [&'static str],
    rooms: &'static [&'static str],
    /// The files in these rooms that may.
    but: &'static [&'static str],
    why: &'static str,
}

const DOORS: &[Door] = &[
    Door {
        words: &["rtc"],
        within: "server/src/",
        rooms: &["server/src/peer.rs", "server/src/peer/"],
        why: "only `peer` knows the library",
    },
    Door {
        words: &["webrtc"],
        within: "server/src/",
        rooms: &["server/src/engine/port.rs", "server/src/engine/port/"],
        why: "only `engine/port` takes its batches of datagrams",
    },
    Door {
        words: &["web_sys", "js_sys", "wasm_bindgen", "wasm_bindgen_futures"],
        within: "client/src/",
        rooms: &["client/src/browser.rs", "client/src/browser/"],
        why: "the browser is spoken to below `browser`",
    },
    Door {
        words: &["spawn_local("],
        within: "client/src/",
        rooms: &[
            "client/src/browser/",
            "client/src/call/driver.rs",
            "client/src/call/driver/",
            "client/src/devices/driver.rs",
            "client/src/echo/driver.rs",
            "client/src/findings/driver.rs",
            "client/src/line_quality/driver.rs",
            "client/src/entrance/driver.rs",
            "client/src/shelf/driver.rs",
        ],
        why: "effects are carried out by a state machine's driver",
    },
    Door {
        words: &["env::var", "env::var_os", "env::vars"],
        within: "server/src/",
        rooms: &["server/src/config.rs", "server/src/config/"],
        why: "the environment is read in `config`",
    },
    Door {
        words: &["UdpSocket"],
        within: "server/src/",
        rooms: &["server/src/engine/port.rs", "server/src/engine/port/"],
        why: "datagrams go through `engine/port`",
    },
    Door {
        words: &["TcpListener", "TcpStream"],
        within: "server/src/",
        rooms: &[
            "server/src/http/listener.rs",
            "server/src/http/listener/",
            "server/src/serve.rs",
        ],
        why: "connections are accepted in `http/listener`",
    },
    Door {
        words: &["StatusCode"],
        within: "server/src/",
        rooms: &["server/src/http.rs", "server/src/http/"],
        why: "status codes are the business of `http`",
    },
    Door {
        words: &["ogg"],
        within: "server/src/",
        rooms: &["server/src/recording/pages.rs"],
        why: "pages are written in `recording/pages`",
    },
    Door {
        words: &["axum", "tower", "tower_http"],
        within: "server/src/",
        rooms: &[
            "server/src/http.rs",
            "server/src/http/",
            // An origin is the value of a header.
            "server/src/config/origin.rs",
            "server/src/serve.rs",
        ],
        why: "only `http` speaks HTTP",
    },
    Door {
        words: &[
            "std::fs",
            "tokio::fs",
            "File::create",
            "File::open",
            "OpenOptions",
        ],
        within: "server/src/",
        rooms: &[
            "server/src/storage.rs",
            "server/src/storage/",
            "server/src/audio/recorder.rs",
            "server/src/audio/recorder/",
            "server/src/http/conversations/serve.rs",
            // The kernel tells its counts as files.
            "server/src/engine/drops.rs",
        ],
        why: "the disk belongs to `storage` and the recorder's writers",
    },
];

const ABSENCES: &[Absence] = &[
    Absence {
        words: &[
            "Instant::now",
            "SystemTime::now",
            "tokio",
            "async fn",
            "socket2",
            "std::net::TcpStream",
        ],
        rooms: &[
            "server/src/conversation.rs",
            "server/src/conversation/",
            "server/src/packet.rs",
            "server/src/peer.rs",
            "server/src/peer/",
            "server/src/recording.rs",
            "server/src/recording/",
        ],
        but: &[],
        why: "this room knows no clock, no task and no socket: bytes and `now` come in",
    },
    Absence {
        words: &[
            "tokio", "axum", "reqwest", "web_sys", "leptos", "std::fs", "std::net",
        ],
        rooms: &["shared/src/"],
        but: &[],
        why: "what both sides share knows neither side",
    },
    Absence {
        words: &[
            "browser",
            "crate::browser",
            "super::browser",
            "leptos",
            "std::time::Instant",
        ],
        rooms: &[
            "client/src/call.rs",
            "client/src/call/",
            "client/src/delay.rs",
            "client/src/delay/",
            "client/src/devices.rs",
            "client/src/devices/",
            "client/src/echo.rs",
            "client/src/echo/",
            "client/src/entrance.rs",
            "client/src/entrance/",
            "client/src/findings.rs",
            "client/src/findings/",
            "client/src/fragment.rs",
            "client/src/line_quality.rs",
            "client/src/line_quality/",
            "client/src/microphone.rs",
            "client/src/microphone/",
            "client/src/shelf.rs",
            "client/src/shelf/",
        ],
        // They carry out what the machines decide.
        but: &[
            "client/src/call/driver.rs",
            "client/src/call/driver/",
            "client/src/call/line.rs",
            "client/src/delay/driver.rs",
            "client/src/devices/driver.rs",
            "client/src/echo/driver.rs",
            "client/src/entrance/driver.rs",
            "client/src/findings/driver.rs",
            "client/src/line_quality/driver.rs",
            "client/src/microphone/driver.rs",
            "client/src/shelf/driver.rs",
        ],
        why: "what decides is a plain state machine",
    },
];

/// Names every word that is said in a room that must not say it.
pub(super) fn check(file: &SourceFile) -> Vec<Finding> {
    if !file.is_rust() || file.is_of_tests() {
        return Vec::new();
    }
    let closed = DOORS
        .iter()
        .filter(|door| file.path.starts_with(door.within) && !lies_in(&file.path, door.rooms))
        .map(|door| (door.words, door.why));
    let absent = ABSENCES
        .iter()
        .filter(|absence| lies_in(&file.path, absence.rooms) && !lies_in(&file.path, absence.but))
        .map(|absence| (absence.words, absence.why));
    let rules: Vec<_> = closed.chain(absent).collect();

    let mut findings = Vec::new();
    for (number, line) in file.code() {
        for (words, why) in &rules {
            if let Some(word) = words.iter().find(|word| says(line, word)) {
                findings.push(Finding::of_line(
                    &file.path,
                    number,
                    format!("`{word}`: {why}"),
                ));
            }
        }
    }
    findings
}

fn lies_in(path: &str, rooms: &[&str]) -> bool {
    rooms
        .iter()
        .any(|room| path == *room || (room.ends_with('/') && path.starts_with(room)))
}

/// Whether a line of code says a word as a word: a crate's name counts where it opens a path.
fn says(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).unwrap_or_default();
        let after = line.get(at + word.len()..).unwrap_or_default();
        if before.ends_with(is_name) || after.starts_with(is_name) {
            return false;
        }
        let is_crate = word
            .chars()
            .all(|letter| letter.is_lowercase() || letter == '_');
        // A field, a variable or a word in a string is not the crate of that name.
        !is_crate || (after.starts_with("::") && !before.ends_with("::")) || is_use_of(before)
    })
}

fn is_use_of(before: &str) -> bool {
    before.trim_start().trim_start_matches("pub ").trim_end() == "use"
}

fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests {
    use super::{super::source::file, *};

    fn lines(path: &str, text: &str) -> Vec<Option<usize>> {
        check(&file(path, text))
            .into_iter()
            .map(|finding| finding.line)
            .collect()
    }

    #[test]
    fn the_library_is_named_in_peer_only() {
        let text = "use rtc::sdp;\nlet a = rtc::x();\nuse rtc as r;\n";

        assert_eq!(lines("server/src/peer.rs", text), []);
        assert_eq!(lines("server/src/peer/offer.rs", text), []);
        assert_eq!(
            lines("server/src/engine.rs", text),
            [Some(1), Some(2), Some(3)]
        );
    }

    #[test]
    fn a_longer_name_is_another_word() {
        let text = "let rtc_port = my_rtc::x; self.rtc.y(); \"rtc=error\"; crate::rtc::z();\n";

        assert_eq!(lines("server/src/engine.rs", text), []);
    }

    #[test]
    fn a_room_that_is_no_folder_does_not_open_its_neighbours() {
        assert_eq!(
            lines("server/src/http/listener.rs", "TcpListener::bind()"),
            []
        );
        assert_eq!(
            lines("server/src/http/listener_two.rs", "TcpListener::bind()"),
            [Some(1)]
        );
    }

    #[test]
    fn comments_and_tests_may_say_anything() {
        let text = "//! Beside web_sys::Window.\n// web_sys::x\n#[cfg(test)]\nmod tests {\n    use web_sys::X;\n}\n";

        assert_eq!(lines("client/src/call.rs", text), []);
    }

    #[test]
    fn a_file_of_tests_may_say_anything() {
        for path in ["client/src/call/tests.rs", "server/src/http/tests/cors.rs"] {
            assert_eq!(lines(path, "use web_sys::X;\nuse rtc::Y;\n"), []);
        }
    }

    #[test]
    fn pure_rooms_know_no_clock() {
        assert_eq!(
            lines(
                "server/src/recording/timeline.rs",
                "let now = Instant::now();"
            ),
            [Some(1)]
        );
        assert_eq!(
            lines("server/src/engine/shard.rs", "let now = Instant::now();"),
            []
        );
    }

    #[test]
    fn the_call_knows_no_browser_but_its_driver_does() {
        let text = "use crate::{browser::BrowserError, text};\nuse crate::browser::page;\n";

        for room in ["client/src/call.rs", "client/src/call/problem.rs"] {
            assert_eq!(lines(room, text), [Some(1), Some(2)]);
        }
        for room in ["client/src/call/driver.rs", "client/src/call/line.rs"] {
            assert_eq!(lines(room, text), []);
        }
    }

    #[test]
    fn the_environment_is_read_in_config_only() {
        assert_eq!(
            lines("server/src/http.rs", "std::env::var(\"PORT\")"),
            [Some(1)]
        );
        assert_eq!(lines("server/src/config.rs", "std::env::var(\"PORT\")"), []);
    }
}
