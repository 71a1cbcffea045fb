//! The library answers one audio section; the caller expects one answer to each of his.

use super::description::Section;

/// How the answer to an offer must look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AnswerShape {
    sections: Vec<Reply>,
    /// Whether the caller made a group; RFC 8843 §7.3 allows none in the answer otherwise.
    has_group: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Reply {
    Accepted,
    /// The whole of a section that says no.
    Rejected(String),
}

impl AnswerShape {
    pub(super) fn new(sections: &[Section<'_>], accepted: usize, has_group: bool) -> Self {
        let reply = |(index, section)| {
            if index == accepted {
                Reply::Accepted
            } else {
                Reply::Rejected(reject(section))
            }
        };
        Self {
            sections: sections.iter().enumerate().map(reply).collect(),
            has_group,
        }
    }

    pub(super) fn finish(&self, answer: &str) -> String {
        let mut session = String::with_capacity(answer.len());
        let mut audio = String::with_capacity(answer.len());
        for line in answer.lines().filter(|line| self.keeps(line)) {
            let is_before_media = audio.is_empty() && !line.starts_with("m=");
            let part = if is_before_media {
                &mut session
            } else {
                &mut audio
            };
            part.push_str(line);
            part.push_str("\r\n");
        }
        let mut finished = session;
        for section in &self.sections {
            match section {
                Reply::Accepted => finished.push_str(&audio),
                Reply::Rejected(no) => finished.push_str(no),
            }
        }
        finished
    }

    fn keeps(&self, line: &str) -> bool {
        let is_group = line.starts_with("a=group:");
        // RTCP shares the port, so its own component only costs the caller checks.
        let is_rtcp_candidate = line
            .strip_prefix("a=candidate:")
            .is_some_and(|candidate| candidate.split(' ').nth(1) == Some("2"));
        (self.has_group || !is_group) && !is_rtcp_candidate
    }
}

/// RFC 3264 §6: the same section with port 0; its formats mean nothing, but one must be there.
fn reject(section: &Section<'_>) -> String {
    let format = section.formats.split_whitespace().next().unwrap_or("0");
    let (media, protocol) = (section.media, section.protocol);
    let mut no = format!("m={media} 0 {protocol} {format}\r\nc=IN IP4 0.0.0.0\r\n");
    if let Some(mid) = section.attributes.value("mid") {
        no.push_str("a=mid:");
        no.push_str(mid);
        no.push_str("\r\n");
    }
    no
}
