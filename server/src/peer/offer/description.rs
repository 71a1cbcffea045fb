//! A session description as far as an offer needs it: lines, sections, attributes (RFC 8866 §5).
//! Borrows from the body; every limit is checked before anything is allocated.

use super::{
    MAX_CANDIDATE_LINES, MAX_LINES, MAX_OFFER_BYTES, MAX_SECTIONS, OfferError, Syntax, Unacceptable,
};

/// What was read of a session description.
#[derive(Debug)]
pub(in crate::peer) struct Description<'a> {
    pub(in crate::peer) session: Attributes<'a>,
    pub(in crate::peer) sections: Vec<Section<'a>>,
}

/// One media section.
#[derive(Debug)]
pub(in crate::peer) struct Section<'a> {
    pub(super) media: &'a str,
    pub(super) port: u16,
    pub(super) protocol: &'a str,
    /// What stands for itself after the protocol: payload types, or an application's word.
    pub(super) formats: &'a str,
    pub(in crate::peer) attributes: Attributes<'a>,
}

/// The `a=` lines of the session or of one section, as name and value.
#[derive(Debug, Default)]
pub(in crate::peer) struct Attributes<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Attributes<'a> {
    pub(in crate::peer) fn values(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, _)| *key == name)
            .map(|(_, value)| *value)
    }

    /// The first value of that name.
    pub(in crate::peer) fn value(&self, name: &str) -> Option<&'a str> {
        self.values(name).next()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// The value that all attributes of that name agree on.
    pub(in crate::peer) fn only(
        &self,
        attribute: &'static str,
    ) -> Result<Option<&'a str>, Unacceptable> {
        let mut values = self.values(attribute);
        let first = values.next();
        if values.any(|value| Some(value) != first) {
            return Err(Unacceptable::Contradiction { attribute });
        }
        Ok(first)
    }
}

impl<'a> Description<'a> {
    pub(super) fn parse(body: &'a [u8]) -> Result<Self, OfferError> {
        let text = text(body)?;
        if text.lines().next() != Some("v=0") {
            return Err(Syntax::NoVersion.into());
        }
        let (description, session_letters) = Self::read(text)?;
        // RFC 8866 §5: these three are not optional.
        for letter in ['o', 's', 't'] {
            if !session_letters.contains(letter) {
                return Err(Syntax::MissingLine { letter }.into());
            }
        }
        Ok(description)
    }

    /// Reads a fragment of a description (RFC 8840 §9): lines of the same shape, none of which has
    /// to be there.
    pub(in crate::peer) fn parse_fragment(body: &'a [u8]) -> Result<Self, OfferError> {
        let (fragment, _) = Self::read(text(body)?)?;
        Ok(fragment)
    }

    /// The description, and the letters of all lines before its first section.
    fn read(text: &'a str) -> Result<(Self, String), OfferError> {
        check_counts(text)?;
        let mut description = Self {
            session: Attributes::default(),
            sections: Vec::new(),
        };
        let mut session_letters = String::new();
        for (index, line) in text.lines().enumerate() {
            let number = index + 1;
            let (letter, value) = split(line, number)?;
            if letter == 'm' {
                let section = Section::parse(value).ok_or(Syntax::BadMediaLine { line: number })?;
                description.sections.push(section);
                continue;
            }
            let attributes = match description.sections.last_mut() {
                Some(section) => &mut section.attributes,
                None => {
                    session_letters.push(letter);
                    &mut description.session
                }
            };
            if letter == 'a' {
                let attribute = value.split_once(':').unwrap_or((value, ""));
                attributes.0.push(attribute);
            }
        }
        Ok((description, session_letters))
    }
}

impl<'a> Section<'a> {
    /// RFC 8866 §5.14: media, port, protocol, and at least one format.
    fn parse(value: &'a str) -> Option<Self> {
        let mut words = value.splitn(4, ' ');
        let (media, port, protocol) = (words.next()?, words.next()?, words.next()?);
        let formats = words.next()?;
        // "9/2" asks for two ports in a row.
        let port = port.split('/').next()?.parse().ok()?;
        let has_blanks = media.is_empty() || protocol.is_empty() || formats.trim().is_empty();
        (!has_blanks).then(|| Self {
            media,
            port,
            protocol,
            formats,
            attributes: Attributes::default(),
        })
    }
}

fn text(body: &[u8]) -> Result<&str, OfferError> {
    if body.len() > MAX_OFFER_BYTES {
        return Err(OfferError::TooLarge);
    }
    let text = std::str::from_utf8(body).map_err(|_| Syntax::NotUtf8)?;
    // Some senders end with an empty line.
    Ok(text.trim_end_matches(['\r', '\n']))
}

fn check_counts(text: &str) -> Result<(), Unacceptable> {
    let count = |prefix: &str| text.lines().filter(|line| line.starts_with(prefix)).count();
    if count("") > MAX_LINES {
        return Err(Unacceptable::TooManyLines);
    }
    if count("m=") > MAX_SECTIONS {
        return Err(Unacceptable::TooManySections);
    }
    if count("a=candidate:") > MAX_CANDIDATE_LINES {
        return Err(Unacceptable::TooManyCandidates);
    }
    Ok(())
}

fn split(line: &str, number: usize) -> Result<(char, &str), Syntax> {
    if line.chars().any(|c| c.is_control() && c != '\t') {
        return Err(Syntax::ControlCharacter { line: number });
    }
    let bad = Syntax::BadLine { line: number };
    let mut chars = line.chars();
    match (chars.next(), chars.next()) {
        (Some(letter), Some('=')) if letter.is_ascii_lowercase() => Ok((letter, chars.as_str())),
        _ => Err(bad),
    }
}
