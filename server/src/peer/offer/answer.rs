//! We answer one audio section; the caller expects one answer to each of his.

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

    /// Whether the caller offers more than the one section.
    pub(super) fn declines_any(&self) -> bool {
        self.sections.iter().any(|reply| *reply != Reply::Accepted)
    }

    /// Puts our `session` and our `audio` section, both whole lines, into one answer.
    pub(super) fn finish(&self, session: &str, audio: &str) -> String {
        let mut finished = String::with_capacity(session.len() + audio.len());
        let is_group = |line: &&str| line.starts_with("a=group:");
        for line in session
            .split_inclusive('\n')
            .filter(|line| self.has_group || !is_group(line))
        {
            finished.push_str(line);
        }
        for section in &self.sections {
            match section {
                Reply::Accepted => finished.push_str(audio),
                Reply::Rejected(no) => finished.push_str(no),
            }
        }
        finished
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
