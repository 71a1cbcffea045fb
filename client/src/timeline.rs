//! How a call came about, step by step, for whoever looks why it is slow; and what browsers and servers
//! told each other, without what would open anything.

use serde_json::Value;

/// One step of a call's beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The microphone is open.
    Microphone,
    /// The offer is made.
    Offer,
    /// The server has answered.
    Answer,
    /// A way to the server is found.
    Ice,
    /// The keys are agreed on.
    Dtls,
    /// The first packet has come back.
    FirstPacket,
    /// The first sound that is louder than silence has.
    FirstSound,
}

impl Step {
    pub const ALL: [Self; 7] = [
        Self::Microphone,
        Self::Offer,
        Self::Answer,
        Self::Ice,
        Self::Dtls,
        Self::FirstPacket,
        Self::FirstSound,
    ];

    /// For tests and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Microphone => "microphone",
            Self::Offer => "offer",
            Self::Answer => "answer",
            Self::Ice => "ice",
            Self::Dtls => "dtls",
            Self::FirstPacket => "first-packet",
            Self::FirstSound => "first-sound",
        }
    }
}

/// When each step was done, in milliseconds of the page's clock.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    began: f64,
    done: Vec<(Step, f64)>,
}

impl Timeline {
    /// The button was pressed just now.
    #[must_use]
    pub fn begun(now: f64) -> Self {
        Self {
            began: now,
            done: Vec::new(),
        }
    }

    /// A step is done; only its first time counts.
    pub fn note(&mut self, step: Step, now: f64) {
        if !self.has(step) {
            self.done.push((step, now));
        }
    }

    #[must_use]
    pub fn has(&self, step: Step) -> bool {
        self.done.iter().any(|(done, _)| *done == step)
    }

    /// The steps in the order in which they were done: how long after the button was pressed.
    pub fn steps(&self) -> impl Iterator<Item = (Step, f64)> + '_ {
        self.done.iter().map(|(step, at)| (*step, at - self.began))
    }

    /// One line for each step.
    #[must_use]
    pub fn text(&self) -> String {
        let lines = self
            .steps()
            .map(|(step, ms)| format!("{}: {ms:.0} ms\n", step.name()));
        lines.collect()
    }
}

/// Lines of SDP whose values are secrets (RFC 8839 §5.4, RFC 4568 §9.1).
const SECRET_LINES: [&str; 3] = ["a=ice-pwd:", "a=ice-ufrag:", "a=crypto:"];
/// Fields of statistics that repeat them.
const SECRET_FIELDS: [&str; 4] = [
    "usernameFragment",
    "iceLocalUsernameFragment",
    "iceRemoteUsernameFragment",
    "password",
];
const REMOVED: &str = "(removed)";

/// A session description without its secrets.
#[must_use]
pub fn without_secrets(sdp: &str) -> String {
    let line = |line: &str| {
        let secret = SECRET_LINES
            .iter()
            .find(|secret| line.starts_with(**secret));
        match secret {
            Some(secret) => format!("{secret}{REMOVED}\n"),
            // A candidate may repeat the fragment (RFC 8839 §5.1).
            None => match line.split_once(" ufrag ") {
                Some((before, after)) => {
                    let rest = after.split_once(' ').map_or("", |(_, rest)| rest);
                    format!("{before} ufrag {REMOVED} {rest}")
                        .trim_end()
                        .to_owned()
                        + "\n"
                }
                None => format!("{line}\n"),
            },
        }
    };
    sdp.lines().map(line).collect()
}

/// Statistics in JSON without secrets; what is no JSON says nothing.
#[must_use]
pub fn statistics_without_secrets(json: &str) -> String {
    let Ok(mut value) = serde_json::from_str::<Value>(json) else {
        return String::new();
    };
    remove_secrets(&mut value);
    serde_json::to_string_pretty(&value).unwrap_or_default()
}

fn remove_secrets(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                if SECRET_FIELDS.contains(&name.as_str()) {
                    *field = Value::String(REMOVED.to_owned());
                } else {
                    remove_secrets(field);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(remove_secrets),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_counts_once_from_when_the_button_was_pressed() {
        let mut timeline = Timeline::begun(1_000.0);
        timeline.note(Step::Microphone, 1_100.0);
        timeline.note(Step::Offer, 1_150.4);
        timeline.note(Step::Microphone, 9_000.0);

        let steps: Vec<(Step, f64)> = timeline.steps().collect();

        assert_eq!(steps.len(), 2);
        assert_eq!(timeline.text(), "microphone: 100 ms\noffer: 150 ms\n");
        assert!(timeline.has(Step::Offer) && !timeline.has(Step::Ice));
    }

    #[test]
    fn no_secret_is_left() {
        let sdp = "v=0\r\na=ice-ufrag:abcd\r\na=ice-pwd:secretsecret\r\n\
                   a=candidate:1 1 udp 1 192.0.2.1 9 typ host generation 0 ufrag abcd network-id 1\r\n\
                   a=fingerprint:sha-256 AA\r\n";

        let clean = without_secrets(sdp);

        assert!(
            !clean.contains("abcd") && !clean.contains("secretsecret"),
            "{clean}"
        );
        assert!(clean.contains("ufrag (removed) network-id 1\n"), "{clean}");
        assert!(clean.contains("a=fingerprint:sha-256 AA\n"), "{clean}");
    }

    #[test]
    fn statistics_keep_their_numbers_and_lose_their_secrets() {
        let json = r#"[{"type":"local-candidate","usernameFragment":"abcd","port":9},{"a":{"password":"x"}}]"#;

        let clean = statistics_without_secrets(json);

        assert!(
            !clean.contains("abcd") && !clean.contains("\"x\""),
            "{clean}"
        );
        assert!(clean.contains("\"port\": 9"), "{clean}");
        assert_eq!(statistics_without_secrets("<html>"), "");
    }
}
